import Dataflow
import Digests
import StageSchemas
import Texts
import YAML

/// The files that inputs name by URL and digest; each is downloaded by a separate stage.
struct Downloads {
    /// A file to download.
    struct File {
        let stage: StageID
        let url: String
        let digest: Digest
        let mark: Mark
    }

    /// The stage kind that downloads a file, and its output.
    static let kind = "download"
    private static let output = "file"

    /// In the order of the file.
    private(set) var files: [File] = []

    /// The output that has the file of `url:` and `sha256:`; nil after a mistake.
    mutating func reference(
        to entry: Node.Entry, _ sha256: Node.Entry?, _ mark: Mark, _ scope: Scope,
        _ diagnostics: inout Diagnostics
    ) -> OutputReference? {
        guard case .string(let url) = scope.value(of: entry.value, &diagnostics), Self.isURL(url) else {
            diagnostics.add(
                "url: expected a URL that begins with https://, http:// or file:///", at: entry.value.mark)
            return nil
        }
        guard let sha256 else {
            diagnostics.add(
                "an input with url: needs the file's sha256:, too; get it with `curl -L URL | sha256sum`",
                at: mark)
            return nil
        }
        guard case .string(let text) = scope.value(of: sha256.value, &diagnostics), text.utf8.count == 64,
            let digest = Digest(hexadecimal: text)
        else {
            diagnostics.add(
                "sha256: expected 64 hexadecimal digits; put them in quotes", at: sha256.value.mark)
            return nil
        }
        if let known = files.first(where: { $0.digest == digest }) {
            return OutputReference(stage: known.stage, output: Self.output)
        }
        let stage = StageID(name(url, digest))
        files.append(File(stage: stage, url: url, digest: digest, mark: mark))
        return OutputReference(stage: stage, output: Self.output)
    }

    private static func isURL(_ text: String) -> Bool {
        ["https://", "http://", "file:///"].contains { text.beginsWith($0) }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// The name of the stage; none in a file can have such a name.
    private func name(_ url: String, _ digest: Digest) -> String {
        let path = url.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let last = path.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? "file"
        let name = "download:" + last
        let isTaken = files.contains { $0.stage.name.hasSameBytes(as: name) }
        return isTaken ? name + "@" + digest.abbreviated : name
    }
}

extension PipelineBuilder {
    /// The stages that download what the given ones read.
    mutating func downloads(_ downloads: Downloads, for stages: [Stage]) -> [Stage] {
        guard !downloads.files.isEmpty else { return [] }
        let wanted = Set(stages.flatMap(\.inputs).flatMap(\.references).map(\.stage))
        return downloads.files.filter { wanted.contains($0.stage) }.compactMap { download($0) }
    }

    private mutating func download(_ file: Downloads.File) -> Stage? {
        guard let schema = kinds.schemas[Downloads.kind],
            let fingerprint = kinds.fingerprints[Downloads.kind]
        else {
            diagnostics.add("url: this program has no stage kind '\(Downloads.kind)'", at: file.mark)
            return nil
        }
        let given: [String: Value] = [
            "url": .string(file.url), "sha256": .string(file.digest.hexadecimal),
        ]
        let (parameters, problems) = schema.validated(given, inputs: [:])
        for problem in problems { diagnostics.add("url: \(problem)", at: file.mark) }
        let path = Self.path(ofURL: file.url)
        return Stage(
            id: file.stage,
            work: .kind(name: Downloads.kind, parameters: parameters, fingerprint: fingerprint),
            outputs: schema.outputs.map {
                Stage.Output(name: $0.name, fileName: $0.fileName, expected: file.digest)
            },
            permissions: Stage.Permissions(allowsNetwork: path == nil, readable: path.map { [$0] } ?? []),
            retries: Retries(2), location: diagnostics.location(file.mark))
    }

    /// The path of `file:///a%20b`; nil for other URLs.
    private static func path(ofURL url: String) -> String? {
        guard url.beginsWith("file://") else { return nil }
        var bytes: [UInt8] = []
        var rest = url.utf8.dropFirst("file://".utf8.count)
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let digits = String(rest.prefix(2)),
                let decoded = UInt8(digits, radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
