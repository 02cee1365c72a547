// SPDX-License-Identifier: Apache-2.0
// Applications that are tracked into a folder of the test's own.

@testable import Burr

extension ApplicationBuilder {
    /// The application `demo/app` of a folder; failures to record it are errors.
    func tracked(
        in folder: borrowing TemporaryFolder,
        _ durability: TrackingDurability = .os
    ) -> ApplicationBuilder {
        withIdentifiers(appID: "app").withTracker(
            project: "demo",
            store: folder.path,
            durability: durability,
            raisesFailures: true
        )
    }
}
