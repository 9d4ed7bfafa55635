import ArtifactStore
import Dataflow
import Digests
import Dispatch
import Files
import Glibc
import SQLite
import StageSchemas
import Synchronization
import TestSupport
import Testing

@Suite struct LeaseTests {
    private let key = Key(KeyMaterial(.command(KeyMaterial.Command(text: "test"))))

    /// Makes the claim on the key another process's.
    private func hand(to process: String, expires: Double = 4e9, in fixture: StoreFixture) throws {
        let connection = try Connection(path: fixture.store.path.text)
        try connection.run(
            "INSERT OR REPLACE INTO lease (key, process, expires) VALUES (?, ?, ?)", .blob(key.digest.bytes),
            .text(process), .real(expires))
    }

    private func isGranted(_ claim: Claim) -> Bool {
        if case .granted = claim { return true }
        return false
    }

    private func holder(_ claim: Claim) -> String? {
        if case .heldBy(let holder) = claim { return holder }
        return nil
    }

    /// `host/boot/number/start` of a process that lives and is not this one: the first.
    private func living() throws -> String {
        func word(_ path: FilePath) throws -> String {
            String(try FileContents.readText(path, limit: 4096).split(separator: "\n").first ?? "")
        }
        let host = try word("/proc/sys/kernel/hostname")
        let boot = try word("/proc/sys/kernel/random/boot_id")
        let status = try word("/proc/1/stat")
        let fields = status[(status.lastIndex(of: ")") ?? status.startIndex)...].split(separator: " ")
        return "\(host)/\(boot)/1/\(fields[20])"
    }

    @Test func aClaimIsGrantedAndGivenUp() throws {
        try withStore { fixture in
            #expect(isGranted(try fixture.store.claims.acquire(key)))
            // The same process may ask again, as after a retry.
            #expect(isGranted(try fixture.store.claims.acquire(key)))
            try fixture.store.claims.release(key)
            try hand(to: try living(), in: fixture)
            #expect(holder(try fixture.store.claims.acquire(key))?.hasPrefix("process 1 on ") == true)
            // What others hold is not ours to give up.
            try fixture.store.claims.release(key)
            #expect(!isGranted(try fixture.store.claims.acquire(key)))
        }
    }

    @Test func aDeadProcessHoldsNothing() throws {
        try withStore { fixture in
            let living = try living()
            let parts = living.split(separator: "/").map(String.init)
            for dead in [
                "\(parts[0])/\(parts[1])/999999999/\(parts[3])",  // no such process
                "\(parts[0])/\(parts[1])/1/1\(parts[3])",  // its number was used again
                "\(parts[0])/another-boot/1/\(parts[3])",
                "nonsense",
            ] {
                try hand(to: dead, in: fixture)
                #expect(isGranted(try fixture.store.claims.acquire(key)), "\(dead)")
            }
        }
    }

    /// Of a version that took no locks.
    @Test func anotherHostsClaimHoldsUntilItExpires() throws {
        try withStore { fixture in
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            try hand(to: "elsewhere/boot/12/34", expires: Double(time.tv_sec) + 50, in: fixture)
            #expect(holder(try fixture.store.claims.acquire(key)) == "process 12 on elsewhere")
            // What is over, and what a clock that was far ahead has dated.
            for expires in [1, 4e9] {
                try hand(to: "elsewhere/boot/12/34", expires: expires, in: fixture)
                #expect(isGranted(try fixture.store.claims.acquire(key)))
            }
        }
    }

    /// A process is alive as long as it has its lock, whatever its recorded host, boot and ID.
    @Test(arguments: ["elsewhere/boot/12/34", "", "nowhere/b/999999999/1"])
    func aProcessWithALockIsAlive(name: String) throws {
        try withStore { fixture in
            let token = "0123456789abcdef"
            let name = name.isEmpty ? try living() : name
            let locks = FilePath(fixture.store.path.text + "-locks")
            try FileSystem.makeDirectories(locks)
            let path = locks.appending(token)
            do {
                let file = try File(path, .appending)
                #expect(try file.lock(isExclusive: false))
                try hand(to: "\(name)/\(token)", expires: 1, in: fixture)
                #expect(holder(try fixture.store.claims.acquire(key)) != nil)
                let connection = try Connection(path: fixture.store.path.text)
                try connection.run(
                    "INSERT INTO run (pipeline, file, arguments, host, process, started) VALUES ('o', '', '[]', '', ?, 1)",
                    .text("\(name)/\(token)"))
                let report = try fixture.store.maintenance.collect(CollectionPolicy())
                #expect(report.activeRuns.count == 1)
                #expect(fixture.store.workFolder.sweep() == 0)
                #expect(FileSystem.exists(path))
            }
            #expect(isGranted(try fixture.store.claims.acquire(key)))
            #expect(try fixture.store.maintenance.collect(CollectionPolicy()).activeRuns == [])
            // What is left of it goes.
            #expect(!FileSystem.exists(path))
        }
    }

