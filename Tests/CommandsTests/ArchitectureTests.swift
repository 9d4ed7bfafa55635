import Files
import TestSupport
import Testing

/// The layers of Docs/architecture.md hold in the sources.
struct ArchitectureTests {
    private static let root = FilePath(#filePath).parent.parent.parent

    private struct Source {
        let module: String
        let path: FilePath
        let text: String
        let imports: [String]

        init(module: String, path: FilePath) throws {
            self.module = module
            self.path = path
            text = try read(path)
            imports = text.split(separator: "\n").compactMap(Self.imported)
        }

        /// The module that a line imports.
        private static func imported(_ line: Substring) -> String? {
            guard let first = line.utf8.first, "@ip".utf8.contains(first) else { return nil }
            let words = line.split(separator: " ")
            guard let position = words.firstIndex(of: "import"), position <= 2, words.count == position + 2,
                words[..<position].allSatisfy({ ["public", "internal", "package", "@testable"].contains($0) })
            else { return nil }
            return String(words[position + 1])
        }
    }

    private static func sources(_ folder: FilePath, module: String) throws -> [Source] {
        try FileSystem.names(in: folder).flatMap { name -> [Source] in
            let path = folder.appending(name)
            if try FileStatus(of: path).kind == .directory { return try sources(path, module: module) }
            return name.hasSuffix(".swift") ? [try Source(module: module, path: path)] : []
        }
    }

    private static func modules() throws -> [String] { try FileSystem.names(in: root.appending("Sources")) }

    /// Read once for all tests.
    private static let all = Result {
        try modules().flatMap { try sources(root.appending("Sources").appending($0), module: $0) }
    }

    private func allSources() throws -> [Source] { try Self.all.get() }

    /// The row of each module in the page's picture, the topmost being 0.
    private func rows() throws -> [String: Int] {
        let page = try read(Self.root.appending("Docs/architecture.md"))
        let start = try #require(page.firstRange(of: "\nsluice   ")?.lowerBound)
        let picture = page[start...].prefix { $0 != "`" }
        let names = Set(try Self.modules())
        var rows: [String: Int] = [:]
        for (row, line) in picture.split(separator: "\n").enumerated() {
            for word in line.split(separator: " ").map(String.init) where names.contains(word) {
                rows[word] = row
            }
        }
        return rows
    }

    @Test func everyModuleHasItsPlaceInThePicture() throws {
        let rows = try rows()
        for module in try Self.modules() {
            #expect(rows[module] != nil, "Docs/architecture.md does not show \(module) among the layers")
        }
    }

    @Test func importsPointDownOnly() throws {
        let rows = try rows()
        var seen = 0
        for source in try allSources() {
            guard let row = rows[source.module] else { continue }
            for name in source.imports {
                guard let below = rows[name] else { continue }
                seen += 1
                #expect(
                    below > row, "\(source.path): \(source.module) imports \(name), which is no layer below")
            }
        }
        #expect(seen > 100)
    }

    @Test func stagesAndTheEngineDoNotKnowEachOther() throws {
        let engine: Set = ["Dataflow", "Execution", "ArtifactStore", "PipelineFiles", "Commands"]
        for source in try allSources() {
            let names = Set(source.imports)
            switch source.module {
            case "StageKit", "LanguageModels", "Tokenizers":
                #expect(names.isDisjoint(with: engine), "\(source.path)")
            case let module where module.hasSuffix("Stages"):
                #expect(names.isDisjoint(with: engine), "\(source.path)")
            case "Dataflow", "Execution", "ArtifactStore", "PipelineFiles":
                #expect(
                    !names.contains { $0.hasSuffix("Stages") || $0 == "PreferenceKinds" }, "\(source.path)")
            default: break
            }
            if names.contains("SQLite") { #expect(source.module == "ArtifactStore", "\(source.path)") }
        }
    }

    @Test func pointersAreInTheLeavesColumnsAndTensorsOnly() throws {
        let rows = try rows()
        let leaves = try #require(rows["SQLite"])
        for source in try allSources() where source.text.contains("Unsafe") || source.text.contains("unsafe")
        {
            let isLeaf = rows[source.module].map { $0 >= leaves } ?? false
            let isAllowed =
                isLeaf
                || ["CUDA", "Columns", "Confinement", "HostTwin", "ObjectStorage", "Tensors"].contains(
                    source.module)
            #expect(isAllowed, "\(source.path) handles pointers")
        }
    }

    @Test func importsAreTheDeclaredDependencies() throws {
        let targets = try PackageManifest(Self.root).targets
        #expect(targets.count > 60)
        let names = Set(try Self.modules()).union(targets.map(\.name))
        for target in targets {
            let found = try Self.sources(Self.root.appending(target.folder), module: target.name)
                .reduce(into: Set<String>()) { $0.formUnion($1.imports) }.intersection(names)
            let undeclared = found.subtracting(target.dependencies)
            let unused = target.dependencies.subtracting(found)
            #expect(undeclared.isEmpty, "Package.swift: \(target.name) lacks \(undeclared.sorted())")
            // C++ has no imports.
            if target.name != "CArrowBridge" {
                #expect(unused.isEmpty, "Package.swift: \(target.name) does not use \(unused.sorted())")
            }
        }
    }

