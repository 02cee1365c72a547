"""Applications that are tracked by both trackers at once: ours, and Burr's own as a hook."""

from __future__ import annotations

import datetime
import enum
import re
from pathlib import Path
from typing import Any, Callable, Generator, Optional

from burr.core import Application, ApplicationBuilder, ApplicationContext, State
from burr.core import action, default, when
from burr.core.action import streaming_action
from burr.core.parallelism import MapStates
from burr.tracking.base import SyncTrackingClient
from burr.tracking.client import LocalTrackingClient
from burr.visibility import TracerFactory
from burrlog import LogTrackingClient

PROJECT = "both"

#: The times in Burr's lines, in which the two trackers differ.
TIMES = re.compile(
    rb'"(start_time|end_time|time_logged|stream_init_time|first_item_time)":"[^"]*"'
)


def trackers(root: Path, **options: Any) -> tuple[LogTrackingClient, LocalTrackingClient]:
    """Ours below `root/ours`, Burr's below `root/burr`."""
    options = {"on_error": "raise", **options}
    return (
        LogTrackingClient(PROJECT, str(root / "ours"), **options),
        LocalTrackingClient(PROJECT, str(root / "burr")),
    )


def build(
    root: Path,
    actions: list,
    transitions: list,
    entrypoint: str,
    state: dict,
    app_id: str,
    partition_key: Optional[str] = None,
    **options: Any,
) -> Application:
    """An application with both trackers."""
    ours, burrs = trackers(root, **options)
    return (
        ApplicationBuilder()
        .with_actions(*actions)
        .with_transitions(*transitions)
        .with_entrypoint(entrypoint)
        .with_state(**state)
        .with_identifiers(app_id=app_id, partition_key=partition_key)
        .with_tracker(ours)
        .with_hooks(burrs)
        .build()
    )


@action(reads=["counter"], writes=["counter"])
def increment(state: State, by: int = 1) -> State:
    return state.update(counter=state["counter"] + by)


@action(reads=["counter"], writes=["counter"])
def boom(state: State) -> State:
    raise ValueError(f"boom \u00e9 {state['counter']}")


def counter(root: Path, app_id: str = "counter", **options: Any) -> Application:
    """Counts, and fails at 5."""
    return build(
        root, [increment, boom],
        [("increment", "boom", when(counter=5)), ("increment", "increment", default)],
        "increment", {"counter": 0}, app_id, **options,
    )  # fmt: skip


class Colour(str, enum.Enum):
    RED = "red"


class Text(str):
    pass


class Level(enum.IntEnum):
    LOW = 1


class Opaque:
    def __str__(self) -> str:
        return 'an "opaque"\none'


#: Values of every kind that Burr's own tracker can log.
VALUES = [
    2**70, -(2**63), 2**63, 10**400, 0, -1, True, False, None,
    0.0, -0.0, 1.0, 0.1 + 0.2, 1e16, 1e15, 9999999999999998.0, 1e-4, 9.99e-5, 1e-5, 9.9e-6, 1e-7,
    1.5e300, 5e-324, 1e22, 123456789012345680.0, float("nan"), float("inf"), -float("inf"),
    "", "plain", 'quote " slash \\ / line \n tab \t feed \f back \b return \r null \x00 \x1f \x7f',
    "Zo\u00eb \u2603 \U0001f600 \u2028 \ud7ff \uffff", "x" * 5000, "\n" * 300, "a\u00e9" * 40,
    (1, 2), {1}, frozenset(), b"ab\xff", bytearray(b"x"), datetime.datetime(2024, 1, 2, 3, 4, 5),
    datetime.date(2024, 1, 2), Path("/tmp"), 1 + 2j, Opaque(),
    Colour.RED, Level.LOW, Text("sub"),
    [], {}, [[]], [{}], {"": {}}, [None, [True, [1.5, ["deep"]]]],
    {1: 2, 1.5: 1, None: 1, True: 1, (1, 2): 1, Colour.RED: 1, Text("k"): 1, b"k": 1, 2**70: 0},
    {"caf\u00e9 \"key\"\n": {"a/b": 1, "~": 2}}, {"tuple": [(1, "a"), {2}]},
]  # fmt: skip


@action(reads=["values"], writes=["values", "last"])
def next_value(state: State) -> State:
    at = len(state["values"])
    return state.update(values=[*state["values"], VALUES[at]], last={"value": VALUES[at]})


def values(root: Path, **options: Any) -> Application:
    """Has one value more in its state with each step."""
    return build(
        root, [next_value], [("next_value", "next_value")], "next_value", {"values": []}, "values",
        **options,
    )  # fmt: skip


@streaming_action(reads=["prompt"], writes=["answer"])
def answer(state: State) -> Generator[tuple[dict, Optional[State]], None, None]:
    words: list[str] = []
    for word in ["one", "two", "three"]:
        words.append(word)
        yield {"answer": word}, None
    yield {"answer": " ".join(words)}, state.update(answer=" ".join(words))


@action(reads=["answer"], writes=["seen"])
def traced(state: State, __tracer: TracerFactory) -> State:
    with __tracer("outer") as outer:
        outer.log_attributes(tokens=17, nested={"x": [1, 2.5, None, True], "when": (1, 2)})
        with __tracer("inner", span_dependencies=["outer"]):
            with __tracer("innermost \u2603"):
                pass
    __tracer.log_attributes(of_the_step=float("nan"), text="v\n")
    return state.update(seen=len(state["answer"]))


def streaming(root: Path, app_id: str = "streaming", **options: Any) -> Application:
    """Streams an answer, then looks at it in spans."""
    return build(
        root, [answer, traced],
        [("answer", "traced"), ("traced", "answer")],
        "answer", {"prompt": "count"}, app_id, partition_key="ann", **options,
    )  # fmt: skip


@action(reads=["number"], writes=["square"])
def square(state: State) -> State:
    return state.update(square=state["number"] ** 2)


class Squares(MapStates):
    """One child application per number."""

    def action(self, state: State, inputs: dict[str, Any]) -> Callable:
        return square

    def states(
        self, state: State, context: ApplicationContext, inputs: dict[str, Any]
    ) -> Generator[State, None, None]:
        for number in state["numbers"]:
            yield state.update(number=number)

    def reduce(self, state: State, states: Generator[State, None, None]) -> State:
        return state.update(squares=[sub["square"] for sub in states])

    @property
    def reads(self) -> list[str]:
        return ["numbers"]

    @property
    def writes(self) -> list[str]:
        return ["squares"]


def parallel(tracker: SyncTrackingClient) -> Application:
    """Has three children, each with a copy of its tracker."""
    return (
        ApplicationBuilder()
        .with_actions(squares=Squares())
        .with_transitions(("squares", "squares"))
        .with_entrypoint("squares")
        .with_state(numbers=[1, 2, 3])
        .with_identifiers(app_id="parent")
        .with_tracker(tracker)
        .build()
    )
