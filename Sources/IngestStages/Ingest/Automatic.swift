import StageKit

/// One of several words, or `auto`, which depends on the file.
enum Automatic<Choice: SettingChoice>: SettingChoice {
    case automatic
    case chosen(Choice)

    static var allCases: [Automatic] { [.automatic] + Choice.allCases.map { .chosen($0) } }

    init?(rawValue: String) {
        if rawValue == "auto" {
            self = .automatic
        } else if let choice = Choice(rawValue: rawValue) {
            self = .chosen(choice)
        } else {
            return nil
        }
    }

    var rawValue: String { choice?.rawValue ?? "auto" }

    /// The choice; nil for `auto`.
    var choice: Choice? {
        switch self {
        case .automatic: nil
        case .chosen(let choice): choice
        }
    }
}
