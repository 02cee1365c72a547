# SPDX-License-Identifier: Apache-2.0
"""Reading states back, with the values and the errors of Burr's own tracker."""

from __future__ import annotations

import datetime
import json
import logging
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union, cast

from burr.core import State
from burr.core.persistence import PersistedStateData
from burr.tracking.client import LocalTrackingClient

from burrlog import _native
from burrlog.values import BYTES_KEY, restore_bytes

logger = logging.getLogger("burrlog")

_NOT_FOUND, _RUNNING = 1, 5


class _Step(NamedTuple):
    state: Dict[str, Any]
    step: int
    action: str
    failed: bool
    ended_at: int


def store_folder(storage_dir: Union[str, "os.PathLike[str]"]) -> str:
    """The folder that an argument ``storage_dir`` names."""
    folder: str = os.fspath(storage_dir)
    if folder == LocalTrackingClient.DEFAULT_STORAGE_DIR:
        folder = os.environ.get("BURR_PATH") or os.environ.get("burr_path") or folder
    return os.path.abspath(os.path.expanduser(folder))


def _read(root: str, project: str, app_id: str, step: Optional[int]) -> Optional[_Step]:
    """What a step left, without what begins with two underscores; None where there is none.

    :raises LogError: when the log cannot be read, or the last step is still running
    """
    try:
        text, number, action, failed, ended_at = _native.state(root, project, app_id, step)
    except _native.LogError as error:
        if error.args[0] in (_NOT_FOUND, _RUNNING):
            return None
        raise
    has_bytes = BYTES_KEY.encode() in text
    state = json.loads(text, object_hook=restore_bytes if has_bytes else None)
    fields = {key: value for key, value in state.items() if not key.startswith("__")}
    fields["__SEQUENCE_ID"] = number
    return _Step(fields, number, action, failed, ended_at)


def _steps(root: str, project: str, app_id: str) -> Optional[List[Dict[str, Any]]]:
    """The steps of an application, with their status; None without an application."""
    try:
        return cast(List[Dict[str, Any]], json.loads(_native.steps(root, project, app_id)))
    except _native.LogError as error:
        if error.args[0] == _NOT_FOUND:
            return None
        raise


def _burrs_own(root: str, project: str, app_id: str) -> bool:
    """Whether the application has a log of Burr's own tracker, which was not imported."""
    path = os.path.join(root, project, app_id, LocalTrackingClient.LOG_FILENAME)
    try:
        return os.path.getsize(path) > 0
    except OSError:
        return False


def load(
    root: str,
    project: str,
    partition_key: Optional[str],
    app_id: str,
    sequence_id: Optional[int],
    serde_kwargs: Mapping[str, Any],
) -> Optional[PersistedStateData]:
    """See :meth:`burrlog.LogTrackingClient.load`."""
    found = _read(root, project, app_id, sequence_id)
    if found is None and _burrs_own(root, project, app_id):
        original = LocalTrackingClient(project, root, dict(serde_kwargs))
        return original.load(cast(str, partition_key), app_id, sequence_id)
    if found is None:
        if sequence_id is None or not has_steps(root, project, app_id):
            return None
        raise ValueError(f"Sequence number {sequence_id} not found for {project}/{app_id}.")
    ended_at = datetime.datetime.fromtimestamp(found.ended_at / 1_000_000_000)
    return PersistedStateData(
        partition_key=cast(str, partition_key),
        app_id=app_id,
        sequence_id=found.step,
        position=found.action,
        state=State.deserialize(found.state, **serde_kwargs),
        created_at=ended_at.isoformat(),
        status="failed" if found.failed else "completed",
    )


def load_state(
    root: str, project: str, app_id: str, sequence_id: Optional[int], storage_dir: Any
) -> Tuple[Dict[str, Any], str]:
    """See :meth:`burrlog.LogTrackingClient.load_state`."""
    index = -1 if sequence_id is None else sequence_id
    steps = _steps(root, project, app_id)
    if steps is None:
        if _burrs_own(root, project, app_id):
            return LocalTrackingClient.load_state(project, app_id, index, root)
        raise ValueError(f"No logs found for {project}/{app_id} under {storage_dir}")
    ended = [row["step"] for row in steps if row["status"] != "begun"]
    try:
        step = ended[index]
    except IndexError:
        step = None
    found = None if step is None else _read(root, project, app_id, step)
    if found is None:
        raise ValueError(f"Sequence number {index} not found for {project}/{app_id}.")
    if -1 < index != found.step:
        logger.warning(
            f"Sequence number mismatch. For {project}/{app_id}: "
            f"actual:{found.step} != expected:{index}"
        )
    return found.state, found.action


def has_steps(root: str, project: str, app_id: str) -> bool:
    """See :meth:`burrlog.LogTrackingClient.app_log_exists`."""
    return _burrs_own(root, project, app_id) or bool(_steps(root, project, app_id))


def app_ids(root: str, project: str, partition_key: Optional[str]) -> List[str]:
    """See :meth:`burrlog.LogTrackingClient.list_app_ids`."""
    return [
        application["app_id"]
        for application in json.loads(_native.applications(root, project))
        if application["partition_key"] == partition_key
    ]
