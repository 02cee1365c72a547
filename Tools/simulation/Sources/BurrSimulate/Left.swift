// What a seed's trackers leave on their disk, for the tools that read real ones.

internal import EventLog
internal import Glibc
internal import TrackerSimulation

/// The command `left`.
struct Left {
    let program: Seeds.Program
    let seed: UInt64

    /// Runs the seed and writes its disk into a new folder.
    ///
    /// - Returns: 0, or 1 when a file cannot be written.
    func write(to folder: String) -> Int32 {
        let (trace, image) = traceOfTrackers(seed: seed, cutsPower: program == .trackersAndPower)
        for line in trace { print(line) }
        for path in image.keys.sorted() {
            guard Self.write(image[path] ?? [], to: folder + path) else {
                print("cannot write \(folder + path)")
                return 1
            }
        }
        return 0
    }

    private static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        guard (try? FileSystem().makeDirectories(parent)) != nil,
            let file = unsafe fopen(path, "wx")
        else { return false }
        defer { unsafe fclose(file) }
        return unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count
    }
}
