import Arguments
import Files
import PipelineFiles
import StageSchemas
import Texts

/// What `sluice help PIPELINE` prints: the parameters of a pipeline, its stages, and what it publishes.
enum PipelinePage {
    /// True if a word is a file, and not a command.
    static func isFile(_ word: String) -> Bool {
        word.endsWith(".yaml") || word.endsWith(".yml")
            || word.utf8.contains(UInt8(ascii: "/")) && FileSystem.exists(FilePath(word))
    }

    static func text(_ outline: PipelineOutline, width: Int) -> String {
        let title = outline.name + (outline.summary.isEmpty ? "" : ": " + outline.summary)
        var sections = [HelpColumns.paragraphs(title.escapedForDisplay, width: width)]
        if !outline.parameters.isEmpty {
            let rows = outline.parameters.map { ("  " + $0.name.escapedForDisplay, sentence($0)) }
            sections.append(
                "Parameters (--set NAME=VALUE, or --params FILE):\n" + HelpColumns.text(rows, width: width))
        }
        let stages = outline.stages.map { stage in
            let tags = stage.tags.isEmpty ? "" : "[" + stage.tags.joined(separator: ", ") + "]"
            let parts = [stage.summary, tags].filter { !$0.isEmpty }
            return ("  " + stage.name.escapedForDisplay, parts.joined(separator: " ").escapedForDisplay)
        }
        if !stages.isEmpty {
            let lines = HelpColumns.text(stages, width: width).parts(between: "\n").map(\.trimmedAtEnd)
            sections.append("Stages:\n" + lines.joined(separator: "\n"))
        }
        if !outline.publications.isEmpty {
            sections.append(
                "Publishes:\n"
                    + outline.publications.map { "  " + $0.escapedForDisplay }.joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// "An integer of at least 1, default 4000. The rows to read."
    private static func sentence(_ parameter: PipelineOutline.Parameter) -> String {
        let standard: String =
            switch parameter.standard {
            case nil: ", required"
            case .null?: ", optional"
            case .string("")?: ", default ''"
            case let value?: ", default \(value.description)"
            }
        return (parameter.values + standard + "." + (parameter.help.isEmpty ? "" : " " + parameter.help))
            .escapedForDisplay
    }

    /// The parameters for programs.
    static func document(_ parameters: [PipelineOutline.Parameter]) -> Value {
        .list(
            parameters.map { parameter in
                [
                    "name": .string(parameter.name), "values": .string(parameter.values),
                    "required": .boolean(parameter.standard == nil),
                    "default": parameter.standard ?? .null, "help": .string(parameter.help),
                ]
            })
    }
}
