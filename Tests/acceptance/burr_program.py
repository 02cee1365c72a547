"""A program that uses real Burr in every way that its tracking records: `burr_program.py ROOT`.

Each function is one application (or a family of them) in the Burr root that it is given.
"""

from __future__ import annotations

import asyncio
import datetime
import sys
from pathlib import Path
from typing import Any, Callable, Generator, Optional

from burr.core import Application, ApplicationBuilder, ApplicationContext, State, action, default
from burr.core import when
from burr.core.action import streaming_action
from burr.core.parallelism import MapStates
from burr.tracking.client import LocalTrackingClient
from burr.tracking.server.backend import LocalBackend
from burr.tracking.server.schema import AnnotationCreate
from burr.visibility import TracerFactory


@action(reads=["counter"], writes=["counter"])
def increment(state: State, by: int = 1) -> State:
    return state.update(counter=state["counter"] + by)


@action(reads=["counter"], writes=["said"])
def tell(state: State) -> tuple[dict, State]:
    return {"said": f"{state['counter']}"}, state.update(said=f"{state['counter']}")


def counter(root: Path, app_id: str, partition_key: Optional[str] = None, **loading: Any):
    """An application that counts: started anew, resumed or forked, as `loading` says."""
    tracker = LocalTrackingClient("counting", storage_dir=str(root))
    builder = (
        ApplicationBuilder()
        .with_actions(increment, tell)
        .with_transitions(("increment", "tell", when(counter=100)), ("increment", "increment"))
        .with_identifiers(app_id=app_id, partition_key=partition_key)
        .with_tracker(tracker)
    )
    if loading:
        builder = builder.initialize_from(
            tracker, default_state={"counter": 0}, default_entrypoint="increment", **loading
        )
    else:
        builder = builder.with_entrypoint("increment").with_state(counter=0)
    return builder.build()


def step(app: Application, times: int, **inputs: Any) -> None:
    for _ in range(times):
        app.step(inputs=dict(inputs))


def counting(root: Path) -> None:
    step(counter(root, "plain", "ann"), 10)
    step(counter(root, "with-inputs"), 5, by=7)
    counter(root, "empty")
    step(counter(root, "tiny"), 1)


def forks(root: Path) -> None:
    from_plain = {"resume_at_next_action": True, "fork_from_app_id": "plain"}
    step(counter(root, "fork-at-4", "ann", fork_from_sequence_id=4, **from_plain), 3, by=100)
    step(counter(root, "fork-at-0", "ann", fork_from_sequence_id=0, **from_plain), 3, by=50)
    step(counter(root, "fork-at-head", "ann", **from_plain), 2)


def reruns(root: Path) -> None:
    """The same id once more: resumed, it goes on; started anew, its sequence ids restart."""
    step(counter(root, "resumed"), 4)
    step(counter(root, "resumed", resume_at_next_action=True), 4)
    step(counter(root, "restarted"), 6)
    step(counter(root, "restarted"), 4, by=10)
    step(counter(root, "restarted"), 8, by=1000)


def odd_names(root: Path) -> None:
    for app_id in ["with space", "caf\u00e9 \u2603", "100%", "a:b", "~tilde", "-dash", "a.b", "42"]:
        step(counter(root, app_id, f"key of {app_id}/#?"), 3)


@action(reads=["numbers"], writes=["numbers", "mixed"])
def values(state: State) -> State:
    """What Burr's serialisation makes of Python's values."""
    numbers = [*state["numbers"], 2 ** (70 + len(state["numbers"])), 1.0, -0.0, 1e300, 0.1 + 0.2]
    mixed = {
        "nan": float("nan"),
        "infinite": [float("inf"), -float("inf")],
        "bytes": b"ab\xff",
        "tuple": (1, 2),
        "set": {1},
        "when": datetime.datetime(2024, 1, 2, 3, 4, 5),
        "nothing": None,
        "truth": [True, False],
        "text": 'quote " slash \\ line \n tab \t null \x00 del \x7f',
        "people": "Zo\u00eb \u2603 \U0001f600 \u2028",
        "empty": [{}, [], ""],
        "caf\u00e9 \"key\"": {"a/b": 1, "~": 2, "": 3},
        "step": len(numbers),
    }
    return state.update(numbers=numbers, mixed=mixed)


