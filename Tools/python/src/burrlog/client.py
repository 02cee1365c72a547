# SPDX-License-Identifier: Apache-2.0
"""The tracker: Burr's lifecycle hooks, recorded."""

from __future__ import annotations

import datetime
import logging
import os
import re
import time
import traceback
from typing import Any, Dict, List, Optional, Tuple, Union

from burr import system
from burr.common.types import ParentPointer
from burr.core import Action, ApplicationGraph, State
from burr.core.persistence import BaseStateLoader, PersistedStateData
from burr.lifecycle import (
    PostApplicationCreateHook,
    PostEndSpanHook,
    PostApplicationExecuteCallHook,
    PostRunStepHook,
    PreApplicationExecuteCallHook,
    PreRunStepHook,
    PreStartSpanHook,
)
from burr.tracking.base import SyncTrackingClient
from burr.visibility import ActionSpan

from burrlog import _native, loading
from burrlog.graph import graph_text
from burrlog.recorder import Application, Pointer, Recorder, Settings
from burrlog.redaction import Redact, redactor
from burrlog.values import serializer, with_text_keys

logger = logging.getLogger("burrlog")

_DURABILITIES = {"interval": 0, "every_step": 1, "os": 2, "buffered": 3}
_ON_ERROR = ("warn", "ignore", "raise")

StorageDir = Union[str, "os.PathLike[str]"]

#: What Burr hands to an action beside its inputs.
_INJECTED = ("__tracer", "__context")

_SPAN_BEGIN, _SPAN_END, _ATTRIBUTE = 128, 129, 130
_STREAM_BEGIN, _STREAM_FIRST, _STREAM_END = 131, 132, 133

#: Execute calls of one step each: the step says all there is to say.
_SINGLE = ("step", "astep")


