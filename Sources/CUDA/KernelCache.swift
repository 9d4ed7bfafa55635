public import Files

/// The folder of compiled kernels.
public enum KernelCache: Sendable {
    /// The user's folder for them; nil if there is no home folder.
    ///
    /// - Parameter variable: an environment variable's value.
    public static func folder(variable: (String) -> String?) -> FilePath? {
        func folder(_ name: String) -> FilePath? {
            variable(name).flatMap { $0.utf8.first == UInt8(ascii: "/") ? FilePath($0) : nil }
        }
        return (folder("XDG_CACHE_HOME") ?? folder("HOME")?.appending(".cache"))?.appending("sluice")
            .appending("kernels")
    }
}
