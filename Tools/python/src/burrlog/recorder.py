# SPDX-License-Identifier: Apache-2.0
"""One application being recorded by this process."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
import weakref
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple

from burr.core import State
from burr.core.state import FIELD_SERIALIZATION

from burrlog import _native
from burrlog.redaction import Redactor, redacted
from burrlog.values import (
    Plain,
    Serialize,
    dump,
    fields_of,
    has_burrs_own_types,
    serialized,
    serializer,
    text_of,
    text_of_fields,
)

#: Seconds until a log that could not be opened is tried again.
_RETRY_AFTER = 1.0

Pointer = Optional[Tuple[str, Optional[str], Optional[int]]]


class Settings(NamedTuple):
    """What every application of a tracker shares."""

    root: str
    project: str
    serde_kwargs: Mapping[str, Any]
    durability: int
    redact: Optional[Redactor]
    #: Called with an error that concerns one value only.
    report: Callable[[Exception], None]


class Application(NamedTuple):
    """What is known of an application beside its steps."""

    app_id: str
    partition_key: Optional[str] = None
    graph: Optional[str] = None
    parent: Pointer = None
    spawning_parent: Pointer = None


class Recorder:
    """The writer of one application, opened when it is needed.

    Log and lock go on working in a process that inherited them by fork().
    """

    def __init__(self, application: Application, settings: Settings):
        self.application = application
        self._settings = settings
        self._lock = threading.Lock()
        self._writer: Optional[_native.Writer] = None
        #: The same where the values of a step can be handed to it as they are.
        self.direct_writer: Optional[_native.Writer] = None
        self._problem: Optional[Exception] = None
        self._retry_at = 0.0
        self._serialize = serializer(settings.serde_kwargs)
        # Where the text can be written straight from the values.
        self._is_direct = settings.redact is None and has_burrs_own_types()
        _living.add(self)

    def open(self, state: Optional[State[Any]], next_step: int) -> _native.Writer:
        """Opens the log where it is not open yet.

        :param state: the state before the step; None where it is not known
        :param next_step: the step that comes next
        :raises Exception: when it cannot be opened, for a second also without trying
        """
        with self._lock:
            if self._writer is None:
                if self._problem is not None and time.monotonic() < self._retry_at:
                    raise self._problem
                try:
                    self._writer = self._new_writer(state, next_step)
                except Exception as error:
                    self._problem, self._retry_at = error, time.monotonic() + _RETRY_AFTER
                    raise
                if self._is_direct:
                    self.direct_writer = self._writer
            return self._writer

    def _new_writer(self, state: Optional[State[Any]], next_step: int) -> _native.Writer:
        settings, application = self._settings, self.application
        fields = None if state is None else fields_of(state, settings.serde_kwargs)
        return _native.Writer(
            settings.root,
            settings.project,
            application.app_id,
            application.partition_key,
            application.graph,
            application.parent,
            application.spawning_parent,
            self._text(fields),
            next_step,
            os.path.basename(sys.argv[0] or "") or "python",
            settings.durability,
            0,
            self._serialize,
            dump,
            State,
            FIELD_SERIALIZATION,
        )

    def step_begin(self, state: State[Any], step: int, action: str, inputs: Dict[str, Any]) -> None:
        """Records that a step began."""
        writer = self._writer or self.open(state, step)
        try:
            writer.step_begin(step, action, self._direct(inputs) if inputs else None)
        except _native.LogError:
            raise
        except Exception:  # a value that cannot be written: the others can
            writer.step_begin(step, action, self._text(inputs))

    def step_end(
        self,
        state: State[Any],
        step: int,
        action: str,
        result: Optional[Dict[str, Any]],
        exception: Optional[str],
    ) -> None:
        """Records that a step ended, and the state it left."""
        writer = self._writer or self.open(None, step)
        if exception is not None and self._settings.redact is not None:
            exception = str(self._settings.redact(("exception",), exception))
        try:
            fields = fields_of(state, self._settings.serde_kwargs)
            if not self._is_direct:
                fields, result = self._direct(fields), self._direct(result)
            writer.step_end(step, action, result, exception, fields)
        except _native.LogError:
            raise
        except Exception:
            fields = fields_of(state, self._settings.serde_kwargs)
            writer.step_end(step, action, self._text(result), exception, self._text(fields))

    def event(self, kind: int, step: int, line: Dict[str, Any], time: int) -> None:
        """Records an event: a line of Burr's log."""
        writer = self._writer or self.open(None, max(step, 0))
        try:
            text = text_of(self._direct(line), self._serialize)
        except Exception:
            text = self._text(line) or b"{}"
        writer.event(kind, step, text, time)

    def close(self) -> None:
        """Ends the recording; the next event opens the log again."""
        with self._lock:
            writer, self._writer, self.direct_writer = self._writer, None, None
        if writer is not None:
            writer.close()

    def run_begin(self, method: str) -> None:
        """Records that an execute call began."""
        (self._writer or self.open(None, 0)).run_begin(method)

    def run_end(self, method: str, exception: Optional[str]) -> None:
        """Records that an execute call ended, and lets other processes go on."""
        (self._writer or self.open(None, 0)).run_end(method, exception)

    def release(self) -> None:
        """Lets other processes go on with the application, until the next event."""
        if self._writer is not None:
            self._writer.release()

    def flush(self) -> None:
        """Waits until everything recorded is on the disk."""
        if self._writer is not None:
            self._writer.flush()

    def renew_lock(self) -> None:
        """In the child of a fork: another thread of the parent may have held the lock."""
        self._lock = threading.Lock()

    def _direct(self, fields: Any) -> Any:
        """The fields as the writer can take them."""
        if self._is_direct or fields is None:
            return fields
        return self._redacted(serialized(fields, self._serialize))

    def _text(self, fields: Any) -> Optional[bytes]:
        """The fields as text, where one of them cannot be written."""
        if fields is None:
            return None
        if not self._is_direct:
            fields = self._redacted(serialized(fields, self._serialize))
        return text_of_fields(fields, self._serialize, self._settings.report)

    def _redacted(self, fields: Dict[Any, Plain]) -> Dict[Any, Plain]:
        redact = self._settings.redact
        if redact is None:
            return fields
        return {key: Plain(redacted(field.value, redact, (key,))) for key, field in fields.items()}


_living: "weakref.WeakSet[Recorder]" = weakref.WeakSet()


def _close_all() -> None:
    for recorder in list(_living):
        try:
            recorder.close()
        except Exception:  # the program is ending: there is nobody left to tell
            pass


def _renew_locks() -> None:
    for recorder in list(_living):
        recorder.renew_lock()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_renew_locks)
