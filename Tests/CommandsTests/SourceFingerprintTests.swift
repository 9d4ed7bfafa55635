import Files
import FoundationEssentials
import TestSupport
import Testing

/// A package's `Sources` in a temporary folder, and the tool that the build plugin runs on it.
private struct SourceCopy {
    let folder: FilePath
    static let files = [
        "Stages/Split/Split.swift": """
        import Tables
        public enum Split: StageKind {
            public static let schema = StageSchema(name: "split", summary: "Splits into folds.")
            static func run() { let fold = FoldRule(count: 5); _ = fold }
        }
        """,
        "Stages/Split/Helper.swift": "enum SplitHelper { static let half = 2 }\n",
        "Stages/TrainLinear/TrainLinear.swift": """
        import Tables
        import Tensors
        /// Not like `Split` or `TTA`, which this comment mentions.
        public enum TrainLinear: StageKind, Sendable {
            static let schema = StageSchema(
                name: "train-linear", summary: "A \\"model\\" // of Split.")
            static let text = "\\(Softmax.name) \\(1 + (2))"
        }
        """,
        "Stages/TTA/TTA.swift": """
        public enum TTA: StageKind {
            static let schema = StageSchema(name: "tta", summary: "Averages.")
            static func run(rows: Rows) { rows.shuffled(seed: 1) }
        }
        """,
        "Stages/Folds/FoldRule.swift": "struct FoldRule { let count: Int; let base = baseline() }\n",
        "Stages/Probabilities/Softmax.swift": "enum Softmax { static let name = \"softmax\" }\n",
        "Stages/Baselines/Baseline.swift": "import Digests\nfunc baseline() -> Int { 1 }\n",
        "Stages/RowOrder/Rows+Shuffled.swift": "extension Rows { func shuffled(seed: Int) {} }\n",
        "Stages/All.swift":
            "public enum Kinds { static let all: [Any] = [Split.self, TTA.self, TrainLinear.self] }\n",
        "Tables/Table.swift": "public import Files\npublic struct Table {}\n",
        "Tensors/Matrix.swift": "public struct Matrix {}\n",
        "Files/Path.swift": "public struct Path {}\n",
        "Digests/Digest.swift": "public struct Digest {}\n",
        "Unrelated/Thing.swift": "struct Thing {}\n",
    ]

    func write(_ text: String, to path: String) throws {
        try TestSupport.write(text, to: folder.appending(path))
    }

    func append(_ text: String, to path: String) throws {
        try write(read(folder.appending(path)) + text, to: path)
    }

    /// Runs the tool; the generated text, or what it said where it failed.
    func generate() throws -> (text: String, outcome: BuiltProgram.Outcome) {
        let output = folder.parent.appending("generated.swift")
        let outcome = try BuiltProgram("fingerprint-sources").run(
            [folder.text, "Stages", output.text], in: folder)
        return ((try? read(output)) ?? "", outcome)
    }

    /// The fingerprints by kind.
    func table() throws -> [String: String] {
        let (text, outcome) = try generate()
        try #require(outcome.status == 0, "\(outcome.errors)")
        var table: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\"")
            if parts.count == 5 { table[String(parts[1])] = String(parts[3]) }
        }
        return table
    }

    /// The kinds whose fingerprint `edit` changes.
    func changed(by edit: () throws -> Void) throws -> [String] {
        let before = try table()
        try edit()
        let after = try table()
        return after.keys.filter { before[$0] != after[$0] }.sorted()
    }
}

private func withSources(_ body: (SourceCopy) throws -> Void) throws {
    try withTemporaryFolder { folder in
        let copy = SourceCopy(folder: folder.appending("Sources"))
        for (path, text) in SourceCopy.files { try copy.write(text, to: path) }
        try body(copy)
    }
}

@Test func everyFolderWithAKindHasAFingerprint() throws {
    try withSources { sources in
        let table = try sources.table()
        #expect(table.keys.sorted() == ["split", "train-linear", "tta"])
        #expect(Set(table.values).count == 3)
        #expect(table.values.allSatisfy { $0.utf8.count == 64 })
    }
}

@Test(arguments: [
    ("Stages/Split/Split.swift", ["split"]),
    ("Stages/Split/Helper.swift", ["split"]),
    ("Stages/TTA/TTA.swift", ["tta"]),
    ("Stages/TrainLinear/TrainLinear.swift", ["train-linear"]),
    // Named in the code of split; used through a folder that split uses; only in an interpolation.
    ("Stages/Folds/FoldRule.swift", ["split"]),
    ("Stages/Baselines/Baseline.swift", ["split"]),
    ("Stages/Probabilities/Softmax.swift", ["train-linear"]),
    // A member of an extension of a type from elsewhere.
    ("Stages/RowOrder/Rows+Shuffled.swift", ["tta"]),
    // Modules, also those that a module imports, and a shared folder's.
    ("Tables/Table.swift", ["split", "train-linear"]),
    ("Files/Path.swift", ["split", "train-linear"]),
    ("Tensors/Matrix.swift", ["train-linear"]),
    ("Digests/Digest.swift", ["split"]),
    ("Unrelated/Thing.swift", []),
    ("Stages/All.swift", []),
])
func anEditChangesThoseThatUseIt(path: String, kinds: [String]) throws {
    try withSources { sources in
        let changed = try sources.changed { try sources.append("// edited\n", to: path) }
        #expect(changed == kinds)
    }
}

@Test func newAndMovedFilesCount() throws {
    try withSources { sources in
        let added = try sources.changed {
            try sources.write("enum More {}\n", to: "Stages/TTA/Inner/More.swift")
        }
        #expect(added == ["tta"])
        let inner = sources.folder.appending("Stages/TTA/Inner")
        let moved = try sources.changed {
            try FileSystem.rename(inner.appending("More.swift"), to: inner.appending("Other.swift"))
        }
        #expect(moved == ["tta"])
    }
}

@Test func theOutputIsLeftAloneWhereNothingChanged() throws {
    try withSources { sources in
        _ = try sources.generate()
        let output = sources.folder.parent.appending("generated.swift")
        let before = try FileStatus(of: output)
        try sources.append("// edited\n", to: "Unrelated/Thing.swift")
        _ = try sources.generate()
        #expect(try FileStatus(of: output) == before)
    }
}

@Test func aKindMustNotUseAnother() throws {
    try withSources { sources in
        try sources.append("func borrowed() { print(SplitHelper.half) }\n", to: "Stages/TTA/TTA.swift")
        let (_, outcome) = try sources.generate()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("Stages/TTA uses 'SplitHelper', which Stages/Split declares"))
    }
}

@Test func kindsNeedNamesOfTheirOwn() throws {
    try withSources { sources in
        try sources.write(
            "enum Again: StageKind { static let schema = StageSchema(name: \"tta\") }\n",
            to: "Stages/Again/Again.swift")
        #expect(try sources.generate().outcome.errors.contains("two stage kinds are called 'tta'"))
        try sources.write(
            "enum Again: StageKind { static let schema = StageSchema(name: theName) }\n",
            to: "Stages/Again/Again.swift")
        #expect(try sources.generate().outcome.errors.contains("its name cannot be read"))
    }
}
