// SPDX-License-Identifier: Apache-2.0
// Following a history that is being written.

internal import EventLog

extension History {
    /// Looks for what has been appended to the branches since they were opened.
    ///
    /// A branch that is new is not found: the history is then to be opened again.
    ///
    /// - Throws: `ReplayError.log` when a segment cannot be read.
    /// - Complexity: a few system calls for each branch.
    package func refresh() throws(ReplayError) {
        try reading { () throws(LogError) in
            for branch in branches { try branch.reader.refresh() }
        }
    }
}