    /// Names that other targets use without writing them: requirements of protocols and of the language.
    private static let unwritten: Set = [
        "description", "wrappedValue", "projectedValue", "hash", "encode", "next", "allCases", "rawValue",
        "parameterType", "parameterValue",
    ]

    /// By names, so a name that two modules declare counts as used.
    @Test func nothingIsPublicThatNoOtherTargetUses() throws {
        var words: [String: [String: Int]] = [:]
        var importedModules: Set<String> = []
        var declarations: [(source: Source, name: String)] = []
        for target in try PackageManifest(Self.root).targets where !target.isTest {
            for source in try Self.sources(Self.root.appending(target.folder), module: target.name) {
                importedModules.formUnion(source.imports)
                for line in source.text.split(separator: "\n") {
                    let code = line.drop { $0 == " " }
                    guard !code.hasPrefix("//") else { continue }
                    let names = Self.words(code)
                    for name in names { words[name, default: [:]][target.name, default: 0] += 1 }
                    if let name = Self.publicName(names), code.contains("public ") {
                        if target.folder.hasPrefix("Sources/") { declarations.append((source, name)) }
                    }
                }
            }
        }
        #expect(declarations.count > 300)
        for (source, name) in declarations
        // A module that nothing imports yet is being written.
        where !Self.unwritten.contains(name) && importedModules.contains(source.module) {
            let users = words[name] ?? [:]
            // A type may be named only by public declarations in the same module.
            let isType = name.first?.isUppercase == true && (users[source.module] ?? 0) > 1
            #expect(
                users.count > 1 || isType,
                "\(source.path): no other target names '\(name)': make it internal, or `package`")
        }
    }

    /// Texts that identify something are bytes: to `Character`s, a comma followed by a combining accent is not a comma.
    /// `Texts` has functions that work by bytes. Files that split texts for people, or texts of the system, are listed.
    @Test func textsAreNotSplitByCharacters() throws {
        let allowed: Set = [
            "AdapterRecord.swift", "ArrowBridge.swift", "BoostingLibrary.swift", "CommandLineTool.swift",
            "DecimalTexts.swift", "GGUFCheckpoint.swift", "Help.swift", "ProcessIdentity.swift",
            "StageReference.swift", "WrappedText.swift",
        ]
        let byCharacters = [
            ".split(separator: \"", ".replacing(\"", ".firstIndex(of: \"", ".lastIndex(of: \"",
            "components(separatedBy",
        ]
        for source in try allSources() where !allowed.contains(source.path.lastComponent) {
            for words in byCharacters {
                #expect(
                    !source.text.contains(words), "\(source.path) has \(words)…; see Texts/Bytewise.swift")
            }
        }
    }

    /// The store is a facade of parts: what it can do belongs to one of them.
    @Test func theStoreIsASmallFacade() throws {
        let members = try allSources().flatMap { DeclaredMembers.names(of: "ArtifactStore", in: $0.text) }
        #expect(Set(["init", "traces", "leave", "bundles", "Mode", "parts"]).isSubset(of: members))
        #expect(members.count <= 25, "ArtifactStore has \(members.count) members: \(members)")
    }

    /// A longer file holds more than one thing.
    @Test func filesAreShort() throws {
        let others = try ["Plugins", "Tests"].flatMap {
            try Self.sources(Self.root.appending($0), module: $0)
        }
        for source in try allSources() + others {
            let lines = source.text.utf8.count { $0 == UInt8(ascii: "\n") }
            #expect(lines <= 300, "\(source.path) has \(lines) lines: divide it by what its types do")
        }
        #expect(Set(others.map(\.module)).count == 2)
    }

    @Test func theEngineDoesNotPrint() throws {
        for source in try allSources() where source.module != "Commands" && source.module != "sluice" {
            let prints = source.text.split(separator: "\n").contains { line in
                let code = line.drop { $0 == " " }
                return code.hasPrefix("print(") || code.hasPrefix("Swift.print(")
                    || code.hasPrefix("debugPrint(")
            }
            #expect(!prints, "\(source.path) prints")
        }
    }

    /// The words of a line of code.
    private static func words(_ line: Substring) -> [String] {
        line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }

    /// What a line declares as `public`.
    private static func publicName(_ words: [String]) -> String? {
        guard let start = words.firstIndex(of: "public"), start <= 2 else { return nil }
        let keywords: Set = [
            "func", "var", "let", "struct", "enum", "class", "actor", "protocol", "typealias",
        ]
        guard let keyword = words[start...].firstIndex(where: keywords.contains), keyword <= start + 4,
            keyword + 1 < words.count
        else { return nil }
        return words[keyword + 1]
    }
}
