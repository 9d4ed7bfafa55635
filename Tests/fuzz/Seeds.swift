import Columns
import Digests
import Files
import StageSchemas

@testable import ArtifactStore
@testable import Dataflow

/// Inputs to begin with.
enum Seeds {
    /// A kind for the pipelines.
    static let schemas = [
        StageSchema(
            name: "train", summary: "Trains.", inputs: [InputPort("rows", "The rows.")],
            outputs: [OutputPort("model", "model.json", "The model.")],
            parameters: [
                Parameter("rounds", .integer(1...100), default: 10, "How many rounds."),
                Parameter("names", .list(.string), default: [], "Names."),
            ])
    ]

    static func write(to folder: FilePath) throws {
        for (target, texts) in texts {
            for (number, text) in texts.enumerated() {
                try put(Array(text.utf8), target, "\(number)", folder)
            }
        }
        try put(Array("sluice tree 1\n".utf8), "manifest", "empty", folder)
        let digest = SHA256.digest(of: "x").hexadecimal
        try put(Array("sluice tree 1\nf \(digest) a\u{0}t \(digest) b\u{0}".utf8), "manifest", "two", folder)
        try put([0, 0, 16, 0, 1], "rows", "byte", folder)
        for table in 0..<16 {
            try put([1, UInt8(table), 1, 1, 0x41, 1, 2, 3, 4, 5, 6, 7, 8], "rows", "row-\(table)", folder)
        }
        for (number, hasStates) in [true, false].enumerated() {
            try put(node(hasStates: hasStates), "discoveries", "\(number)", folder)
        }
        for table in 0..<4 {
            try put([1, UInt8(table), 1, 0, 0x42, 1, 2, 3, 4, 5, 6, 7, 8], "bundle", "row-\(table)", folder)
        }
        try put([0, 1, 16, 0, 1], "bundle", "byte", folder)
        try put(zip, "packed", "zip", folder)
        try put(gzip, "packed", "gzip", folder)
        try put(gguf, "gguf", "small", folder)
        let table = try Table([
            ("n", .integer(IntegerColumn([1, nil, 3]))),
            ("s", .string(StringColumn(["a", nil, "long text here"]))),
            ("f", .floating(FloatingColumn([0.5, 1, nil]))),
            ("b", .boolean(BooleanColumn([true, false, nil]))),
        ])
        for (name, format) in [
            ("arrow-file", TableFormat.arrowFile), ("arrow-stream", .arrowStream), ("parquet", .parquet),
        ] {
            try FileSystem.makeDirectories(folder.appending(name))
            try table.write(to: folder.appending(name).appending("table"), format)
        }
    }

    private static func put(_ bytes: [UInt8], _ target: String, _ name: String, _ folder: FilePath) throws {
        try FileSystem.makeDirectories(folder.appending(target))
        try FileContents.write(bytes, to: folder.appending(target).appending(name))
    }

    /// A node of what a command has read: a file, a name that was looked for, and a folder below.
    private static func node(hasStates: Bool) -> [UInt8] {
        let digest = SHA256.digest(of: "x")
        let entries: [(String, DiscoveredInput.Aspect, DiscoveredState)] = [
            ("a", .existence, .absent), ("b", .content, .content(digest)),
        ]
        return DiscoveryNode(
            entries: entries.map {
                DiscoveryNode.Entry(name: Array($0.utf8), aspect: $1, state: hasStates ? $2 : nil)
            },
            children: [DiscoveryNode.Child(name: Array("c".utf8), digest: digest)], hasStates: hasStates
        ).encoding
    }

