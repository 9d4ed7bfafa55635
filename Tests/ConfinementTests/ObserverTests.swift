import Confinement
import Dataflow
import Files
import Glibc
import Processes
import TestSupport
import Testing

@Suite(.enabled(if: ConfinementSupport.isComplete))
struct ObserverTests {
    @Test func whatIsReadLookedForListedAndRunIsRecorded() throws {
        let shell = try ObservedShell(files: [
            "src/tool.sh": "cat ../data/in; test -e local.conf; ls ../docs", "data/in": "text\n",
            "docs/a": "",
            "docs/b": "", "unused": "",
        ])
        let outcome = try shell.run("cd src && sh tool.sh")
        #expect(outcome.output == "text\na\nb\n")
        #expect(outcome.ofProject.contains("src/tool.sh content"))
        #expect(outcome.ofProject.contains("data/in content"))
        #expect(outcome.ofProject.contains("src/local.conf absent"))
        #expect(outcome.ofProject.contains("docs names"))
        #expect(!outcome.ofProject.contains { $0.hasPrefix("unused") }, "\(outcome.ofProject)")
        #expect(outcome.reads.gap == nil)
        #expect(outcome.refusals.isEmpty)
        let programs = outcome.reads.entries.filter { $0.aspect == .program }.map(\.path)
        for name in ["cat", "ls"] {
            let program = PathBytes(try FileSystem.canonical(FilePath("/usr/bin/" + name)))
            #expect(programs.contains(program), "\(programs)")
        }
        // A program of the name that comes before it on the PATH would be another.
        #expect(
            outcome.entry("/usr/local/bin/cat") != nil && outcome.entry("/usr/local/bin/cat")?.status == nil)
    }

    @Test func theSystemsFilesAreNotRecorded() throws {
        let shell = try ObservedShell()
        let outcome = try shell.run(
            "cat /etc/passwd > /dev/null; ls /usr/lib > /dev/null; test -e /usr/lib/missing")
        #expect(outcome.status == 1)
        let others = outcome.reads.entries.filter { entry in
            entry.aspect != .program && entry.path.parent != PathBytes("/usr/bin")
                && entry.path.parent != PathBytes("/usr/local/bin")
        }
        #expect(others.map(\.path.description) == [])
    }

    @Test func linksAndTheirTargetsAreRecorded() throws {
        let shell = try ObservedShell(files: ["data/real": "text"])
        try FileSystem.symbolicLink(to: "data", at: FilePath(shell.project.description + "/current"))
        try FileSystem.symbolicLink(to: "real", at: FilePath(shell.project.description + "/data/link"))
        let outcome = try shell.run("cat current/link")
        #expect(outcome.output == "text")
        #expect(
            outcome.ofProject.filter { !$0.hasPrefix(" ") }
                == ["current link", "data/link link", "data/real content"])
    }

    @Test func filesThatTheAttemptCreatesAreNotRecorded() throws {
        let shell = try ObservedShell()
        let outcome = try shell.run(
            """
            echo a > $T/a && cat $T/a > $O/a && mkdir $O/d && mv $O/a $O/d/a && ls $O/d && chmod 700 $O/d/a
            touch -d 2001-01-01 $O/d/a && stat -c '%a %Y' $O/d/a && rm -r $O/d
            """)
        #expect(outcome.output == "a\n700 978307200\n", "\(outcome.output)")
        #expect(outcome.ofProject == [])
        #expect(outcome.refusals == [])
    }

    @Test func relativePathsDescriptorsAndProcessFoldersLeadToTheSameFiles() throws {
        let shell = try ObservedShell(files: [
            "a/b/in": "1", "a/in": "2", "c/in": "3", "d/in": "4", "e/in": "5",
        ])
        let outcome = try shell.run(
            """
            cd a/b; cat in ../in /proc/self/cwd/../../c/in
            exec 9< ../../d; cat /proc/self/fd/9/in; cd ../..; cat ./e//in
            """)
        #expect(outcome.output == "12345")
        for name in ["a/b/in", "a/in", "c/in", "d/in", "e/in"] {
            #expect(outcome.ofProject.contains(name + " content"), "\(outcome.ofProject)")
        }
    }

    @Test func writesOutsideAreRefusedAndNamed() throws {
        let shell = try ObservedShell(files: ["in": "text", "dir/x": ""])
        let outcome = try shell.run(
            """
            echo x > in; echo x > new; rm in; mkdir newdir; mkdir -p dir || echo no; mv in $O/; chmod 600 in
            touch in; ln in $O/hard; rm missing; echo x >> /tmp/sluice-refused-$$; cat in
            """)
        #expect(outcome.output.hasSuffix("text"), "\(outcome.output)")
        #expect(!outcome.output.contains("\nno\n"))
        #expect(try read(FilePath(shell.project.description + "/in")) == "text")
        #expect(outcome.refusals.contains("in write"))
        #expect(outcome.refusals.contains("new write"))
        #expect(outcome.refusals.contains("newdir write"))
        #expect(outcome.refusals.contains { $0.hasPrefix("/tmp/sluice-refused") && $0.hasSuffix(" write") })
        #expect(!outcome.refusals.contains { $0.hasPrefix("dir ") || $0.hasPrefix("missing") })
    }

    @Test func theStoreIsOutOfReach() throws {
        let shell = try ObservedShell()
        try write("secret", to: FilePath(shell.project.parent.description + "/store/object"))
        let outcome = try shell.run(
            "cat $S/object; cat ../store/object; ls ../store; ln -s $S/object $T/l; cat $T/l; ls -d ..")
        #expect(!outcome.output.contains("secret"))
        #expect(outcome.refusals.filter { $0.hasSuffix("hiddenRead") }.count == 2, "\(outcome.refusals)")
    }

    @Test func linksInTheAttemptsOwnFoldersAreFollowedEachTime() throws {
        let shell = try ObservedShell(files: ["one": "1", "two": "2"])
        let outcome = try shell.run("ln -s $P/one $T/l; cat $T/l; ln -sf $P/two $T/l; cat $T/l")
        #expect(outcome.output == "12")
        #expect(outcome.ofProject.contains("one content") && outcome.ofProject.contains("two content"))
    }

    @Test func interpretersOfScriptsArePrograms() throws {
        let shell = try ObservedShell(files: [
            "tools/interpreter": "#!/bin/sh\necho by interpreter\n", "script": "#! tools/interpreter -x\n",
        ])
        for name in ["tools/interpreter", "script"] {
            try FileSystem.setMode(0o755, of: FilePath(shell.project.description + "/" + name))
        }
        let outcome = try shell.run("./script")
        #expect(outcome.output == "by interpreter\n", "\(outcome.output)")
        #expect(
            outcome.ofProject.contains("script program")
                && outcome.ofProject.contains("tools/interpreter program"))
    }

    @Test func onlyDeclaredReadsAreAllowedOnRequest() throws {
        var shell = try ObservedShell(files: ["declared/a": "a", "other": "b", "lib/c": "c"])
        shell.rules.readsOnlyDeclared = true
        shell.rules.known.append(shell.project.appending("declared".utf8))
        let outcome = try shell.run(
            """
            cat declared/a; cat other; test -e lib/c || echo hidden; test -e missing || echo missing
            ls lib; echo lib/* .; pwd
            """)
        #expect(outcome.output.hasPrefix("a"))
        #expect(outcome.output.contains("ermission denied") && outcome.output.contains("hidden\nmissing\n"))
        #expect(
            outcome.refusals
                == [
                    "other undeclaredRead", "lib/c undeclaredLook", "lib undeclaredLook",
                    "lib undeclaredRead",
                ])
        #expect(outcome.ofProject == [])
    }

    @Test func ownProductsCannotBeRead() throws {
        var shell = try ObservedShell(files: ["out/plot.svg": "old", "out/other": "x"])
        shell.rules.products = [shell.project.appending("out/plot.svg".utf8)]
        let outcome = try shell.run("test -e out/plot.svg || echo hidden; cat out/plot.svg; cat out/other")
        #expect(outcome.output.hasPrefix("hidden\n") && outcome.output.hasSuffix("x"), "\(outcome.output)")
        #expect(outcome.refusals == ["out/plot.svg ownProduct"])
    }

    @Test func theNetworkIsRefusedByName() throws {
        let shell = try ObservedShell()
        let outcome = try shell.run("exec 3<>/dev/tcp/127.0.0.1/9", in: "/bin/bash")
        #expect(outcome.refusals == ["- network"])
    }

    @Test func manyProcessesAtOnceAreObserved() throws {
        let shell = try ObservedShell(
            files: Dictionary(uniqueKeysWithValues: (0..<40).map { ("f\($0)", "\($0)\n") }))
        let outcome = try shell.run("for i in $(seq 0 39); do cat f$i & done; wait")
        #expect(outcome.output.split(separator: "\n").count == 40)
        #expect(outcome.ofProject.filter { $0.hasSuffix("content") }.count == 40)
    }

    @Test func namesThatAreNotUTF8Survive() throws {
        let shell = try ObservedShell()
        let outcome = try shell.run("cat \"$(printf 'a\\377b')\"; test -e \"$(printf 'e\\314\\201')\"")
        let names = outcome.reads.entries.compactMap { $0.path.relative(to: shell.project)?.bytes }
        #expect(names.contains([0x61, 0xFF, 0x62]) && names.contains([0x65, 0xCC, 0x81]))
    }

    @Test func whatIsLeftRunningDoesNotHangAndReadsNothing() throws {
        let shell = try ObservedShell(files: ["in": "text"])
        // The child of the session lives on; its calls fail once the attempt is over.
        let outcome = try shell.run(
            "setsid sh -c 'sleep 1; cat in && touch $T/read; echo $? > /dev/null' > /dev/null 2>&1 & exit 0")
        #expect(outcome.status == 0)
        usleep(1_500_000)
        #expect(!FileSystem.exists(FilePath(shell.attempt.description + "/scratch/read")))
    }

    @Test func severalAttemptsShareOneObserver() throws {
        let shell = try ObservedShell(files: ["a": "1", "b": "2"])
        let observer = Observer()
        let prepared = PreparedPolicy(
            {
                var policy = ConfinementPolicy()
                policy.allow(.run, .root)
                policy.allow(.device, StandardDevices.harmless)
                return policy
            }(), support: .ofThisKernel())
        let ruleset = try prepared.ruleset()
        let runs = try ["a", "b"].map { name in
            let watch = try observer.watch()
            watch.begin(shell.rules)
            let pipe = try ClosablePipe()
            let child = try ChildProcess(
                ChildProcess.Specification(
                    executable: "/bin/sh", arguments: ["-c", "sleep 0.1; cat \(shell.project)/\(name)"],
                    environment: ["PATH": "/usr/bin"], output: pipe.writing,
                    restriction: prepared.restriction(ruleset, listener: watch.listener)))
            pipe.closeWriting()
            return (watch, pipe, child)
        }
        for (index, (watch, pipe, child)) in runs.enumerated() {
            #expect(ConfinedShell.text(of: pipe) == "\(index + 1)")
            _ = child.reap()
            let read = watch.end().entries.filter { $0.aspect == .content }
                .compactMap { $0.path.relative(to: shell.project)?.description }
            #expect(read == [["a", "b"][index]])
        }
    }

    @Test func oneWatchIsForAttemptAfterAttempt() throws {
        let shell = try ObservedShell(files: ["a": "1", "b": "2"])
        var policy = ConfinementPolicy()
        policy.allow(.run, .root)
        policy.allow(.device, StandardDevices.harmless)
        let prepared = PreparedPolicy(policy, support: .ofThisKernel())
        let ruleset = try prepared.ruleset()
        let watch = try Observer().watch()
        let supervisor = try Supervisor()
        for name in ["a", "b", "a"] {
            watch.begin(shell.rules)
            let pipe = try ClosablePipe()
            try supervisor.start(
                ChildProcess.Specification(
                    executable: "/bin/cat", arguments: ["\(shell.project)/\(name)"], environment: [:],
                    output: pipe.writing,
                    restriction: prepared.restriction(ruleset, listener: watch.listener)))
            pipe.closeWriting()
            #expect(ConfinedShell.text(of: pipe) == (name == "a" ? "1" : "2"))
            while supervisor.takeEnding() == nil {
                _ = Poller.readable([supervisor.descriptor], milliseconds: 1000)
            }
            let read = watch.end().entries.filter { $0.aspect == .content }
                .compactMap { $0.path.relative(to: shell.project)?.description }
            #expect(read == [name])
        }
        #expect(watch.end().entries.isEmpty)
    }

    /// Python's own listings are distinguished from a program's, if Python is installed.
    @Test(.enabled(if: FileSystem.exists("/usr/bin/python3")))
    func pythonsImportsDependOnModulesOnly() throws {
        let files = ["src/tool.py": "import other, glob", "src/other.py": "", "data/x": ""]
        let listing =
            "import other, os; os.path.isdir('data') and os.listdir('data'); print(os.listdir('src'))"
        let shell = try ObservedShell(files: files.merging(["src/lister.py": listing]) { $1 })
        let importing = try shell.run("/usr/bin/python3 src/tool.py")
        #expect(importing.status == 0, "\(importing.output)")
        #expect(importing.ofProject.contains("src modules"), "\(importing.ofProject)")
        #expect(importing.ofProject.contains("src/other.py content"))
        let outcome = try shell.run("/usr/bin/python3 src/lister.py")
        #expect(outcome.ofProject.contains("src names") && outcome.ofProject.contains("data names"))
    }

    @Test func theNamesOfADirectoryAreTakenWhenTheyAreListed() throws {
        let shell = try ObservedShell(files: ["d/a": ""])
        let first = try shell.run("ls d").entry("d")?.listing
        let second = try shell.run("ls d").entry("d")?.listing
        #expect(first != nil && first == second)
        try write("", to: FilePath(shell.project.description + "/d/b"))
        #expect(try shell.run("ls d").entry("d")?.listing != first)
    }
}
