internal import Dataflow
internal import Digests
internal import Synchronization

/// What this process knows about an object that is not in the database yet.
struct CapturedObject: Sendable {
    let shape: Artifact.Shape
    let size: Int
    /// The objects that a tree's manifest references; empty for a file.
    let children: [Digest]
    /// Its chunks, if they are already being written.
    var writing: BackgroundWriting?
}

/// The objects that this process has captured and not yet committed.
final class CapturedObjects: Sendable {
    private let objects = Mutex<[Digest: CapturedObject]>([:])

    /// The captured object with this digest.
    subscript(_ digest: Digest) -> CapturedObject? { objects.withLock { $0[digest] } }

    /// Adds an object.
    func add(_ digest: Digest, _ object: CapturedObject) { objects.withLock { $0[digest] = object } }

    /// The writing of an object's chunks in progress; can be taken only once.
    func takeWriting(of digest: Digest) -> BackgroundWriting? {
        objects.withLock { objects in
            defer { objects[digest]?.writing = nil }
            return objects[digest]?.writing
        }
    }

    /// Forgets objects and everything that they reference: they are in the database now.
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
