# SPDX-License-Identifier: Apache-2.0
from typing import Any, Callable, Dict, Optional, Tuple, Union

from burr.core import Action, State

_Text = Union[str, bytes]
_Pointer = Optional[Tuple[str, Optional[str], Optional[int]]]
_Serialize = Callable[[Any], Any]
_Dump = Callable[[Any], bytes]

class LogError(Exception): ...

class StepHooks:
    def pre_run_step(
        self,
        *,
        state: State[Any],
        action: Action,
        inputs: Dict[str, Any],
        sequence_id: int,
        app_id: str = ...,
        partition_key: Optional[str] = None,
        **future_kwargs: Any,
    ) -> None: ...
    def post_run_step(
        self,
        *,
        state: State[Any],
        action: Action,
        result: Optional[Dict[str, Any]],
        sequence_id: int,
        exception: Optional[Exception],
        app_id: str = ...,
        partition_key: Optional[str] = None,
        **future_kwargs: Any,
    ) -> None: ...
    def pre_run_execute_call(
        self,
        *,
        app_id: str,
        partition_key: Optional[str],
        state: State[Any],
        method: Any,
        **future_kwargs: Any,
    ) -> None: ...
    def post_run_execute_call(
        self,
        *,
        app_id: str,
        partition_key: Optional[str],
        state: State[Any],
        method: Any,
        exception: Optional[Exception],
        **future_kwargs: Any,
    ) -> None: ...

class Writer:
    def __init__(
        self,
        root: _Text,
        project: _Text,
        app_id: _Text,
        partition_key: Optional[_Text],
        graph: Optional[_Text],
        parent: _Pointer,
        spawning_parent: _Pointer,
        state: Union[Dict[Any, Any], bytes, None],
        next_step: int,
        program: _Text,
        durability: int,
        interval: int,
        serialize: _Serialize,
        dump: _Dump,
        state_type: type,
        field_serializers: Dict[str, Any],
        /,
    ) -> None: ...
    def step_begin(self, step: int, action: str, inputs: Union[Dict[Any, Any], bytes, None], /) -> None: ...
    def step_end(
        self,
        step: int,
        action: str,
        result: Union[Dict[Any, Any], bytes, None],
        exception: Optional[str],
        state: Union[Dict[Any, Any], bytes, None],
        /,
    ) -> None: ...
    def event(self, type: int, step: int, object: bytes, time: int, /) -> None: ...
    def run_begin(self, method: str, /) -> None: ...
    def run_end(self, method: str, exception: Optional[str], /) -> None: ...
    def release(self) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...

def encode(value: Any, serialize: Optional[_Serialize], dump: _Dump, /) -> bytes: ...
def state(
    root: _Text, project: _Text, app_id: _Text, step: Optional[int], /
) -> Tuple[bytes, int, str, bool, int]: ...
def steps(root: _Text, project: _Text, app_id: _Text, /) -> bytes: ...
def applications(root: _Text, project: _Text, /) -> bytes: ...
def now() -> int: ...