    @Test func locksGoWithTheStoresThatHaveThem() throws {
        try withTemporaryFolder { folder in
            let locks = folder.appending("store.sqlite-locks")
            do {
                let fixture = try StoreFixture(folder)
                let other = try fixture.reopened()
                _ = try fixture.beginRun()
                #expect(try other.claims.acquire([key]).count == 1)
                #expect(try FileSystem.names(in: locks).count == 1)
                _ = consume fixture
                _ = try other.claims.acquire([key])
                #expect(try FileSystem.names(in: locks).count == 1)
            }
            #expect(!FileSystem.exists(locks))
        }
    }

    @Test func attemptsOfDeadProcessesAreRemovedWhateverTheirFileNames() throws {
        try withStore { fixture in
            let attempts = fixture.folder.appending("work/attempts")
            let mine = try fixture.store.workFolder.makeAttemptsFolder()
            let dead = attempts.appending("elsewhere+boot+12+34+fedcba9876543210")
            try FileSystem.makeDirectories(dead)
            _ = try BuiltProgram(at: "/bin/sh").run(["-c", #"touch "$(printf '\376')""#], in: dead)
            #expect(fixture.store.workFolder.sweep() == 1)
            #expect(try FileSystem.names(in: attempts) == [mine.lastComponent])
        }
    }

    @Test func renewingExtendsOwnClaimsOnly() throws {
        try withStore { fixture in
            _ = try fixture.store.claims.acquire(key)
            let connection = try Connection(path: fixture.store.path.text)
            try connection.run("UPDATE lease SET expires = 1")
            try connection.run(
                "INSERT INTO lease (key, process, expires) VALUES (x'00', 'elsewhere/boot/12/34', 1)")
            try fixture.store.claims.renew()
            let expiries = try connection.rows("SELECT expires FROM lease ORDER BY expires") { $0.real(0) }
            #expect(expiries.count == 2)
            #expect(expiries[0] == 1)
            #expect(expiries[1] > 1e9)
        }
    }

    @Test func aClaimFindsWhatIsComputedByNow() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["x": [1]])
            guard case .computed(let found) = try fixture.store.claims.acquire(trace.key) else {
                Issue.record("the key has a trace")
                return
            }
            #expect(found.outputs == trace.outputs)
        }
    }

    @Test func manyKeysAreClaimedInOneGo() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["x": [1]])
            try hand(to: try living(), in: fixture)
            let free = (0..<3).map { Key(KeyMaterial(.command(KeyMaterial.Command(text: "free \($0)")))) }
            let claims = try fixture.store.claims.acquire([free[0], key, free[1], trace.key, free[2]])
            #expect(claims.map(isGranted) == [true, false, true, false, true])
            #expect(holder(claims[1]) != nil)
            if case .computed(let found) = claims[3] {
                #expect(found.outputs == trace.outputs)
            } else {
                Issue.record("the key has a trace")
            }
            let connection = try Connection(path: fixture.store.path.text)
            func count() throws -> Int? {
                try connection.first("SELECT count(*) FROM lease") { $0.integer(0) }
            }
            // Those that were granted, and the other process's.
            #expect(try count() == 4)
            try fixture.store.claims.release(free + [key])
            #expect(try count() == 1)
            #expect(try fixture.store.claims.acquire([]).isEmpty)
        }
    }

    @Test func committingEndsTheClaim() throws {
        try withStore { fixture in
            let trace = try fixture.captured(["x": [1]])
            #expect(isGranted(try fixture.store.claims.acquire(trace.key)))
            let run = try fixture.beginRun()
            try fixture.store.runs.commit([fixture.ran("a", trace)], run: run)
            let connection = try Connection(path: fixture.store.path.text)
            #expect(try connection.first("SELECT count(*) FROM lease") { $0.integer(0) } == 0)
        }
    }

    @Test func manyOpenANewStoreAtOnce() throws {
        for _ in 0..<20 {
            try withTemporaryFolder { folder in
                let failures = Mutex<[String]>([])
                DispatchQueue.concurrentPerform(iterations: 8) { _ in
                    do {
                        _ = try StoreFixture(folder)
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
                #expect(failures.withLock { $0 } == [])
            }
        }
    }

    @Test func manyThreadsAndConnectionsPublishAtOnce() throws {
        try withStore { fixture in
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { worker in
                do {
                    let store = try fixture.reopened()
                    let own = try StoreFixture(fixture.folder)
                    for number in 0..<10 {
                        let path = fixture.folder.appending("out-\(worker)-\(number)")
                        try FileContents.write(noise(20_000, seed: UInt64(number)), to: path)
                        let artifact = try store.artifacts.capture(path, shape: .file)
                        let trace = own.trace(["y": artifact], parameters: ["n": .integer(number)])
                        let run = try store.runs.begin(
                            RunDescription(pipeline: "p\(worker)", file: "f", arguments: []))
                        try store.runs.commit([own.ran("s\(number)", trace)], run: run)
                        try store.runs.end(run, outcome: .succeeded)
                    }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            #expect(failures.withLock { $0 } == [])
            let artifacts = try fixture.store.catalog.artifacts()
            #expect(artifacts.count == 10)
            #expect(try fixture.store.catalog.runs(limit: 1000).count == 80)
            #expect(try fixture.store.maintenance.verify().isSound)
        }
    }
}
