"""What a tracker costs a Python program: `tracker_cost.py WHAT TRACKER SIZE COUNT FOLDER`.

WHAT is hooks: calls the two hooks of a step with a state of about SIZE bytes, which changes a
little each time. counts: an application with such a state that counts, tracked and untracked in
turn. steps: the same whose chat is of SIZE bytes and grows. TRACKER is `ours` or `burr`. Prints
{"us": added microseconds per step}.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Optional

from burr.core import Application, ApplicationBuilder, State, action
from burr.tracking import LocalTrackingClient

PROSE = "The quick brown fox jumps over the lazy dog, and says \"so it is\" on line {0}.\n"


def tracker(name: str, folder: str) -> Any:
    """A tracker with its usual settings."""
    if name == "ours":
        from burrlog import LogTrackingClient

        return LogTrackingClient("bench", folder)
    return LocalTrackingClient("bench", folder)


def message(number: int, size: int) -> dict[str, str]:
    """What the user or the assistant says."""
    line = PROSE.format(number)
    text = (line * (size // len(line) + 1))[:size]
    return {"role": "assistant" if number % 2 else "user", "content": text}


@action(reads=["messages"], writes=["messages"])
def turn(state: State) -> State:
    """Adds one message to the conversation."""
    messages = state["messages"]
    return state.update(messages=[*messages, message(len(messages), 500)])


@action(reads=["step"], writes=["step"])
def count(state: State) -> State:
    """Changes a number."""
    return state.update(step=state["step"] + 1)


def application(storage: Optional[Any], app_id: str, **fields: Any) -> Application:
    """A chat or a counter, tracked or not."""
    acts = turn if "messages" in fields else count
    name = acts.__name__
    builder = (
        ApplicationBuilder()
        .with_actions(acts)
        .with_transitions((name, name))
        .with_entrypoint(name)
        .with_state(**fields)
        .with_identifiers(app_id=app_id)
    )
    return (builder.with_tracker(storage) if storage is not None else builder).build()


def texts(size: int) -> dict[str, Any]:
    """Ten keys of about SIZE bytes."""
    return {f"key_{n}": PROSE.format(n)[: size // 11] for n in range(10)}


def state_of(size: int, step: int) -> dict[str, Any]:
    """Ten keys, or the messages of a chat: a step changes a number or adds a message."""
    common = {"__SEQUENCE_ID": step, "__PRIOR_STEP": "turn", "step": step}
    if size < 10_000:
        return {**texts(size), **common}
    count = size // 300 + step
    return {"messages": [message(number, 265) for number in range(count)], **common}


def hooks(name: str, size: int, count: int, folder: str) -> float:
    """Microseconds for the two hooks of a step."""
    recorder = tracker(name, folder)
    app = application(recorder, "hooks", messages=[])
    acts = app.graph.actions[0]
    states = [State(state_of(size, step)) for step in range(count)]
    common = {"app_id": "hooks", "partition_key": None, "action": acts}
    gc.collect()
    gc.freeze()  # the states of later steps are not the tracker's to look through
    times = []
    for step, state in enumerate(states):
        begun = perf_counter()
        recorder.pre_run_step(sequence_id=step, state=state, inputs={}, **common)
        recorder.post_run_step(
            sequence_id=step, state=state, result={}, exception=None, **common
        )
        times.append(perf_counter() - begun)
    return statistics.median(times) * 1e6


def counts(name: str, size: int, count: int, folder: str) -> float:
    """Microseconds that a step of a counter takes longer when it is tracked."""
    return added(name, count, folder, {**texts(size), "step": 0})


def steps(name: str, size: int, count: int, folder: str) -> float:
    """Microseconds that a step of a chat takes longer when it is tracked."""
    messages = [message(number, 500) for number in range(size // 535)]
    return added(name, count, folder, {"messages": messages})


def added(name: str, count: int, folder: str, fields: dict[str, Any]) -> float:
    """Microseconds that step() takes longer when it is tracked."""
    apps = {
        "tracked": application(tracker(name, folder), "steps", **fields),
        "untracked": application(None, "steps", **fields),
    }
    times: dict[str, list[float]] = {kind: [] for kind in apps}
    for number in range(count):
        for kind in sorted(apps, reverse=bool(number % 2)):
            begun = perf_counter()
            apps[kind].step()
            times[kind].append(perf_counter() - begun)
    medians = {kind: statistics.median(figures) for kind, figures in times.items()}
    return (medians["tracked"] - medians["untracked"]) * 1e6


def main(what: str, name: str, size: str, count: str, folder: str) -> None:
    Path(folder).mkdir(exist_ok=True)
    cost = {"hooks": hooks, "counts": counts, "steps": steps}[what]
    measured = cost(name, int(size), int(count), folder)
    print(json.dumps({"us": measured}))


if __name__ == "__main__":
    main(*sys.argv[1:])
