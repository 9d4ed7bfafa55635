internal import JSON

extension TokenizerJSON {
    /// The ids that a post-processor adds around a single text.
    func template(_ component: Value?) throws(TokenizerError) -> Template {
        guard let component else { return Template() }
        let type = try type(of: component, "post-processor")
        switch type {
        case "ByteLevel": return Template()
        case "Sequence":
            let templates = try sequence("processors", of: component, "post-processor").map {
                (part) throws(TokenizerError) in try self.template(part)
            }
            let adding = templates.filter { !$0.before.isEmpty || !$0.after.isEmpty }
            // The library applies only some of several, or none.
            guard adding.count <= 1 else {
                throw .unsupported("several post-processors that add tokens are not implemented; one is")
            }
            return adding.first ?? Template()
        case "BertProcessing", "RobertaProcessing":
            return Template(before: [try pairID("cls", component)], after: [try pairID("sep", component)])
        case "TemplateProcessing": return try singleTemplate(component)
        default:
            throw .unsupported(
                "the post-processor '\(type)' is not implemented; TemplateProcessing and ByteLevel are")
        }
    }

    /// The id of a `["</s>", 2]`.
    private func pairID(_ key: String, _ component: Value) throws(TokenizerError) -> Int32 {
        guard let pair = document.list(key, of: component), pair.count == 2 else {
            throw .malformed("the post-processor has no pair '\(key)' of a token and its id")
        }
        return try id(pair[1], "the post-processor's '\(key)'")
    }

    private func singleTemplate(_ component: Value) throws(TokenizerError) -> Template {
        guard let pieces = document.list("single", of: component) else {
            throw .malformed("the post-processor TemplateProcessing has no list 'single'")
        }
        let tokens = document.member("special_tokens", of: component)
        var template = Template()
        var texts = 0
        for piece in pieces {
            if let text = document.member("Sequence", of: piece) {
                guard document.string("id", of: text) == "A" else {
                    throw .malformed("the post-processor's template for one text uses another one")
                }
                texts += 1
                continue
            }
            guard let name = document.string("id", of: document.member("SpecialToken", of: piece)),
                let ids = document.list("ids", of: document.member(name, of: tokens))
            else { throw .malformed("the post-processor's template uses a token that it does not define") }
            for value in ids {
                let id = try id(value, "the post-processor's token '\(name)'")
                if texts == 0 { template.before.append(id) } else { template.after.append(id) }
            }
        }
        guard texts == 1 else {
            throw .unsupported("a template that contains the text \(texts) times is not implemented")
        }
        return template
    }
}
