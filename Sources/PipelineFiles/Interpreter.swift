import Dataflow
import YAML

/// `shell:`, the program that runs a command.
enum Interpreter {
    /// A bare name gets the options that make that shell strict; a list is used as written.
    static func parse(_ node: Node, _ diagnostics: inout Diagnostics) -> [String]? {
        var words: [String] = []
        switch node.content {
        case .scalar(let text, _)
        where !text.isEmpty && !text.utf8.contains(UInt8(ascii: " ")) && !text.utf8.contains(0):
            return named(text)
        case .sequence(let nodes) where !nodes.isEmpty:
            for node in nodes {
                guard case .scalar(let text, _) = node.content, !text.isEmpty, !text.utf8.contains(0) else {
                    break
                }
                words.append(text)
            }
            if words.count == nodes.count { return words }
        default: break
        }
        diagnostics.add(
            "shell: expected a program, such as bash or python3, or a list of a program and its options, such as "
                + "[Rscript, --vanilla]", at: node.mark)
        return nil
    }

    private static func named(_ name: String) -> [String] {
        switch name {
        case "bash": Stage.Command.strictBash
        // These have no option pipefail, or only in recent versions.
        case "sh", "dash", "ash", "ksh", "zsh": [name, "-eu"]
        default: [name]
        }
    }
}
