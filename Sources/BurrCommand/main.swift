// SPDX-License-Identifier: Apache-2.0

// The executable `burr`: one call, because closures written here would inherit the main actor.
runProgram()
