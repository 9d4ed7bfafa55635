internal import Dataflow
internal import Digests
internal import Synchronization

/// What this process knows of an object that is not in the database yet.
struct CapturedObject: Sendable {
    let shape: Artifact.Shape
    let size: Int
    /// The objects that a tree's manifest names; empty for a file.
    let children: [Digest]
    /// Its chunks, if they are being written already.
    var writing: BackgroundWriting?
}

/// The objects that this process has captured and not yet committed.
final class CapturedObjects: Sendable {
    private let objects = Mutex<[Digest: CapturedObject]>([:])

    /// The captured object of a digest.
    subscript(_ digest: Digest) -> CapturedObject? { objects.withLock { $0[digest] } }

    /// Remembers an object.
    func add(_ digest: Digest, _ object: CapturedObject) { objects.withLock { $0[digest] = object } }

    /// The writing of an object's chunks that is under way; only once.
    func takeWriting(of digest: Digest) -> BackgroundWriting? {
        objects.withLock { objects in
            defer { objects[digest]?.writing = nil }
            return objects[digest]?.writing
        }
    }

    /// Lets go of objects and all that they name: the database has them now.
    func forget(_ roots: [Digest]) {
        objects.withLock { objects in
            var digests = roots
            while let digest = digests.popLast() {
                guard let object = objects.removeValue(forKey: digest) else { continue }
                digests += object.children
            }
        }
    }
}
