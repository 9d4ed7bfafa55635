internal import JSON

extension TokenizerJSON {
    /// The decoder of a file; for null, tokens separated by spaces.
    func decoder(_ component: Value?) throws(TokenizerError) -> TokenDecoder {
        guard let component else { return .spaced }
        return .steps(try decodingSteps(component))
    }

    private func decodingSteps(_ component: Value) throws(TokenizerError) -> [DecodingStep] {
        let type = try type(of: component, "decoder")
        switch type {
        case "Sequence":
            var steps: [DecodingStep] = []
            for part in try sequence("decoders", of: component, "decoder") {
                steps += try decodingSteps(part)
            }
            return steps
        case "ByteLevel": return [.byteLevel]
        case "ByteFallback": return [.byteFallback]
        case "Fuse": return [.fuse]
        case "Metaspace":
            let space = try bytes("replacement", of: component, "decoder Metaspace")
            return [.metaspace(space, dropsFirst: try prependScheme(component) != .never)]
        case "Replace":
            let pattern = document.member("pattern", of: component)
            return [
                .replace(
                    try bytes("String", of: pattern, "pattern of the decoder Replace"),
                    with: try bytes("content", of: component, "decoder Replace"))
            ]
        case "Strip":
            let content = try bytes("content", of: component, "decoder Strip")
            let start = document.integer("start", of: component) ?? 0
            let stop = document.integer("stop", of: component) ?? 0
            guard !content.isEmpty, 0...1024 ~= start, 0...1024 ~= stop else {
                throw .malformed("the decoder Strip takes \(start) and \(stop) of '\(display(content))'")
            }
            return [.strip(content, start: start, stop: stop)]
        default:
            throw .unsupported(
                "the decoder '\(type)' is not implemented; ByteLevel, ByteFallback, Fuse, Metaspace, Replace, Strip are"
            )
        }
    }
}
