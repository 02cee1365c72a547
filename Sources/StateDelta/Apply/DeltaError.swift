// SPDX-License-Identifier: Apache-2.0

/// Why a delta cannot be read or applied.
package enum DeltaError: Error, Equatable, Sendable {
    /// The delta ends within an operation.
    case truncated(at: Int)
    /// An operation code that this version does not know.
    case unknownOperation(UInt8, at: Int)
    /// A number that is too large for what it counts.
    case badNumber(at: Int)
    /// A name that the table does not have.
    case unknownName(Int, at: Int)
    /// A name that the table has no room for, or that is too long.
    case badName(at: Int)
    /// The path leads to nothing, or through something that is no container.
    case noSuchPath(at: Int)
    /// The operation does not fit the value at its path.
    case wrongKind(at: Int)
    /// An index or offset outside the value.
    case outOfRange(at: Int)
    /// A value or key that is not compact JSON.
    case badValue(JSONError, at: Int)
    /// The state would be larger than `StateDocument.byteLimit`.
    case tooLarge(byteCount: Int)
}

extension DeltaError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let offset): "the delta ends within an operation, at byte \(offset)"
        case .unknownOperation(let code, let offset):
            "operation \(code) is not known, at byte \(offset) of the delta"
        case .badNumber(let offset): "a number out of range at byte \(offset) of the delta"
        case .unknownName(let id, let offset):
            "name \(id) is not in the table, at byte \(offset) of the delta"
        case .badName(let offset): "a key that cannot be a name, at byte \(offset) of the delta"
        case .noSuchPath(let offset):
            "the operation at byte \(offset) of the delta has a path to nothing"
        case .wrongKind(let offset):
            "the operation at byte \(offset) of the delta does not fit the value there"
        case .outOfRange(let offset):
            "the operation at byte \(offset) of the delta reaches outside the value"
        case .badValue(let error, let offset):
            "a bad value in the operation at byte \(offset) of the delta: \(error)"
        case .tooLarge(let byteCount):
            "the state would have \(byteCount) bytes, the limit is \(StateDocument.byteLimit)"
        }
    }
}
