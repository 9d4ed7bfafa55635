import Digests
import Texts

/// The rows of the training fold whose loss determines when to stop.
enum EarlyStoppingRows {
    /// The indices of approximately a share of the rows, in whole groups, chosen by a digest of seed and group.
    static func positions(_ groups: [String], share: Double, seed: Int) -> [Int] {
        let limit = UInt64(share * 0x1p53)
        var chosen: TextMap<Bool> = [:]
        return groups.indices.filter { index in
            let group = groups[index]
            if let isChosen = chosen[group] { return isChosen }
            let bytes = SHA256.digest(of: "watched \(seed) \(group)").bytes
            let number = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            chosen[group] = number >> 11 < limit
            return number >> 11 < limit
        }
    }
}
