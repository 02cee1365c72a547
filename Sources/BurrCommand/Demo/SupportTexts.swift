// SPDX-License-Identifier: Apache-2.0

// What customers and the assistant of the demo say.

/// Sentences of the demo.
enum SupportTexts {
    static let customers = ["Ada", "Grace", "Linus", "Margaret", "Dennis", "Barbara", "Edsger"]

    static let questions: [String: [String]] = [
        "order": [
            "Where is my order? It should have been here on Monday.",
            "Can I still change the address of my order?",
            "My parcel says delivered, but nothing has arrived.",
        ],
        "howto": [
            "How do I pair the headphones with a second phone?",
            "Which cable do I need for the dock?",
            "How do I reset the lamp? It blinks blue.",
        ],
        "complaint": [
            "This is the third broken charger. I want my money back.",
            "Your last answer did not help at all.",
            "I was charged twice for the same order.",
        ],
    ]

    static let words = """
        thank you for writing to us we have looked into it and found what happened the carrier \
        scanned your parcel this morning and it should reach you tomorrow before noon hold the \
        button for five seconds until the light turns white then choose the device in the list \
        we are sorry for the trouble and have refunded the amount to your card please tell us \
        whether this solves it
        """.split(separator: " ").map(String.init)

    static let documents = [
        "pairing.md: hold the button until the light turns white",
        "shipping.md: parcels are scanned twice a day",
        "returns.md: thirty days, no questions asked",
        "dock.md: a cable with 100 W is needed",
        "lamp.md: blue means that an update is being installed",
    ]

    /// Some words of an answer.
    static func answer(_ random: inout DemoRandom) -> String {
        let count = random.number(18...60)
        let start = random.number(0...(words.count - 1))
        return (0..<count).map { words[(start + $0) % words.count] }.joined(separator: " ")
    }
}
