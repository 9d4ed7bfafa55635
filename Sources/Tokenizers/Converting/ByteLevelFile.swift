internal import JSON

/// A `tokenizer.json` of byte pairs in GPT-2's alphabet, as `tokenizers` reads it.
struct ByteLevelFile: Sendable {
    /// A token that is extracted from text before anything else.
    struct Added: Sendable {
        var id: Int
        var content: [UInt8]
        var isSpecial = true
    }

    var added: [Added]
    /// Whether text is composed first (NFC).
    var composes = false
    var pattern: SplitPattern
    /// The token that is put before every text, if any.
    var begin: Added?
    /// Whether a word that is a token becomes that token, whatever the merges are.
    var ignoresMerges = false
    var vocabulary: [(token: [UInt8], id: Int)]
    var merges: [(left: [UInt8], right: [UInt8])]

    /// The file's bytes.
    func json() -> [UInt8] {
        var file = JSONWriter()
        file.object { file in
            file.member("version") { $0.string("1.0") }
            file.member("truncation") { $0.null() }
            file.member("padding") { $0.null() }
            file.member("added_tokens") { $0.list(added) { file, token in write(token, &file) } }
            file.member("normalizer") { file in
                if composes {
                    file.object { $0.member("type") { $0.string("NFC") } }
                } else {
                    file.null()
                }
            }
            file.member("pre_tokenizer") { preTokenizer(&$0) }
            file.member("post_processor") { postProcessor(&$0) }
            file.member("decoder") { byteLevel(&$0) }
            file.member("model") { model(&$0) }
        }
        return file.bytes + [0x0A]
    }

    private func write(_ token: Added, _ file: inout JSONWriter) {
        file.object { file in
            file.member("id") { $0.integer(token.id) }
            file.member("content") { $0.string(token.content[...]) }
            for flag in ["single_word", "lstrip", "rstrip", "normalized"] {
                file.member(flag) { $0.boolean(false) }
            }
            file.member("special") { $0.boolean(token.isSpecial) }
        }
    }

    private func byteLevel(_ file: inout JSONWriter) {
        file.object { file in
            file.member("type") { $0.string("ByteLevel") }
            file.member("add_prefix_space") { $0.boolean(false) }
            file.member("trim_offsets") { $0.boolean(true) }
            file.member("use_regex") { $0.boolean(false) }
        }
    }

    private func preTokenizer(_ file: inout JSONWriter) {
        file.object { file in
            file.member("type") { $0.string("Sequence") }
            file.member("pretokenizers") { file in
                file.list([true, false]) { file, isSplit in
                    if !isSplit { return byteLevel(&file) }
                    file.object { file in
                        file.member("type") { $0.string("Split") }
                        file.member("pattern") { file in
                            file.object { $0.member("Regex") { $0.string(pattern.spelling) } }
                        }
                        file.member("behavior") { $0.string("Isolated") }
                        file.member("invert") { $0.boolean(false) }
                    }
                }
            }
        }
    }

    private func postProcessor(_ file: inout JSONWriter) {
        guard let begin else { return byteLevel(&file) }
        func special(_ file: inout JSONWriter) {
            file.object { file in
                file.member("SpecialToken") { file in
                    file.object { file in
                        file.member("id") { $0.string(begin.content[...]) }
                        file.member("type_id") { $0.integer(0) }
                    }
                }
            }
        }
        func text(_ file: inout JSONWriter, _ name: String, type: Int) {
            file.object { file in
                file.member("Sequence") { file in
                    file.object { file in
                        file.member("id") { $0.string(name) }
                        file.member("type_id") { $0.integer(type) }
                    }
                }
            }
        }
        file.object { file in
            file.member("type") { $0.string("TemplateProcessing") }
            file.member("single") { file in
                file.list([0, 1]) { file, index in
                    if index == 0 { special(&file) } else { text(&file, "A", type: 0) }
                }
            }
            file.member("pair") { file in
                file.list([0, 1, 2, 3]) { file, index in
                    switch index {
                    case 0, 2: special(&file)
                    case 1: text(&file, "A", type: 0)
                    default: text(&file, "B", type: 1)
                    }
                }
            }
            file.member("special_tokens") { file in
                file.object { file in
                    file.member(begin.content[...]) { file in
                        file.object { file in
                            file.member("id") { $0.string(begin.content[...]) }
                            file.member("ids") { $0.list([begin.id]) { $0.integer($1) } }
                            file.member("tokens") { $0.list([begin.content]) { $0.string($1[...]) } }
                        }
                    }
                }
            }
        }
    }

    private func model(_ file: inout JSONWriter) {
        file.object { file in
            file.member("type") { $0.string("BPE") }
            for key in ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
                file.member(key) { $0.null() }
            }
            for key in ["fuse_unk", "byte_fallback"] { file.member(key) { $0.boolean(false) } }
            file.member("ignore_merges") { $0.boolean(ignoresMerges) }
            file.member("vocab") { file in
                file.object { file in
                    for (token, id) in vocabulary { file.member(token[...]) { $0.integer(id) } }
                }
            }
            file.member("merges") { file in
                file.list(merges) { file, merge in
                    file.list([merge.left, merge.right]) { $0.string($1[...]) }
                }
            }
        }
    }
}
