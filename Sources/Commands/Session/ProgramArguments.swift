import Files
import Texts

/// The arguments of this process.
public enum ProgramArguments: Sendable {
    /// The arguments after the program's name; what is not UTF-8 has the form of `FilePath`. Swift's own are `repaired`.
    public static func exact(_ repaired: [String]) -> [String] {
        guard repaired.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }),
            let bytes = try? FileContents.read("/proc/self/cmdline")
        else { return repaired }
        // Each ends with a zero.
        let words = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
        guard words.count == repaired.count + 1 else { return repaired }
        return words.dropFirst().map { SystemText.text(of: $0) }
    }
}