class LogTrackingClient(
    _native.StepHooks,
    SyncTrackingClient,
    PostApplicationCreateHook,
    PreRunStepHook,
    PostRunStepHook,
    PreStartSpanHook,
    PostEndSpanHook,
    PreApplicationExecuteCallHook,
    PostApplicationExecuteCallHook,
    BaseStateLoader,
):
    """Tracks applications in the store that ``burr replay`` and the server on port 7241 read.

    It takes the place of Burr's ``LocalTrackingClient``::

        ApplicationBuilder()....with_tracker(LogTrackingClient(project="demo"))

    What it records of a state is text for text what the original logs, but a step costs what it
    changed. It may be used for several applications, from several threads, and in processes that
    inherited it by ``fork()`` or got it pickled.
    """

    DEFAULT_STORAGE_DIR = "~/.burr"
    GRAPH_FILENAME = "graph.json"
    METADATA_FILENAME = "metadata.json"
    LOG_FILENAME = "log.jsonl"
    CHILDREN_FILENAME = "children.jsonl"

    def __init__(
        self,
        project: str,
        storage_dir: StorageDir = DEFAULT_STORAGE_DIR,
        serde_kwargs: Optional[Dict[str, Any]] = None,
        *,
        durability: str = "interval",
        on_error: str = "warn",
        redact: Redact = None,
    ):
        """Makes a tracker; nothing is written before an application is built with it.

        :param project: the project's name: letters, digits, ``_``, ``-`` and ``:``
        :param storage_dir: the store's folder; the environment's ``BURR_PATH`` goes before the
            default
        :param serde_kwargs: arguments for Burr's serializers
        :param durability: when a record is safe. ``"interval"``: a killed program loses nothing,
            a power failure at most the last 250 ms. ``"every_step"``: each step waits for the
            disk. ``"os"``: never synced. ``"buffered"``: kept in memory for up to 250 ms, for the
            highest rates.
        :param on_error: what happens when something could not be recorded. ``"warn"``: one warning
            in the log of ``burrlog``; ``"ignore"``: nothing; ``"raise"``: the program gets the
            error. In every case :attr:`errors` counts.
        :param redact: what is to be kept out of the log: paths such as ``"password"`` or
            ``"user.password"``, or a function of a path and a value that gives what is logged
        :raises ValueError: when an argument is not one of these
        """
        if not _is_project_name(project):
            raise ValueError(
                f"Project: {project} is not valid. Project name cannot contain non-alphanumeric "
                "(except _ and -) characters. Please rename your project!"
            )
        if durability not in _DURABILITIES:
            raise ValueError(f"durability is one of {', '.join(_DURABILITIES)}, not {durability!r}")
        if on_error not in _ON_ERROR:
            raise ValueError(f"on_error is one of {', '.join(_ON_ERROR)}, not {on_error!r}")
        self.project_id = project
        self.raw_storage_dir = storage_dir
        self.storage_dir = self.get_storage_path(project, storage_dir)
        self.serde_kwargs = serde_kwargs if serde_kwargs is not None else {}
        self.durability = durability
        self.on_error = on_error
        self.redact = redact
        #: How often something could not be recorded.
        self.errors = 0
        self._redactor = redactor(redact)
        self._serialize = serializer(self.serde_kwargs)
        self._has_warned = False
        self._recorders: Dict[str, Recorder] = {}
        self._current: Optional[str] = None
        self._items: Dict[Tuple[str, str, Optional[str]], int] = {}

    # ------------------------------------------------ the object itself

    def copy(self) -> "LogTrackingClient":
        """A tracker with the same settings, as each parallel application gets one of its own."""
        return type(self)(
            project=self.project_id,
            storage_dir=self.raw_storage_dir,
            serde_kwargs=self.serde_kwargs,
            durability=self.durability,
            on_error=self.on_error,
            redact=self.redact,
        )

    def flush(self) -> None:
        """Waits until everything recorded so far is on the disk."""
        for recorder in list(self._recorders.values()):
            try:
                recorder.flush()
            except Exception as error:
                self._failed(error)

    def close(self) -> None:
        """Ends the recording of every application; a later step opens its log again.

        Nobody has to call it: a program that just ends loses nothing.
        """
        for recorder in list(self._recorders.values()):
            try:
                recorder.close()
            except Exception as error:
                self._failed(error)

    def __getstate__(self) -> Dict[str, Any]:
        state = dict(self.__dict__)
        state["_recorders"] = {}
        state["_applications"] = {
            app_id: recorder.application for app_id, recorder in self._recorders.items()
        }
        return state

    def __setstate__(self, state: Dict[str, Any]) -> None:
        applications = state.pop("_applications")
        self.__dict__.update(state)
        for app_id, application in applications.items():
            self._recorders[app_id] = Recorder(application, self._settings())

    def _settings(self) -> Settings:
        return Settings(
            root=os.path.dirname(self.storage_dir),
            project=self.project_id,
            serde_kwargs=self.serde_kwargs,
            durability=_DURABILITIES[self.durability],
            redact=self._redactor,
            report=self._failed,
        )

    def _failed(self, error: Exception) -> None:
        """Does with an error what the program asked for; called while it is being handled."""
        self.errors += 1
        if self.on_error == "raise":
            raise error
        if self.on_error == "warn" and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "Something could not be recorded in %s: %s. The program goes on; further problems "
                "are only counted.",
                self.storage_dir,
                _message(error),
                exc_info=not isinstance(error, _native.LogError),
            )

    def _find_recorder(self, app_id: Optional[str]) -> Recorder:
        """The recorder of an application; of the last one created where the hook does not say."""
        if app_id is None:
            app_id = self._current
        if app_id is None:
            raise ValueError("no application has been created with this tracker")
        recorder = self._recorders.get(app_id)
        if recorder is None:
            recorder = self._recorders[app_id] = Recorder(Application(app_id), self._settings())
        return recorder

    def _event(
        self, kind: int, app_id: Optional[str], step: int, when: int, line: Dict[str, Any]
    ) -> None:
        try:
            self._find_recorder(app_id).event(kind, step, line, when)
        except Exception as error:
            self._failed(error)

    # ------------------------------------------------ applications and steps

    def post_application_create(
        self,
        *,
        app_id: str,
        partition_key: Optional[str],
        state: State[Any],
        application_graph: ApplicationGraph,
        parent_pointer: Optional[ParentPointer],
        spawning_parent_pointer: Optional[ParentPointer],
        **future_kwargs: Any,
    ) -> None:
        """Opens the application's log, with its state machine and the state it begins with."""
        self._current = app_id
        try:
            former = self._recorders.pop(app_id, None)
            if former is not None:
                former.close()
            application = Application(
                app_id,
                partition_key,
                graph_text(application_graph),
                _pointer(parent_pointer),
                _pointer(spawning_parent_pointer),
            )
            recorder = self._recorders[app_id] = Recorder(application, self._settings())
            recorder.open(state, _next_step(state))
        except Exception as error:
            self._failed(error)

    def _pre_run_step(
        self,
        error: Optional[Exception],
        *,
        state: State[Any],
        action: Action,
        inputs: Dict[str, Any],
        sequence_id: int,
        app_id: Optional[str] = None,
        **others: Any,
    ) -> None:
        """Records that a step begins, where ``pre_run_step`` did not do so by itself."""
        try:
            if isinstance(error, _native.LogError):
                raise error
            if inputs:
                inputs = {key: inputs[key] for key in inputs if key not in _INJECTED}
            self._find_recorder(app_id).step_begin(state, sequence_id, action.name, inputs)
        except Exception as failure:
            self._failed(failure)

    def _post_run_step(
        self,
        error: Optional[Exception],
        *,
        state: State[Any],
        action: Action,
        result: Optional[Dict[str, Any]],
        sequence_id: int,
        exception: Optional[Exception],
        app_id: Optional[str] = None,
        **others: Any,
    ) -> None:
        """Records that a step has ended, where ``post_run_step`` did not do so by itself."""
        try:
            if isinstance(error, _native.LogError):
                raise error
            traced = None if exception is None else _format_exception(exception)
            recorder = self._find_recorder(app_id)
            recorder.step_end(state, sequence_id, action.name, result, traced)
        except Exception as failure:
            self._failed(failure)

    def _pre_run_execute_call(
        self, error: Optional[Exception], *, app_id: str, method: Any, **others: Any
    ) -> None:
        """Records that the program called ``run``, ``iterate`` or another of these."""
        if method.value in _SINGLE:
            return
        try:
            self._find_recorder(app_id).run_begin(method.value)
        except Exception as failure:
            self._failed(failure)

    def _post_run_execute_call(
        self,
        error: Optional[Exception],
        *,
        app_id: str,
        method: Any,
        exception: Optional[Exception],
        **others: Any,
    ) -> None:
        """Records that an execute call ended, where the hook did not do so by itself."""
        try:
            if isinstance(error, _native.LogError):
                raise error
            recorder = self._find_recorder(app_id)
            if method.value in _SINGLE:
                recorder.release()
            else:
                recorder.run_end(method.value, None if exception is None else _summary(exception))
        except Exception as failure:
            self._failed(failure)

    # ------------------------------------------------ within a step

    def pre_start_span(
        self,
        *,
        action: str,
        action_sequence_id: int,
        span: ActionSpan,
        span_dependencies: List[str],
        app_id: Optional[str] = None,
        **future_kwargs: Any,
    ) -> None:
        """Records that a span begins."""
        when = _native.now()
        line = {
            "type": "begin_span",
            "start_time": _text_of_time(when),
            "action_sequence_id": action_sequence_id,
            "span_id": span.uid,
            "span_name": span.name,
            "parent_span_id": span.parent.uid if span.parent else None,
            "span_dependencies": span_dependencies,
        }
        self._event(_SPAN_BEGIN, app_id, action_sequence_id, when, line)

    def post_end_span(
        self,
        *,
        action: str,
        action_sequence_id: int,
        span: ActionSpan,
        span_dependencies: List[str],
        app_id: Optional[str] = None,
        **future_kwargs: Any,
    ) -> None:
        """Records that a span has ended."""
        when = _native.now()
        line = {
            "type": "end_span",
            "end_time": _text_of_time(when),
            "action_sequence_id": action_sequence_id,
            "span_id": span.uid,
        }
        self._event(_SPAN_END, app_id, action_sequence_id, when, line)

    def do_log_attributes(
        self,
        *,
        attributes: Dict[str, Any],
        tags: Dict[str, Any],
        action: str,
        action_sequence_id: int,
        span: Optional[ActionSpan],
        app_id: Optional[str] = None,
        **future_kwargs: Any,
    ) -> None:
        """Records attributes of a step or a span."""
        for key, value in attributes.items():
            when = _native.now()
            line = {
                "type": "attribute",
                "key": key,
                "action_sequence_id": action_sequence_id,
                "span_id": span.uid if span is not None else None,
                "value": with_text_keys(value, self._serialize),
                "tags": tags,
                "time_logged": _text_of_time(when),
            }
            self._event(_ATTRIBUTE, app_id, action_sequence_id, when, line)

    def pre_start_stream(
        self,
        *,
        action: str,
        sequence_id: int,
        app_id: str,
        partition_key: Optional[str],
        **future_kwargs: Any,
    ) -> None:
        """Records that an action begins to stream."""
        when = _native.now()
        self._items[app_id, action, partition_key] = 0
        line = _stream_line("begin_stream", sequence_id, stream_init_time=_text_of_time(when))
        self._event(_STREAM_BEGIN, app_id, sequence_id, when, line)

    def post_stream_item(
        self,
        *,
        item: Any,
        item_index: int,
        stream_initialize_time: datetime.datetime,
        first_stream_item_start_time: datetime.datetime,
        action: str,
        sequence_id: int,
        app_id: str,
        partition_key: Optional[str],
        **future_kwargs: Any,
    ) -> None:
        """Records the first item's time; counts the others."""
        stream = (app_id, action, partition_key)
        count = self._items.get(stream, 0)
        self._items[stream] = count + 1
        if count == 0:
            when = _native.now()
            at = _text_of_time(when)
            line = _stream_line("first_item_stream", sequence_id, first_item_time=at)
            self._event(_STREAM_FIRST, app_id, sequence_id, when, line)

    def post_end_stream(
        self,
        *,
        action: str,
        sequence_id: int,
        app_id: str,
        partition_key: Optional[str],
        **future_kwargs: Any,
    ) -> None:
        """Records that the stream has ended, and how many items it had."""
        when = _native.now()
        count = self._items.pop((app_id, action, partition_key), 0)
        line = _stream_line(
            "end_stream", sequence_id, end_time=_text_of_time(when), items_streamed=count
        )
        self._event(_STREAM_END, app_id, sequence_id, when, line)

    # ------------------------------------------------ reading back

    @classmethod
    def get_storage_path(cls, project: str, storage_dir: StorageDir = DEFAULT_STORAGE_DIR) -> str:
        """The project's folder."""
        return os.path.join(loading.store_folder(storage_dir), project)

    @classmethod
    def app_log_exists(
        cls, project: str, app_id: str, storage_dir: StorageDir = DEFAULT_STORAGE_DIR
    ) -> bool:
        """Whether an application has recorded a step.

        :param project: the project's name
        :param app_id: the application
        :param storage_dir: the store's folder
        """
        return loading.has_steps(loading.store_folder(storage_dir), project, app_id)

    @classmethod
    def load_state(
        cls,
        project: str,
        app_id: str,
        sequence_id: int = -1,
        storage_dir: StorageDir = DEFAULT_STORAGE_DIR,
    ) -> Tuple[Dict[str, Any], str]:
        """The state that a step left, as plain values, and the step's action.

        Deprecated, as it is in Burr: use ``initialize_from`` of the application builder.

        :param project: the project's name
        :param app_id: the application
        :param sequence_id: which of the application's steps, counted from 0, or from the end with
            -1
        :param storage_dir: the store's folder
        :raises ValueError: without such an application or step
        """
        root = loading.store_folder(storage_dir)
        return loading.load_state(root, project, app_id, sequence_id, storage_dir)

    def list_app_ids(self, partition_key: Optional[str], **kwargs: Any) -> List[str]:
        """The applications of a partition, the last written first.

        :param partition_key: the partition; None for the applications that have none
        """
        return loading.app_ids(os.path.dirname(self.storage_dir), self.project_id, partition_key)

    def load(
        self,
        partition_key: Optional[str],
        app_id: Optional[str],
        sequence_id: Optional[int] = None,
        **kwargs: Any,
    ) -> Optional[PersistedStateData]:
        """The state that a step left, for ``initialize_from`` of the application builder.

        A step from before a fork is looked up where the application was forked from.

        :param partition_key: given back as it is
        :param app_id: the application
        :param sequence_id: the step; None for the last one
        :return: None when the application has no step with a state
        :raises ValueError: when it has steps, but not this one
        """
        if app_id is None:
            return None
        root = os.path.dirname(self.storage_dir)
        return loading.load(
            root, self.project_id, partition_key, app_id, sequence_id, self.serde_kwargs
        )


