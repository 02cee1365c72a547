"""Programs that nobody would write, tracked by both trackers at once: the same texts."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import random
import uuid
from pathlib import Path
from typing import Any, AsyncGenerator, Generator, Optional

import numpy
import pydantic
import pytest
from burr.core import Application, State, action, default, expr
from burr.core import serde
from burr.core.action import streaming_action
from burr.integrations.serde import pydantic as pydantic_serde  # noqa: F401: registers its types
from burr.visibility import TracerFactory
from conftest import Burr
from test_python_tracker import assert_same
from tracked_programs import VALUES, build


class Model(pydantic.BaseModel):
    name: str
    parts: list[float] = []
    other: Optional["Model"] = None


@dataclasses.dataclass
class Record:
    name: str
    tags: tuple[str, ...] = ()


@dataclasses.dataclass
class Registered:
    """A type that the program told Burr how to write."""

    value: Any


@serde.serialize.register
def _(value: Registered, **kwargs: Any) -> dict:
    return {serde.KEY: "registered", "value": serde.serialize(value.value, **kwargs), 1: {2, 2}}


class Level(enum.Enum):
    LOW = "low"


Point = collections.namedtuple("Point", "x y")


def leaf(chance: random.Random) -> Any:
    kind = chance.randrange(9)
    if kind == 0:
        return chance.choice(VALUES)
    if kind == 1:
        bits = chance.choice([3, 31, 53, 63, 64, 65, 200])
        return chance.getrandbits(bits) * chance.choice([1, -1])
    if kind == 2:
        return chance.uniform(-1, 1) * 10.0 ** chance.randint(-320, 308)
    if kind == 3:
        alphabet = 'ab"\\/\n\x00\x1f\x7f\x80\x9d\u00e9\u2028\ud7ff\uffff\U0001f600'
        return "".join(chance.choices(alphabet, k=int(chance.paretovariate(0.6)) % 600))
    return chance.choice(
        [
            None, True, float("nan"), float("-inf"), -0.0, 2**70, (1, "a"), frozenset({"x"}),
            b"bytes", Point(1, [2]), Level.LOW, decimal.Decimal("1.10"), datetime.timedelta(1, 2),
            uuid.UUID(int=7), numpy.float64(0.1), numpy.int64(3), numpy.arange(3),
            Record("r", ("t",)), Model(name="m", parts=[0.5, 1e20]), range(3), Ellipsis, int,
            collections.OrderedDict(b=1, a=[Record("s")]), collections.defaultdict(list, x=[1]),
            Registered((1, Registered(float("inf")))), Exception("e"), collections.Counter("aab"),
        ]
    )  # fmt: skip


#: Keys as Python has them; some become the same text.
KEYS = ["a", "b", "a/b", "~", "", "\u00e9\n", 1, "1", True, None, 1.5, 2**70, (1, 2), Level.LOW,
        float("nan"), b"k", datetime.date(2024, 1, 2), -1]  # fmt: skip


def value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(3 if depth < 4 else 1)
    if kind == 0:
        return leaf(chance)
    size = chance.choice([0, 1, 2, 5])
    if kind == 1:
        return [value(chance, depth + 1) for _ in range(size)]
    return {chance.choice(KEYS): value(chance, depth + 1) for _ in range(size)}


def change_in_place(chance: random.Random, found: Any) -> None:
    """Changes something somewhere in a value, which the program does not say."""
    while True:
        inner = list(found.values()) if type(found) is dict else list(found)
        inner = [each for each in inner if type(each) in (dict, list)]
        if not inner or chance.random() < 0.4:
            break
        found = chance.choice(inner)
    if type(found) is dict:
        if found and chance.random() < 0.3:
            del found[chance.choice([*found])]
        else:
            found[chance.choice(KEYS)] = value(chance, 3)
    elif found and chance.random() < 0.4:
        found.pop(chance.randrange(len(found)))
    else:
        found.insert(chance.randint(0, len(found)), value(chance, 3))


@action(reads=["seed", "turn"], writes=["turn", "kept", "other"])
def turn(state: State, note: Any = None) -> tuple[dict, State]:
    """Puts, changes and deletes; fails now and then, also in the first step."""
    number = state["turn"]
    chance = random.Random(f"{state['seed']} {number}")
    kept = state["kept"]
    for _ in range(chance.randrange(3)):
        change_in_place(chance, kept)
    if chance.random() < 0.2 or (number == 0 and state["seed"] % 2):
        state["failures"].append(number)
        if len(state["failures"]) < 50 and state["failures"].count(number) < 2:
            raise ValueError(f"turn {number}: \u2603 \"{value(chance, 3)!r}\"[:40]")
    state = state.update(turn=number + 1, kept=kept, other=value(chance))
    extra = chance.choice(["extra", "one more", "other"])
    if chance.random() < 0.3 and extra in state:
        state = state.wipe(delete=[extra]).update(other=value(chance, 2))
    elif chance.random() < 0.5:
        state = state.update(**{extra: value(chance, 2)})
    return {"result": value(chance, 2)}, state


@action(reads=["turn"], writes=["spans"])
def observe(state: State, __tracer: TracerFactory) -> State:
    chance = random.Random(f"{state['seed']} spans {state['turn']}")
    with __tracer("outer") as span:
        span.log_attributes(**{f"at {n}": value(chance, 2) for n in range(3)})
        for _ in range(chance.randrange(3)):
            with __tracer("inner \u2603\n", span_dependencies=["outer"]):
                __tracer.log_attributes(of_step=value(chance, 3))
    return state.update(spans=state.get("spans", 0) + 1)


@streaming_action(reads=["turn"], writes=["streamed"])
def stream(state: State) -> Generator[tuple[dict, Optional[State]], None, None]:
    chance = random.Random(f"{state['seed']} stream {state['turn']}")
    for _ in range(chance.randrange(4)):
        yield {"streamed": value(chance, 3)}, None
    last = value(chance, 3)
    yield {"streamed": last}, state.update(streamed=last)


@streaming_action(reads=["turn"], writes=["streamed"])
async def astream(state: State) -> AsyncGenerator[tuple[dict, Optional[State]], None]:
    chance = random.Random(f"{state['seed']} astream {state['turn']}")
    for _ in range(chance.randrange(4)):
        yield {"streamed": value(chance, 3)}, None
    yield {"streamed": None}, state.update(streamed=value(chance, 3))


def program(root: Path, seed: int, streams: Any, app_id: str) -> Application:
    return build(
        root, [turn, observe, streams.action_function.with_name("stream")],
        [
            ("turn", "observe", expr("turn % 4 == 1")), ("turn", "stream", expr("turn % 4 == 3")),
            ("turn", "turn", default), ("observe", "turn"), ("stream", "turn"),
        ],
        "turn", {"seed": seed, "turn": 0, "kept": {"list": [], "dict": {}}, "failures": []},
        app_id, partition_key=f"part {seed}",
    )  # fmt: skip


@pytest.fixture
def ours(binary: Path, tmp_path: Path) -> Burr:
    return Burr(binary, tmp_path / "ours")


@pytest.mark.parametrize("seed", range(6))
def test_hostile_programs_are_logged_alike(ours: Burr, tmp_path: Path, seed: int) -> None:
    app = program(tmp_path, seed, stream, "hostile")
    chance = random.Random(seed)
    for _ in range(40):
        try:
            if app.get_next_action().name == "stream":
                _, streamed = app.stream_result(halt_after=["stream"])
                list(streamed)
            else:
                app.step(inputs={"note": value(chance, 2)} if chance.random() < 0.5 else {})
        except ValueError:
            pass
    assert_same(ours, tmp_path, "hostile")


async def run_async(app: Application, steps: int) -> None:
    for _ in range(steps):
        try:
            if app.get_next_action().name == "stream":
                _, streamed = await app.astream_result(halt_after=["stream"])
                async for _ in streamed:
                    pass
            else:
                await app.astep()
        except ValueError:
            pass


@pytest.mark.parametrize("seed", [6, 7])
def test_hostile_coroutines_are_logged_alike(ours: Burr, tmp_path: Path, seed: int) -> None:
    asyncio.run(run_async(program(tmp_path, seed, astream, "hostile"), 25))
    assert_same(ours, tmp_path, "hostile")
