// swift-tools-version: 6.3
import Foundation
import PackageDescription

/// Where Apache Arrow is: first what `make deps` has fetched, then where the system keeps libraries.
let arrow = Context.packageDirectory + "/.dependencies/arrow"

/// Arrow's file system for S3, a separate library in the wheel, but part of a system's Arrow.
let arrowStorage: [LinkerSetting] =
    FileManager.default.fileExists(atPath: arrow + "/lib/libarrow_s3.so") ? [.linkedLibrary("arrow_s3")] : []

/// Halves the program's start-up time: only the system's shared libraries to load, and no relocations. `make deps` has put
/// archives of the C libraries where the linker looks first; if one is missing, the shared library is used.
let quickStart: [LinkerSetting] = [
    .unsafeFlags(
        ["-L" + Context.packageDirectory + "/.dependencies/archives", "-Xclang-linker", "-no-pie"],
        .when(configuration: .release)),
    // An installed program has its libraries next to it, and they find theirs there too, which needs RPATH, not RUNPATH.
    .unsafeFlags(
        ["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN", "-Xlinker", "--disable-new-dtags"],
        .when(configuration: .release)),
]

/// For modules with tight loops, whose tests would otherwise take minutes, and for tools that run in every build.
let optimizedDebug: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

// The layers, bottom-up. Arrows point down only; Docs/architecture.md is the tour.
let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        // Apache Arrow takes 10 ms to load, so it is loaded at run time, when a table is first read or written.
        .library(name: "ArrowBridge", type: .dynamic, targets: ["CArrowBridge"]),
        // Needed only for shared caches in a bucket.
        .library(name: "ArrowStorage", type: .dynamic, targets: ["CArrowStorage"]),
    ],
    targets: [
        // C libraries: a module map and a shim each.
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CXGBoost"),
        .systemLibrary(name: "CCUDA"),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CProcessor"),
        .systemLibrary(name: "CArrowInterface"),
        .systemLibrary(name: "CObjectStorage"),
        .target(
            name: "CArrowBridge",
            cxxSettings: [
                .headerSearchPath("../CArrowInterface"), .unsafeFlags(["-isystem", arrow + "/include"]),
            ],
            linkerSettings: [
                .unsafeFlags(["-L" + arrow + "/lib", "-Xlinker", "-rpath", "-Xlinker", arrow + "/lib"]),
                // Pure C++, so it does not need Swift's runtime library: a confined stage could not load that, and a machine
                // without Swift does not have it.
                .unsafeFlags(["-nostartfiles", "-static-stdlib"]),
                .linkedLibrary("parquet"), .linkedLibrary("arrow"),
            ]
        ),
        .target(
            name: "CArrowStorage",
            cxxSettings: [
                .headerSearchPath("../CObjectStorage"), .unsafeFlags(["-isystem", arrow + "/include"]),
            ],
            linkerSettings: [
                .unsafeFlags(["-L" + arrow + "/lib", "-Xlinker", "-rpath", "-Xlinker", arrow + "/lib"]),
                .unsafeFlags(["-nostartfiles", "-static-stdlib"]),
            ] + arrowStorage + [.linkedLibrary("arrow")]
        ),
        .target(name: "CProcesses"),
        .target(name: "CConfinement"),
        .target(name: "CCUDAKernels", exclude: ["Kernels"]),
        // The kernels on the processor, for tests; they would be too slow without optimization.
        .target(name: "CCUDAHost", cxxSettings: [.unsafeFlags(["-O1", "-ffp-contract=off"])]),

        // Leaves: one concern each; C types stop here.
        .target(name: "SQLite", dependencies: ["CSQLite", "Texts"]),
        .target(name: "YAML", dependencies: ["CYAML"]),
        .target(name: "Digests", dependencies: ["CCrypto", "Texts"], swiftSettings: optimizedDebug),
        .target(name: "Signatures", dependencies: ["CCrypto", "Texts"]),
        .target(name: "ObjectStorage", dependencies: ["CObjectStorage", "Files"]),
        .target(name: "Compression", dependencies: ["CZstd"]),
        .target(name: "Arguments", dependencies: ["Texts"]),
        .target(name: "Charts"),
        .target(name: "Clocks"),
        .target(name: "CUDAKernels", dependencies: ["CCUDAKernels"]),
        .target(name: "FloatFormats", swiftSettings: optimizedDebug),
        .target(name: "JSON", dependencies: ["Texts"], swiftSettings: optimizedDebug),
        .target(name: "LoopbackHTTP", dependencies: ["Clocks"]),
        .target(name: "Texts", dependencies: ["CProcessor"], swiftSettings: optimizedDebug),
        .target(name: "Files", dependencies: ["CLinux", "Texts"], swiftSettings: optimizedDebug),
        .target(name: "Processes", dependencies: ["CLinux", "CProcesses", "Texts"]),
        .target(name: "StageSchemas", dependencies: ["JSON", "Texts"]),
        .target(name: "GradientBoosting", dependencies: ["CXGBoost"]),

        // Data.
        .target(name: "Columns", dependencies: ["CArrowInterface", "Files", "Texts"]),
        .target(
            name: "Tensors", dependencies: ["COpenBLAS", "FloatFormats", "Parallelism"],
            swiftSettings: optimizedDebug),
        .target(name: "CUDA", dependencies: ["CCUDA", "CUDAKernels", "Digests", "Files"]),
        .target(
            name: "DeviceTensors", dependencies: ["CUDA", "CUDAKernels", "Tensors"],
            swiftSettings: optimizedDebug),
        .target(
            name: "HostTwin", dependencies: ["CCUDAHost", "CUDA", "CUDAKernels", "FloatFormats"],
            swiftSettings: optimizedDebug),
        .target(
            name: "Tokenizers", dependencies: ["Files", "JSON", "Parallelism", "Texts"],
            swiftSettings: optimizedDebug),
        .target(
            name: "Checkpoints", dependencies: ["Files", "FloatFormats", "JSON", "Texts"],
            swiftSettings: optimizedDebug),
        .target(
            name: "LanguageModels", dependencies: ["Checkpoints", "Clocks", "Files", "JSON", "Tensors"],
            swiftSettings: optimizedDebug),

        // The engine.
        .target(name: "Dataflow", dependencies: ["Digests", "Files", "StageSchemas", "Texts"]),
        .target(
            name: "PipelineFiles",
            dependencies: ["Dataflow", "Digests", "Files", "StageSchemas", "Texts", "YAML"]),
        .target(name: "StageKit", dependencies: ["Files", "JSON", "StageSchemas", "Texts"]),
        .target(
            name: "Confinement", dependencies: ["CConfinement", "Dataflow", "Digests", "Files", "Processes"],
            swiftSettings: optimizedDebug),
        .target(
            name: "ArtifactStore",
            dependencies: [
                "Clocks", "Compression", "Dataflow", "Digests", "Files", "JSON", "Parallelism", "SQLite",
                "StageSchemas", "Texts",
            ]
        ),
        .target(
            name: "Remotes",
            dependencies: [
                "ArtifactStore", "Clocks", "Compression", "Dataflow", "Digests", "Files", "JSON",
                "ObjectStorage", "Parallelism", "Processes", "Signatures", "Texts",
            ]
        ),
        .target(
            name: "Execution",
            dependencies: [
                "Clocks", "Confinement", "Dataflow", "Digests", "Files", "JSON", "Processes", "StageKit",
                "StageSchemas", "Texts",
            ]
        ),

        // What preference stages share.
        .target(name: "ParallelPipelines"),
        .target(name: "Parallelism"),
        .target(name: "Randomness"),
        .target(name: "Comparisons", dependencies: ["Columns", "Files", "JSON"]),
        .target(
            name: "ConversationKeys", dependencies: ["Columns", "Comparisons", "Digests", "Parallelism"]),
        .target(name: "Groups", dependencies: ["Columns", "Files", "Texts"]),
        .target(name: "PackedRows", dependencies: ["Columns", "Comparisons", "Files"]),
        .target(
            name: "PromptTemplates", dependencies: ["PackedRows", "StageKit", "StageSchemas", "Tokenizers"]),
        .target(name: "Predictions", dependencies: ["Columns", "Comparisons", "Files", "StageKit", "Texts"]),
        .target(
            name: "LabelledPredictions",
            dependencies: ["Columns", "Comparisons", "PackedRows", "Predictions", "StageKit", "Texts"]),
        .target(
            name: "TrainingTargets",
            dependencies: ["Columns", "Comparisons", "PackedRows", "Predictions", "StageKit", "Texts"]),
        .target(name: "TextFeatures", swiftSettings: optimizedDebug),
        .target(
            name: "FeatureTables", dependencies: ["Columns", "Files", "PackedRows", "StageKit", "Texts"]),
        .target(
            name: "TextProjections",
            dependencies: [
                "Checkpoints", "Columns", "Comparisons", "Files", "PackedRows", "Parallelism", "Randomness",
                "StageKit", "Tensors", "TextFeatures",
            ]),
        .target(
            name: "LinearModels",
            dependencies: [
                "Checkpoints", "Columns", "Comparisons", "FeatureTables", "Files", "PackedRows",
                "Parallelism", "Predictions", "Tensors", "TextFeatures",
            ], swiftSettings: optimizedDebug),
        .target(
            name: "BoostedModels",
            dependencies: [
                "Checkpoints", "Columns", "Comparisons", "Digests", "FeatureTables", "Files",
                "GradientBoosting", "PackedRows", "Parallelism", "Predictions", "StageKit", "TextFeatures",
                "Texts",
            ], swiftSettings: optimizedDebug),
        .target(
            name: "TokenRows",
            dependencies: ["Checkpoints", "Columns", "Comparisons", "PackedRows", "StageKit"]),
        .target(
            name: "DeviceSettings",
            dependencies: ["CUDA", "DeviceTensors", "StageKit", "StageSchemas", "Tensors"]),
        .target(
            name: "TrainingReports",
            dependencies: ["Charts", "Clocks", "Columns", "Files", "LanguageModels", "StageKit"]),

        // Stage kinds: one folder each, and what those of one module share.
        .target(
            name: "IngestStages",
            dependencies: [
                "Columns", "Comparisons", "ConversationKeys", "Digests", "Files", "JSON", "ParallelPipelines",
                "Parallelism", "Processes", "Randomness", "StageKit", "StageSchemas", "Texts",
            ]),
        .target(
            name: "RowStages",
            dependencies: [
                "Columns", "Comparisons", "ConversationKeys", "Digests", "Files", "Groups", "PackedRows",
                "ParallelPipelines", "Parallelism", "PromptTemplates", "Randomness", "StageKit",
                "StageSchemas", "Texts", "Tokenizers",
            ]),
        .target(
            name: "FoldModelStages",
            dependencies: [
                "BoostedModels", "Charts", "Checkpoints", "Columns", "Digests", "FeatureTables", "Files",
                "GradientBoosting", "LabelledPredictions", "LinearModels", "PackedRows", "Parallelism",
                "Predictions", "Randomness", "StageKit", "StageSchemas", "Tensors", "TextFeatures",
                "TextProjections", "Texts", "TrainingTargets",
            ]),
        .target(
            name: "LanguageModelStages",
            dependencies: [
                "Checkpoints", "Clocks", "Columns", "DeviceSettings", "FeatureTables", "Files",
                "FloatFormats", "JSON", "LabelledPredictions", "LanguageModels", "PackedRows", "Predictions",
                "PromptTemplates", "StageKit", "StageSchemas", "Tensors", "Texts", "TokenRows", "Tokenizers",
                "TrainingReports", "TrainingTargets",
            ]),
        .target(
            name: "EnsembleStages",
            dependencies: [
                "Charts", "Columns", "Comparisons", "ConversationKeys", "Digests", "Files", "Groups", "JSON",
                "LabelledPredictions", "PackedRows", "Parallelism", "Predictions", "Randomness", "StageKit",
                "StageSchemas", "Texts",
            ]),
        .target(
            name: "PreferenceKinds",
            dependencies: [
                "EnsembleStages", "FoldModelStages", "IngestStages", "LanguageModelStages", "RowStages",
                "StageKit",
            ], plugins: ["SourceFingerprint"]),

        // The command line.
        .target(
            name: "Commands",
            dependencies: [
                "Arguments", "ArtifactStore", "CUDA", "Checkpoints", "Clocks", "Columns", "Confinement",
                "Dataflow",
                "Digests", "Execution",
                "Files", "JSON", "LoopbackHTTP", "PipelineFiles", "PreferenceKinds", "Processes", "Remotes",
                "Signatures", "StageKit", "StageSchemas", "Texts",
            ]
        ),
        .executableTarget(name: "sluice", dependencies: ["Commands"], linkerSettings: quickStart),

        // Programs for benchmarks and for comparisons with reference implementations.
        .executableTarget(
            name: "tokenize-texts", dependencies: ["Files", "Tokenizers"],
            path: "Benchmarks/tokenizers/tokenize-texts"),
        .executableTarget(
            name: "measure-decoder", dependencies: ["Checkpoints", "LanguageModels", "Tensors"],
            path: "Benchmarks/language-models/measure-decoder"),
        .executableTarget(
            name: "measure-gpu",
            dependencies: [
                "CUDA", "CUDAKernels", "Checkpoints", "DeviceTensors", "Files", "LanguageModels", "Tensors",
            ],
            path: "Benchmarks/language-models/on-gpu/measure-gpu"),
        .executableTarget(
            name: "measure-confinement",
            dependencies: ["Clocks", "Confinement", "Dataflow", "Files", "Processes"],
            path: "Benchmarks/confinement/measure-confinement"),
        .executableTarget(
            name: "quantize-matrices", dependencies: ["Files", "FloatFormats", "LanguageModels", "Tensors"],
            path: "Benchmarks/quantization/quantize-matrices"),

        // Digests of the sources, per stage kind.
        .executableTarget(
            name: "fingerprint-sources", path: "Plugins/fingerprint-sources", swiftSettings: optimizedDebug),
        .plugin(
            name: "SourceFingerprint",
            capability: .buildTool(),
            dependencies: ["fingerprint-sources"]
        ),

        // Tests, a target per module; EndToEndTests runs the real binary in fresh folders.
        .target(
            name: "TestSupport", dependencies: ["Dataflow", "Digests", "Files", "Processes"],
            path: "Tests/TestSupport", swiftSettings: optimizedDebug),
        .target(
            name: "StageTestSupport",
            dependencies: [
                "Columns", "Comparisons", "Files", "FoldModelStages", "IngestStages", "LabelledPredictions",
                "PackedRows", "Predictions", "PromptTemplates", "Randomness", "RowStages", "StageKit",
                "StageSchemas", "TestSupport", "Tokenizers",
            ], path: "Tests/StageTestSupport"),
        .testTarget(name: "SQLiteTests", dependencies: ["Files", "SQLite", "TestSupport"]),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"]),
        .testTarget(name: "DigestsTests", dependencies: ["Digests"]),
        .testTarget(name: "SignaturesTests", dependencies: ["Signatures", "Texts"]),
        .testTarget(name: "CompressionTests", dependencies: ["Compression", "TestSupport"]),
        .testTarget(name: "ArgumentsTests", dependencies: ["Arguments"]),
        .testTarget(name: "ChartsTests", dependencies: ["Charts"]),
        .testTarget(
            name: "JSONTests", dependencies: ["Digests", "Files", "JSON", "TestSupport", "Texts"],
            exclude: ["Fixtures", "References"]),
        .testTarget(name: "TextsTests", dependencies: ["Files", "TestSupport", "Texts"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "LoopbackHTTPTests", dependencies: ["LoopbackHTTP"]),
        .testTarget(name: "ProcessesTests", dependencies: ["Files", "Processes", "TestSupport"]),
        .testTarget(
            name: "ConfinementTests",
            dependencies: ["Confinement", "Dataflow", "Digests", "Files", "Processes", "TestSupport"]),
        .executableTarget(name: "ways-out", path: "Tests/ways-out"),
        .testTarget(name: "StageSchemasTests", dependencies: ["JSON", "StageSchemas"]),
        .testTarget(
            name: "ColumnsTests", dependencies: ["Columns", "Files", "TestSupport"],
            exclude: ["Fixtures", "References"]),
        .testTarget(name: "CUDATests", dependencies: ["CUDA", "CUDAKernels", "Files", "TestSupport"]),
        .testTarget(
            name: "DeviceTensorsTests",
            dependencies: [
                "CUDA", "Checkpoints", "DeviceTensors", "Files", "HostTwin", "LanguageModels", "Tensors",
                "TestSupport",
            ]),
        .testTarget(
            name: "TensorsTests", dependencies: ["FloatFormats", "Tensors"], exclude: ["References"],
            swiftSettings: optimizedDebug),
        .testTarget(
            name: "CUDAKernelsTests", dependencies: ["CCUDAHost", "CUDAKernels", "FloatFormats", "Tensors"],
            swiftSettings: optimizedDebug),
        .testTarget(name: "GradientBoostingTests", dependencies: ["GradientBoosting", "TestSupport"]),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["Checkpoints", "Files", "TestSupport"],
            exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "LanguageModelsTests",
            dependencies: ["Checkpoints", "Files", "LanguageModels", "Tensors", "TestSupport"],
            exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "TokenizersTests",
            dependencies: [
                "CProcessor", "Files", "JSON", "Parallelism", "TestSupport", "Texts", "Tokenizers",
            ],
            exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "DataflowTests",
            dependencies: ["Dataflow", "Digests", "Files", "StageSchemas", "TestSupport"],
            exclude: ["References"]
        ),
        .testTarget(
            name: "PipelineFilesTests",
            dependencies: ["Dataflow", "Digests", "Files", "PipelineFiles", "StageSchemas", "TestSupport"]
        ),
        .testTarget(
            name: "StageKitTests", dependencies: ["Files", "StageKit", "StageSchemas", "TestSupport"]
        ),
        .testTarget(
            name: "ArtifactStoreTests",
            dependencies: [
                "ArtifactStore", "Dataflow", "Digests", "Files", "SQLite", "StageSchemas", "TestSupport",
            ]
        ),
        .testTarget(
            name: "RemotesTests",
            dependencies: [
                "ArtifactStore", "Dataflow", "Digests", "Execution", "Files", "Remotes", "TestSupport",
            ]
        ),
        .testTarget(
            name: "ExecutionTests",
            dependencies: [
                "Dataflow", "Digests", "Execution", "Files", "StageKit", "StageSchemas", "TestSupport",
            ]
        ),
        .testTarget(name: "ParallelPipelinesTests", dependencies: ["ParallelPipelines"]),
        .testTarget(name: "ParallelismTests", dependencies: ["Parallelism"]),
        .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
        .testTarget(name: "ConversationKeysTests", dependencies: ["ConversationKeys"]),
        .testTarget(name: "GroupsTests", dependencies: ["Groups", "Randomness"]),
        .testTarget(
            name: "PromptTemplatesTests",
            dependencies: [
                "Files", "PackedRows", "PromptTemplates", "Randomness", "StageKit", "StageTestSupport",
                "Tokenizers",
            ]),
        .testTarget(name: "PredictionsTests", dependencies: ["Comparisons", "Predictions"]),
        .testTarget(
            name: "TrainingTargetsTests", dependencies: ["Comparisons", "Predictions", "TrainingTargets"]),
        .testTarget(name: "TextFeaturesTests", dependencies: ["TextFeatures"]),
        .testTarget(name: "LinearModelsTests", dependencies: ["LinearModels"]),
        .testTarget(name: "BoostedModelsTests", dependencies: ["BoostedModels"], exclude: ["References"]),
        .testTarget(
            name: "IngestStagesTests",
            dependencies: [
                "Columns", "Comparisons", "Digests", "Files", "IngestStages", "JSON", "LinearModels",
                "Randomness", "StageKit", "StageSchemas", "StageTestSupport", "TestSupport",
            ], exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "RowStagesTests",
            dependencies: [
                "Columns", "Comparisons", "Digests", "Files", "Groups", "IngestStages", "LabelledPredictions",
                "PackedRows", "Predictions", "PromptTemplates", "Randomness", "RowStages", "StageKit",
                "StageSchemas", "StageTestSupport", "TestSupport", "Texts", "Tokenizers",
            ], exclude: ["Pack/Fixtures", "Pack/References"]),
        .testTarget(
            name: "FoldModelStagesTests",
            dependencies: [
                "Columns", "Comparisons", "EnsembleStages", "FeatureTables", "Files", "FoldModelStages",
                "IngestStages", "LinearModels", "PackedRows", "Predictions", "Randomness", "RowStages",
                "StageSchemas",
                "StageTestSupport", "Tensors", "TestSupport", "Texts", "TrainingTargets",
            ]),
        .testTarget(
            name: "LanguageModelStagesTests",
            dependencies: [
                "Checkpoints", "Columns", "Comparisons", "FeatureTables", "Files", "LanguageModelStages",
                "LanguageModels", "PackedRows", "Predictions", "PromptTemplates", "RowStages", "StageKit",
                "StageSchemas",
                "StageTestSupport", "Tensors", "TestSupport", "Texts", "TokenRows", "Tokenizers",
            ],
            exclude: ["Fixtures", "References"]),
        .testTarget(
            name: "EnsembleStagesTests",
            dependencies: [
                "Columns", "Comparisons", "EnsembleStages", "Files", "PackedRows", "Predictions",
                "Randomness",
                "RowStages", "StageKit", "StageSchemas", "StageTestSupport", "TestSupport",
            ]),
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
            dependencies: ["Confinement", "Digests", "Files", "StageSchemas", "TestSupport"]
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

// `make fuzz`: readers of untrusted data, each given generated inputs. The environment variable names libFuzzer.
if let library = Context.environment["SLUICE_FUZZ"] {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "ArtifactStore", "Checkpoints", "Columns", "Dataflow", "Digests", "Files", "IngestStages",
                "JSON", "PipelineFiles", "SQLite", "StageKit", "StageSchemas", "Tokenizers", "YAML",
            ], path: "Tests/fuzz",
            // libFuzzer is written in C++.
            linkerSettings: [.unsafeFlags(["-Xlinker", library, "-Xlinker", "-lstdc++"])]))
}
