// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import TrackingServer

@Suite struct FreshRepliesTests {
    @Test func aReplyIsKeptForAMoment() throws {
        let replies = FreshReplies()
        let first = try replies.reply("a") { .text("one") }
        #expect(first.body.text == "one")
        // Whether the moment is over by now or not: one of the two, and of its own key.
        let second = try replies.reply("a") { .text("two") }
        #expect(["one", "two"].contains(second.body.text))
        #expect(try replies.reply("b") { .text("three") }.body.text == "three")
    }

    @Test func aReplyThatIsBeingMadeAnewIsStillTheOneThatIsKept() throws {
        let replies = FreshReplies()
        #expect(replies.kept("a")?.body.text == nil)
        _ = try replies.reply("a") { .text("old") }
        var seen = "old"
        while seen == "old" {
            seen = try replies.reply("a") {
                #expect(replies.kept("a")?.body.text == "old")
                return .text("new")
            }.body.text
        }
    }

    @Test func largeRepliesTakeNoMoreMemoryThanThereIsForThem() throws {
        let replies = FreshReplies()
        let large = Response(body: .bytes([UInt8](repeating: 0x20, count: 5 << 20)))
        for number in 0..<20 {
            _ = try replies.reply("\(number)") { large }
            #expect(replies.byteCount <= 16 << 20)
        }
    }

    @Test func aFailureIsNotKept() throws {
        let replies = FreshReplies()
        #expect(throws: Problem.self) {
            try replies.reply("a") { throw Problem(.notFound, "not yet") }
        }
        #expect(try replies.reply("a") { .text("now") }.body.text == "now")
    }

    @Test func othersGetTheOldReplyWhileANewOneIsMade() throws {
        let replies = FreshReplies()
        _ = try replies.reply("a") { .text("old") }
        var seen = "old"
        while seen == "old" {
            seen = try replies.reply("a") {
                let again = try? replies.reply("a") { .text("twice") }.body.text
                #expect(again == "old")
                return .text("new")
            }.body.text
        }
        #expect(seen == "new")
    }
}

extension Response.Body {
    fileprivate var text: String {
        guard case .bytes(let bytes) = self else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
