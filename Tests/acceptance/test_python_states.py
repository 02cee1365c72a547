"""States one after the other: each is recorded as it is, however little of it is written anew."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path
from typing import Any

import pytest
from burr.core import Action, ApplicationBuilder, State, action, serde
from burrlog import LogTrackingClient, _native
from burrlog.values import dump
from conftest import Burr

PROJECT = "states"


@action(reads=[], writes=[])
def act(state: State) -> State:
    return state


class Steps:
    """The hooks of an application's steps, called with states that no program needs to lead to."""

    def __init__(self, root: Path, app_id: str = "app", **options: Any):
        self.root, self.app_id = str(root), app_id
        self.tracker = LogTrackingClient(PROJECT, self.root, on_error="raise", **options)
        app = ApplicationBuilder().with_actions(act).with_entrypoint("act")
        app = app.with_identifiers(app_id=app_id).with_tracker(self.tracker).build()
        self.action: Action = app.graph.actions[0]

    def step(self, number: int, fields: dict) -> bytes:
        """Records a step and gives the text of the state it left, written from nothing."""
        state = State(fields)
        common = {"app_id": self.app_id, "partition_key": None, "action": self.action}
        self.tracker.pre_run_step(state=state, inputs={}, sequence_id=number, **common)
        self.tracker.post_run_step(
            state=state, result={}, exception=None, sequence_id=number, **common
        )
        return _native.encode(fields, serde.serialize, dump)

    def recorded(self, number: int) -> bytes:
        return _native.state(self.root, PROJECT, self.app_id, number)[0]


def fresh(found: Any) -> Any:
    """An equal string that is another object; anything else as it is."""
    return "".join([found[:1], found[1:]]) if type(found) is str else found


SCALARS = [0, 1, -1, 255, 2**63, 2**64, 2**200, True, False, None, 0.0, -0.0, 1.0, 1e300, 5e-324,
           float("nan"), float("inf"), "", "a", "1", "\u00e9", "\n\"\\", "\ud800", "\udc00x",
           "\U0001f600", "x" * 60, "x" * 61, "x" * 62, "x" * 63, "x" * 64, "y" * 64,
           "x" * 5000, "z" * 5000]  # fmt: skip


def value(chance: random.Random, scalars: bool) -> Any:
    found = chance.choice(SCALARS)
    if chance.random() < 0.5:
        found = fresh(found)
    if scalars or chance.random() < 0.7:
        return found
    return chance.choice([[found], {"a": found, 1: found}, (found,), [], {}, {found}, b"bytes"])


def change(chance: random.Random, fields: dict, scalars: bool) -> dict:
    """The next state: most often with the same keys, a few of them changed."""
    kind = chance.random()
    if kind < 0.04:
        items = [*fields.items()]
        chance.shuffle(items)
        return dict(items)
    if kind < 0.08 and fields:
        fields = dict(fields)
        del fields[chance.choice([*fields])]
        return fields
    if kind < 0.14:
        key = chance.choice(["new", "\u00e9", "", "__x", "\ud800", "k" * 70, "new\n"])
        return {**fields, key: value(chance, scalars)}
    if kind < 0.16 and not scalars:
        return {**fields, 1: "number", "1": "text"}
    if kind < 0.2:
        return {fresh(key): value(chance, scalars) for key in fields}
    if kind < 0.4:
        return {fresh(key): fresh(found) for key, found in fields.items()}
    changed = chance.sample([*fields], min(len(fields), chance.choice([0, 1, 1, 2, 3, 9, 12])))
    return {**fields, **{key: value(chance, scalars) for key in changed}}


@pytest.mark.parametrize("scalars", [True, False], ids=["scalars", "anything"])
@pytest.mark.parametrize("seed", range(4))
def test_every_state_is_recorded_as_it_is(tmp_path: Path, seed: int, scalars: bool) -> None:
    chance = random.Random(f"{seed} {scalars}")
    steps = Steps(tmp_path)
    fields: dict = {f"key {n}": value(chance, scalars) for n in range(12)}
    texts = []
    for number in range(400):
        texts.append(steps.step(number, fields))
        fields = change(chance, fields, scalars)
    steps.tracker.close()
    for number, text in enumerate(texts):
        assert steps.recorded(number) == text, f"step {number}"


