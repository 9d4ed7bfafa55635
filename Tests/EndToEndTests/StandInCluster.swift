import Files
import TestSupport

/// A stand-in for Slurm's programs, whose jobs are processes on this machine.
enum StandInCluster {
    static let pipeline = """
        pipeline: demo
        parameters: { words: [a, b, c] }
        stages:
          text:
            run: printf 'one\\ntwo\\n' > ${outputs.text}; mkdir ${outputs.parts}; echo x > ${outputs.parts}/x
            outputs: { text: text.txt, parts: parts/ }
            executor: local
          shout:
            matrix: { word: "${words}" }
            run: |
              echo "working on" ${matrix.word}
              cat ${inputs.text} ${inputs.parts}/x notes.txt > ${outputs.o}; echo ${matrix.word} >> ${outputs.o}
            inputs: { text: text.text, parts: text.parts }
            outputs: { o: o.txt }
          all:
            run: cat ${inputs.all} > ${outputs.o}
            inputs: { all: "shout[*]" }
            outputs: { o: o.txt }
        publish: { all.txt: all }

        """

    static let one = """
        pipeline: demo
        executor: slurm
        stages:
          a:
            run: |
              echo "attempt at $(date)"; sleep 1
              echo > ${outputs.o}
            outputs: { o: o }

        """

    /// A workspace whose PATH has the stand-in first.
    static func with(
        _ pipeline: String = Self.pipeline, _ body: (Workspace, [String: String]) throws -> Void
    ) throws {
        try withWorkspace(pipeline) { workspace in
            let state = workspace.folder.appending("cluster")
            try FileSystem.makeDirectory(state)
            try write("notes\n", to: workspace.folder.appending("notes.txt"))
            let programs = FilePath(#filePath).parent.parent.appending("slurm/stand-in")
            try body(
                workspace,
                [
                    "PATH": programs.text + ":/usr/local/bin:/usr/bin:/bin", "STAND_IN": state.text,
                    "SLUICE_SLURM_POLL": "0.3",
                ])
        }
    }

    static func submissions(_ workspace: Workspace) throws -> [String] {
        try workspace.lines(of: "cluster/submissions")
    }

    /// What is left of the shared folder, below which everything is removed after a run.
    static func leftovers(_ workspace: Workspace) throws -> [String] {
        let shared = workspace.folder.appending("artifacts/work").appending("slurm")
        return try ["jobs", "objects", "batches", "done"].flatMap { name in
            try FileSystem.names(in: shared.appending(name)).map { name + "/" + $0 }
        }
    }
}
