import Checkpoints
import Files
import JSON
import LanguageModels
import StageKit
import StageSchemas

/// An adapter folder in PEFT's layout, with `training.json`: what the stages need to know about its training.
struct TrainedAdapter: Sendable {
    let folder: AdapterFolder
    /// The fold that was held out in training; nil if there was none.
    let heldOutFold: Int?
    /// The answer tokens: A, B and tie; empty if the folder was not made by Sluice.
    let answers: [Int]

    private static let recordName = "training.json"

    private struct Record: Decodable {
        let heldOutFold: Int?
        let answers: [Int]
    }

    init(_ folder: AdapterFolder, heldOutFold: Int?, answers: [Int]) {
        self.folder = folder
        self.heldOutFold = heldOutFold
        self.answers = answers
    }

    /// Reads a folder; one written by PEFT has no training record, and belongs to no fold.
    ///
    /// - Throws: if it contains no adapter, or one for another model.
    init(_ path: FilePath, for configuration: ModelConfiguration) throws {
        folder = try AdapterFolder(path, for: configuration)
        let file = path.appending(Self.recordName)
        guard FileSystem.exists(file) else {
            heldOutFold = nil
            answers = []
            return
        }
        let bytes = try FileContents.read(file, limit: 1 << 20)
        guard let record = try? JSONRecord.decode(Record.self, from: bytes) else {
            throw StageFailure("adapter: its \(Self.recordName) is damaged; remove it, or train again")
        }
        heldOutFold = record.heldOutFold
        answers = record.answers
    }

    /// Writes the folder.
    func write(to path: FilePath) throws {
        try FileSystem.makeDirectory(path)
        try folder.write(to: path)
        let record: Value = [
            "answers": .list(answers.map { .integer($0) }),
            "heldOutFold": heldOutFold.map { .integer($0) } ?? .null,
        ]
        try JSONFile.write(record, to: path.appending(Self.recordName))
    }
}
