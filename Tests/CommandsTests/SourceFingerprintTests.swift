import Files
import FoundationEssentials
import TestSupport
import Testing

/// A package's `Sources` in a temporary folder, and the tool that the build plugin runs on it.
private struct SourceCopy {
    let folder: FilePath
    static let files = [
        "Kinds/All.swift": """
        import ModelStages
        import RowStages
        public enum Kinds { static let all: [Any] = [Split.self, TTA.self, TrainLinear.self] }
        """,
        "RowStages/Split/Split.swift": """
        import Folds
        import Tables
        public enum Split: StageKind {
            public static let schema = StageSchema(name: "split", summary: "Splits into folds.")
        }
        """,
        "RowStages/Split/Helper.swift": "enum SplitHelper { static let half = 2 }\n",
        "RowStages/Head/Head.swift": """
        package enum Head: StageKind { static let schema = StageSchema(name: "head") }
        """,
        "RowStages/Shared/Rows.swift": "package import RowOrder\nstruct Rows {}\n",
        "ModelStages/TrainLinear/TrainLinear.swift": """
        import Tables
        import Tensors
        public enum TrainLinear: StageKind, Sendable {
            static let schema = StageSchema(
                name: "train-linear", summary: "A \\"model\\" // of Split.")
            static let text = "\\(Softmax.name) \\(1 + (2))"
        }
        """,
        "ModelStages/TTA/TTA.swift": """
        /// Not like `import Tensors`, which this comment mentions.
        public enum TTA: StageKind { static let schema = StageSchema(name: "tta", summary: "Averages.") }
        """,
        "Folds/FoldRule.swift": "import struct Digests.Digest\npackage struct FoldRule {}\n",
        "RowOrder/Rows+Shuffled.swift": "package enum RowOrder {}\n",
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
            [folder.text, "Kinds", output.text], in: folder)
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
        #expect(table.keys.sorted() == ["head", "split", "train-linear", "tta"])
        #expect(Set(table.values).count == 4)
        #expect(table.values.allSatisfy { $0.utf8.count == 64 })
    }
}

@Test(arguments: [
    ("RowStages/Split/Split.swift", ["split"]),
    ("RowStages/Split/Helper.swift", ["split"]),
    ("RowStages/Head/Head.swift", ["head"]),
    ("ModelStages/TTA/TTA.swift", ["tta"]),
    ("ModelStages/TrainLinear/TrainLinear.swift", ["train-linear"]),
    // What a module's kinds share, and what that imports.
    ("RowStages/Shared/Rows.swift", ["head", "split"]),
    ("RowOrder/Rows+Shuffled.swift", ["head", "split"]),
    // Modules, also those that a module imports.
    ("Folds/FoldRule.swift", ["split"]),
    ("Digests/Digest.swift", ["split"]),
    ("Tables/Table.swift", ["split", "train-linear"]),
    ("Files/Path.swift", ["split", "train-linear"]),
    ("Tensors/Matrix.swift", ["train-linear"]),
    ("Unrelated/Thing.swift", []),
    ("Kinds/All.swift", []),
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
            try sources.write("enum More {}\n", to: "ModelStages/TTA/Inner/More.swift")
        }
        #expect(added == ["tta"])
        let inner = sources.folder.appending("ModelStages/TTA/Inner")
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

@Test func kindsNeedNamesOfTheirOwn() throws {
    try withSources { sources in
        try sources.write(
            "enum Again: StageKind { static let schema = StageSchema(name: \"tta\") }\n",
            to: "ModelStages/Again/Again.swift")
        #expect(try sources.generate().outcome.errors.contains("two stage kinds are called 'tta'"))
        try sources.write(
            "enum Again: StageKind { static let schema = StageSchema(name: theName) }\n",
            to: "ModelStages/Again/Again.swift")
        #expect(try sources.generate().outcome.errors.contains("its name cannot be read"))
    }
}
