# SPDX-License-Identifier: Apache-2.0
from typing import Any, Callable, Optional, Tuple, Union

_Text = Union[str, bytes]
_Pointer = Optional[Tuple[str, Optional[str], Optional[int]]]
_Serialize = Callable[[Any], Any]
_Dump = Callable[[Any], bytes]

class LogError(Exception): ...

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
        state: Union[dict, bytes, None],
        next_step: int,
        program: _Text,
        durability: int,
        interval: int,
        serialize: _Serialize,
        dump: _Dump,
        /,
    ) -> None: ...
    def step_begin(self, step: int, action: str, inputs: Union[dict, bytes, None], /) -> None: ...
    def step_end(
        self,
        step: int,
        action: str,
        result: Union[dict, bytes, None],
        exception: Optional[str],
        state: Union[dict, bytes, None],
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