    /// A number's bytes, the lowest first.
    private static func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Number($0 * 8)) }
    }

    /// The CRC-32 of the text in the packed files, "a,b\n".
    private static let checksum = UInt32(0x2497_10C5)

    /// An archive with one member, not compressed.
    private static var zip: [UInt8] {
        let text = Array("a,b\n".utf8)
        let name = Array("t.csv".utf8)
        let common =
            number(UInt16(0)) + number(UInt16(0)) + number(UInt32(0)) + number(checksum)
            + number(UInt32(text.count)) + number(UInt32(text.count)) + number(UInt16(name.count))
            + number(UInt16(0))
        let local = number(UInt32(0x0403_4B50)) + number(UInt16(20)) + common + name + text
        let directory =
            number(UInt32(0x0201_4B50)) + number(UInt16(20)) + number(UInt16(20)) + common
            + [UInt8](repeating: 0, count: 14) + name
        return local + directory + number(UInt32(0x0605_4B50)) + number(UInt32(0)) + number(UInt16(1))
            + number(UInt16(1)) + number(UInt32(directory.count)) + number(UInt32(local.count))
            + number(UInt16(0))
    }

    /// A gzip file whose only block is not compressed.
    private static var gzip: [UInt8] {
        let text = Array("a,b\n".utf8)
        let count = UInt16(text.count)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + number(count) + number(~count) + text
            + number(checksum) + number(UInt32(text.count))
    }

    /// A GGUF file with values of several types and a tensor of four numbers.
    private static var gguf: [UInt8] {
        func text(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count)) + Array(text.utf8) }
        var bytes = Array("GGUF".utf8) + number(UInt32(3)) + number(UInt64(1)) + number(UInt64(4))
        bytes += text("general.architecture") + number(UInt32(8)) + text("llama")
        bytes += text("general.alignment") + number(UInt32(4)) + number(UInt32(32))
        bytes +=
            text("tokens") + number(UInt32(9)) + number(UInt32(8)) + number(UInt64(2)) + text("a") + text("b")
        bytes += text("nested") + number(UInt32(9)) + number(UInt32(9)) + number(UInt64(1))
        bytes += number(UInt32(6)) + number(UInt64(1)) + number(Float(0.5).bitPattern)
        bytes += text("w") + number(UInt32(2)) + number(UInt64(2)) + number(UInt64(2))
        bytes += number(UInt32(0)) + number(UInt64(0))
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
        return bytes + [Float(1), 2, 3, 4].flatMap { number($0.bitPattern) }
    }

    private static let pipelines = [
        """
        pipeline: p
        parameters: { a: 1, b: "${a}x", c: [1, 2.5, null, true] }
        stages:
          one: { run: "echo ${b} $${HOME} > ${outputs.o}", outputs: { o: o.txt, d: d/ }, code: [x.py], environment: [LANG] }
          two:
            kind: train
            matrix: { fold: { range: 3 }, kind: [a, b] }
            inputs: { rows: one.o }
            with: { rounds: "${a}", names: ["${matrix.kind}"] }
            resources: { cpus: 2, memory: 4GiB, time: 2h, disk: 1GB }
            retries: 1
          three: { when: "${a}", run: "cat ${inputs.m} > ${outputs.o}", inputs: { m: "two[*].model", f: { file: in.txt } }, outputs: { o: o } }
        publish: { o.txt: one.o, d: one.d }
        """,
        """
        pipeline: q
        include: [part.yaml, { file: deep/part.yaml, prefix: small-, parameters: { n: 2 }, inputs: { rows: base } }]
        defaults: { retries: 2, resources: { cpus: 2 } }
        parameters: { n: { type: integer, default: 3, minimum: 1, description: text } }
        stages:
          base: { tags: [slow], run: "echo ${n} > ${outputs.o}", outputs: { o: o } }
        """,
        "x: &a [1, *a]\ny: {<<: *a}\nz: |\n  text\n  more\nq: \"\\u0041\\x42\\0\"\n",
        "? [a]\n: - b\n  - !tag c\n...\n---\n",
    ]

    private static let texts: [String: [String]] = [
        "yaml": pipelines, "pipeline": pipelines,
        "canonical": [
            "{\"a\":[1,2.5,-0.0,1e300,null,true,\"\\u00e9\"],\"b\":{}}",
            "[9007199254740993,-9223372036854775808,1.0]",
            "{\"reason\":\"neverRan\"}",
        ],
        "events": [
            "{\"progress\":{\"done\":1,\"total\":3,\"unit\":\"rows\"}}",
            "{\"metric\":{\"name\":\"loss\",\"value\":0.5}}",
            "{\"log\":{\"_0\":\"text\"}}", "{\"failure\":{\"_0\":\"it failed\"}}",
        ],
        "csv": ["a,b\r\n1,\"x \"\"y\"\" z\"\r\n\r\n2,\n\"\n\",\"\"x\n", "\u{FEFF}id,text\n1,\"a\nb\",c"],
        "json": [
            "{\"id\":\"1\",\"prompt\":[\"a\",null,{\"x\":[1.5e3]}],\"n\":-0}",
            "[\"\\ud83d\\ude00\",\"\\u0000\"]", "[[[[[[]]]]]]",
        ],
        "python": ["['a', \"b\", None, 1.5, {'x': (1, 2)}, 'it\\'s']", "array(['a'], dtype=object)"],
        "safetensors": [
            "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
            "{\"w\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[0,2]}}",
        ],
        "configuration": [
            """
            {"model_type":"llama","architectures":["LlamaForCausalLM"],"hidden_size":64,"intermediate_size":128,
            "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":100,"rms_norm_eps":1e-5,
            "rope_theta":10000.0,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,
            "high_freq_factor":4.0,"original_max_position_embeddings":8192},"max_position_embeddings":4096}
            """,
            "{\"model_type\":\"gemma2\",\"hidden_size\":64,\"head_dim\":16,\"sliding_window\":8}",
        ],
        "tokenizer": [
            """
            {"version":"1.0","added_tokens":[{"id":0,"content":"<s>","special":true,"single_word":false,"lstrip":false,"rstrip":false,"normalized":false}],
            "normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
            "post_processor":null,"decoder":{"type":"ByteLevel"},
            "model":{"type":"BPE","unk_token":null,"byte_fallback":false,"vocab":{"<s>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}}
            """,
            "YQ== 0\nYg== 1\nYWI= 2\n",
        ],
    ]

    /// Fills a store with something of everything.
    static func fill(_ store: ArtifactStore, in folder: FilePath) throws -> (artifacts: [Digest], key: Key) {
        let run = try store.runs.begin(
            RunDescription(pipeline: "p", file: "p.yaml", arguments: ["run", "p.yaml"]))
        let output = folder.appending("o")
        try FileContents.write((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }, to: output)
        let file = try store.artifacts.capture(output, shape: .file)
        let tree = folder.appending("t")
        try FileSystem.makeDirectories(tree.appending("in"))
        try FileContents.write(Array("inner".utf8), to: tree.appending("in/x"))
        try FileContents.write([], to: tree.appending("empty"))
        let artifact = try store.artifacts.capture(tree, shape: .tree)
        let text = folder.appending("log")
        try FileContents.write(Array("a line\n".utf8), to: text)
        let log = try store.artifacts.capture(text, shape: .file)
        let material = KeyMaterial(
            .kind(name: "train", fingerprint: SHA256.digest(of: "code"), parameters: ["rounds": 3]),
            inputs: ["rows": [KeyMaterial.Element(coordinates: ["fold": 1], digest: file.digest)]])
        let trace = Trace(
            key: Key(material), material: material, outputs: ["o": file, "t": artifact],
            metrics: ["loss": 0.5],
            cost: Cost(wallSeconds: 2, cpuSeconds: 1, peakMemory: 4096), log: log.digest)
        let result = StageResult(
            stage: StageID("s"), kind: "train", key: trace.key, disposition: .ran, reasons: [.neverRan],
            trace: trace)
        _ = try store.claims.acquire([trace.key])
        try store.runs.commit([result], run: run)
        try store.runs.end(run, outcome: .succeeded)
        try store.pins.add(file.digest, name: "baseline")
        return ([file.digest, artifact.digest, log.digest], trace.key)
    }
}
