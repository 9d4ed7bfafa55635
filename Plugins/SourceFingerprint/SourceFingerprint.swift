import Foundation
import PackagePlugin

/// Generates `SourceFingerprints.swift`: for each stage kind of the target, the digest of the sources that its
/// results depend on, as determined by `fingerprint-sources`.
@main struct SourceFingerprint: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let sources = context.package.directoryURL.appending(path: "Sources")
        let output = context.pluginWorkDirectoryURL.appending(path: "SourceFingerprints.swift")
        return [
            .buildCommand(
                displayName: "Fingerprinting the stage kinds of \(target.name)",
                executable: try context.tool(named: "fingerprint-sources").url,
                arguments: [sources.path, target.name, output.path],
                inputFiles: files(under: sources).filter { !$0.path.hasPrefix(output.path) },
                outputFiles: [output])
        ]
    }

    /// All files below a folder: the tool decides which of them count, so that the two cannot disagree.
    private func files(under folder: URL) -> [URL] {
        let enumerator = FileManager.default.enumerator(
            at: folder, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
        var files: [URL] = []
        while let file = enumerator?.nextObject() as? URL {
            let isRegular = (try? file.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile
            if isRegular == true { files.append(file) }
        }
        return files.sorted { $0.path < $1.path }
    }
}
