// SPDX-License-Identifier: Apache-2.0

// A support chat that never ends: what `burr demo` records.

internal import EventLog
internal import StateDelta
internal import Tracking

/// Plays customers and an assistant, one step at a time.
struct SupportChat {
    private let store: Store
    private var random: DemoRandom
    private(set) var application: DemoApplication
    private var state = SupportState()
    private var next = "receive_message"
    private var topic = "howto"
    private var children = 0

    static let project = "support"
    private static let messageLimit = 24

    /// Begins a chat.
    ///
    /// - Parameters:
    ///   - name: its application.
    ///   - store: where it is recorded.
    ///   - seed: what is said, and how it goes.
    ///   - time: when it begins, in nanoseconds since 1970 UTC.
    /// - Throws: `TrackingError` when it cannot be recorded.
    init(
        _ name: ApplicationName,
        in store: Store,
        seed: UInt64,
        time: Int64
    ) throws(TrackingError) {
        self.store = store
        random = DemoRandom(seed: seed)
        var tracked = TrackedApplication(store: store, name: name)
        tracked.graph = SupportGraph.json(entrypoint: "receive_message")
        tracked.actions = ActionNames(SupportGraph.actions)
        application = try DemoApplication(tracked, state: state.json(step: nil), time: time)
    }

    /// Takes a fork of this chat: another application that goes on from here.
    ///
    /// - Throws: `TrackingError` when it cannot be recorded.
    func fork(_ name: ApplicationName) throws(TrackingError) -> SupportChat {
        var copy = self
        copy.random = DemoRandom(seed: UInt64(bitPattern: application.step) &+ 77)
        var tracked = TrackedApplication(store: store, name: name)
        tracked.graph = SupportGraph.json(entrypoint: "receive_message")
        tracked.actions = ActionNames(SupportGraph.actions)
        let last = application.step - 1
        tracked.parent = ParentPointer(appID: application.name.appID, step: last)
        copy.application = try DemoApplication(
            tracked,
            state: state.json(step: last),
            after: last,
            time: application.time
        )
        return copy
    }

    /// Plays one step.
    ///
    /// - Throws: `TrackingError` when it cannot be recorded.
    mutating func step() throws(TrackingError) {
        let action = next
        application.pass(milliseconds: action == "receive_message" ? random.number(200...2_500) : 2)
        switch action {
        case "receive_message": try receive()
        case "classify": try classify()
        case "lookup_order": try lookUp()
        case "search_docs": try search()
        case "escalate": try escalate()
        case "draft_answer": try draft()
        case "check_answer": try check()
        case "send_answer": try send()
        default: try close()
        }
    }

    /// Moves the clock forward, never back.
    mutating func moveClock(to time: Int64) {
        application.time = max(application.time, time)
    }

    /// Ends the recording.
    ///
    /// - Throws: `TrackingError` when the log cannot be closed.
    func finish() throws(TrackingError) {
        try application.close()
    }

    private mutating func record(
        _ action: String,
        inputs: [UInt8]? = nil,
        exception: String? = nil,
        _ within: (inout DemoApplication) throws(TrackingError) -> Void
    ) throws(TrackingError) {
        // A step that fails leaves the state as it was.
        if exception == nil { state.priorStep = action }
        try application.record(
            DemoApplication.Step(
                action: action,
                inputs: inputs,
                result: exception == nil ? nil : Array("null".utf8),
                exception: exception
            ),
            within: within,
            state: state.json(step: application.step)
        )
    }
}

// MARK: - The actions

extension SupportChat {
    private mutating func receive() throws(TrackingError) {
        if state.topic == nil {
            state.customer = random.one(SupportTexts.customers)
            state.ticket += 1
        }
        topic = random.one(["order", "order", "howto", "howto", "howto", "complaint"])
        let text = random.one(SupportTexts.questions[topic] ?? ["Hello?"])
        state.messages.append(SupportState.Message(role: "user", content: text))
        state.retries = 0
        next = "classify"
        var inputs = JSONText()
        inputs.object { $0.member("message", text) }
        let duration = random.number(1...4)
        try record("receive_message", inputs: inputs.bytes) { application in
            application.pass(milliseconds: duration)
        }
    }

    private mutating func classify() throws(TrackingError) {
        state.topic = topic
        next = ["order": "lookup_order", "howto": "search_docs"][topic] ?? "escalate"
        let duration = random.number(80...400)
        let confidence = random.number(60...99)
        try record("classify") { (application) throws(TrackingError) in
            application.pass(milliseconds: duration)
            try application.attribute("confidence", "0.\(confidence)", span: nil)
        }
    }

