public import Dataflow
public import Digests
internal import Files

extension DiscoveryPlaces {
    /// What a finished attempt has discovered, according to the observed reads.
    ///
    /// A file that has changed since the attempt first looked at it gets a state that equals no later one: what the attempt saw
    /// is unknown, so its result is valid in this run only.
    ///
    /// - Parameter commands: what was found on the search path for other attempts.
    public func discoveries(
        of reads: ObservedReads, _ commands: FoundCommands = FoundCommands(), content: ContentReader
    ) throws -> Discoveries {
        var states: [DiscoveredInput: DiscoveredState] = [:]
        for entry in Self.withSources(reads.entries) {
            let found = try state(of: entry, content: content)
            states[DiscoveredInput(path: discovered(entry.path), aspect: entry.aspect)] = found
            if let path = discoveredFromHome(entry.path) {
                states[DiscoveredInput(path: path, aspect: entry.aspect)] = found
            }
        }
        // An attempt that looks into a folder of the search path may be looking for a command, which could be elsewhere later.
        let folders = Set(commandFolders)
        for entry in reads.entries where folders.contains(entry.path.parent) {
            let name = Array(entry.path.lastComponent)
            let input = DiscoveredInput(
                path: DiscoveredPath(base: .searchPath, names: [name]), aspect: .link)
            if states[input] == nil {
                let executed = entry.aspect == .program && entry.status != nil ? entry.path : nil
                states[input] = state(ofCommandAt: commands.find(name, executed: executed, in: self))
            }
        }
        if let gap = reads.gap {
            let everything = DiscoveredInput(
                path: DiscoveredPath(base: .workingDirectory, names: []), aspect: .existence)
            states[everything] = .changedMeanwhile(SHA256.digest(of: gap))
        }
        return Discoveries(states)
    }

    private func state(of entry: ObservedReads.Entry, content: ContentReader) throws -> DiscoveredState {
        switch (entry.aspect, entry.status?.kind) {
        case (.content, .file), (.program, .file):
            let digest = try? content(entry.path)
            guard let digest, PlaceResolver.status(of: entry.path) == entry.status else {
                return .changedMeanwhile(Self.identity(entry))
            }
            return entry.aspect == .content
                ? .content(digest) : .program(digest, isExecutable: entry.status?.isExecutable == true)
        case (.names, .directory), (.modules, .directory):
            // The names were recorded when they were listed.
            return entry.listing.map { .names($0) } ?? .changedMeanwhile(Self.identity(entry))
        case (.link, .symbolicLink):
            guard let target = PlaceResolver.destination(of: entry.path),
                PlaceResolver.status(of: entry.path) == entry.status
            else { return .changedMeanwhile(Self.identity(entry)) }
            return .link(SHA256.digest(of: target.bytes))
        default: return Self.existence(entry.status)
        }
    }

    /// A digest of what was there when an entry was first looked at.
    private static func identity(_ entry: ObservedReads.Entry) -> Digest {
        let status = entry.status
        let numbers = [
            status.map { Int64(bitPattern: $0.inode) }, status.map { Int64($0.size) }, status?.modified,
            status?.changed,
        ]
        return SHA256.digest(of: numbers.map { $0.map(String.init) ?? "-" }.joined(separator: " "))
    }

    /// The entries, with Python modules' sources in place of their compiled forms.
    ///
    /// Python reads `__pycache__/m.cpython-311.pyc` if the source still has the size and time recorded there. So the result
    /// depends on the source, of which Python has only read the status; whether a compiled form exists does not matter.
    private static func withSources(_ entries: [ObservedReads.Entry]) -> [ObservedReads.Entry] {
        var result: [ObservedReads.Entry] = []
        result.reserveCapacity(entries.count)
        var sources: [PathBytes: ObservedReads.Entry] = [:]
        for entry in entries {
            guard let source = source(ofCompiled: entry.path) else {
                let isFolder = entry.path.lastComponent.elementsEqual(DirectoryListing.compiledModules)
                if !isFolder || entry.aspect > .existence { result.append(entry) }
                continue
            }
            guard entry.aspect >= .content, entry.status != nil else { continue }
            guard let status = PlaceResolver.status(of: source), status.kind == .file else {
                result.append(entry)
                continue
            }
            sources[source] = ObservedReads.Entry(path: source, aspect: .content, status: status)
        }
        for index in result.indices {
            guard let source = sources[result[index].path], result[index].aspect < .content,
                result[index].aspect != .link
            else { continue }
            // Its status has been read, which determines as of when its content counts.
            result[index].aspect = .content
            if result[index].status == nil { result[index].status = source.status }
            sources[result[index].path] = nil
        }
        let known = Set(result.filter { $0.aspect >= .content }.map(\.path))
        return result + sources.values.filter { !known.contains($0.path) }.sorted { $0.path < $1.path }
    }

    /// `a/m.py` of `a/__pycache__/m.cpython-311.pyc`; nil for any other path.
    private static func source(ofCompiled path: PathBytes) -> PathBytes? {
        let folder = path.parent
        guard folder.lastComponent.elementsEqual(DirectoryListing.compiledModules),
            path.bytes.suffix(4).elementsEqual(".pyc".utf8), path.lastComponent.count > 4
        else { return nil }
        let name = path.lastComponent.prefix { $0 != UInt8(ascii: ".") }
        return folder.parent.appending(Array(name) + Array(".py".utf8))
    }
}
