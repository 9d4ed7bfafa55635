import Files
import FoundationEssentials
import TestSupport
import Testing

/// Slots of accelerators, resources of one's own, and machines that have less than stages ask for.
struct ResourceTests {
    @Test func acceleratorsAreSlots() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              train:
                matrix: { i: { range: 6 } }
                run: |
                  echo "$CUDA_VISIBLE_DEVICES" > ${outputs.o}; : ${matrix.i}
                  mkdir "$PWD/marks/$CUDA_VISIBLE_DEVICES"; sleep 0.1; rmdir "$PWD/marks/$CUDA_VISIBLE_DEVICES"
                allow: { write: [marks] }
                resources: { gpus: 1 }
                outputs: { o: o.txt }
              all:
                run: cat ${inputs.o} | sort -u > ${outputs.o}; echo "[${CUDA_VISIBLE_DEVICES-}]" >> ${outputs.o}
                inputs: { o: "train[*]" }
                outputs: { o: o.txt }
            publish: { o.txt: all }
            """.replacing("${CUDA", with: "$${CUDA")
        ) { workspace in
            let none = try workspace.sluice("run", "p.yaml", environment: ["CUDA_VISIBLE_DEVICES": ""])
            #expect(none.status == 2)
            #expect(none.errors.contains("asks for 1 gpus, but there is none"), "\(none.errors)")
            // Two at once, each with its own device: `mkdir` would fail for an existing folder.
            try workspace.run("p.yaml", "-j", "4", environment: ["CUDA_VISIBLE_DEVICES": "3,GPU-7"])
            #expect(try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "3\nGPU-7\n[]\n")
            // What is known needs no device.
            #expect(try workspace.run(environment: ["CUDA_VISIBLE_DEVICES": ""]).names("ran") == [])
        }
    }

    @Test func whenMemoryRunsOutAStageIsKilledRatherThanTheDriver() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              a: { run: "cat /proc/self/oom_score_adj > ${outputs.o}", outputs: { o: o.txt } }
            publish: { o.txt: a }
            """
        ) { workspace in
            try workspace.run("p.yaml")
            let own = try FileContents.readText("/proc/self/oom_score_adj", limit: 16)
            let number = try #require(Int(String(decoding: own.utf8.dropLast(), as: UTF8.self)))
            #expect(
                try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "\(max(number, 500))\n")
        }
    }

    /// It is known only once another stage has run that it has to.
    @Test func aStageThatHasToRunAfterAllFails() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              a: { run: "echo a > ${outputs.o}", outputs: { o: o.txt } }
              b:
                run: cat ${inputs.a} > ${outputs.o}
                inputs: { a: a }
                resources: { gpus: 1 }
                outputs: { o: o.txt }
            """
        ) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml", environment: ["CUDA_VISIBLE_DEVICES": ""])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("b: it cannot run here: it asks for 1 gpus"), "\(outcome.errors)")
        }
    }

    private static let licenses = """
        pipeline: p
        stages:
          a:
            matrix: { i: { range: 4 } }
            run: mkdir "$PWD/marks/one"; sleep 0.05; rmdir "$PWD/marks/one"; echo ${matrix.i} > ${outputs.o}
            allow: { write: [marks] }
            resources: { licenses: 1 }
            outputs: { o: o.txt }
        """

    @Test func customResourcesAreShared() throws {
        try withWorkspace(Self.licenses) { workspace in
            let none = try workspace.sluice("run", "p.yaml")
            #expect(none.status == 2)
            #expect(none.errors.contains("--resource licenses=1"), "\(none.errors)")
            #expect(
                try workspace.run("p.yaml", "-j", "4", "--resource", "licenses=1").names("ran").count == 4)
            try workspace.write(Self.licenses + "\nresources: { licenses: 1 }\n")
            #expect(try workspace.run("p.yaml", "-j", "4", "--force").names("ran").count == 4)
            let wrong = try workspace.sluice("run", "p.yaml", "--resource", "cpus=3")
            #expect(wrong.status == 2 && wrong.errors.contains("cpus"), "\(wrong.errors)")
        }
    }

    @Test func moreThanTheMachineHasIsAWarning() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              a:
                run: echo x > ${outputs.o}
                resources: { cpus: 4096, memory: 900TiB }
                outputs: { o: o.txt }
            """
        ) { workspace in
            for command in ["run", "status"] {
                let outcome = try workspace.sluice(command, "p.yaml")
                #expect(outcome.status == 0)
                #expect(outcome.errors.contains("asks for 4096 cpus"), "\(outcome.errors)")
                #expect(outcome.errors.contains("of memory, but there are"), "\(outcome.errors)")
            }
        }
    }

    @Test func aMisspelledKeyIsNotAResource() throws {
        try withWorkspace(Self.licenses.replacing("licenses: 1", with: "cpu: 1")) { workspace in
            let errors = try workspace.sluice("check", "p.yaml").errors
            #expect(errors.contains("unknown resource 'cpu'") && errors.contains("cpus"), "\(errors)")
        }
    }
}
