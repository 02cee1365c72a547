// The model check from the command line: see Tools/simulate.

internal import Glibc

exit(Simulate(CommandLine.arguments.dropFirst()).run())
