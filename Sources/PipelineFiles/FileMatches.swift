import Dataflow
import Files
import StageSchemas
import YAML

/// `{ glob: "docs/**/*.txt" }`: files by a pattern, as an input, as code, and as values of a matrix.
enum FileMatches {
    /// Finds the files that match a pattern, as paths that are written like the pattern.
    typealias Finder = (PathPattern) throws -> [String]

    /// The files of a pattern as one source; nil after a mistake.
    static func source(
        _ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> ExternalSource? {
        pattern(node, scope, &diagnostics).map { ExternalSource(path: $0.text, shape: .matches) }
    }

    /// The paths of the files that match; nil after a mistake.
    static func paths(
        _ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics, _ find: Finder
    ) -> [String]? {
        guard let pattern = pattern(node, scope, &diagnostics) else { return nil }
        let paths: [String]
        do {
            paths = try find(pattern.pattern)
        } catch let error as FileError where error.isMissing {
            diagnostics.add(
                "glob: no file matches '\(pattern.text)': there is no folder \(error.path)", at: node.mark)
            return nil
        } catch {
            diagnostics.add("glob: \(error)", at: node.mark)
            return nil
        }
        guard paths.isEmpty else { return paths }
        diagnostics.add("glob: no file matches '\(pattern.text)'", at: node.mark)
        return nil
    }

    private static func pattern(
        _ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> (text: String, pattern: PathPattern)? {
        guard case .string(let text) = scope.value(of: node, &diagnostics), !text.isEmpty else {
            diagnostics.add("glob: expected a pattern for files, such as \"docs/**/*.txt\"", at: node.mark)
            return nil
        }
        do {
            return (text, try PathPattern(text))
        } catch {
            diagnostics.add("glob: \(error)", at: node.mark)
            return nil
        }
    }
}
