import Arguments
import Dataflow
import Files
import FoundationEssentials
import StageKit
import StageSchemas
import TestSupport
import Testing

@testable import Commands

@Test func everyCommandExplainsItself() {
    for command in CommandLineTool.commands where !command.isHidden {
        let help = command.help(80)
        #expect(!command.summary.isEmpty && command.summary.hasSuffix("."), "\(command.name)")
        #expect(help.contains("Usage: sluice \(command.name)"))
        #expect(HelpCommand.overview(width: 80).contains(command.name))
    }
}

@Test func everyCommandHasAPageOfTheManual() throws {
    let pages = Dictionary(ManualCommand.pages.map { ($0.name, $0.page.source) }) { first, _ in first }
    for command in CommandLineTool.commands where !command.isHidden {
        let name = "sluice-" + command.name.split(separator: " ").joined(separator: "-")
        let page = try #require(pages[name + ".1"])
        #expect(page.contains(".SH \"NAME\"") && page.contains(".SH \"OPTIONS\""))
        for option in command.optionNames() {
            #expect(
                page.contains(
                    option.split(separator: "-", omittingEmptySubsequences: false).joined(separator: "\\-")))
        }
        // A request would be a line that begins with a point, and all of them are known.
        for line in page.split(separator: "\n") where line.hasPrefix(".") {
            #expect([".TH", ".SH", ".PP", ".TP"].contains { line.hasPrefix($0) }, "\(line)")
        }
    }
    #expect(pages["sluice.1"]?.contains("SLUICE_STORE") == true)
}

/// What a run was of is read from its command line.
@Test func optionsThatTakeAValueAreKnownWhereCommandLinesAreRead() {
    func check<Values>(_ options: [Arguments.Option<Values>]) {
        for option in options where option.placeholder != nil {
            for name in option.names {
                #expect(
                    RunArguments.optionsWithValue.contains(name) || RunArguments.choosing.contains(name),
                    "\(name)")
            }
        }
        for option in options where option.placeholder == nil {
            #expect(!option.names.contains(where: RunArguments.optionsWithValue.contains))
        }
    }
    #expect(RunArguments.commands == [RunCommand.syntax.name, WatchCommand.syntax.name])
    check(RunCommand.syntax.options)
    check(WatchCommand.syntax.options)
}

@Test func everyPromisedCommandIsThere() {
    let names = Set(CommandLineTool.commands.map(\.name))
    for name in [
        "run", "status", "why", "graph", "check", "kinds", "schema", "runs", "logs", "cache ls", "cache show",
        "cache cat", "cache get", "cache du", "cache verify", "cache gc", "cache pin", "cache unpin",
        "cache clear-host", "init", "version",
        "help", "worker",
    ] { #expect(names.contains(name), "\(name)") }
}

@Test func theChangelogBeginsWithThisVersion() throws {
    let changelog = try read(FilePath(#filePath).parent.parent.parent.appending("CHANGELOG.md"))
    let heading = try #require(changelog.split(separator: "\n").first { $0.hasPrefix("## ") })
    #expect(heading.hasPrefix("## [\(VersionCommand.version)] - "))
    #expect(HelpCommand.overview(width: 80).contains("Sluice \(VersionCommand.version)"))
}

@Test func typosGetSuggestions() {
    for (words, message) in [
        (["statsu"], "there is no command 'statsu'; did you mean 'status'?"),
        (["cache"], "'cache' needs one of ls, show, cat, get, du, verify, gc, pin, unpin, clear-host"),
        ([], "no command given"),
    ] {
        #expect { try CommandLineTool.command(for: words) } throws: { "\($0)" == message }
    }
}

@Test func theKindsPageIsCurrent() throws {
    let root = FilePath(#filePath).parent.parent.parent
    let written = try read(root.appending("Docs/kinds.md"))
    #expect(
        written == KindPages.markdown(BuiltInKinds.registry.schemas),
        "Docs/kinds.md is not what the kinds say: `make docs` writes it")
}

@Test func everyKindHasAFingerprint() {
    for schema in BuiltInKinds.registry.schemas {
        #expect(BuiltInKinds.registry.fingerprint(of: schema.name)?.utf8.count == 64, "\(schema.name)")
    }
}
