// The tests that take seeds and rounds: see Tools/simulate and Tools/kill.

internal import Glibc

exit(Command(CommandLine.arguments.dropFirst()).run())
