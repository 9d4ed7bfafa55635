import Files
import TestSupport
import Testing

/// A small package's `Sources`, fingerprinted by the tool that the build plugin runs.
struct SourceFingerprintTests {
    private static let files = [
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
        "Tables/Table.swift": "public import Columns\npublic struct Table {}\n",
        "Columns/Column.swift": "import CColumns\npublic struct Column {}\n",
        "CColumns/module.modulemap": "module CColumns { header \"shim.h\" }\n",
        "CColumns/shim.h": "#define HALF 2\n/* Of a column. */\nint half(int value);\n",
        "CArrowBridge/bridge.cpp": "int bridge() { return 1; }\n",
        "Tensors/Matrix.swift": "public struct Matrix {}\n",
        "Digests/Digest.swift": "public struct Digest {}\n",
        "Unrelated/Thing.swift": "struct Thing {}\n",
    ]

    private func withSources(_ body: (SourcesCopy) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let copy = SourcesCopy(folder: folder.appending("Sources"), list: "Kinds")
            for (path, text) in Self.files { try copy.write(text, to: path) }
            try body(copy)
        }
    }

    @Test func everyKindHasAFingerprint() throws {
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
        // Modules, also those that a module imports, or loads at run time.
        ("Folds/FoldRule.swift", ["split"]),
        ("Digests/Digest.swift", ["split"]),
        ("Tables/Table.swift", ["split", "train-linear"]),
        ("Columns/Column.swift", ["split", "train-linear"]),
        ("CColumns/module.modulemap", ["split", "train-linear"]),
        ("CColumns/shim.h", ["split", "train-linear"]),
        ("CArrowBridge/bridge.cpp", ["split", "train-linear"]),
        ("Tensors/Matrix.swift", ["train-linear"]),
        ("Unrelated/Thing.swift", []),
        ("Kinds/All.swift", []),
    ])
    func anEditChangesThoseThatUseIt(_ path: String, _ kinds: [String]) throws {
        try withSources { sources in
            let changed = try sources.changed { try sources.append("extern\n", to: path) }
            #expect(changed == kinds)
            let comment = try sources.changed {
                try sources.write("// edited\n\n" + sources.read(path) + "/* at the end */", to: path)
            }
            #expect(comment == [])
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

    @Test func theOutputIsUnchangedIfNothingChanged() throws {
        try withSources { sources in
            _ = try sources.generate()
            let before = try FileStatus(of: sources.output)
            try sources.append("// edited\n", to: "Tables/Table.swift")
            _ = try sources.generate()
            #expect(try FileStatus(of: sources.output) == before)
        }
    }

    /// Layouts of modules that the fingerprints could not be right for.
    @Test(arguments: [
        (
            "ModelStages/Again/Again.swift",
            "enum Again: StageKind { static let schema = StageSchema(name: \"tta\") }\n",
            "two stage kinds are called 'tta': in ModelStages/Again and ModelStages/TTA"
        ),
        (
            "ModelStages/Again/Again.swift",
            "enum Again: StageKind { static let schema = StageSchema(name: theName) }\n",
            "ModelStages/Again must name its stage kind once"
        ),
        ("RowStages/Order/Order.swift", "struct Order {}\n", "RowStages/Order has no stage kind"),
        ("RowStages/Loose.swift", "struct Loose {}\n", "RowStages/Loose.swift: in a module of stage kinds"),
    ])
    func wrongLayoutsAreErrors(_ path: String, _ text: String, _ message: String) throws {
        try withSources { sources in
            try sources.write(text, to: path)
            let outcome = try sources.generate()
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
        }
    }

    /// One statement in several spellings, and whether they count as the same.
    @Test(arguments: [
        ("a.swift", "let a = f(x, [1])", "let a = f(\n    x,  /* why */ [1]) // so", true),
        ("a.swift", "let a = rows.map { $0 }", "let a =\n    rows\n    .map {\n        $0\n    }", true),
        ("a.swift", "func f()\n    -> [Int]\n{ }", "func f() -> [Int] {\n}", true),
        ("a.swift", "let a = \"x // y\"", "let a = \"x // z\"", false),
        ("a.swift", "let a = \"\\(f(\"a\")) /* b\"", "let a = \"\\(f(\"a\")) /* c\"", false),
        ("a.swift", "let a = #\"\\\" // b\"#", "let a = #\"\\\" // c\"#", false),
        ("a.swift", "let a = /x\"y/ // b", "let a = /x\"y/ // c", true),
        ("a.swift", "let a = /x\"y/\nlet b = \"//c\"", "let a = /x\"y/\nlet b = \"//d\"", false),
        ("a.swift", "let a = x / y // b / c", "let a = x / y // d", true),
        ("a.swift", "let a = \"\"\"\n  x\n   y\n  \"\"\"", "let a = \"\"\"\n    x\n     y\n    \"\"\"", true),
        ("a.swift", "let a = \"\"\"\n  x\n   y\n  \"\"\"", "let a = \"\"\"\n  x\n    y\n  \"\"\"", false),
        ("a.swift", "/* a /* b */ c */ let a = 1", "let a = 1", true),
        // Space that means something.
        ("a.swift", "let a = b\n(c, d).e()", "let a = b(c, d).e()", false),
        ("a.swift", "let a = b\n[c].e()", "let a = b[c].e()", false),
        ("a.swift", "a - b", "a -b", false),
        ("a.swift", "a + b", "a\n    + b", true),
        ("a.swift", "let a = bc", "let a = b c", false),
        ("a.swift", "break\nouter()", "break outer()", false),
        ("a.swift", "let `default` = 1", "let default = 1", false),
        ("a.h", "#define A(x) 1\nint a;", "#define A (x) 1\nint a;", false),
        ("a.h", "#define A 1\nint a;", "#define A 1 int a;", false),
        ("a.h", "#define A 1 \\\n  + 2\nint a;", "#define A 1 + 2 // three\n\n\nint  a ;", true),
        ("a.h", "a + +b;", "a ++b;", false),
        ("a.h", "f(a,b);", "f( a, /* // */\n   b );", true),
        ("a.cpp", "auto a = R\"x(// )\" b)x\";", "auto a = R\"x(// )\" c)x\";", false),
        ("a.cpp", "auto a = '\"'; // b", "auto a = '\"'; // c", true),
        ("a.cpp", "auto a = 1'000; // it's", "auto a = 1'000;", true),
        ("a.txt", "a  b", "a b", false),
    ])
    func equivalentSpellingsGiveTheSameValue(
        _ file: String, _ first: String, _ second: String, _ areSame: Bool
    ) throws {
        try withSources { sources in
            let path = "Tensors/" + file
            try sources.write(first, to: path)
            let changed = try sources.changed { try sources.write(second, to: path) }
            #expect(changed == (areSame ? [] : ["train-linear"]))
        }
    }
}
