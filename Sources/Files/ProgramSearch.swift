/// Finds programs as a shell does.
package enum ProgramSearch: Sendable {
    /// The folders to search according to an environment, separated by colons.
    package static func path(in environment: [String: String]) -> String {
        environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    }

    /// The program's path: of a name without a slash, the first executable file on the search path; nil if there is none.
    package static func find(_ name: String, in path: String) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        for folder in path.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            let folder = folder.isEmpty ? "." : String(folder) ?? "."
            let file = FilePath(folder).appending(name)
            if isProgram(file) { return file.text }
        }
        return nil
    }

    /// True for an executable file.
    package static func isProgram(_ file: FilePath) -> Bool {
        guard let status = FileStatus(at: file, followsLinks: true) else { return false }
        return status.kind == .file && status.isExecutable
    }
}
