import Commands
import Glibc

// Everything else is in the module Commands, so that tests can import it.
exit(CommandLineTool.run(ProgramArguments.exact(Array(CommandLine.arguments.dropFirst()))).rawValue)
