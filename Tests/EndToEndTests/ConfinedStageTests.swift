import Confinement
import Files
import Glibc
import TestSupport
import Testing

private let isConfined = ConfinementSupport.ofThisKernel().notice == nil

/// What a stage may not do, as a user meets it.
@Suite(.enabled(if: isConfined))
struct ConfinedStageTests {
    private func pipeline(_ run: String, more: String = "") -> String {
        """
        pipeline: confined
        stages:
          s: { run: "\(run); echo done > ${outputs.o}", outputs: { o: o.txt }\(more) }
        publish: { o.txt: s }
        """
    }

    /// What is refused without `more`, and allowed with it.
    @Test(arguments: [
        (
            "mkdir -p outside; echo x > outside/x", "write outside (add `allow: { write: [outside] }`",
            "allow: { write: [outside] }"
        ),
        ("echo x > /tmp/sluice-outside-$$", "use $TMPDIR", ""),
        ("mkdir -p ~/.cache/x", "write ~/.cache", "allow: { write: [~/.cache] }"),
        ("exec 5<> /dev/tcp/127.0.0.1/1", "use the network (add `network: true`)", ""),
        ("echo more >> ${inputs.f}", "write ~/in.txt", ""), ("chmod u-w ${inputs.f}", "write ~/in.txt", ""),
        ("rm ${inputs.f}", "write", ""), ("cat artifacts/store.sqlite", "belongs to the store", ""),
        ("echo x > here", "write here", "allow: { write: [.] }"),
        ("ls artifacts/work", "belongs to the store", ""),
        ("touch ${inputs.d}/new", "write ~/folder/new", ""),
    ])
    func aDeniedAccessFailsAndSaysWhatToDo(command: String, words: String, permission: String) throws {
        let inputs = ", inputs: { f: { file: in.txt }, d: { directory: folder } }"
        try withWorkspace(pipeline(command, more: inputs)) { workspace in
            try write("input\n", to: workspace.folder.appending("in.txt"))
            try write("x\n", to: workspace.folder.appending("folder/x"))
            let outcome = try workspace.sluice("run", "p.yaml")
            let expected = words.replacing("~/in.txt", with: "in.txt").replacing("~/folder", with: "folder")
            // The home of tests is their folder.
            let other = expected.replacing("~/", with: "")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(expected) || outcome.errors.contains(other), "\(outcome.errors)")
            #expect(try read(workspace.folder.appending("in.txt")) == "input\n")
            #expect(!FileSystem.exists(workspace.folder.appending("outside")))
            guard !permission.isEmpty else { return }
            try workspace.write(pipeline(command, more: ", " + permission))
            let allowed = try workspace.sluice("run", "p.yaml")
            guard !permission.contains("[.]") else {
                #expect(allowed.errors.contains("write to the store, which is in that folder"))
                return
            }
            #expect(allowed.status == 0, "\(allowed.errors)")
        }
    }

    /// The run raises its own limit, for what it keeps open; programs see what they would see without it.
    @Test func theLimitOfDescriptorsIsTheCallers() throws {
        try withWorkspace(pipeline("test $(ulimit -Sn) = 256")) { workspace in
            let sluice = BuiltProgram.sluice.path.text
            let shell = BuiltProgram(at: "/bin/sh")
            let outcome = try shell.run(
                ["-c", "ulimit -Sn 256; exec '\(sluice)' run p.yaml"], in: workspace.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    @Test func networkIsThereOnRequest() throws {
        // There is no listener, which is a different error than a denied connection.
        let command = "((exec 5<> /dev/tcp/127.0.0.1/1) 2>&1 || true) | grep -q refused"
        try withWorkspace(pipeline(command)) { workspace in
            #expect(try workspace.sluice("run", "p.yaml").status == 1)
            try workspace.write(pipeline(command, more: ", network: true"))
            #expect(try workspace.sluice("run", "p.yaml").status == 0)
        }
    }

    @Test func aDeniedAccessOfASuccessfulStageIsANotice() throws {
        try withWorkspace(pipeline("(echo x > outside) || true")) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 0)
            #expect(outcome.errors.contains("it was not allowed to write outside"), "\(outcome.errors)")
            #expect(outcome.errors.contains("it continued anyway"))
        }
    }

    @Test func publishedFilesAreNotInputsOfTheirOwnPipeline() throws {
        try withWorkspace(pipeline("true")) { workspace in
            #expect(try workspace.sluice("run", "p.yaml").status == 0)
            try workspace.write(pipeline("cat artifacts/out/confined/o.txt || true"))
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("which the pipeline has published"), "\(outcome.errors)")
            // Unless it is declared.
            try workspace.write(
                pipeline("cat ${inputs.x}", more: ", inputs: { x: { file: artifacts/out/confined/o.txt } }"))
            #expect(try workspace.sluice("run", "p.yaml").status == 0)
        }
    }

    /// Process substitutions, and standard error by its name where it is a pipe.
    @Test func pipesAreOpenedByTheirNumbers() throws {
        try withWorkspace(
            """
            pipeline: confined
            stages:
              s:
                run: |
                  echo one | tee >(cat > "$TMPDIR/copy") > /dev/null
                  (echo two > /dev/stderr) 2>&1 | cat > "$TMPDIR/errors"
                  while ! [ -s "$TMPDIR/copy" ]; do sleep 0.01; done
                  cat "$TMPDIR/copy" "$TMPDIR/errors" <(echo three) > ${outputs.o}
                outputs: { o: o.txt }
            publish: { o.txt: s }
            """
        ) { workspace in
            try workspace.run()
            let out = workspace.folder.appending("artifacts/out/confined/o.txt")
            #expect(try read(out) == "one\ntwo\nthree\n")
            #expect(try workspace.run().names("ran") == [])
        }
    }

    @Test func foldersFromOutsideAreLikeFolders() throws {
        let commands = [
            "find ${inputs.d} -type f | wc -l", "du -a ${inputs.d} | wc -l",
            "tar cf $TMPDIR/t -C ${inputs.d} . ; tar tf $TMPDIR/t | wc -l",
            "cp -r ${inputs.d} $TMPDIR/copy; find $TMPDIR/copy -type f | wc -l",
            "python3 -c 'import os, sys; print(sum(len(f) for _, _, f in os.walk(sys.argv[1])))' ${inputs.d}",
            "find $(cat ${inputs.d.list}) -type f | wc -l",
            "find $(tail -1 ${inputs.d.table}) -type f | wc -l",
        ]
        for (command, count) in zip(commands, ["3", "5", "5", "3", "3", "3", "3"]) {
            // The observed result would count for the unconfined stage, too, if the commands were the same.
            func stage(_ name: String) -> String {
                """
                run: |
                      (\(command)) > ${outputs.o}; : \(name)
                    inputs: { d: { directory: folder } }
                    outputs: { o: o.txt }
                """
            }
            let text = """
                pipeline: folder
                stages:
                  s:
                    \(stage("s"))
                  free:
                    \(stage("free"))
                    confined: false
                publish: { o.txt: s, free.txt: free }
                """
            try withWorkspace(text) { workspace in
                for name in ["a", "b", "inner/c"] {
                    try write(name, to: workspace.folder.appending("folder").appending(name))
                }
                let outcome = try workspace.sluice("run", "p.yaml")
                #expect(outcome.status == 0 && outcome.errors.contains("2 ran"), "\(outcome.errors)")
                for file in ["o.txt", "free.txt"] {
                    let found = try read(workspace.folder.appending("artifacts/out/folder/\(file)"))
                    #expect(
                        found.split(separator: "\n").first.map(String.init) == count,
                        "\(file) of \(command): \(found)")
                }
            }
        }
    }

    @Test func aKindNeedsItsInputsAndNothingElse() throws {
        let text = """
            pipeline: kinds
            stages:
              sample: { kind: sample-comparisons, with: { rows: 40, extraRows: 0, testRows: 0 } }
              rows: { kind: ingest, inputs: { file: sample.train }, with: { labels: required } }
              folds: { kind: split, inputs: { rows: rows.rows }, with: { folds: 2 } }
            """
        try withWorkspace(text) { workspace in
            let document = try workspace.run()
            #expect(document.names("ran") == ["sample", "rows", "folds"])
        }
    }

    @Test func mistakesAreNamed() throws {
        let text = """
            pipeline: mistakes
            stages:
              a: { run: "true", outputs: { o: o }, network: maybe, reads: some, allow: { raed: [x] } }
              b: { run: "true", outputs: { o: o }, confined: false, network: true, allow: [x] }
            """
        try withWorkspace(text) { workspace in
            let errors = try workspace.sluice("check", "p.yaml").errors
            for words in [
                "network: expected true or false", "reads: expected discovered or declared",
                "did you mean 'read'",
                "network: has no effect", "allow: expected a map",
            ] {
                #expect(errors.contains(words), "\(words): \(errors)")
            }
        }
    }
}

