import Digests
import Files
package import StageKit
package import StageSchemas

/// Downloads a file with a known digest.
package enum Download: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("Where the file is: a URL that begins with `https://`, `http://` or `file://`.")
        var url: String

        @Setting("The SHA-256 of the file, 64 hexadecimal digits.")
        var sha256: String

        @Setting(1...(1 << 50), "The maximum size of the file in bytes.")
        var maximumBytes = 1 << 40

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard DownloadAddress(url) != nil else {
                throw $url.problem("expected a URL that begins with https://, http:// or file:///")
            }
            guard Download.digest(sha256) != nil else {
                throw $sha256.problem("expected 64 hexadecimal digits")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "download", summary: "Downloads a file whose SHA-256 is known.",
        discussion: """
            In any stage, `inputs: { data: { url: "https://…", sha256: … } }` is shorthand for a stage of this kind. \
            Written out, such a stage needs `network: true`, or `allow: { read: [PATH] }` for a file. The key \
            contains only the SHA-256, so changing the URL does not download the file again.

            Downloads use the program `curl`. An interrupted download is resumed if the server supports that; one that \
            receives less than a byte per second for a minute fails.
            """,
        inputs: [], outputs: [OutputPort("file", "file", "The file.")],
        parameters: Parameters.self)

    /// Downloads the file, unless an earlier attempt has all of it, and checks it.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        guard let wanted = digest(parameters.sha256), let address = DownloadAddress(parameters.url) else {
            throw StageFailure("the URL or the SHA-256 is not valid")
        }
        let transfer = Transfer(
            address: address, part: try context.resumeFolder().appending(wanted.hexadecimal + ".part"),
            maximumBytes: parameters.maximumBytes, context: context)
        var found = try transfer.digest()
        if found != wanted {
            let isContinued = found != nil
            try transfer.run()
            found = try transfer.digest()
            if found != wanted, isContinued {
                context.log("the part from an earlier attempt does not match the file; starting again")
                try FileSystem.removeTree(transfer.part)
                try transfer.run()
                found = try transfer.digest()
            }
        }
        guard let found, found == wanted else {
            let size = (try? FileStatus(of: transfer.part).size) ?? 0
            try FileSystem.removeTree(transfer.part)
            throw StageFailure(
                "\(parameters.url) has \(size) bytes with the SHA-256 \(found?.hexadecimal ?? "of nothing"), not "
                    + "\(wanted.hexadecimal): correct sha256:, or find out who changed the file")
        }
        try FileContents.copy(transfer.part, to: try context.output("file"))
    }

    static func digest(_ text: String) -> Digest? { text.utf8.count == 64 ? Digest(hexadecimal: text) : nil }
}

/// A URL that can be downloaded from.
struct DownloadAddress: Sendable {
    let text: String

    init?(_ text: String) {
        let isKnown = ["https://", "http://", "file:///"].contains { text.utf8.starts(with: $0.utf8) }
        guard isKnown, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        self.text = text
    }
}
