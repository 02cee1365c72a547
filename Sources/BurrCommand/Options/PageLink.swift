// SPDX-License-Identifier: Apache-2.0

// Links of the page as operands: what somebody sends from the browser is pasted here as it is.

internal import Tracking
internal import TrackingServer

/// What a link to an application on the page names.
struct PageLink: Equatable {
    let application: ApplicationName
    /// A ref; nothing where the page follows the head.
    let step: String?
    /// The JSON Pointer of the value that is selected.
    let path: String?

    /// Reads `http://HOST/p/PROJECT/a/APP?step=REF&path=POINTER`, also below a base path.
    ///
    /// - Returns: `nil` where the text is no such link.
    init?(_ text: String) {
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else { return nil }
        let whole = text.prefix { $0 != "#" }
        let pieces = whole.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = pieces[0].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 7, parts[parts.count - 4] == "p", parts[parts.count - 2] == "a",
            let project = PercentCoding.decode(parts[parts.count - 3]),
            let appID = PercentCoding.decode(parts[parts.count - 1]),
            !project.isEmpty, !appID.isEmpty
        else { return nil }
        application = ApplicationName(project: project, appID: appID)
        let query = pieces.count > 1 ? PercentCoding.form(String(pieces[1])) : []
        func value(_ name: String) -> String? {
            query.first { $0.name == name && !$0.value.isEmpty }?.value
        }
        step = value("step")
        path = value("path")
    }
}

extension Invocation {
    /// The link of the page that the first operand is.
    var link: PageLink? { operand(0).flatMap(PageLink.init) }
}
