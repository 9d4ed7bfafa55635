import Files
import TestSupport
import Testing

@Test(arguments: [2, 8])
func runsAtOnceComputeEachKeyOnce(count: Int) throws {
    try withWorkspace("") { workspace in
        let counter = workspace.folder.appending("marks/computed").text
        try workspace.write(
            """
            pipeline: shared
            stages:
              part:
                run: echo part${matrix.i} >> \(counter); sleep 0.05; echo ${matrix.i} > ${outputs.x}
                matrix: { i: { range: 8 } }
                allow: { write: [marks] }
                outputs: { x: x.txt }
              all:
                run: echo all >> \(counter); cat ${inputs.x} > ${outputs.y}
                inputs: { x: "part[*].x" }
                allow: { write: [marks] }
                outputs: { y: y.txt }
            publish: { all.txt: all.y }
            """)
        let running = try (0..<count).map { _ in
            try BuiltProgram.sluice.start(["run", "p.yaml", "-j2"], in: workspace.folder)
        }
        for run in running {
            let outcome = try run.wait(seconds: 120)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let computed = try workspace.lines(of: "marks/computed")
        #expect(computed.sorted() == (["all"] + (0..<8).map { "part\($0)" }).sorted())
        #expect(
            try read(workspace.folder.appending("artifacts/out/shared/all.txt")) == "0\n1\n2\n3\n4\n5\n6\n7\n"
        )
        #expect(try workspace.run().names("cached").count == 9)
    }
}
