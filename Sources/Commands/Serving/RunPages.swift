import ArtifactStore
import Clocks
import Dataflow
import Files
import LoopbackHTTP
import Texts

/// Answers requests for pages about runs, if they contain the token, and for nothing else.
struct RunPages {
    let store: ArtifactStore
    let session: Session
    /// The prefix of every page's path.
    let token: String
    /// Where previews are made.
    let temporaryFolder: FilePath

    /// The path of the list of runs.
    var home: String { "/\(token)/" }

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let parts = request.target.parts(between: "/")
        // "/TOKEN/…" in three parts or more; the response time does not reveal how much of a guess is right.
        guard parts.count >= 3, Self.isEqual(parts[1], token) else { return HTTPResponse(status: 404) }
        do {
            switch Array(parts.dropFirst(2)) {
            case [""]: return try list()
            case ["state"]: return text(RunsPage.version(of: try runs()))
            case let path where path.count == 2 && path[0] == "runs":
                guard let run = try run(path[1]) else { return HTTPResponse(status: 404) }
                return try page(run)
            case let path where path.count == 3 && path[0] == "runs" && path[2] == "state":
                guard let run = try run(path[1]) else { return HTTPResponse(status: 404) }
                return text(RunsPage.version(of: run))
            default: return HTTPResponse(status: 404)
            }
        } catch {
            return HTTPResponse(
                status: 500, mediaType: "text/plain; charset=utf-8",
                body: Array("\(error)\n".escapedForDisplay.utf8))
        }
    }

    private func runs() throws -> [RunRecord] { try store.catalog.runs(limit: RunsPage.limit) }

    /// The run with a number in the form in which links have it.
    private func run(_ text: String) throws -> RunRecord? {
        guard let number = Int(text), number > 0, String(number) == text else { return nil }
        return try store.catalog.run(RunID(number))
    }

    private func list() throws -> HTTPResponse {
        let runs = try runs()
        let place = ServedPlace(home: nil, state: home + "state", version: RunsPage.version(of: runs))
        return page(RunsPage(runs, now: WallClock.seconds()).html(at: place) { "\(home)runs/\($0)" })
    }

    private func page(_ run: RunRecord) throws -> HTTPResponse {
        let place = ServedPlace(
            home: home, state: "\(home)runs/\(run.id)/state", version: RunsPage.version(of: run))
        let folder = temporaryFolder.appending("run")
        try FileSystem.makeDirectories(folder)
        defer { try? FileSystem.removeTree(folder) }
        let pipeline = session.currentPipeline(of: run)
        let html = try store.lookingUp {
            try ReportPage(run, store, declaredBy: pipeline, temporaryFolder: folder).html(at: place)
        }
        return page(html)
    }

    private func page(_ html: String) -> HTTPResponse {
        HTTPResponse(
            mediaType: "text/html; charset=utf-8", body: Array(html.utf8), policy: ServedPlace.policy)
    }

    private func text(_ text: String) -> HTTPResponse {
        HTTPResponse(mediaType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// True if two texts are the same; the time that this takes depends only on their lengths.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