/// Python lists the folder of its script, and Node looks for `package.json` there and above.
@Suite(.enabled(if: isConfined))
struct InterpreterSurroundingsTests {
    @Test func interpretersLookAroundTheirScript() throws {
        try withWorkspace(
            """
            pipeline: interpreters
            stages:
              python:
                shell: python3
                run: |
                  import json, base64
                  open(${outputs.o}, "w").write(json.dumps([1]))
                outputs: { o: o.txt }
              node:
                run: |
                  ls "$TMPDIR/.." > /dev/null
                  for up in .. ../.. ../../.. ../../../..; do
                    [ ! -e "$TMPDIR/$up/package.json" ]
                    ! cat "$TMPDIR/$up/package.json" 2> /dev/null
                  done
                  echo done > ${outputs.o}
                outputs: { o: o.txt }
            """
        ) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 0 && outcome.errors.contains("2 ran"), "\(outcome.errors)")
            #expect(!outcome.errors.contains("not allowed"), "\(outcome.errors)")
            #expect(try workspace.run().names("ran") == [])
        }
    }

    @Test(arguments: [
        "ls $TMPDIR/../..", "ls $TMPDIR/../../..", "test -e $TMPDIR/../../../../../store.sqlite",
        "cat $TMPDIR/../../stages",
    ])
    func whatIsBesideTheAttemptStaysOutOfReach(command: String) throws {
        try withWorkspace(
            "pipeline: p\nstages: { s: { run: \"\(command) || true; echo 1 > ${outputs.o}\", outputs: { o: o.txt } } }\n"
        ) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(
                outcome.status == 1 && outcome.errors.contains("belongs to the store"), "\(outcome.errors)")
        }
    }
}
