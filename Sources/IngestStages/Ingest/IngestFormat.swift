import Columns
import Files
import StageKit

/// The supported layouts, each used by one or more sources.
enum IngestFormat: String, SettingChoice {
    /// The competition's columns, with lists as JSON in text cells: CSV or Parquet.
    case kaggle
    /// The comparison table itself. Parquet.
    case canonical
    /// Records with the competition's fields or those of the comparison table, as JSON.
    case json
    /// `lmsys/chatbot_arena_conversations` and similar data sets.
    case arena
    /// `lmsys/mt_bench_human_judgments`.
    case bench = "mt-bench"
    /// UltraFeedback's wins and ties.
    case ratedPreferences = "ultrafeedback"
    /// A prompt, a chosen and a rejected answer.
    case chosenRejected = "chosen-rejected"
    /// `xinlai/Math-Step-DPO-10K`.
    case stepPreferences = "math-step"
    /// `mncai/ko-chatbot-arena`.
    case koreanArena = "korean-arena"
    /// Judgments of Arena-Hard.
    case arenaHard = "arena-hard"

    /// The adapter that turns records of this format into rows; nil for formats that are read by column.
    var adapter: (any SourceAdapter.Type)? {
        switch self {
        case .kaggle, .canonical, .json: nil
        case .arena: ArenaAdapter.self
        case .bench: BenchAdapter.self
        case .ratedPreferences: RatedPreferencesAdapter.self
        case .chosenRejected: ChosenRejectedAdapter.self
        case .stepPreferences: StepPreferencesAdapter.self
        case .koreanArena: KoreanArenaAdapter.self
        case .arenaHard: ArenaHardAdapter.self
        }
    }

    /// The required columns.
    var required: [String] {
        switch self {
        case .kaggle, .canonical: ["id", "prompt", "response_a", "response_b"]
        case .json: []
        default: adapter?.required ?? []
        }
    }

    /// The columns of the three winner marks.
    static let winners = ["winner_model_a", "winner_model_b", "winner_tie"]
    /// The columns with the winner as a word.
    static let words = ["winner", "label"]

    /// Detects the format of a file from its content.
    static func detect(_ path: FilePath) throws -> IngestFormat {
        switch try SourceFile.content(of: path) {
        case .json: return detect(Set(try SourceFile.firstNames(ofJSON: path))) ?? .json
        case .text:
            var file = try CSVFile(path, recordLimit: 1 << 24)
            return detect(Set(try file.readHeader())) ?? .kaggle
        case .table:
            let schema = try TableReader.schema(of: path)
            if let format = detect(Set(schema.names)) { return format }
            let prompt = schema.fields.first { $0.name == "prompt" }?.type
            if case .list = prompt, !schema.names.contains("winner_tie"), !schema.names.contains("winner") {
                return .canonical
            }
            return .kaggle
        }
    }

    /// The source with these fields; nil if they are the competition's or the comparison table's.
    private static func detect(_ names: Set<String>) -> IngestFormat? {
        if names.isSuperset(of: ["chats_a", "chats_b"]) { return .koreanArena }
        if names.isSuperset(of: ["conversation_a", "conversation_b"]) {
            // The arena has a time and a language, the bench a judged turn.
            let isArena = !names.isDisjoint(with: ["tstamp", "timestamp", "anony", "language"])
            return names.isSuperset(of: BenchAdapter.required) && !isArena ? .bench : .arena
        }
        if names.isSuperset(of: ["question_id", "games"]) { return .arenaHard }
        if names.isSuperset(of: ["question_id", "user_prompt"]) { return .arenaHard }
        let formats: [IngestFormat] = [.stepPreferences, .ratedPreferences, .chosenRejected]
        return formats.first { names.isSuperset(of: $0.required) }
    }

    /// Checks that the columns required by the format exist, and that no relevant column exists twice.
    func check(columns: [String]) throws(StageFailure) {
        guard !columns.contains(where: { $0.utf8.contains(0x0D) }) else {
            throw StageFailure(
                "its lines end with a carriage return alone; convert them with `tr '\\r' '\\n'`")
        }
        var missing = required.filter { !columns.contains($0) }
        if self == .arena, !ArenaAdapter.identifiers.contains(where: columns.contains) {
            missing.append(ArenaAdapter.identifiers.joined(separator: " or "))
        }
        guard missing.isEmpty else {
            let advice = ColumnAdvice.missing(missing, columns).map { "; " + $0 } ?? ""
            throw StageFailure(
                "a file of format '\(rawValue)' has the columns \(required.joined(separator: ", ")); "
                    + "missing: \(missing.joined(separator: ", "))\(advice). "
                    + "The file has: \(columns.prefix(40).map { String($0.prefix(100)) }.joined(separator: ", "))"
            )
        }
        var seen: Set<String> = []
        let read = adapter.map { $0.required + $0.optional } ?? TableAdapter.columns(self)
        if let twice = columns.first(where: { !seen.insert($0).inserted && read.contains($0) }) {
            throw StageFailure("two columns are named '\(twice)'; rename or remove one of them")
        }
    }
}