def _is_project_name(project: str) -> bool:
    colon = "" if system.IS_WINDOWS else ":"
    return bool(re.match(rf"^[a-zA-Z0-9_\-{colon}]+$", project))


def _next_step(state: State[Any]) -> int:
    last = state.get("__SEQUENCE_ID")
    return last + 1 if isinstance(last, int) else 0


def _pointer(pointer: Optional[ParentPointer]) -> Pointer:
    # Burr points nowhere when a state came from a database and not from a tracker.
    if pointer is None or pointer.app_id is None:
        return None
    return pointer.app_id, pointer.partition_key, pointer.sequence_id


def _format_exception(exception: Exception) -> str:
    return "".join(traceback.format_exception(type(exception), exception, exception.__traceback__))


def _summary(exception: Exception) -> str:
    return "".join(traceback.format_exception_only(type(exception), exception)).strip()


def _message(error: Exception) -> str:
    if isinstance(error, _native.LogError) and len(error.args) == 2:
        return str(error.args[1])
    return f"{type(error).__name__}: {error}"


def _text_of_time(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{date}.{rest // 1000:06d}Z"


def _stream_line(kind: str, sequence_id: int, **more: Any) -> Dict[str, Any]:
    return {"type": kind, "action_sequence_id": sequence_id, "span_id": None, **more}
