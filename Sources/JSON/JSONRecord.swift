internal import FoundationEssentials

/// Small records with known members: requests, events, configurations.
///
/// `Codable` maps members to properties, through Foundation. Which texts are valid is decided before that by `JSONDocument`:
/// valid UTF-8, limited depth, no duplicate names. Names and texts become `String`s, so data with external names that must stay
/// distinct, such as a vocabulary or a file's tensors, is read as a `JSONDocument` instead.
package enum JSONRecord {
    /// Why a record cannot be read.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// Reads a record, strictly.
    ///
    /// - Parameter limit: the maximum number of bytes.
    package static func decode<Record: Decodable>(
        _ type: Record.Type, from bytes: [UInt8], limit: Int = 4 << 20
    ) throws(Failure) -> Record {
        guard bytes.count <= limit else {
            throw Failure(description: "\(bytes.count) bytes of JSON, more than the limit of \(limit)")
        }
        do {
            _ = try JSONDocument(bytes)
        } catch {
            throw Failure(description: "not valid JSON: \(error)")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw Failure(description: sentence(error))
        }
    }

    /// A record as JSON without whitespace; members are sorted by name.
    package static func encode(_ record: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(record))
    }

    private static func sentence(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        func place(_ context: DecodingError.Context) -> String {
            let names = context.codingPath.map(\.stringValue).filter { !$0.isEmpty }
            return names.isEmpty ? "" : " at '\(names.joined(separator: ".").prefix(200))'"
        }
        switch error {
        case .dataCorrupted(let context): return "not valid JSON" + place(context)
        case .keyNotFound(let key, let context): return "'\(key.stringValue)' is missing" + place(context)
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "a value of the wrong type" + place(context)
        @unknown default: return "not recognized"
        }
    }
}