def strange_values(root: Path) -> None:
    app = (
        ApplicationBuilder()
        .with_actions(values)
        .with_transitions(("values", "values"))
        .with_entrypoint("values")
        .with_state(numbers=[], late=None)
        .with_identifiers(app_id="values")
        .with_tracker(LocalTrackingClient("values", storage_dir=str(root)))
        .build()
    )
    step(app, 5)


@action(reads=["history"], writes=["history", "turn"])
def chat_turn(state: State) -> State:
    turn = state["turn"] + 1
    text = f"turn {turn}: " + "".join(chr(97 + (turn * 7 + i * i) % 26) for i in range(280))
    message = {"role": "user" if turn % 2 else "assistant", "content": text}
    return state.update(history=[*state["history"], message], turn=turn)


def chat(root: Path, turns: int = 500) -> None:
    app = (
        ApplicationBuilder()
        .with_actions(chat_turn)
        .with_transitions(("chat_turn", "chat_turn"))
        .with_entrypoint("chat_turn")
        .with_state(history=[], turn=0)
        .with_identifiers(app_id="long-chat", partition_key="ann")
        .with_tracker(LocalTrackingClient("chat", storage_dir=str(root)))
        .build()
    )
    step(app, turns)


@streaming_action(reads=["prompt"], writes=["answer"])
def answer(state: State) -> Generator[tuple[dict, Optional[State]], None, None]:
    words = []
    for word in ["one", "two", "three"]:
        words.append(word)
        yield {"answer": word}, None
    yield {"answer": " ".join(words)}, state.update(answer=" ".join(words))


@action(reads=["answer"], writes=["seen"])
def traced(state: State, __tracer: TracerFactory) -> State:
    with __tracer("outer") as outer:
        outer.log_attributes(tokens=17, nested={"x": [1, 2.5, None, True]})
        with __tracer("inner", span_dependencies=["outer"]):
            with __tracer("innermost \u2603"):
                pass
        with __tracer("second"):
            pass
    __tracer.log_attributes(of_the_step="v")
    return state.update(seen=len(state["answer"]))


@action(reads=["seen"], writes=["failed"])
def boom(state: State) -> State:
    raise ValueError(f"boom \u00e9 {state['seen']}")


def streams_spans_and_failure(root: Path) -> None:
    app = (
        ApplicationBuilder()
        .with_actions(answer, traced, boom)
        .with_transitions(("answer", "traced"), ("traced", "answer", when(seen=0)))
        .with_transitions(("traced", "boom", default))
        .with_entrypoint("answer")
        .with_state(prompt="count")
        .with_identifiers(app_id="failing", partition_key="bob")
        .with_tracker(LocalTrackingClient("events", storage_dir=str(root)))
        .build()
    )
    _, streamed = app.stream_result(halt_after=["answer"])
    for _ in streamed:
        pass
    streamed.get()
    app.step()
    for _ in range(2):  # it fails, and fails again when it is tried again
        try:
            app.step()
        except ValueError:
            pass


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


def parallel(root: Path) -> None:
    """Twice over: the children of the second round have the ids of the first round's."""
    app = (
        ApplicationBuilder()
        .with_actions(squares=Squares())
        .with_transitions(("squares", "squares"))
        .with_entrypoint("squares")
        .with_state(numbers=[1, 2, 3])
        .with_identifiers(app_id="parent")
        .with_tracker(LocalTrackingClient("parallel", storage_dir=str(root)))
        .build()
    )
    step(app, 2)


def annotations(root: Path) -> None:
    """Notes of several people on several applications, as Burr's server keeps them."""
    backend = LocalBackend(str(root))
    for number, app_id in enumerate(["plain", "resumed", "plain", "with space"]):
        note = AnnotationCreate(
            span_id=None,
            step_name="increment",
            tags=["tag \u2603", str(number)],
            observations=[
                {
                    "data_fields": {"note": f"note {number}", "ground_truth": ""},
                    "thumbs_up_thumbs_down": bool(number % 2),
                    "data_pointers": [
                        {"type": "state_field", "field_name": "counter", "span_id": None}
                    ],
                }
            ],
        )
        asyncio.run(backend.create_annotation(note, "counting", "ann", app_id, number))


def main(root: Path) -> None:
    for run in [
        counting, forks, reruns, odd_names, strange_values, chat,
        streams_spans_and_failure, parallel, annotations,
    ]:
        run(root)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
