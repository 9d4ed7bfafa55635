import Files
import Glibc
import TestSupport
import Testing

/// The stage kind that README.md shows compiles as it stands.
@Test func theKindInTheReadmeCompiles() throws {
    let root = FilePath(#filePath).parent.parent.parent
    let readme = try read(root.appending("README.md"))
    let block = try #require(readme.firstMatch(of: /```swift\n((?:.|\n)*?)```/))
    let built = BuiltProgram.sluice.path.parent
    var words = ["swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors"]
    // Another name would make it a stranger to what is `package`.
    words += ["-package-name", root.lastComponent.lowercased(), "-I", built.appending("Modules").text]
    for feature in ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"] {
        words += ["-enable-upcoming-feature", feature]
    }
    let sources = root.appending("Sources")
    let folders = try FileSystem.names(in: sources).map { sources.appending($0) }
    let builds = try FileSystem.names(in: built).filter { $0.hasSuffix(".build") }.map { built.appending($0) }
    for folder in folders + builds {
        let map = folder.appending("module.modulemap")
        if FileSystem.exists(map) { words += ["-Xcc", "-fmodule-map-file=" + map.text] }
    }
    try withTemporaryFolder { folder in
        try write(String(block.output.1), to: folder.appending("Head.swift"))
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin"
        let outcome = try BuiltProgram(at: "/usr/bin/env").run(
            words + ["Head.swift"], in: folder, environment: ["PATH": path, "HOME": folder.text])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
}
