import Dataflow
import Files

extension Runner {
    /// Takes the metrics from the file that an attempt wrote for them.
    ///
    /// - Returns: what is wrong with the file; nil if nothing is, or there is none.
    func takeMetrics(of attempt: Attempt) -> String? {
        guard let output = attempt.stage.outputs.first(where: \.isMetrics) else { return nil }
        let path = attempt.path(of: output)
        guard FileSystem.exists(path) else { return nil }
        do {
            attempt.metrics = try options.readMetrics(path)
        } catch let error as FileError {
            return "its metrics cannot be read from \(output.fileName): \(error.reason)"
        } catch {
            return "its metrics cannot be read from \(output.fileName): \(error)"
        }
        for (name, value) in attempt.metrics.sorted(by: { $0.key < $1.key }) {
            reporter.report(.metric(attempt.stage.id, name: name, value: value))
        }
        return nil
    }
}
