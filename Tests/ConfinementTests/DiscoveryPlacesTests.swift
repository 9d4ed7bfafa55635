import Dataflow
import Digests
import Files
import TestSupport
import Testing

@testable import Confinement

struct DiscoveryPlacesTests {
    private let folder: OwnFolder
    private let places: DiscoveryPlaces
    private let project: FilePath

    init() throws {
        folder = try OwnFolder()
        project = folder.path.appending("home/project")
        for name in ["home/project/src", "home/project/artifacts", "elsewhere"] {
            try FileSystem.makeDirectories(folder.path.appending(name))
        }
        places = DiscoveryPlaces(
            workingDirectory: PathBytes(project), home: PathBytes(folder.path.appending("home")),
            hidden: [PathBytes(project.appending("artifacts/store.sqlite"))])
    }

    private func content(_ path: PathBytes) throws -> Digest {
        SHA256.digest(of: try FileContents.read(FilePath(path.description)))
    }

    /// What is observed when something is looked at now.
    private func entry(_ path: FilePath, _ aspect: DiscoveredInput.Aspect) -> ObservedReads.Entry {
        ObservedReads.Entry(
            path: PathBytes(path), aspect: aspect, status: try? FileStatus(of: path, followsLinks: false))
    }

    private func discovered(_ entries: [ObservedReads.Entry]) throws -> [String] {
        try places.discoveries(of: ObservedReads(entries: entries), content: content).sorted.map {
            "\($0.input.path) \($0.input.aspect)"
        }
    }

