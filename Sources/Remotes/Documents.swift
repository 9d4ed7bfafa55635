package import ArtifactStore
internal import Compression
internal import Dataflow
internal import Digests
internal import JSON
internal import Signatures
internal import Texts

/// A stage's result in a shared cache: the result, and the packs that have the content of its outputs and its log.
package struct ResultDocument: Codable, Sendable {
    package let result: ResultRecord
    package let packs: [PackReference]

    /// The largest document, and the largest before compression.
    static let largest = 64 << 20
    /// The most packs that a result may be in.
    static let maximumPacks = 100_000

    /// The document's bytes.
    func bytes(signedWith key: SigningKey?) throws -> [UInt8] {
        let content = try JSONRecord.encode(self)
        guard content.count <= Self.largest else {
            throw RemoteError(.invalid, "what is known of its result is too large for a shared cache")
        }
        return SealedDocument.bytes(
            content, named: RemoteName(.results, result.key).text, signedWith: key)
    }

    /// Reads the document of a key, and validates all of it.
    static func read(
        _ bytes: [UInt8], of key: Digest, trusted: [VerificationKey]?
    ) throws(SealedDocument.Refusal) -> (document: ResultDocument, trace: Trace, signer: VerificationKey?) {
        let name = RemoteName(.results, key).text
        let sealed = try SealedDocument(bytes, named: name, limit: largest, trusted: trusted)
        do {
            let document = try JSONRecord.decode(ResultDocument.self, from: sealed.content, limit: largest)
            guard document.result.key == key else {
                throw SealedDocument.Refusal(description: "\(name) is the result of another key")
            }
            guard document.packs.count <= maximumPacks,
                document.packs.allSatisfy(\.isPossible)
            else { throw SealedDocument.Refusal(description: "\(name) names impossible packs") }
            return (document, try document.result.trace(), sealed.signer)
        } catch let refusal as SealedDocument.Refusal {
            throw refusal
        } catch {
            throw SealedDocument.Refusal(description: "\(name) is damaged: \(error)")
        }
    }
}

/// The known path sets of a command's results, latest first. Each is signed separately, so that different people can add
/// to the list.
struct PathSetList: Codable, Sendable {
    struct Item: Codable, Sendable {
        let root: Digest
        /// The public key that its signature was made with; nil if it is not signed.
        let key: String?
        /// 128 hexadecimal digits.
        let signature: String?
    }

    var items: [Item] = []

    /// The most items: older ones are dropped.
    private static let maximumItems = 64
    /// The largest list, in bytes.
    static let largest = 64 << 10

    init() {}

    /// Reads a list. Anything else counts as an empty list, and will be overwritten.
    init(_ bytes: [UInt8]?) {
        guard let bytes,
            let list = try? JSONRecord.decode(PathSetList.self, from: bytes, limit: Self.largest)
        else { return }
        items = Array(list.items.prefix(Self.maximumItems))
    }

    private static func message(_ root: Digest, of declared: Digest) -> [UInt8] {
        Array("sluice path set 1\n\(declared)\n\(root)\n".utf8)
    }

    /// The path sets; if `trusted` is not nil, only those signed with one of these keys.
    func roots(of declared: Digest, trusted: [VerificationKey]?) -> [Digest] {
        items.filter { Self.isTrusted($0, of: declared, trusted) }.map(\.root)
    }

    private static func isTrusted(_ item: Item, of declared: Digest, _ trusted: [VerificationKey]?) -> Bool {
        guard let trusted else { return true }
        guard let key = item.key.flatMap({ VerificationKey(text: $0) }), trusted.contains(key),
            let signature = item.signature.flatMap({ Hexadecimal.bytes(of: $0) })
        else { return false }
        return key.verifies(signature, of: message(item.root, of: declared))
    }

    /// Adds a path set; returns false if the list has it already, signed with the same key.
    mutating func add(_ root: Digest, of declared: Digest, signedWith key: SigningKey?) -> Bool {
        if let known = items.first(where: { $0.root == root }) {
            guard let key else { return false }
            if Self.isTrusted(known, of: declared, [key.verificationKey]) { return false }
            items.removeAll { $0.root == root }
        }
        let signature = key?.signature(of: Self.message(root, of: declared))
        items.insert(
            Item(
                root: root, key: key?.verificationKey.description,
                signature: signature.map { Hexadecimal.text(of: $0) }), at: 0)
        if items.count > Self.maximumItems { items.removeLast(items.count - Self.maximumItems) }
        return true
    }

    func bytes() throws -> [UInt8] { try JSONRecord.encode(self) }
}

/// A tree of what a command has discovered, as a document: the encodings of its nodes, sorted by digest, each preceded by its
/// size as 4 bytes, big-endian.
enum DiscoveryDocument {
    /// The largest document, and the largest before compression.
    static let largest = 64 << 20

    static func bytes(_ nodes: [Digest: [UInt8]], of root: Digest) throws(RemoteError) -> [UInt8] {
        var content: [UInt8] = []
        for (_, encoding) in nodes.sorted(by: { $0.key < $1.key }) {
            for shift in [24, 16, 8, 0] { content.append(UInt8(truncatingIfNeeded: encoding.count >> shift)) }
            content += encoding
        }
        guard content.count <= largest else {
            throw RemoteError(.invalid, "what its command has discovered is too large for a shared cache")
        }
        // It needs no signature: what names the root is signed.
        return SealedDocument.bytes(
            content, named: RemoteName(.discoveries, root).text, signedWith: nil)
    }

    /// The nodes below a root: all of them, and no others.
    static func read(_ bytes: [UInt8], of root: Digest) throws(SealedDocument.Refusal) -> [Digest: [UInt8]] {
        let name = RemoteName(.discoveries, root).text
        let content = try SealedDocument(bytes, named: name, limit: largest, trusted: nil).content
        var all: [Digest: [UInt8]] = [:]
        var place = 0
        while place < content.count {
            guard content.count - place >= 4, all.count < DiscoveryClosure.maximumNodes else {
                throw SealedDocument.Refusal(description: "\(name) is damaged")
            }
            let size = content[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            place += 4
            guard size <= content.count - place else {
                throw SealedDocument.Refusal(description: "\(name) is damaged")
            }
            let encoding = Array(content[place..<place + size])
            all[SHA256.digest(of: encoding)] = encoding
            place += size
        }
        do {
            return try DiscoveryClosure.nodes(below: [root]) { all[$0] }
        } catch {
            throw SealedDocument.Refusal(description: "\(name) is damaged")
        }
    }
}
