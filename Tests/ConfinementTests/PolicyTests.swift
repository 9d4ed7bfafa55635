import Files
import Processes
import TestSupport
import Testing

@testable import Confinement

@Suite(.enabled(if: ConfinementSupport.isComplete))
struct PolicyTests {
    @Test func forbiddenAccessesAreDenied() throws {
        var shell = try ConfinedShell()
        try write("secret", to: shell.folder.path.appending("secret"))
        try write("in", to: shell.folder.path.appending("inputs/in"))
        try FileSystem.makeDirectory(shell.folder.path.appending("outputs"))
        shell.policy.allow(.read, try shell.path("inputs"))
        shell.policy.allow(.write, try shell.path("outputs"))
        let (output, _) = try shell.run(
            """
            cd "$F"
            cat inputs/in && echo
            cat secret; ls .
            echo x > inputs/in; echo x > inputs/new; rm inputs/in
            mkdir outputs/d && echo out > outputs/d/o && mv outputs/d/o outputs/o && cat outputs/o
            ln inputs/in outputs/hard; mv outputs/o inputs/o
            """)
        #expect(
            output.split(separator: "\n").filter {
                !$0.contains("ermission denied") && !$0.contains("cross-device")
            }
                == ["in", "out"], "\(output)")
        #expect(try FileSystem.names(in: shell.folder.path.appending("inputs")) == ["in"])
        #expect(try FileContents.read(shell.folder.path.appending("inputs/in")) == Array("in".utf8))
        #expect(try FileSystem.names(in: shell.folder.path.appending("outputs")) == ["d", "o"])
    }

    @Test func withoutTheNetworkOnlyLocalSocketsWork() throws {
        let shell = try ConfinedShell()
        let command = "/bin/bash -c 'exec 5<>/dev/tcp/127.0.0.1/9' 2>&1"
        let (output, _) = try shell.run(command)
        #expect(output.contains("ermission denied"), "\(output)")
        var online = shell
        online.policy.allowsNetwork = true
        // Nobody listens there, which only the network says.
        let (answer, _) = try online.run(command)
        #expect(answer.contains("refused"), "\(answer)")
    }

    @Test func aRestrictionHoldsForAllDescendants() throws {
        let shell = try ConfinedShell()
        try write("secret", to: shell.folder.path.appending("secret"))
        let (output, status) = try shell.run(
            "(sh -c 'sh -c \"cat $F/secret\"' & wait) 2>&1; setsid -w cat $F/secret")
        #expect(!output.contains("secret\n") && !output.hasPrefix("secret"), "\(output)")
        #expect(status == 1)
    }

    @Test func signalsReachOnlyTheConfined() throws {
        let shell = try ConfinedShell()
        let (output, _) = try shell.run("kill -0 $PPID || echo refused; sleep 60 & kill $! && echo own")
        #expect(output.split(separator: "\n").suffix(2) == ["refused", "own"], "\(output)")
    }

    @Test func oneRulesetServesManyProcesses() throws {
        let shell = try ConfinedShell()
        let prepared = PreparedPolicy(shell.policy, support: shell.support)
        let ruleset = try prepared.ruleset()
        for number in 0..<3 {
            let pipe = try ClosablePipe()
            let child = try ChildProcess(
                ChildProcess.Specification(
                    executable: "/bin/sh", arguments: ["-c", "echo \(number)"], environment: [:],
                    output: pipe.writing, restriction: prepared.restriction(ruleset)))
            pipe.closeWriting()
            #expect(ConfinedShell.text(of: pipe) == "\(number)\n")
            #expect(child.reap().status == 0)
        }
    }

    @Test func aRulesetIsUsedAgainOnlyForTheSameFiles() throws {
        let shell = try ConfinedShell()
        let prepared = PreparedPolicy(shell.policy, support: shell.support)
        var cache = RulesetCache()
        func ruleset(_ name: String, _ access: FileAccess = .write) throws -> Ruleset {
            let path = PathBytes(shell.folder.path.appending(name))
            return try #require(
                try cache.ruleset(prepared, adding: [ConfinementPolicy.Rule(path: path, access: access)]))
        }
        let (first, second) = (shell.folder.path.appending("a"), shell.folder.path.appending("b"))
        try FileSystem.makeDirectory(first)
        let ofFirst = try ruleset("a")
        #expect(try ruleset("a", .read) !== ofFirst)
        try FileSystem.rename(first, to: second)
        #expect(try ruleset("b") === ofFirst)
        // A new folder is a different file, even with the same name and inode number.
        try FileSystem.removeTree(second)
        try FileSystem.makeDirectory(second)
        #expect(try ruleset("b") !== ofFirst)
        cache.removeAll()
        #expect(try ruleset("b") !== ofFirst)
    }

    @Test func aProgramThatCannotBeExecutedIsAnErrorOfTheStart() throws {
        let shell = try ConfinedShell()
        let prepared = PreparedPolicy(ConfinementPolicy(), support: shell.support)
        let ruleset = try prepared.ruleset()
        let pipe = try ClosablePipe()
        #expect(throws: ProcessError.self) {
            try ChildProcess(
                ChildProcess.Specification(
                    executable: "/bin/sh", arguments: [], environment: [:], output: pipe.writing,
                    restriction: prepared.restriction(ruleset)))
        }
    }
}

struct SurroundingsTests {
    @Test(.enabled(if: ConfinementSupport.isComplete))
    func everythingButTheHiddenIsReadable() throws {
        var shell = try ConfinedShell()
        for name in ["store/objects/o", "store-wal", "beside/b", "top"] {
            try write("text", to: shell.folder.path.appending(name))
        }
        let surroundings = Surroundings(hiding: [try shell.path("store"), try shell.path("missing")])
        shell.policy = ConfinementPolicy()
        for rule in surroundings.rules { shell.policy.allow(rule.access, rule.path) }
        shell.policy.allow(.device, StandardDevices.harmless)
        let (output, _) = try shell.run(
            "cd $F; cat beside/b top store-wal; cat store/objects/o beside/../store/objects/o || echo; ls")
        #expect(output.hasPrefix("texttexttext"), "\(output)")
        #expect(!output.contains("texttexttexttext"))
        #expect(surroundings.opened.contains(try shell.path("x").parent))
        #expect(surroundings.isComplete)
    }

    @Test func tooManyEntriesAreAllowedTogether() throws {
        let folder = try OwnFolder()
        for number in 0..<20 { try write("", to: folder.path.appending("\(number)")) }
        let place = PathBytes(try FileSystem.canonical(folder.path))
        let surroundings = Surroundings(hiding: [place.appending(Array("3".utf8))], maximumEntries: 10)
        #expect(!surroundings.isComplete)
    }
}

struct ConfinementSupportTests {
    @Test func aKernelWithoutAnythingGivesOneNotice() {
        let notice = ConfinementSupport.none.notice
        #expect(notice?.contains("Landlock") == true && notice?.contains("network") == true)
        #expect(ConfinementSupport(landlockVersion: 7, filtersCalls: true, observesCalls: true).notice == nil)
    }

    @Test func withoutSupportAProcessRunsAsEver() throws {
        var shell = try ConfinedShell()
        shell.support = .none
        try write("text", to: shell.folder.path.appending("file"))
        #expect(try shell.run("cat $F/file").output == "text")
    }
}
