// SPDX-License-Identifier: Apache-2.0

// The state of the support chat.

internal import StateDelta

/// What the support chat knows between two steps.
struct SupportState {
    /// One message of the conversation.
    struct Message {
        var role: String
        var content: String
    }

    var customer = "new"
    var ticket = 0
    var topic: String?
    var order: String?
    var documents: [String] = []
    var draft: String?
    var messages: [Message] = []
    var retries = 0
    var tokens = 0
    var resolved = 0
    var priorStep: String?

    /// The state as Burr records it after a step; without one, before the first.
    func json(step: Int64?) -> [UInt8] {
        var json = JSONText()
        json.object { json in
            if let step { json.member("__SEQUENCE_ID", Int(step)) }
            if let priorStep { json.member("__PRIOR_STEP", priorStep) }
            json.member("customer", customer)
            json.member("ticket", ticket)
            json.member("topic", topic)
            json.member("order", order)
            json.member("documents", documents)
            json.member("draft", draft)
            json.key("chat_history")
            json.array { json in
                for message in messages {
                    json.object { json in
                        json.member("role", message.role)
                        json.member("content", message.content)
                    }
                }
            }
            json.member("retries", retries)
            json.member("tokens_used", tokens)
            json.member("tickets_resolved", resolved)
        }
        return json.bytes
    }
}
