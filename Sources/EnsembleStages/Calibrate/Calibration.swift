import Files
import JSON
import Predictions
import StageKit
import StageSchemas
import Texts

/// A temperature for all rows, or for those of sources without their own scaling.
struct Calibration: Sendable {
    /// How the scores of a source are scaled: s becomes preference · s, and t becomes tie · t + bias.
    struct Source: Sendable {
        let name: String
        /// The number of labeled rows that it was fitted to.
        let rows: Int
        /// A stack of one member.
        let scaling: LogitStack
    }

    let temperature: Double
    /// In the order of the names' bytes.
    let sources: [Source]
    /// How many rows the common temperature counts as in a source's fit; nil if no source has its own scaling.
    let shrinkage: Double?
    private let scalings: TextMap<LogitStack>

    init(temperature: Double, sources: [Source] = [], shrinkage: Double? = nil) {
        self.temperature = temperature
        self.sources = sources
        self.shrinkage = shrinkage
        scalings = TextMap(uniqueKeysWithValues: sources.map { ($0.name, $0.scaling) })
    }

    /// Calibrated probabilities of a row.
    func applied(to probabilities: Probabilities, source: String?) -> Probabilities {
        if let source, let scaling = scalings[source] { return scaling.predict([probabilities]) }
        return TemperatureFit.applied(temperature, to: probabilities)
    }

    /// The scaling that divides all scores by a temperature.
    static func scaling(_ temperature: Double) -> LogitStack {
        LogitStack(preference: [1 / temperature], tie: [1 / temperature], bias: 0)
    }
}

extension Calibration {
    /// Reads the file of another stage.
    init(_ path: FilePath) throws {
        struct Entry: Decodable {
            let source: String
            let rows: Int
            let preference: Double
            let tie: Double
            let bias: Double
        }
        struct Record: Decodable {
            let temperature: Double
            let sources: [Entry]?
            let shrinkage: Double?
        }
        let bytes = try FileContents.read(path, limit: 1 << 26)
        guard let record = try? JSONRecord.decode(Record.self, from: bytes),
            (0.05...20).contains(record.temperature)
        else { throw StageFailure("the input 'calibration' contains no temperature") }
        var names = TextSet()
        let sources = try (record.sources ?? []).map { entry in
            guard names.insert(entry.source) else {
                throw StageFailure("the input 'calibration' contains the source '\(entry.source)' twice")
            }
            return Source(
                name: entry.source, rows: entry.rows,
                scaling: LogitStack(preference: [entry.preference], tie: [entry.tie], bias: entry.bias))
        }
        self.init(temperature: record.temperature, sources: sources, shrinkage: record.shrinkage)
    }

    /// The content of the file, except for losses.
    var fields: [String: Value] {
        var fields: [String: Value] = ["temperature": .number(temperature)]
        guard let shrinkage else { return fields }
        fields["shrinkage"] = .number(shrinkage)
        fields["sources"] = .list(
            sources.map { source in
                [
                    "source": .string(source.name), "rows": .integer(source.rows),
                    "preference": .number(source.scaling.preference[0]),
                    "tie": .number(source.scaling.tie[0]), "bias": .number(source.scaling.bias),
                ]
            })
        return fields
    }
}