    private mutating func lookUp() throws(TrackingError) {
        let fails = random.happens(18)
        let duration = fails ? 5_000 : random.number(30...250)
        let rows = random.number(1...4)
        if !fails {
            state.order = "A-\(random.number(10_000...99_999))"
            next = "draft_answer"
        }
        let exception = """
            Traceback (most recent call last):
              File "support/tools.py", line 48, in lookup_order
                rows = orders.find(customer=state["customer"], timeout=5)
              File "support/orders.py", line 112, in find
                raise TimeoutError("the order database did not answer within 5 s")
            TimeoutError: the order database did not answer within 5 s

            """
        try record("lookup_order", exception: fails ? exception : nil) {
            (application) throws(TrackingError) in
            try application.span("http.get /orders") { (application, id) throws(TrackingError) in
                application.pass(milliseconds: 3)
                try application.span("db.query", parent: id) { (app, id) throws(TrackingError) in
                    app.pass(milliseconds: duration)
                    try app.attribute("db.rows", fails ? "0" : "\(rows)", span: id)
                }
            }
        }
    }

    private mutating func search() throws(TrackingError) {
        state.documents = (0..<random.number(1...3)).map { _ in
            random.one(SupportTexts.documents)
        }
        next = "draft_answer"
        let duration = random.number(15...120)
        try record("search_docs") { (application) throws(TrackingError) in
            try application.span("vector.search") { (application, id) throws(TrackingError) in
                application.pass(milliseconds: duration)
                try application.attribute("top_k", "3", span: id)
            }
        }
    }

    /// Asks a specialist: an application of its own.
    private mutating func escalate() throws(TrackingError) {
        children += 1
        next = "draft_answer"
        let id = "\(application.name.appID)-specialist-\(children)"
        let parent = ParentPointer(appID: application.name.appID, step: application.step)
        let began = application.time
        let store = store
        var opinion = state
        opinion.messages = Array(state.messages.suffix(2))
        state.documents = ["specialist \(children): refund, and an apology"]
        let seed = random.next()
        try record("escalate") { (application) throws(TrackingError) in
            var specialist = DemoRandom(seed: seed)
            let name = ApplicationName(project: SupportChat.project, appID: id)
            guard !store.exists(store.directory(of: name)) else { return }
            var tracked = TrackedApplication(store: store, name: name)
            tracked.spawningParent = parent
            let actions = ["search_docs", "draft_answer", "check_answer"]
            tracked.actions = ActionNames(actions)
            tracked.graph = SupportGraph.json(of: actions, entrypoint: "search_docs")
            var child = try DemoApplication(tracked, state: opinion.json(step: nil), time: began)
            for action in actions {
                opinion.priorStep = action
                if action == "draft_answer" { opinion.draft = SupportTexts.answer(&specialist) }
                let duration = specialist.number(50...700)
                try child.record(
                    DemoApplication.Step(action: action),
                    within: { child in child.pass(milliseconds: duration) },
                    state: opinion.json(step: child.step)
                )
            }
            try child.close()
            application.time = child.time
        }
    }

    private mutating func draft() throws(TrackingError) {
        let answer = SupportTexts.answer(&random)
        let items = answer.utf8.count / 4
        let prompt = 180 + state.messages.reduce(0) { $0 + $1.content.utf8.count } / 4
        state.draft = answer
        state.tokens += prompt + items
        next = "check_answer"
        let first = random.number(150...600)
        let each = random.number(4...12)
        try record("draft_answer") { (application) throws(TrackingError) in
            try application.span("llm.chat") { (application, id) throws(TrackingError) in
                try application.stream(items: items, first: first, each: each)
                try application.attribute("gen_ai.response.model", "\"gpt-4o-mini\"", span: id)
                try application.attribute("gen_ai.usage.input_tokens", "\(prompt)", span: id)
                try application.attribute("gen_ai.usage.output_tokens", "\(items)", span: id)
            }
        }
    }

    private mutating func check() throws(TrackingError) {
        if state.retries < 2, random.happens(22) {
            state.retries += 1
            state.draft = nil
            next = "draft_answer"
        } else {
            next = "send_answer"
        }
        let duration = random.number(20...90)
        try record("check_answer") { $0.pass(milliseconds: duration) }
    }

    private mutating func send() throws(TrackingError) {
        let answer = state.draft ?? ""
        state.messages.append(SupportState.Message(role: "assistant", content: answer))
        state.draft = nil
        let isLong = state.messages.count >= Self.messageLimit
        next = isLong || random.happens(30) ? "close_ticket" : "receive_message"
        try record("send_answer") { $0.pass(milliseconds: 5) }
    }

    private mutating func close() throws(TrackingError) {
        state.resolved += 1
        state.messages = []
        state.documents = []
        state.topic = nil
        state.order = nil
        next = "receive_message"
        try record("close_ticket") { $0.pass(milliseconds: 3) }
    }
}
