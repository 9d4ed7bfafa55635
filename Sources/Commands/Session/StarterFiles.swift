import Files
import Texts

/// The files that `sluice init` writes for a new project.
struct StarterFiles {
    /// The folder's name, reduced to characters that a pipeline's name can have.
    private let name: String

    init(inFolderNamed name: String) {
        let bytes = name.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                byte
            default: UInt8(ascii: "-")
            }
        }
        let isLetter: (UInt8) -> Bool = { $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") }
        let start = bytes.drop { !isLetter($0) }
        self.name = start.isEmpty ? "pipeline" : String(decoding: start, as: UTF8.self)
    }

    /// Writes the pipeline and the lines of `.gitignore` that are missing; existing files are not changed.
    ///
    /// - Returns: what was written, in words.
    func write() throws -> [String] {
        var written: [String] = []
        if !FileSystem.exists("pipeline.yaml") {
            try FileContents.write(pipeline, to: "pipeline.yaml")
            written.append("pipeline.yaml")
        }
        let ignored = "/artifacts/"
        let hasFile = FileSystem.exists(".gitignore")
        let old = hasFile ? try FileContents.readText(".gitignore", limit: 1 << 20) : ""
        let lines = old.parts(between: "\n")
        if !lines.contains(where: { $0.hasSameBytes(as: ignored) || $0.hasSameBytes(as: "artifacts/") }) {
            let end = old.isEmpty || old.endsWith("\n") ? "" : "\n"
            try FileContents.write(old + end + ignored + "\n", to: ".gitignore")
            written.append(".gitignore")
        }
        return written
    }

    /// A pipeline that shows a parameter, a command, an input, an output and a published file.
    var pipeline: String {
        """
        # Stages, what they read, and what they write. `sluice run pipeline.yaml` runs those that have changed,
        # `sluice why pipeline.yaml total` explains why one would run, `sluice help` lists the other commands.
        pipeline: \(name)

        parameters:
          count: 10            # sluice run pipeline.yaml --set count=20

        stages:
          numbers:
            outputs: { numbers: numbers.txt }          # a name, and the file that the command writes
            run: seq ${count} > ${outputs.numbers}

          total:
            inputs: { numbers: numbers.numbers }       # the output `numbers` of the stage `numbers`
            outputs: { total: total.txt }
            run: awk '{ sum += $1 } END { print sum }' ${inputs.numbers} > ${outputs.total}

        # Copied to artifacts/out/\(name)/ if the run succeeds.
        publish:
          total.txt: total.total

        """
    }
}
