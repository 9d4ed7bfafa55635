import Files
import FoundationEssentials
import TestSupport
import Testing

/// A stage kind's folder compiles with its module's `Shared` and nothing else: a kind that used another's code would not be
/// stale when that changes.
struct KindsStandAloneTests {
    private static let root = FilePath(#filePath).parent.parent.parent
    private static let sources = root.appending("Sources")

    struct Kind: Sendable, CustomTestStringConvertible {
        let module: String
        let folder: String
        var testDescription: String { "\(module)/\(folder)" }
    }

    /// The compiler; nil on a machine that has none.
    private static let compiler: FilePath? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { FilePath(String($0)).appending("swiftc") }.first { FileSystem.exists($0) }
    }()

    private static func folders(_ path: FilePath) -> [String] {
        let names = (try? FileSystem.names(in: path)) ?? []
        return names.sorted().filter { (try? FileStatus(of: path.appending($0)).kind) == .directory }
    }

    private static let kinds = folders(sources).filter { $0.hasSuffix("Stages") }.flatMap { module in
        folders(sources.appending(module)).filter { $0 != "Shared" }.map { Kind(module: module, folder: $0) }
    }

    private static func files(_ folder: FilePath) throws -> [String] {
        guard FileSystem.exists(folder) else { return [] }
        return try FileSystem.names(in: folder).sorted().flatMap { name -> [String] in
            let path = folder.appending(name)
            if try FileStatus(of: path).kind == .directory { return try files(path) }
            return name.hasSuffix(".swift") ? [path.text] : []
        }
    }

    /// Checks files with the settings of Package.swift, against the modules that the tests were built with.
    private static func check(_ files: [String], module: String) throws -> BuiltProgram.Outcome {
        let compiler = try #require(compiler)
        // Of C modules; those of our own sources have a map that the build has made.
        let built = BuiltProgram.sluice.path.parent
        let maps = folders(sources).flatMap {
            [sources.appending("\($0)/module.modulemap"), built.appending("\($0).build/module.modulemap")]
        }
        .filter { FileSystem.exists($0) }
        let features = [
            "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility",
            "NonisolatedNonsendingByDefault",
        ]
        return try withTemporaryFolder { folder in
            try BuiltProgram(at: compiler).run(
                [
                    // One process checks all files, in half the time that one for each takes.
                    "-typecheck", "-whole-module-optimization", "-parse-as-library", "-swift-version", "6",
                    "-module-name", module,
                    "-package-name", root.lastComponent.lowercased(),
                    "-I", built.appending("Modules").text,
                ] + features.flatMap { ["-enable-upcoming-feature", $0] }
                    + maps.flatMap { ["-Xcc", "-fmodule-map-file=" + $0.text] } + files,
                in: folder, seconds: 600)
        }
    }

    @Test(.enabled(if: compiler != nil, "needs swiftc"), arguments: kinds)
    func aKindDoesNotUseAnother(_ kind: Kind) throws {
        let module = Self.sources.appending(kind.module)
        let files =
            try Self.files(module.appending(kind.folder)) + Self.files(module.appending("Shared"))
        let outcome = try Self.check(files, module: kind.module)
        #expect(
            outcome.status == 0,
            "\(kind.module)/\(kind.folder) must compile with \(kind.module)/Shared alone: \(outcome.errors)")
    }

    @Test(.enabled(if: compiler != nil, "needs swiftc"))
    func usingAnotherKindIsNoticed() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending("Uses.swift")
            try write("import StageKit\nlet other = Split.self\n", to: file)
            let outcome = try Self.check([file.text], module: "RowStages")
            #expect(outcome.status != 0)
            #expect(outcome.errors.contains("cannot find 'Split' in scope"), "\(outcome.errors)")
        }
    }
}
