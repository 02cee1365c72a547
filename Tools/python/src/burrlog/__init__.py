# SPDX-License-Identifier: Apache-2.0
"""Track Burr applications in an append-only log that grows with what changed.

Use :class:`LogTrackingClient` where a program uses Burr's ``LocalTrackingClient``::

    from burrlog import LogTrackingClient

    ApplicationBuilder()....with_tracker(LogTrackingClient(project="demo"))
"""

from burrlog._native import LogError
from burrlog.client import LogTrackingClient

__all__ = ["LogError", "LogTrackingClient"]
