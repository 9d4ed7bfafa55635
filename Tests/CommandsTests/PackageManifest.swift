import Files
import TestSupport

/// The targets that Package.swift declares, read as text: good enough for a file that is laid out by swift-format.
struct PackageManifest {
    struct Target {
        let name: String
        let folder: String
        let dependencies: Set<String>
        let isTest: Bool
    }

    let targets: [Target]

    init(_ root: FilePath) throws {
        let text = try read(root.appending("Package.swift"))
        let start = text.firstRange(of: "\n    targets: [")?.upperBound ?? text.endIndex
        var targets: [Target] = []
        for call in text[start...].split(separator: "        .") {
            let kind = call.prefix { $0 != "(" }
            guard ["target", "testTarget", "executableTarget"].contains(kind),
                let name = Self.strings(call, after: "name: ").first
            else { continue }
            let isTest = kind == "testTarget"
            let folder =
                Self.strings(call, after: "path: ").first ?? (isTest ? "Tests/" : "Sources/") + name
            let dependencies = call.firstRange(of: "dependencies: [").map { range in
                Self.strings("x" + call[range.upperBound...].prefix { $0 != "]" }, after: "x")
            }
            targets.append(
                Target(
                    name: name, folder: folder, dependencies: Set(dependencies ?? []), isTest: isTest))
        }
        self.targets = targets
    }

    /// The string literals after a label.
    private static func strings(_ text: some StringProtocol, after label: String) -> [String] {
        guard let range = String(text).firstRange(of: label) else { return [] }
        let parts = String(text)[range.upperBound...].split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
