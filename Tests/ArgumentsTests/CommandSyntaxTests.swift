import Arguments
import Testing

private struct Values: Sendable {
    enum Format: String, CaseIterable, Sendable { case text, dot }
    var isDry = false
    var keepsGoing = false
    var jobs: Int?
    var settings: [String] = []
    var directory: String?
    var format = Format.text
    var pipeline = ""
    var stages: [String] = []
}

private let syntax = CommandSyntax<Values>(
    name: "run", summary: "Runs a pipeline.",
    operands: [
        Operand("PIPELINE", .one, "The pipeline file.") { $0.pipeline = $1 },
        Operand("STAGE", .any, "Stages.") { $0.stages.append($1) },
    ],
    options: [
        .flag("-n", "--dry-run", sets: \.isDry, "Only say what would run."),
        .flag("-k", "--keep-going", sets: \.keepsGoing, "Go on after a failure."),
        .integer("-j", "--jobs", placeholder: "N", within: 1...1024, sets: \.jobs, "Cores to use."),
        .texts("--set", placeholder: "NAME=VALUE", adds: \.settings, "Sets a parameter."),
        .text("-C", "--directory", placeholder: "DIR", sets: \.directory, "Works in DIR."),
        .choice("--format", sets: \.format, "The format."),
    ])

private func parsed(_ words: String...) throws -> Values {
    var values = Values()
    try syntax.parse(words, into: &values)
    return values
}

@Test func optionsMayComeAnywhere() throws {
    let values = try parsed("-n", "p.yaml", "-j", "4", "a", "--set", "x=1", "b", "--set=y==2")
    #expect(values.isDry)
    #expect(values.jobs == 4)
    #expect(values.pipeline == "p.yaml")
    #expect(values.stages == ["a", "b"])
    #expect(values.settings == ["x=1", "y==2"])
}

@Test func shortOptionsRunTogether() throws {
    let values = try parsed("-nkj3", "-C/tmp", "p")
    #expect(values.isDry && values.keepsGoing)
    #expect(values.jobs == 3)
    #expect(values.directory == "/tmp")
}

@Test func afterTwoDashesEverythingIsAnOperand() throws {
    let values = try parsed("p", "--", "-n", "--set")
    #expect(values.stages == ["-n", "--set"])
    #expect(!values.isDry)
}

@Test func choicesAreWords() throws {
    #expect(try parsed("p", "--format=dot").format == .dot)
}

@Test(arguments: [
    (["p", "--dry-rum"], "'run' has no option --dry-rum; did you mean '--dry-run'?"),
    (["p", "-x"], "'run' has no option -x"),
    (["p", "--frobnicate"], "'run' has no option --frobnicate"),
    (["p", "-j"], "-j needs a value: -j N"),
    (["p", "--jobs", "many"], "--jobs takes an integer, 1 to 1024, not 'many'"),
    (["p", "--jobs=0"], "--jobs takes an integer, 1 to 1024, not '0'"),
    (["p", "--dry-run=yes"], "--dry-run takes no value"),
    (["p", "--format", "svg"], "--format takes one of text, dot, not 'svg'"),
    ([], "'run' needs PIPELINE: The pipeline file."),
])
func errorsSayWhatToDo(words: [String], message: String) {
    var values = Values()
    #expect(throws: ArgumentsError(message)) { try syntax.parse(words, into: &values) }
}

@Test func rejectsSuperfluousOperands() {
    let strict = CommandSyntax<Values>(
        name: "version", summary: "", operands: [Operand("X", .optional, "") { $0.pipeline = $1 }])
    var values = Values()
    #expect(throws: ArgumentsError("'version' takes no argument 'b'")) {
        try strict.parse(["a", "b"], into: &values)
    }
}

@Test func helpShowsEveryOption() {
    let help = syntax.help(program: "sluice", width: 60)
    #expect(help.contains("Usage: sluice run PIPELINE [STAGE…] [options]"))
    for option in syntax.options { #expect(help.contains(option.help)) }
    #expect(help.contains("-j, --jobs N"))
    #expect(help.contains("--format text|dot"))
}

@Test func longHelpWraps() {
    let text = HelpColumns.text([("  -x", "one two three four five six seven")], width: 30)
    #expect(text == "  -x  one two three four five\n      six seven")
}
