// SPDX-License-Identifier: Apache-2.0

// The errors of the libraries in the words of the command line.

extension CommandError {
    /// Translates any error.
    init(explaining error: any Error) {
        switch error {
        case let error as CommandError: self = error
        default: self.init(.internalError, "internal error: \(error)")
        }
    }
}