def test_values_changed_in_place_are_noticed(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    fields: dict = {"n": 0, "list": [1], "dict": {"a": [{}]}, "text": "same"}
    texts = []
    for number in range(30):
        if number % 3 == 1:
            fields["list"].append(number)
        if number % 3 == 2:
            fields["dict"]["a"][0][str(number)] = [number]
        if number % 5 == 4:
            fields["n"] = number
        texts.append(steps.step(number, fields))
    assert [steps.recorded(number) for number in range(30)] == texts


def test_a_state_that_could_not_be_recorded_is_not_what_the_next_is_built_on(
    tmp_path: Path,
) -> None:
    class Odd:
        """Has no text the second time."""

        times = 0

        def __str__(self) -> str:
            self.times += 1
            if self.times == 2:
                raise KeyError("no text")
            return f"odd {self.times}"

    steps = Steps(tmp_path)
    odd = Odd()
    steps.tracker.on_error = "ignore"
    steps.step(0, {"a": 1, "odd": "text", "b": 2})
    state = {"a": 5, "odd": odd, "b": 3}
    common = {"app_id": "app", "partition_key": None, "action": steps.action, "state": State(state)}
    for number in (1, 2, 3):
        steps.tracker.post_run_step(result={}, exception=None, sequence_id=number, **common)
    last = steps.step(4, {"a": 5, "odd": "text", "b": 4})
    assert steps.recorded(4) == last
    for number in (1, 2, 3):
        assert steps.recorded(number).startswith(b'{"a":5,"odd":')
        assert steps.recorded(number).endswith(b',"b":3}')


def test_threads_that_end_steps_of_one_application_at_once_record_their_own_states(
    binary: Path, tmp_path: Path
) -> None:
    steps = Steps(tmp_path)
    count, workers = 300, 4
    begin = threading.Barrier(workers)

    def fields(number: int) -> dict:
        worker = number % workers
        return {"number": number, "text": f"of {worker}", "same": "x" * 3000, "worker": worker}

    def work(worker: int) -> None:
        begin.wait()
        for number in range(worker, count * workers, workers):
            steps.step(number, fields(number))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = Burr(binary, tmp_path)("export", "app").rows
    ended = [line for line in lines if line["type"] == "end_entry"]
    assert sorted(line["sequence_id"] for line in ended) == list(range(count * workers))
    assert [line for line in ended if line["state"] != fields(line["sequence_id"])] == []


def test_a_forked_child_goes_on_from_the_state_that_both_know(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    fields = {"who": "parent", "n": 0, "text": "x" * 200}
    steps.step(0, fields)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            steps.step(1, {**fields, "who": "child", "n": 1})
            steps.step(2, {**fields, "who": "child", "n": 2})
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status == 0
    ours = steps.step(1, {**fields, "n": 10})
    branches = {
        steps.recorded(1),
        _native.encode({**fields, "who": "child", "n": 1}, serde.serialize, dump),
        ours,
    }
    assert len(branches) == 2, "step 1 is that of one of them"
    assert steps.recorded(2) == _native.encode(
        {**fields, "who": "child", "n": 2}, serde.serialize, dump
    )


def test_trackers_closed_in_between_go_on(tmp_path: Path) -> None:
    steps = Steps(tmp_path)
    texts = []
    for number in range(20):
        texts.append(steps.step(number, {"n": number, "text": "same", "last": number % 4 == 3}))
        if number % 4 == 3:
            steps.tracker.close()
    assert [steps.recorded(number) for number in range(20)] == texts


def test_applications_of_one_tracker_are_not_mixed(tmp_path: Path) -> None:
    steps = Steps(tmp_path, "first")
    app = ApplicationBuilder().with_actions(act).with_entrypoint("act")
    app.with_identifiers(app_id="second").with_tracker(steps.tracker).build()
    texts: dict[tuple[str, int], bytes] = {}
    for number in range(20):
        for app_id in ("first", "second"):
            steps.app_id = app_id
            texts[app_id, number] = steps.step(number, {"app": app_id, "n": number % 3})
    for (app_id, number), text in texts.items():
        steps.app_id = app_id
        assert steps.recorded(number) == text
