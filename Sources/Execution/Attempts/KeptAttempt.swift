import Dataflow
import Files
import Texts

/// The folder of a failed attempt, kept so that the user can find out why it failed.
struct KeptAttempt {
    let attempt: Attempt

    /// A script in the folder that starts a shell with the attempt's environment.
    static let entrance = "enter"

    /// Copies the folder, because its log is still to be captured, and returns the copy's path.
    ///
    /// The folder of an earlier failure of the stage is replaced. Inputs and their links stay links.
    func keep(in parent: FilePath) throws -> FilePath {
        try FileSystem.makeDirectories(parent)
        let place = parent.appending(Self.name(of: attempt.stage.id))
        try FileSystem.removeTree(place)
        try FileSystem.makeDirectory(place)
        for name in try FileSystem.names(in: attempt.folder) {
            let old = attempt.folder.appending(name)
            if name == AttemptFolders.log(in: attempt.folder).lastComponent {
                try FileContents.copy(old, to: place.appending(name))
            } else {
                try FileSystem.rename(old, to: place.appending(name))
            }
        }
        let script = AttemptFolders.script(in: place)
        try replacePaths(in: script, by: place)
        let inputs = AttemptFolders.inputs(in: place)
        for name in (try? FileSystem.names(in: inputs)) ?? []
        where name.utf8.contains(UInt8(ascii: ".")) {
            try replacePaths(in: inputs.appending(name), by: place)
        }
        let entrance = place.appending(Self.entrance)
        try FileContents.write(text(at: place), to: entrance)
        try FileSystem.setMode(0o755, of: entrance)
        return place
    }

    /// A name for the folder that is short enough for all file systems.
    static func name(of stage: StageID) -> String {
        String(stage.fileName.utf8.prefix(200)) ?? stage.fileName
    }

    /// Replaces the attempt's own folder by this one in a text.
    private func replacePaths(in file: FilePath, by place: FilePath) throws {
        guard FileSystem.exists(file) else { return }
        let old = Array((attempt.folder.text + "/").utf8)
        let bytes = try FileContents.read(file)
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == old.first, bytes[position...].starts(with: old) {
                result += Array((place.text + "/").utf8)
                position += old.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        try FileContents.write(result, to: file)
    }

    private func text(at place: FilePath) -> String {
        let launch = attempt.launch
        let variables = (launch?.environment ?? [:]).sorted { $0.key.precedesByBytes($1.key) }.map {
            name, value in
            // The user's own environment has the secrets, or not.
            attempt.stage.secrets.contains(name)
                ? "\(name)=\"${\(name)-}\"" : "\(name)=\(moved(value, to: place).shellQuoted)"
        }
        let words = ([launch?.executable ?? ""] + (launch?.arguments ?? [])).map {
            moved($0, to: place).shellQuoted
        }
        return """
            #!/bin/sh
            # Starts a shell with the environment of a failed attempt of the stage \(Self.name(of: attempt.stage.id)).
            # The command is in the file `command`; this runs it as it was run:
            #   \(words.joined(separator: " ").replacing(each: "\n", by: "\n#   "))
            cd \(FileSystem.workingDirectory().text.shellQuoted) || exit
            exec env -i \\
              \(variables.joined(separator: " \\\n  ")) \\
              TERM="$TERM" "${SHELL:-/bin/sh}" "$@"

            """
    }

    private func moved(_ text: String, to place: FilePath) -> String {
        let old = attempt.folder.text
        guard text.utf8.starts(with: old.utf8) else { return text }
        return place.text + (String(text.utf8.dropFirst(old.utf8.count)) ?? "")
    }
}
