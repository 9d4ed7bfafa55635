import Files
import TestSupport
import Testing

/// A copy of a package's `Sources` that tests edit, and the tool that the build plugin runs on it.
struct SourcesCopy {
    let folder: FilePath
    /// The module that lists the kinds.
    let list: String

    var output: FilePath { folder.parent.appending("generated.swift") }

    func read(_ path: String) throws -> String { try TestSupport.read(folder.appending(path)) }

    func write(_ text: String, to path: String) throws {
        try TestSupport.write(text, to: folder.appending(path))
    }

    func append(_ text: String, to path: String) throws { try write(read(path) + text, to: path) }

    /// Runs the tool.
    func generate() throws -> BuiltProgram.Outcome {
        try BuiltProgram("fingerprint-sources").run([folder.text, list, output.text], in: folder)
    }

    /// The fingerprints by kind.
    func table() throws -> [String: String] {
        let outcome = try generate()
        try #require(outcome.status == 0, "\(outcome.errors)")
        var table: [String: String] = [:]
        for line in try TestSupport.read(output).split(separator: "\n") {
            let parts = line.split(separator: "\"")
            if parts.count == 5 { table[String(parts[1])] = String(parts[3]) }
        }
        return table
    }

    /// The kinds whose fingerprint `edit` changes.
    func changed(by edit: () throws -> Void) throws -> [String] {
        let before = try table()
        try edit()
        let after = try table()
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }
}
