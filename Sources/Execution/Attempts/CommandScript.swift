import Dataflow
import Files
import StageSchemas
import Texts

/// A command in the form in which its interpreter reads it: a file in which paths replace the placeholders.
struct CommandScript {
    let command: Stage.Command
    let attempt: Attempt
    let inputs: [String: [InputPlace]]

    /// Writes the file, and the files that it refers to, and returns the program and arguments that run it.
    ///
    /// - Parameters:
    ///   - path: the search path.
    ///   - programs: where programs were found for other attempts.
    func write(searching path: String, _ programs: FoundPrograms) throws
        -> (executable: String, arguments: [String])
    {
        let script = AttemptFolders.script(in: attempt.folder)
        try FileContents.overwrite(script, with: text())
        for segment in Set(command.segments) {
            switch segment {
            case .inputList(let name):
                try write(texts(name), of: name, to: file(.list, of: name))
            case .inputTable(let name): try write(table(name), of: name, to: file(.table, of: name))
            case .text, .input, .output: break
            }
        }
        let program = command.interpreter.first ?? "sh"
        guard let executable = programs.find(program, in: path) else {
            throw CommandTrouble(description: "its shell '\(program)' is not on the PATH")
        }
        return (executable, command.interpreter.dropFirst() + [script.text])
    }

    /// The command with paths in place of placeholders.
    func text() throws -> [UInt8] {
        var quoting = CommandQuoting(interpreter: command.interpreter)
        var text: [UInt8] = []
        for segment in command.segments {
            if case .text(let part) = segment {
                quoting.pass(part)
                text += SystemText.bytes(of: part)
                continue
            }
            guard let part = quoting.place()?.quoted(paths: paths(segment), isList: isList(segment)) else {
                throw CommandTrouble(
                    description:
                        "its command has a path in backquotes, or in a here-document that the path would end; use $(…)"
                )
            }
            text += SystemText.bytes(of: part)
        }
        return text
    }

    private func paths(_ segment: Stage.Command.Segment) -> [String] {
        switch segment {
        case .text: []
        case .input(let name): texts(name)
        case .inputList(let name): [file(.list, of: name).text]
        case .inputTable(let name): [file(.table, of: name).text]
        case .output(let name):
            attempt.stage.outputs.filter { $0.name == name }.map { attempt.path(of: $0).text }
        }
    }

    /// The paths of an input's artifacts.
    private func texts(_ name: String) -> [String] {
        let ending = isOutsideFolder(name) ? "/" : ""
        return list(name).map { $0.path.text + ending }
    }

    /// An external folder is a link, which all programs treat as a folder if a slash follows.
    private func isOutsideFolder(_ name: String) -> Bool {
        attempt.stage.inputs.contains { input in
            guard case .external(let source) = input.source else { return false }
            return input.name == name && source.shape == .directory
        }
    }

    private func isList(_ segment: Stage.Command.Segment) -> Bool {
        guard case .input(let name) = segment else { return false }
        return attempt.stage.inputs.contains { input in
            switch input.source {
            case .gather: input.name == name
            case .elsewhere(let output): input.name == name && output.gatheredStage != nil
            case .output, .member, .external: false
            }
        }
    }

    private func list(_ name: String) -> [InputPlace] { inputs[name] ?? [] }

    private enum Listing: String { case list, table }

    /// No input's name contains a dot.
    private func file(_ listing: Listing, of name: String) -> FilePath {
        AttemptFolders.inputs(in: attempt.folder).appending("\(name).\(listing.rawValue)")
    }

    /// A header with `path` and the axes, then a line per artifact, separated by tabs.
    private func table(_ name: String) throws -> [String] {
        let places = list(name)
        let axes = Set(places.flatMap(\.coordinates.keys)).sorted { $0.precedesByBytes($1) }
        let lines = zip(places, texts(name)).map { place, path in
            [path] + axes.map { axis in place.coordinates[axis].map(\.description) ?? "" }
        }
        if let value = lines.joined().first(where: { $0.utf8.contains(UInt8(ascii: "\t")) }) {
            throw CommandTrouble(
                description: "${inputs.\(name).table}: '\(value)' has a tab, which ends a column")
        }
        return ([["path"] + axes] + lines).map { $0.joined(separator: "\t") }
    }

    private func write(_ lines: [String], of name: String, to file: FilePath) throws {
        if let line = lines.first(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) {
            throw CommandTrouble(
                description:
                    "${inputs.\(name).\(file.lastComponent)}: '\(line)' has a line break, which ends a line")
        }
        try File(file, .creating).write(lines.flatMap { SystemText.bytes(of: $0) + [UInt8(ascii: "\n")] })
    }
}

/// Why a command cannot be started.
struct CommandTrouble: Error, CustomStringConvertible {
    let description: String
}
