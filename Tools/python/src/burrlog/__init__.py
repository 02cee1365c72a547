# SPDX-License-Identifier: Apache-2.0
"""Track Burr applications in an append-only log that grows with what changed.

Use :class:`LogTrackingClient` where a program uses Burr's ``LocalTrackingClient``::

    from burrlog import LogTrackingClient

    ApplicationBuilder()....with_tracker(LogTrackingClient(project="demo"))
"""

try:
    from burrlog._native import LogError
except ImportError as error:
    raise ImportError(
        f"burrlog is not whole: {error}. Its wheel carries a library and an extension, which "
        "`pip install --force-reinstall --no-deps ./Tools/python` builds in the repository"
    ) from error
from burrlog.client import LogTrackingClient

__all__ = ["LogError", "LogTrackingClient"]
