import Files
import Texts

/// Whether the checkout in the working directory is on its main branch, for `push: main-only`.
///
/// The branch is what `SLUICE_BRANCH` says, or else what git has checked out; a detached checkout, as CI makes it, is on the
/// branch that the CI's own variables name, and on none in a pull request. Main are `main`, `master`, and the branch
/// that `origin` calls its default.
struct MainBranch {
    let variable: (String) -> String?

    /// The branch; nil if there is none.
    func current(in directory: FilePath) -> String? {
        if let name = variable("SLUICE_BRANCH") { return name.isEmpty ? nil : name }
        guard let folder = Self.gitFolder(above: directory) else { return nameInCI }
        guard let head = Self.line(of: folder.appending("HEAD")) else { return nameInCI }
        return Self.branch(of: head, "ref: refs/heads/") ?? nameInCI
    }

    /// True if results of this checkout are for everybody.
    func isCurrent(in directory: FilePath) -> Bool {
        guard let branch = current(in: directory) else { return false }
        return ["main", "master"].contains(branch) || branch == Self.defaultBranch(above: directory)
    }

    /// What CI says; pull requests are on no branch.
    private var nameInCI: String? {
        if variable("GITHUB_REF_TYPE") == "branch", variable("GITHUB_HEAD_REF") ?? "" == "" {
            return variable("GITHUB_REF_NAME")
        }
        return variable("CI_COMMIT_BRANCH")
    }

    /// What `origin` calls its default branch.
    private static func defaultBranch(above directory: FilePath) -> String? {
        guard let folder = gitFolder(above: directory) else { return nil }
        // A further checkout of a repository has a folder of its own in that of the first.
        var common = folder
        if let text = line(of: folder.appending("commondir")) {
            common = FilePath(text).resolved(against: folder)
        }
        return line(of: common.appending("refs/remotes/origin/HEAD")).flatMap {
            branch(of: $0, "ref: refs/remotes/origin/")
        }
    }

    private static func branch(of line: String, _ prefix: String) -> String? {
        guard line.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: line.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    private static func gitFolder(above directory: FilePath) -> FilePath? {
        var folder = directory
        while true {
            let git = folder.appending(".git")
            switch (try? FileStatus(of: git))?.kind {
            case .directory: return git
            case .file:
                return line(of: git).flatMap { branch(of: $0, "gitdir: ") }.map {
                    FilePath($0).resolved(against: folder)
                }
            default: break
            }
            guard folder.text != "/", folder != folder.parent else { return nil }
            folder = folder.parent
        }
    }

    /// The first line of a small file.
    private static func line(of path: FilePath) -> String? {
        guard let text = try? FileContents.readText(path, limit: 4096) else { return nil }
        return text.utf8.split(separator: UInt8(ascii: "\n")).first.flatMap { String($0) }
    }
}
