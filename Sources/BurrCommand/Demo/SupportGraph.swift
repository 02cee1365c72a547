// SPDX-License-Identifier: Apache-2.0

// The state machine of the support chat.

internal import StateDelta

/// The actions and transitions of the demo, as Burr's `graph.json`.
enum SupportGraph {
    static let actions = [
        "receive_message", "classify", "lookup_order", "search_docs", "escalate", "draft_answer",
        "check_answer", "send_answer", "close_ticket",
    ]

    private static let reads = [
        "receive_message": ["customer"], "classify": ["chat_history"],
        "lookup_order": ["customer", "topic"], "search_docs": ["topic"], "escalate": ["ticket"],
        "draft_answer": ["chat_history", "documents", "order"], "check_answer": ["draft"],
        "send_answer": ["draft", "chat_history"], "close_ticket": ["ticket"],
    ]

    private static let writes = [
        "receive_message": ["customer", "chat_history", "ticket"], "classify": ["topic"],
        "lookup_order": ["order"], "search_docs": ["documents"], "escalate": ["documents"],
        "draft_answer": ["draft", "tokens_used"], "check_answer": ["draft", "retries"],
        "send_answer": ["chat_history"], "close_ticket": ["chat_history", "tickets_resolved"],
    ]

    private static let transitions = [
        ("receive_message", "classify", "default"),
        ("classify", "lookup_order", "topic=order"),
        ("classify", "search_docs", "topic=howto"),
        ("classify", "escalate", "topic=complaint"),
        ("lookup_order", "draft_answer", "default"),
        ("search_docs", "draft_answer", "default"),
        ("escalate", "draft_answer", "default"),
        ("draft_answer", "check_answer", "default"),
        ("check_answer", "draft_answer", "draft=None"),
        ("check_answer", "send_answer", "default"),
        ("send_answer", "close_ticket", "resolved"),
        ("send_answer", "receive_message", "default"),
        ("close_ticket", "receive_message", "default"),
    ]

    /// `graph.json` of the actions given.
    static func json(of names: [String] = actions, entrypoint: String) -> [UInt8] {
        var json = JSONText()
        json.object { json in
            json.member("type", "application")
            json.member("entrypoint", entrypoint)
            json.key("actions")
            json.array { json in
                for name in names { write(action: name, &json) }
            }
            json.key("transitions")
            json.array { json in
                for (from, to, condition) in transitions
                where names.contains(from) && names.contains(to) {
                    json.object { json in
                        json.member("type", "transition")
                        json.member("from_", from)
                        json.member("to", to)
                        json.member("condition", condition)
                    }
                }
            }
        }
        return json.bytes
    }

    private static func write(action name: String, _ json: inout JSONText) {
        let reads = reads[name] ?? []
        let writes = writes[name] ?? []
        json.object { json in
            json.member("type", "action")
            json.member("name", name)
            json.member("reads", reads)
            json.member("writes", writes)
            json.member("code", source(name, reads, writes))
            // As in every graph.json: Burr takes required inputs for optional ones.
            json.member("inputs", name == "draft_answer" ? ["__tracer"] : [String]())
            json.member("optional_inputs", name == "receive_message" ? ["message"] : [String]())
        }
    }

    private static func source(_ name: String, _ reads: [String], _ writes: [String]) -> String {
        func list(_ words: [String]) -> String {
            "[" + words.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
        }
        return """
            @action(reads=\(list(reads)), writes=\(list(writes)))
            def \(name)(state: State) -> State:
                ...

            """
    }
}
