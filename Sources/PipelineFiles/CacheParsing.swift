import Dataflow
import StageSchemas
import Texts
import YAML

extension SharedCache {
    private static let keys = ["url", "pull", "push", "sign", "trust"]

    /// A list of addresses, or of maps such as `{ url: file:///shared/cache, push: true }`; mistakes are added to
    /// `diagnostics`.
    static func parse(_ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics) -> [SharedCache] {
        guard case .sequence(let items) = node.content else {
            diagnostics.add("caches: expected a list, such as [file:///shared/cache]", at: node.mark)
            return []
        }
        return items.compactMap { item in
            guard case .mapping(let entries) = item.content else {
                return address(item, scope, &diagnostics).map { SharedCache(address: $0) }
            }
            return cache(entries, item.mark, scope, &diagnostics)
        }
    }

    private static func address(_ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics) -> String? {
        if case .string(let text) = scope.value(of: node, &diagnostics), text.contains(text: "://") {
            return text
        }
        diagnostics.add("caches: expected an address such as file:///shared/cache", at: node.mark)
        return nil
    }

    private static func cache(
        _ entries: [Node.Entry], _ mark: Mark, _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> SharedCache? {
        var cache = SharedCache(address: "")
        for entry in entries {
            if entry.key == "url" {
                cache.address = address(entry.value, scope, &diagnostics) ?? " "
                continue
            }
            cache.set(entry, scope.value(of: entry.value, &diagnostics), &diagnostics)
        }
        guard cache.address.isEmpty else { return cache }
        diagnostics.add("caches: url: is missing", at: mark)
        return nil
    }

    private mutating func set(_ entry: Node.Entry, _ value: Value, _ diagnostics: inout Diagnostics) {
        let mark = entry.value.mark
        switch (entry.key, value) {
        case ("pull", .boolean(let pulls)): self.pulls = pulls
        case ("push", .boolean(let pushes)): push = pushes ? .always : .never
        case ("push", .string(Push.mainOnly.rawValue)): push = .mainOnly
        case ("sign", .string(let path)) where !path.isEmpty && !path.utf8.contains(0): signingKey = path
        case ("trust", .string(let key)) where !key.isEmpty: trusted = [key]
        case ("trust", .list(let values)) where !values.isEmpty:
            for value in values {
                guard case .string(let key) = value, !key.isEmpty, !key.utf8.contains(0) else {
                    return diagnostics.add("trust: expected public keys, or files with them", at: mark)
                }
                trusted.append(key)
            }
        case ("pull", _): diagnostics.add("pull: expected true or false", at: mark)
        case ("push", _): diagnostics.add("push: expected true, false or main-only", at: mark)
        case ("sign", _): diagnostics.add("sign: expected the path of a private key", at: mark)
        case ("trust", _):
            diagnostics.add("trust: expected a public key, or a list of them", at: mark)
        default:
            let hint = didYouMean(entry.key, among: Self.keys)
            diagnostics.add(
                "caches: unknown key '\(entry.key)'"
                    + (hint ?? "; a cache has " + Self.keys.joined(separator: ", ")),
                at: entry.mark)
        }
    }
}
