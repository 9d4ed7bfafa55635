import Files
import Texts

/// Whether the checkout in the working directory is on its main branch, for `push: main-only`.
///
/// `SLUICE_BRANCH` names the branch; otherwise, it is the one that git has checked out. If the checkout is detached, as is usual
/// in CI, it is the branch that the CI's variables name, and none in a pull request. The main branch is `main`, `master`, or the
/// default branch of `origin`.
struct MainBranch {
    let variable: (String) -> String?

    /// The branch; nil if there is none.
    func current(in directory: FilePath) -> String? {
        if let name = variable("SLUICE_BRANCH") { return name.isEmpty ? nil : name }
        guard let folder = Self.gitFolder(above: directory) else { return nameInCI }
        guard let head = Self.line(of: folder.appending("HEAD")) else { return nameInCI }
        return Self.branch(of: head, "ref: refs/heads/") ?? nameInCI
    }

    /// True if this checkout's results are to be shared.
    func isCurrent(in directory: FilePath) -> Bool {
        guard let branch = current(in: directory) else { return false }
        return ["main", "master"].contains(branch) || branch == Self.defaultBranch(above: directory)
    }

    /// The branch according to CI; a pull request is on none.
    private var nameInCI: String? {
        if variable("GITHUB_REF_TYPE") == "branch", variable("GITHUB_HEAD_REF") ?? "" == "" {
            return variable("GITHUB_REF_NAME")
        }
        return variable("CI_COMMIT_BRANCH")
    }

    /// The default branch of `origin`.
    private static func defaultBranch(above directory: FilePath) -> String? {
        guard let folder = gitFolder(above: directory) else { return nil }
        // A linked worktree has its own folder inside that of the main one.
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
