/// A cache that a pipeline shares with other machines.
public struct SharedCache: Sendable, Hashable {
    /// When results are uploaded after a run.
    public enum Push: String, Sendable, Hashable, CaseIterable {
        /// Never.
        case never
        /// After every run.
        case always
        /// After runs on the main branch.
        case mainOnly = "main-only"
    }

    /// Its address, such as `file:///shared/cache`.
    public var address: String
    /// True to look in it for results that the store lacks.
    public var pulls: Bool
    /// When results are uploaded.
    public var push: Push
    /// The file with the private key that signs what is uploaded; nil for no signature.
    public var signingKey: String?
    /// The public keys, or files that contain them, one of which must have signed a result; empty if no signature is required.
    public var trusted: [String]

    package init(
        address: String, pulls: Bool = true, push: Push = .never, signingKey: String? = nil,
        trusted: [String] = []
    ) {
        self.address = address
        self.pulls = pulls
        self.push = push
        self.signingKey = signingKey
        self.trusted = trusted
    }
}
