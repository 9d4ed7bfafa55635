import Files
import TestSupport
import Testing

/// Which stage kinds an edit of the real sources makes stale.
struct StaleKindsTests {
    private static let sources = FilePath(#filePath).parent.parent.parent.appending("Sources")
    private static let stageModules = [
        "EnsembleStages", "FoldModelStages", "IngestStages", "LanguageModelStages", "RowStages",
    ]
    /// What every stage is made of, and what that is made of.
    private static let innermost: Set = [
        "Comparisons", "StageKit", "Files", "Columns", "StageSchemas", "JSON", "Texts", "CLinux",
        "CArrowInterface", "CArrowBridge", "CProcessor", "Parallelism",
    ]

    /// A copy, its fingerprints, and the paths of all files below `Sources`.
    private func withCopy(_ body: (SourcesCopy, [String: String], [String]) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let copy = SourcesCopy(folder: folder.appending("Sources"), list: "PreferenceKinds")
            let paths = try paths("")
            for path in paths {
                try FileSystem.makeDirectories(copy.folder.appending(path).parent)
                try FileContents.copy(Self.sources.appending(path), to: copy.folder.appending(path))
            }
            let table = try copy.table()
            #expect(table.count >= 25)
            try body(copy, table, paths)
        }
    }

    private func paths(_ prefix: String) throws -> [String] {
        let folder = prefix.isEmpty ? Self.sources : Self.sources.appending(prefix)
        return try FileSystem.names(in: folder).sorted().flatMap { name -> [String] in
            let path = prefix.isEmpty ? name : prefix + "/" + name
            if try FileStatus(of: Self.sources.appending(path)).kind == .directory { return try paths(path) }
            return [path]
        }
    }

    /// The kinds that an edit of files makes stale; the files are as before afterwards.
    private func stale(
        _ copy: SourcesCopy, _ before: [String: String], _ paths: [String]
    ) throws -> Set<String> {
        let texts = try paths.map(copy.read)
        defer { for (path, text) in zip(paths, texts) { try? copy.write(text, to: path) } }
        for (path, text) in zip(paths, texts) { try copy.write(text + "\nenum Edited {}\n", to: path) }
        let after = try copy.table()
        return Set(after.keys.filter { before[$0] != after[$0] })
    }

    /// A kind's name, from its folder's: `TrainLinear` is train-linear.
    private func name(ofFolder folder: String) -> String {
        var name = ""
        var follows = false
        for scalar in folder.unicodeScalars {
            // An abbreviation is one word.
            if scalar.properties.isUppercase && follows { name += "-" }
            follows = !scalar.properties.isUppercase
            name += scalar.properties.lowercaseMapping
        }
        return name
    }

    @Test func commentsAndIndentationDoNotCount() throws {
        try withCopy { copy, before, paths in
            for path in paths {
                var text = try copy.read(path)
                if path.hasSuffix(".swift") {
                    text = text.split(separator: "\n", omittingEmptySubsequences: false)
                        .map { $0.isEmpty ? "" : "  " + $0 }.joined(separator: "\n")
                }
                try copy.write("// A comment's word: Charts.\n\n" + text + "\n/* another */\n", to: path)
            }
            #expect(try copy.table() == before)
        }
    }

    /// In each round, half of the kinds are edited, chosen by a bit of their number, and exactly these must be stale. Any two
    /// kinds differ in some bit, so an edit of one that makes another stale is noticed.
    @Test func aKindsFolderBelongsToOneKind() throws {
        try withCopy { copy, before, paths in
            var kinds: [(name: String, path: String)] = []
            for path in paths {
                let parts = path.split(separator: "/").map(String.init)
                guard Self.stageModules.contains(parts[0]), parts[1] != "Shared" else { continue }
                let name = name(ofFolder: parts[1])
                if kinds.last?.name != name { kinds.append((name, path)) }
            }
            #expect(kinds.count == before.count)
            for bit in 0..<Int.bitWidth where 1 << bit < kinds.count {
                for value in 0...1 {
                    let edited = kinds.indices.filter { $0 >> bit & 1 == value }.map { kinds[$0] }
                    let stale = try stale(copy, before, edited.map(\.path))
                    #expect(stale == Set(edited.map(\.name)))
                }
            }
        }
    }

    @Test func everyModuleButTheInnermostIsUsedByHalfTheKindsAtMost() throws {
        try withCopy { copy, before, paths in
            var users: [String: Set<String>] = [:]
            for path in paths {
                let module = String(path.prefix { $0 != "/" })
                let isCode = [".swift", ".h", ".c", ".cpp", ".modulemap"].contains { path.hasSuffix($0) }
                guard isCode, !Self.stageModules.contains(module), users[module] == nil else { continue }
                users[module] = try stale(copy, before, [path])
            }
            for (module, kinds) in users.sorted(by: { $0.key < $1.key })
            where !Self.innermost.contains(module) {
                #expect(2 * kinds.count <= before.count, "\(module): \(kinds.sorted())")
            }
            for module in [
                "Arguments", "ArtifactStore", "Commands", "Compression", "Dataflow", "Execution",
                "PipelineFiles", "PreferenceKinds", "SQLite", "YAML", "sluice",
            ] {
                #expect(users[module] == [], "\(module) is the engine's")
            }
            // Whose key has only what is downloaded in it.
            #expect(users["Processes"] == ["download"])
            let language: Set = [
                "create-model", "embed-language-model", "import-gguf", "merge-adapters",
                "predict-language-model", "pretrain-language-model", "quantize", "train-language-model",
            ]
            #expect(
                users["Charts"] == [
                    "evaluate", "pretrain-language-model", "train-gradient-boosting", "train-language-model",
                ])
            #expect(users["Tensors"] == language.union(["dense-text-features", "train-linear", "predict"]))
            #expect(users["LanguageModels"] == language)
            #expect(users["Tokenizers"] == ["augment", "create-model", "import-gguf", "pack"])
            #expect(users["PromptTemplates"] == ["create-model", "pack"])
            #expect(users["GradientBoosting"] == ["train-gradient-boosting", "predict"])
            #expect(users["LinearModels"] == ["train-linear", "predict"])
            let predictions = try #require(users["Predictions"])
            #expect(predictions.isSuperset(of: ["blend", "calibrate", "evaluate", "submission", "tta"]))
            #expect(
                predictions.isDisjoint(with: [
                    "ingest", "sample-comparisons", "mine-pairs", "deduplicate", "near-duplicates", "overlap",
                    "split", "augment", "pack",
                ]))
        }
    }
}
