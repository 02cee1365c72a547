// A state compared with the one before it: both texts given, the earlier structure kept.

internal import EventLog
internal import StateDelta

/// Measures `StateDocument.update` over a history of states that differ a little.
func compareStates(_ options: Options) throws -> Answer {
    let prose = try Prose(path: try options.text("text"))
    let rounds = try options.number("rounds")
    let next: (Int) -> [UInt8]
    switch try options.text("shape") {
    case "leaf":
        let documents = documents(prose, count: 10_000)
        // A number that changes its length moves all that follows.
        next = { round in
            documents.head + Array(round % 2 == 0 ? "7".utf8 : "12345".utf8) + documents.tail
        }
    case "append":
        var list = messages(prose, count: 10_000)
        next = { round in
            if round > 0 { list += [UInt8(ascii: ",")] + message(prose, 10_000 + round) }
            return list + Array("]}".utf8)
        }
    case let other:
        throw BenchmarkFailure("no shape is called \(other)")
    }
    var document = try StateDocument(validating: next(0))
    var names = NameTable()
    var samples: [Double] = []
    var bytes = 0
    let clock = ContinuousClock()
    for round in 1...rounds {
        let text = next(round)
        var delta: [UInt8] = []
        let begin = clock.now
        _ = try document.update(to: text.rawSpan, names: &names, delta: &delta)
        samples.append(begin.duration(to: clock.now).seconds)
        guard !delta.isEmpty, delta.count < 2_000 else {
            throw BenchmarkFailure("a delta of \(delta.count) bytes for a change of one place")
        }
        bytes = text.count
    }
    var answer = Answer()
    answer.add("samples", samples)
    answer.add("bytes", bytes)
    return answer
}

/// A list of documents of a kilobyte, cut where the one in the middle has its number.
private func documents(_ prose: Prose, count: Int) -> (head: [UInt8], tail: [UInt8]) {
    var text = Array("{\"documents\":[".utf8)
    var place = 0
    for number in 0..<count {
        let start = prose.start(of: number * 13, length: 930)
        text += Array("{\"id\":\(number),\"text\":\"".utf8)
        text += prose.bytes[start..<start + 930] + Array("\",\"read\":".utf8)
        if number == count / 2 { place = text.count } else { text += Array("1".utf8) }
        text += Array(",\"tags\":[\"a\",\"b\"]},".utf8)
    }
    text[text.count - 1] = UInt8(ascii: "]")
    return (Array(text[..<place]), text[place...] + Array(",\"done\":false}".utf8))
}

private func message(_ prose: Prose, _ number: Int) -> [UInt8] {
    let start = prose.start(of: number * 7, length: 260)
    return Array("{\"role\":\"user\",\"content\":\"".utf8) + prose.bytes[start..<start + 260]
        + Array("\"}".utf8)
}

/// A conversation without its end.
private func messages(_ prose: Prose, count: Int) -> [UInt8] {
    var text = Array("{\"counter\":1,\"messages\":[".utf8)
    for number in 0..<count {
        if number > 0 { text += [UInt8(ascii: ",")] }
        text += message(prose, number)
    }
    return text
}
