import Arguments

/// `sluice completion`: the script by which a shell completes commands, stages, artifacts and kinds.
enum CompletionCommand: Command {
    enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

    struct Values: CommandValues {
        var shell = ""
        var directory: String? { nil }
    }

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "completion", summary: "Print the completion script for a shell.",
        discussion: """
            bash: source <(sluice completion bash), in ~/.bashrc. zsh: the same in ~/.zshrc. \
            fish: sluice completion fish > ~/.config/fish/completions/sluice.fish.
            """,
        operands: [Operand("SHELL", .one, "bash, zsh or fish.") { $0.shell = $1 }])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard let shell = Shell(rawValue: values.shell) else {
            throw CommandFailure.usage(
                "there are completions for bash, zsh and fish, not for '\(values.shell)'")
        }
        session.print(script(shell))
        return .done
    }

    /// Each script asks `sluice complete` for candidates, and completes file names if there are none.
    private static func script(_ shell: Shell) -> String {
        switch shell {
        case .bash:
            #"""
            _sluice() {
                local typed="${COMP_LINE:0:COMP_POINT}" words word kept="" line
                # Bash divides words at ':' and '=', which the names of stages and artifacts contain.
                read -ra words <<< "$typed"
                [[ "$typed" == *[[:space:]] ]] && words+=("")
                word="${words[${#words[@]} - 1]}"
                [[ "$COMP_WORDBREAKS" == *[:=]* ]] && kept="${word%"${word##*[:=]}"}"
                COMPREPLY=()
                while IFS= read -r line; do
                    [[ "$line" == "$word"* ]] && COMPREPLY+=("${line#"$kept"}")
                done < <(sluice complete -- "${words[@]:1}" 2>/dev/null)
                [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
                [ ${#COMPREPLY[@]} -gt 0 ] || {
                    compopt -o filenames 2>/dev/null
                    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
                }
            }
            complete -F _sluice sluice
            """#
        case .zsh:
            #"""
            _sluice() {
                local -a candidates
                candidates=("${(@f)$(sluice complete -- "${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
                candidates=(${candidates:#})
                if (( ${#candidates} )); then compadd -a candidates; else _files; fi
            }
            (( $+functions[compdef] )) || { autoload -Uz compinit; compinit; }
            compdef _sluice sluice
            """#
        case .fish:
            #"""
            complete -c sluice -f -a '(sluice complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null; __fish_complete_path (commandline -ct))'
            """#
        }
    }
}

/// `sluice complete`: what the words of an unfinished command line can become, a candidate a line. For completion scripts.
enum CompleteCommand: Command {
    struct Values: CommandValues {
        var words: [String] = []
        var directory: String? { nil }
    }

    static let syntax = CommandSyntax<Values>(
        name: "complete", summary: "Print what an unfinished command line can become.",
        operands: [
            Operand("WORD", .any, "The words after the program's name, the unfinished one last.") {
                $0.words.append($1)
            }
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let candidates = Candidates(values.words, session).all
        session.print(candidates.map { $0 + "\n" }.joined())
        return .done
    }
}