    /// A command that reads `~/x` there reads another file once the home is another folder.
    @Test func whatIsInAHomeInTheWorkingDirectoryCountsFromBoth() throws {
        let inner = DiscoveryPlaces(
            workingDirectory: PathBytes(folder.path), home: PathBytes(folder.path.appending("home")),
            hidden: [])
        try write("x", to: folder.path.appending("home/x"))
        let found = try inner.discoveries(
            of: ObservedReads(entries: [
                entry(folder.path.appending("home/x"), .content),
                entry(folder.path.appending("elsewhere"), .existence),
            ]), content: content)
        #expect(
            found.sorted.map { "\($0.input.path) \($0.input.aspect)" }.sorted()
                == ["elsewhere existence", "home/x content", "~/x content"])
    }

    /// Paths that would not be recorded here are not accessed only because another machine names them.
    @Test func onlyWhatCouldBeRecordedIsLookedAtForOthers() throws {
        func objection(_ path: String, _ aspect: DiscoveredInput.Aspect = .content) -> String? {
            let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
            return places.objection(
                to: DiscoveredInput(path: DiscoveredPath(base: .root, names: names), aspect: aspect))
        }
        try write("x", to: project.appending("a.txt"))
        let store = project.appending("artifacts/store.sqlite")
        try write("x", to: store)
        for (name, target) in [
            ("kernel", "/proc/kmsg"), ("zero", "/dev/zero"), ("mine", "artifacts/store.sqlite"),
            ("folder", "/proc"),
        ] { try FileSystem.symbolicLink(to: FilePath(target), at: project.appending(name)) }
        for path in [
            "/proc/kmsg", "/proc/self/fd/0", "/sys/kernel/debug", "/dev/zero", "/etc/shadow", store.text,
            project.appending("kernel").text, project.appending("zero").text, project.appending("mine").text,
            project.appending("folder/kmsg").text,
        ] { #expect(objection(path)?.contains("on which no result depends") == true, "\(path)") }
        #expect(objection("/proc", .names) != nil)
        for path in [project.appending("a.txt").text, "/usr/local/bin/tool", "/no/such/file", "/dev/shm/x"] {
            #expect(objection(path) == nil, "\(path)")
        }
        // A distribution's programs count, its other files do not; whether something is there can always be asked.
        #expect(objection("/usr/bin/env", .program) == nil)
        #expect(objection("/usr/bin/env", .content) != nil)
        #expect(objection("/proc/kmsg", .existence) == nil)
    }

    @Test func pathsAreSeenFromTheNearestBase() {
        func seen(_ path: FilePath) -> String { places.discovered(PathBytes(path)).description }
        #expect(seen(project.appending("src/a.py")) == "src/a.py")
        #expect(seen(project) == ".")
        #expect(seen(folder.path.appending("home/.netrc")) == "~/.netrc")
        #expect(seen(folder.path.appending("elsewhere/x")) == folder.path.appending("elsewhere/x").text)
        for path in [project.appending("a/b"), folder.path.appending("home/c"), "/usr/bin/x", "/"] {
            #expect(places.path(of: places.discovered(PathBytes(path))) == PathBytes(path))
        }
    }

    @Test func observedStatesAreTheCurrentOnes() throws {
        try write("text", to: project.appending("src/a.py"))
        try FileSystem.symbolicLink(to: "src", at: project.appending("link"))
        let entries = [
            entry(project.appending("src/a.py"), .content), entry(project.appending("src/a.py"), .program),
            entry(project.appending("missing"), .existence), entry(project.appending("link"), .link),
            entry(project.appending("src"), .existence), entry(project.appending("src/a.py"), .existence),
        ]
        for entry in entries {
            let found = try places.discoveries(of: ObservedReads(entries: [entry]), content: content)
            for (input, state) in found.states {
                #expect(try places.state(of: input, content: content) == state, "\(input)")
            }
        }
    }

    @Test func sourcesThatChangeMeanwhileEqualNothing() throws {
        let file = project.appending("src/a.py")
        try write("text", to: file)
        let before = entry(file, .content)
        // Changed and changed back: the content is the same, the times are not.
        try write("text2", to: file)
        try write("text", to: file)
        let found = try places.discoveries(of: ObservedReads(entries: [before]), content: content)
        for (input, state) in found.states {
            guard case .changedMeanwhile = state else {
                Issue.record("\(state)")
                return
            }
            #expect(try places.state(of: input, content: content) != state)
        }
    }

    @Test func namesAreThoseThatMatter() throws {
        func names(_ aspect: DiscoveredInput.Aspect) throws -> DiscoveredState {
            try places.state(
                of: DiscoveredInput(
                    path: places.discovered(PathBytes(project.appending("artifacts"))), aspect: aspect),
                content: content)
        }
        let before = try (names(.names), names(.modules))
        try write("", to: project.appending("artifacts/store.sqlite"))
        try write("", to: project.appending("artifacts/__pycache__/x.pyc"))
        #expect(try names(.names) == before.0)
        try write("", to: project.appending("artifacts/notes.txt"))
        #expect(try names(.names) != before.0)
        #expect(try names(.modules) == before.1)
        try write("", to: project.appending("artifacts/module.py"))
        #expect(try names(.modules) != before.1)
    }

    @Test func compiledModulesStandForTheirSources() throws {
        try write("source", to: project.appending("src/m.py"))
        try write("compiled", to: project.appending("src/__pycache__/m.cpython-311.pyc"))
        try write("compiled", to: project.appending("src/__pycache__/gone.cpython-311.pyc"))
        let compiled = project.appending("src/__pycache__/m.cpython-311.pyc")
        #expect(
            try discovered([
                entry(project.appending("src/__pycache__"), .existence), entry(compiled, .content),
                entry(project.appending("src/m.py"), .existence),
                entry(project.appending("src/__pycache__/n.cpython-311.pyc"), .content),
            ]) == ["src/m.py content"])
        #expect(try discovered([entry(compiled, .content)]) == ["src/m.py content"])
        #expect(
            try discovered([entry(project.appending("src/__pycache__/gone.cpython-311.pyc"), .content)])
                == ["src/__pycache__/gone.cpython-311.pyc content"])
    }

    @Test func commandsAreWhereTheSearchPathFindsThem() throws {
        let folders = ["early", "late"].map { folder.path.appending($0) }
        for path in folders { try FileSystem.makeDirectory(path) }
        func program(_ path: FilePath) throws {
            try write("text", to: path)
            try FileSystem.setMode(0o755, of: path)
        }
        func places(_ folders: [FilePath]) -> DiscoveryPlaces {
            DiscoveryPlaces(
                workingDirectory: PathBytes(project), home: nil,
                commandFolders: folders.map { PathBytes($0) },
                hidden: [])
        }
        try program(folders[1].appending("tool"))
        // Looked for in the one, found in the other.
        let reads = ObservedReads(entries: [
            entry(folders[0].appending("tool"), .existence), entry(folders[1].appending("tool"), .program),
        ])
        let found = try places(folders).discoveries(of: reads, content: content)
        let input = DiscoveredInput(
            path: DiscoveredPath(base: .searchPath, names: [Array("tool".utf8)]), aspect: .link)
        let before = try #require(found.states[input])
        #expect(try places(folders).state(of: input, content: content) == before)
        #expect(try places([folders[1]]).state(of: input, content: content) == before)
        #expect(try places([]).state(of: input, content: content) == .absent)
        try write("no program", to: folders[0].appending("tool"))
        #expect(try places(folders).state(of: input, content: content) == before)
        try program(folders[0].appending("tool"))
        #expect(try places(folders).state(of: input, content: content) != before)
    }

    @Test func unobservedReadsGiveNoLastingResult() throws {
        let found = try places.discoveries(of: ObservedReads(gap: "too much"), content: content)
        #expect(found.states.count == 1)
        for (input, state) in found.states {
            #expect(try places.state(of: input, content: content) != state)
        }
    }

    @Test func aDifferentTypeOfFileIsADifferentState() throws {
        let place = project.appending("src/x")
        try write("text", to: place)
        let input = DiscoveredInput(path: places.discovered(PathBytes(place)), aspect: .content)
        let before = try places.state(of: input, content: content)
        try FileSystem.removeFile(place)
        #expect(try places.state(of: input, content: content) == .absent)
        try FileSystem.makeDirectory(place)
        #expect(try places.state(of: input, content: content) == .directory)
        #expect(before == .content(SHA256.digest(of: "text")))
    }

    /// What was found for one attempt counts for another only if that has executed it.
    @Test func aCommandIsSearchedForAgainWhenSomethingElseWasExecuted() throws {
        let first = PathBytes(folder.path.appending("elsewhere/a"))
        let second = PathBytes(folder.path.appending("elsewhere/b"))
        for place in [first, second] {
            try FileSystem.makeDirectories(FilePath(place.description))
        }
        let places = DiscoveryPlaces(
            workingDirectory: PathBytes(project), home: nil, commandFolders: [first, second], hidden: [])
        let commands = FoundCommands()
        func program(_ folder: PathBytes) throws -> PathBytes {
            let path = folder.appending("tool".utf8)
            try FileContents.write(Array("#!/bin/sh".utf8), to: FilePath(path.description))
            try FileSystem.setMode(0o755, of: FilePath(path.description))
            return path
        }
        func found(_ executed: PathBytes?) -> PathBytes? {
            commands.find(Array("tool".utf8), executed: executed, in: places)
        }
        #expect(found(nil) == nil)
        let later = try program(second)
        #expect(found(nil) == later)
        let earlier = try program(first)
        // The attempt before the change has executed the one of then.
        #expect(found(later) == later)
        #expect(found(earlier) == earlier)
        #expect(found(later) == earlier)
        try FileSystem.removeFile(FilePath(earlier.description))
        #expect(found(nil) == later)
    }
}
