internal import CXGBoost
internal import Glibc

/// XGBoost's functions, loaded when the first matrix or booster is created.
struct BoostingLibrary: Sendable {
    // Constant function pointers of a library that is never unloaded.
    let functions: sluice_xgboost

    private static let names = ["libxgboost.so.0", "libxgboost.so"]

    /// The library, or why it is not available.
    private static let shared: Result<BoostingLibrary, BoostingError> = load()

    /// The library; throws if it is not installed or has another version.
    static func get() throws(BoostingError) -> BoostingLibrary { try shared.get() }

    /// Throws if the result of one of the functions is an error.
    func check(_ result: Int32?) throws(BoostingError) {
        guard result != 0 else { return }
        // XGBoost keeps the NUL-terminated text for this thread until its next error.
        let text = functions.last_error?().map { String(cString: $0) } ?? "unknown reason"
        throw BoostingError("XGBoost: " + (text.split(separator: "\n").first.map(String.init) ?? text))
    }

    private static func load() -> Result<BoostingLibrary, BoostingError> {
        var reason = "not found"
        for name in names {
            guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
                reason = dlerror().map { String(cString: $0) } ?? reason
                continue
            }
            var functions = sluice_xgboost()
            guard sluice_xgboost_load(library, &functions) == 1 else {
                reason = "\(name) lacks functions of XGBoost 1.7"
                continue
            }
            var major: Int32 = 0
            var minor: Int32 = 0
            functions.version?(&major, &minor, nil)
            guard (major, minor) >= (1, 7) else {
                reason = "\(name) is XGBoost \(major).\(minor), but 1.7 is required"
                continue
            }
            return .success(BoostingLibrary(functions: functions))
        }
        return .failure(
            BoostingError("cannot load XGBoost (\(reason)). Run `make deps`, or install libxgboost-dev."))
    }
}
