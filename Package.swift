// swift-tools-version: 6.3
import PackageDescription

/// Where Apache Arrow is: first what `make deps` has fetched, then where the system keeps libraries.
let arrow = Context.packageDirectory + "/.dependencies/arrow"

/// What makes the program start in half the time: no shared library but the system's to load, and no addresses to
/// correct. `make deps` has put C libraries' archives where the linker looks first; where one is missing, it takes the
/// shared library.
let quickStart: [LinkerSetting] = [
    .unsafeFlags(
        ["-L" + Context.packageDirectory + "/.dependencies/archives", "-Xclang-linker", "-no-pie"],
        .when(configuration: .release))
]

/// For modules of tight loops, whose tests would take minutes otherwise.
let optimizedDebug: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

// The layers, bottom-up. Arrows point down only; Docs/architecture.md is the tour.
let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        // Apache Arrow takes 10 ms to load, so only what reads a table loads it, at run time.
        .library(name: "ArrowBridge", type: .dynamic, targets: ["CArrowBridge"]),
    ],
    targets: [
        // C libraries: a module map and a shim each.
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CXGBoost"),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CArrowInterface"),
        .target(
            name: "CArrowBridge",
            cxxSettings: [
                .headerSearchPath("../CArrowInterface"), .unsafeFlags(["-isystem", arrow + "/include"]),
            ],
            linkerSettings: [
                .unsafeFlags(["-L" + arrow + "/lib", "-Xlinker", "-rpath", "-Xlinker", arrow + "/lib"]),
                .linkedLibrary("parquet"), .linkedLibrary("arrow"),
            ]
        ),
        .target(name: "CProcesses"),
        .target(name: "CConfinement"),

        // Leaves: one concern each; C types stop here.
        .target(name: "SQLite", dependencies: ["CSQLite"]),
        .target(name: "YAML", dependencies: ["CYAML"]),
        .target(name: "Digests", dependencies: ["CCrypto"]),
        .target(name: "Compression", dependencies: ["CZstd"]),
        .target(name: "Arguments"),
        .target(name: "Charts"),
        .target(name: "Files", dependencies: ["CLinux"]),
        .target(name: "Processes", dependencies: ["CLinux", "CProcesses"]),
        .target(name: "StageSchemas"),
        .target(name: "GradientBoosting", dependencies: ["CXGBoost"]),

        // Data.
        .target(name: "Columns", dependencies: ["CArrowInterface", "Files"]),
        .target(name: "Tensors", dependencies: ["COpenBLAS"], swiftSettings: optimizedDebug),
        .target(name: "Tokenizers", dependencies: ["Files"], swiftSettings: optimizedDebug),
        .target(name: "Checkpoints", dependencies: ["Files", "Tensors"], swiftSettings: optimizedDebug),
        .target(
            name: "LanguageModels", dependencies: ["Checkpoints", "Files", "Tensors"],
            swiftSettings: optimizedDebug),

        // The engine.
        .target(name: "Dataflow", dependencies: ["Digests", "Files", "StageSchemas"]),
        .target(name: "PipelineFiles", dependencies: ["Dataflow", "StageSchemas", "YAML"]),
        .target(name: "StageKit", dependencies: ["Files", "StageSchemas"]),
        .target(name: "Confinement", dependencies: ["CConfinement", "Files", "Processes"]),
        .target(
            name: "ArtifactStore",
            dependencies: ["Compression", "Dataflow", "Digests", "Files", "SQLite", "StageSchemas"]
        ),
        .target(
            name: "Execution",
            dependencies: ["Dataflow", "Digests", "Files", "Processes", "StageKit", "StageSchemas"]
        ),

        // The preference pipeline.
        .target(
            name: "PreferenceStages",
            dependencies: [
                "Charts", "Checkpoints", "Columns", "Digests", "Files", "GradientBoosting", "LanguageModels",
                "StageKit", "StageSchemas", "Tensors", "Tokenizers",
            ],
            plugins: ["SourceFingerprint"]
        ),

        // The command line.
        .target(
            name: "Commands",
            dependencies: [
                "Arguments", "ArtifactStore", "Columns", "Dataflow", "Digests", "Execution", "Files",
                "PipelineFiles", "PreferenceStages", "Processes", "StageKit", "StageSchemas",
            ]
        ),
        .executableTarget(name: "sluice", dependencies: ["Commands"], linkerSettings: quickStart),

        // What benchmarks and references run beside their peers.
        .executableTarget(
            name: "tokenize-texts", dependencies: ["Files", "Tokenizers"],
            path: "Benchmarks/tokenizers/tokenize-texts"),
        .executableTarget(
            name: "measure-decoder", dependencies: ["Checkpoints", "LanguageModels", "Tensors"],
            path: "Benchmarks/language-models/measure-decoder"),
        .executableTarget(
            name: "quantize-matrices", dependencies: ["Files", "LanguageModels", "Tensors"],
            path: "Benchmarks/quantization/quantize-matrices"),

        // Digests of the sources, per stage kind.
        .executableTarget(name: "fingerprint-sources", path: "Plugins/fingerprint-sources"),
        .plugin(
            name: "SourceFingerprint",
            capability: .buildTool(),
            dependencies: ["fingerprint-sources"]
        ),

        // Tests, a target per module; EndToEndTests runs the real binary in fresh folders.
        .target(
            name: "TestSupport", dependencies: ["Dataflow", "Digests", "Files", "Processes"],
            path: "Tests/TestSupport"),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "TestSupport"]),
        .testTarget(name: "YAMLTests", dependencies: ["TestSupport", "YAML"]),
        .testTarget(name: "DigestsTests", dependencies: ["Digests", "TestSupport"]),
        .testTarget(name: "CompressionTests", dependencies: ["Compression", "TestSupport"]),
        .testTarget(name: "ArgumentsTests", dependencies: ["Arguments", "TestSupport"]),
        .testTarget(name: "ChartsTests", dependencies: ["Charts", "TestSupport"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "ProcessesTests", dependencies: ["Files", "Processes", "TestSupport"]),
        .testTarget(
            name: "ConfinementTests", dependencies: ["Confinement", "Files", "Processes", "TestSupport"]),
        .testTarget(name: "StageSchemasTests", dependencies: ["StageSchemas", "TestSupport"]),
        .testTarget(
            name: "ColumnsTests", dependencies: ["Columns", "Files", "TestSupport"],
            exclude: ["Fixtures", "References"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(name: "GradientBoostingTests", dependencies: ["GradientBoosting", "TestSupport"]),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["Checkpoints", "Files", "Tensors", "TestSupport"],
            exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "LanguageModelsTests",
            dependencies: ["Checkpoints", "Files", "LanguageModels", "Tensors", "TestSupport"],
            exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "TokenizersTests", dependencies: ["Files", "TestSupport", "Tokenizers"],
            exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "DataflowTests",
            dependencies: [
                "Dataflow", "Digests", "Files", "StageSchemas", "TestSupport",
            ],
            exclude: ["References"]
        ),
        .testTarget(
            name: "PipelineFilesTests",
            dependencies: [
                "Dataflow", "Digests", "PipelineFiles", "StageSchemas", "TestSupport",
            ]
        ),
        .testTarget(
            name: "StageKitTests",
            dependencies: [
                "Files", "StageKit", "StageSchemas", "TestSupport",
            ]
        ),
        .testTarget(
            name: "ArtifactStoreTests",
            dependencies: [
                "ArtifactStore", "Dataflow", "Digests", "Files", "SQLite", "StageSchemas", "TestSupport",
            ]
        ),
        .testTarget(
            name: "ExecutionTests",
            dependencies: [
                "Dataflow", "Digests", "Execution", "Files", "Processes", "StageKit", "StageSchemas",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "PreferenceStagesTests",
            dependencies: [
                "Checkpoints", "Columns", "Digests", "Files", "PreferenceStages", "StageKit", "StageSchemas",
                "LanguageModels", "Tensors",
                "TestSupport", "Tokenizers",
            ],
            exclude: ["Pack/Fixtures", "Pack/References", "References"]
        ),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Arguments", "Columns", "Commands", "Dataflow", "Digests", "Files", "PipelineFiles",
                "StageKit",
                "StageSchemas", "TestSupport",
            ]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Dataflow", "Digests", "Files", "Processes", "TestSupport",
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .treatAllWarnings(as: .error), .treatWarning("ExplicitSendable", as: .error),
        ]
}

// Arithmetic is unbearable without optimisation, so that tests of it would take minutes.
for target in package.targets where ["Checkpoints", "LanguageModels", "Tensors"].contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
}
