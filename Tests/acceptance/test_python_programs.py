"""Real programs: workers, threads, forks, pickling, coroutines, and those that never clean up."""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest
from burr.core import Application, ApplicationBuilder, State, action
from burr.tracking.client import LocalTrackingClient
from burrlog import LogError, LogTrackingClient
from conftest import REPO, Burr
from tracked_programs import PROJECT, TIMES, boom, build, increment, traced, trackers

HERE = Path(__file__).parent


@pytest.fixture
def burr(binary: Path, tmp_path: Path) -> Burr:
    """The command on the store that the programs write to."""
    return Burr(binary, tmp_path)


def counting(root: Path, app_id: str, **options: Any) -> Application:
    """An application as a web request builds it: new, or where the last request left it."""
    tracker = LogTrackingClient(PROJECT, str(root), **{"on_error": "raise", **options})
    return (
        ApplicationBuilder()
        .with_actions(increment)
        .with_transitions(("increment", "increment"))
        .with_identifiers(app_id=app_id)
        .with_tracker(tracker)
        .initialize_from(
            tracker, resume_at_next_action=True, default_state={"counter": 0},
            default_entrypoint="increment",
        )
        .build()
    )  # fmt: skip


def python(code: str, *arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own, which finds what these tests find."""
    path = os.pathsep.join([str(HERE), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120, **more,
    )  # fmt: skip


def steps(burr: Burr, app_id: str) -> list[int]:
    return [row["step"] for row in burr("log", app_id, "--format", "jsonl").rows]


def branches(root: Path, app_id: str) -> int:
    files = (root / PROJECT / app_id).glob("*.burr")
    return len({file.name.split(".")[0] for file in files})


def steps_by_branch(folder: Path) -> list[int]:
    """How many steps each branch has of its own, as the independent reader sees it."""
    counts = []
    for file in folder.glob("*.000000.burr"):
        read = [sys.executable, REPO / "Tools/readlog.py", folder, "--list", "--branch"]
        ran = subprocess.run([*read, file.name[:32]], capture_output=True, text=True, check=True)
        counts.append(ran.stdout.count("STEP_END"))
    return counts


def request(root: Path, app_id: str) -> int:
    app = counting(root, app_id)
    app.run(halt_after=["increment"])
    return app.state["counter"]


def test_requests_of_one_conversation_share_a_log(burr: Burr, tmp_path: Path) -> None:
    """Four workers take twelve requests in turn; each builds the application anew."""
    context = multiprocessing.get_context("spawn")
    pools = [context.Pool(1) for _ in range(4)]
    try:
        counted = [
            pools[number % 4].apply(request, (tmp_path, "conversation")) for number in range(12)
        ]
    finally:
        for pool in pools:
            pool.terminate()
    assert counted == [*range(1, 13)]
    assert steps(burr, "conversation") == [*range(12)]
    assert branches(tmp_path, "conversation") == 1


def test_workers_at_once_lose_nothing(burr: Burr, tmp_path: Path) -> None:
    """Conversations of their own, and one that all four race for."""
    context = multiprocessing.get_context("spawn")
    jobs = [(tmp_path, f"own-{number % 8}") for number in range(24)]
    with context.Pool(4) as pool:
        pool.starmap(request, jobs, chunksize=1)
        pool.starmap(request, [(tmp_path, "raced")] * 12, chunksize=1)
    # How many went on from one another is the system's to say; each step is on some branch.
    assert sum(steps_by_branch(tmp_path / PROJECT / "raced")) == 12
    for number in range(8):
        assert steps(burr, f"own-{number}") == [*range(len(steps(burr, f"own-{number}")))]
    burr("fsck")


def test_threads_share_a_tracker(burr: Burr, tmp_path: Path) -> None:
    tracker = LogTrackingClient(PROJECT, str(tmp_path), on_error="raise")
    failures: list[Exception] = []

    def work(app_id: str) -> None:
        try:
            app = (
                ApplicationBuilder()
                .with_actions(increment)
                .with_transitions(("increment", "increment"))
                .with_entrypoint("increment")
                .with_state(counter=0, padding="x" * 10_000)
                .with_identifiers(app_id=app_id)
                .with_tracker(tracker)
                .build()
            )
            for _ in range(50):
                app.step()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"thread-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number in range(6):
        assert steps(burr, f"thread-{number}") == [*range(50)]
        assert tracker.load(None, f"thread-{number}")["state"]["counter"] == 50


def test_other_threads_run_while_a_step_is_written(tmp_path: Path) -> None:
    """Nobody is interrupted here: others get on only where the interpreter is given up."""
    app = counting(tmp_path, "waiting", durability="every_step")
    order: list[str] = []
    go = threading.Event()

    def other() -> None:
        go.wait()
        order.append("other thread")

    thread = threading.Thread(target=other)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        go.set()
        # However many it takes until the system lets the other one go on.
        for _ in range(20_000):
            app.step()
            if order:
                break
        order.append("steps")
    finally:
        sys.setswitchinterval(interval)
    thread.join()
    assert order == ["other thread", "steps"]


def test_a_forked_child_goes_on_beside_its_parent(burr: Burr, tmp_path: Path) -> None:
    app = counting(tmp_path, "forked")
    for _ in range(3):
        app.step()
    child = os.fork()
    if child == 0:
        try:
            for _ in range(4):
                app.step(inputs={"by": 100})
            os._exit(0)
        except BaseException:
            os._exit(1)
    for _ in range(2):
        app.step()
    assert os.waitpid(child, 0)[1] == 0
    app.step()
    assert app.state["counter"] == 6
    heads = set()
    for file in (tmp_path / PROJECT / "forked").glob("*.000000.burr"):
        ref = f"head@{file.name[:32]}"
        heads.add(burr("replay", "forked", "--step", ref, "--path", "/counter").text.strip())
    assert heads == {"6", "403"}
    burr("fsck")


def pickled(app_id: str, tracker: LogTrackingClient) -> int:
    app = (
        ApplicationBuilder()
        .with_actions(increment)
        .with_transitions(("increment", "increment"))
        .with_entrypoint("increment")
        .with_state(counter=0)
        .with_identifiers(app_id=app_id)
        .with_tracker(tracker)
        .build()
    )
    for _ in range(3):
        app.step()
    return app.state["counter"]


def test_a_tracker_is_pickled_to_another_process(burr: Burr, tmp_path: Path) -> None:
    tracker = LogTrackingClient(PROJECT, str(tmp_path), on_error="raise", redact=["secret"])
    pickled("here", tracker)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(pickled, ("there", tracker)) == 3
    assert steps(burr, "there") == steps(burr, "here") == [0, 1, 2]
    # Hooks work also where the application was created elsewhere, as with Ray.
    again = pickle.loads(pickle.dumps(tracker))
    again.pre_run_step(
        state=State({"counter": 3}), action=increment.action_function.with_name("increment"),
        inputs={}, sequence_id=3, app_id="here", partition_key=None,
    )  # fmt: skip
    again.close()
    assert steps(burr, "here")[-1] == 3


def chain(tracker: LogTrackingClient) -> Application:
    """An application whose action leads to the tracker, which knows the action."""

    @action(reads=[], writes=["errors"])
    def look(state: State) -> State:
        return state.update(errors=tracker.errors)

    builder = ApplicationBuilder().with_actions(look).with_transitions(("look", "look"))
    return builder.with_entrypoint("look").with_tracker(tracker).build()


def test_a_tracker_that_its_own_actions_lead_to_is_collected(tmp_path: Path) -> None:
    tracker = LogTrackingClient("demo", tmp_path, on_error="raise")
    app = chain(tracker)
    for _ in range(3):
        app.step()
    found = weakref.ref(tracker)
    del tracker, app
    gc.collect()
    assert found() is None


def test_a_copy_has_the_same_settings(tmp_path: Path) -> None:
    tracker = LogTrackingClient(
        PROJECT, str(tmp_path), {"pandas_kwargs": {}}, durability="os", on_error="ignore",
        redact=["a"],
    )  # fmt: skip
    copy = tracker.copy()
    assert type(copy) is LogTrackingClient and copy is not tracker
    for name in ["project_id", "storage_dir", "serde_kwargs", "durability", "on_error", "redact"]:
        assert getattr(copy, name) == getattr(tracker, name)


def test_coroutines_are_tracked(burr: Burr, tmp_path: Path) -> None:
    @action(reads=["counter"], writes=["counter"])
    async def wait(state: State) -> State:
        await asyncio.to_thread(int)
        return state.update(counter=state["counter"] + 1)

    async def run(app_id: str) -> None:
        app = build(
            tmp_path / app_id, [wait], [("wait", "wait")], "wait", {"counter": 0}, app_id
        )
        for _ in range(5):
            await app.astep()

    async def all_of_them() -> None:
        await asyncio.gather(*(run(f"async-{number}") for number in range(3)))

    asyncio.run(all_of_them())
    for number in range(3):
        app_id = f"async-{number}"
        ours = Burr(burr.binary, tmp_path / app_id / "ours")
        assert steps(ours, app_id) == [*range(5)]
        assert ours("replay", app_id, "--path", "/counter").text == "5\n"


def test_spans_of_opentelemetry_are_recorded_as_burr_does(binary: Path, tmp_path: Path) -> None:
    for tracker in trackers(tmp_path):
        app = (
            ApplicationBuilder()
            .with_actions(traced)
            .with_entrypoint("traced")
            .with_transitions(("traced", "traced"))
            .with_state(answer="x")
            .with_identifiers(app_id="spans")
            .with_tracker(tracker, use_otel_tracing=True)
            .build()
        )
        app.step()
    mine = Burr(binary, tmp_path / "ours")("export", "spans").out
    theirs = (tmp_path / "burr" / PROJECT / "spans/log.jsonl").read_bytes()
    assert TIMES.sub(b"", mine) == TIMES.sub(b"", theirs)
    names = [row.get("span_name") for row in map(json.loads, mine.splitlines())]
    assert {"outer", "inner", "innermost \u2603"} <= set(names)


#: How a program may end, and the code that its parent sees.
ENDINGS = {
    "pass": 0,
    "raise SystemExit(3)": 3,
    "os._exit(0)": 0,
    "os.kill(os.getpid(), signal.SIGKILL)": -signal.SIGKILL,
}


def ended(root: Path, durability: str, ending: str) -> None:
    """A program that ends in the midst of an execute call, after seven steps."""
    ran = python(
        f"""
        import os, signal, sys
        from pathlib import Path
        from test_python_programs import counting
        app = counting(Path(sys.argv[1]), "ended", durability="{durability}")
        for _, _, state in app.iterate(halt_after=[]):
            if state["counter"] == 7:
                break
        {ending}
        """,
        root,
    )
    assert ran.returncode == ENDINGS[ending], ran.stderr
    assert not ran.stderr


@pytest.mark.parametrize(
    "durability, ending",
    [*(("interval", ending) for ending in ENDINGS), ("os", [*ENDINGS][-1]),
     ("every_step", "os._exit(0)")],
)  # fmt: skip
def test_a_program_that_just_ends_loses_nothing(
    burr: Burr, tmp_path: Path, durability: str, ending: str
) -> None:
    ended(tmp_path, durability, ending)
    assert burr("replay", "ended", "--step", "6", "--path", "/counter").text == "7\n"
    assert request(tmp_path, "ended") == 8


@pytest.mark.parametrize("ending", ["pass", "os._exit(0)"])
def test_buffered_steps_are_written_by_an_exit_and_else_the_last_may_be_missing(
    burr: Burr, tmp_path: Path, ending: str
) -> None:
    ended(tmp_path, "buffered", ending)
    kept = len(steps(burr, "ended")) if burr("ls", "--format", "jsonl").rows else 0
    assert kept == 7 or ending.startswith("os.")
    assert steps(burr, "ended") == [*range(kept)]
    assert request(tmp_path, "ended") == kept + 1
    burr("fsck")


def test_an_actions_exception_stays_its_own(tmp_path: Path) -> None:
    """Tracking fails, the action fails: the program sees only what the action raised."""
    (tmp_path / "store").write_text("a file where the store should be")
    tracker = LogTrackingClient(PROJECT, str(tmp_path / "store"))
    app = (
        ApplicationBuilder()
        .with_actions(boom)
        .with_entrypoint("boom")
        .with_state(counter=1)
        .with_tracker(tracker)
        .build()
    )
    with pytest.raises(ValueError, match="boom \u00e9 1"):
        app.step()
    assert tracker.errors >= 2


@pytest.mark.parametrize("on_error", ["warn", "ignore", "raise"])
def test_errors_go_where_the_program_wants_them(
    tmp_path: Path, on_error: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "store").write_text("a file where the store should be")
    builder = (
        ApplicationBuilder()
        .with_actions(increment)
        .with_transitions(("increment", "increment"))
        .with_entrypoint("increment")
        .with_state(counter=0)
        .with_tracker(LogTrackingClient(PROJECT, str(tmp_path / "store"), on_error=on_error))
    )
    if on_error == "raise":
        with pytest.raises(LogError, match="store"):
            builder.build()
        return
    app = builder.build()
    for _ in range(5):
        app.step()
    assert app.state["counter"] == 5
    warned = [record for record in caplog.records if record.name == "burrlog"]
    assert len(warned) == (1 if on_error == "warn" else 0)


@pytest.mark.parametrize("on_error", ["raise", "warn"])
def test_a_disk_that_fills_up_in_the_midst_of_a_run(
    burr: Burr, tmp_path: Path, on_error: str
) -> None:
    """Steps fail to be written after others were, and are written again when there is room."""
    ran = python(
        """
        import resource, signal, sys
        from pathlib import Path
        from test_python_programs import LogError, counting
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        app = counting(Path(sys.argv[1]), "full", on_error=sys.argv[2])
        for _ in range(3):
            app.step()
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))
        raised = 0
        for _ in range(4):
            try:
                app.step()
            except LogError:
                raised += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        [tracker] = [each for each in app._adapter_set.adapters if hasattr(each, "errors")]
        assert tracker.errors > 0 and (raised > 0) == (sys.argv[2] == "raise"), raised
        while app.state["counter"] < 10:
            app.step()
        """,
        tmp_path, on_error,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count("could not be recorded") == (on_error == "warn")
    kept = steps(burr, "full")
    assert kept[:3] == [0, 1, 2] and kept == sorted(kept) and not {3, 4, 5} & {*kept}
    assert burr("replay", "full", "--path", "/counter").text == "10\n"


def test_a_value_that_fails_to_be_written_does_not_hide_the_others(
    burr: Burr, tmp_path: Path
) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    @action(reads=[], writes=["bad", "good"])
    def put(state: State) -> State:
        return state.update(bad=Broken(), good=state["good"] + 1)

    tracker = LogTrackingClient(PROJECT, str(tmp_path), on_error="ignore")
    app = (
        ApplicationBuilder()
        .with_actions(put)
        .with_entrypoint("put")
        .with_state(good=1)
        .with_identifiers(app_id="broken")
        .with_tracker(tracker)
        .build()
    )
    app.step()
    state = burr("replay", "broken", "--format", "json").json
    assert state["good"] == 2
    assert state["bad"]["__burr_unserializable__"].endswith("Broken")
    assert state["bad"]["error"] == "RuntimeError: no text"
    assert tracker.errors == 1


def test_what_is_redacted_is_nowhere_in_the_store(burr: Burr, tmp_path: Path) -> None:
    @action(reads=[], writes=["user", "token"])
    def login(state: State, password: str) -> tuple[dict, State]:
        return {"token": "s3cret"}, state.update(
            user={"name": "ann", "password": password}, token="s3cret", list=[{"password": "s"}]
        )

    app = (
        ApplicationBuilder()
        .with_actions(login)
        .with_entrypoint("login")
        .with_state(token="s3cret")
        .with_identifiers(app_id="redacted")
        .with_tracker(
            LogTrackingClient(
                PROJECT, str(tmp_path), redact=["password", "token"], on_error="raise"
            )
        )
        .build()
    )
    app.step(inputs={"password": "s3cret"})
    app = None
    assert burr("replay", "redacted", "--path", "/user").json == {
        "name": "ann", "password": "[redacted]"
    }  # fmt: skip
    assert "s3cret" not in burr("export", "redacted").text


def test_a_function_redacts(burr: Burr, tmp_path: Path) -> None:
    def hide(path: tuple, value: Any) -> Any:
        return "*" * len(value) if path[-1] == "pin" else value

    tracker = LogTrackingClient(PROJECT, str(tmp_path), redact=hide, on_error="raise")
    app = (
        ApplicationBuilder()
        .with_actions(increment)
        .with_entrypoint("increment")
        .with_state(counter=0, cards=[{"pin": "1234"}])
        .with_identifiers(app_id="pins")
        .with_tracker(tracker)
        .build()
    )
    app.step()
    assert burr("replay", "pins", "--path", "/cards").json == [{"pin": "****"}]


@pytest.mark.parametrize("options", [{"durability": "never"}, {"on_error": "shout"}])
def test_options_are_checked(tmp_path: Path, options: dict) -> None:
    with pytest.raises(ValueError, match="is one of"):
        LogTrackingClient(PROJECT, str(tmp_path), **options)


@pytest.mark.parametrize("name", ["my project", "a.b", "", "a/b", "caf\u00e9", "ok_-:1"])
def test_project_names_are_those_of_burr(tmp_path: Path, name: str) -> None:
    made = []
    for kind in (LogTrackingClient, LocalTrackingClient):
        try:
            made.append(kind(name, str(tmp_path)).project_id)
        except ValueError:
            made.append(None)
    assert made[0] == made[1]


@pytest.mark.parametrize("durability", ["interval", "every_step", "os", "buffered"])
def test_every_durability_records_every_step(
    burr: Burr, tmp_path: Path, durability: str
) -> None:
    app = counting(tmp_path, "durable", durability=durability)
    for _ in range(20):
        app.step()
    del app
    ran = python("import sys; from test_python_programs import *; request(Path(sys.argv[1]), 'x')",
                 tmp_path)
    assert ran.returncode == 0, ran.stderr
    app = counting(tmp_path, "durable")
    assert app.state["counter"] == 20


def test_the_environment_names_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURR_PATH", str(tmp_path / "there"))
    assert LogTrackingClient(PROJECT).storage_dir == str(tmp_path / "there" / PROJECT)
    assert LogTrackingClient(PROJECT, str(tmp_path)).storage_dir == str(tmp_path / PROJECT)


def test_the_example_runs_as_it_stands(burr: Burr, tmp_path: Path) -> None:
    """And so does every command that it tells its reader."""
    example = Path(__file__).parents[2] / "Tools/python/examples/agent.py"
    ran = subprocess.run(
        [sys.executable, example, tmp_path], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert "Its fork answered: capital of France: Paris" in ran.stdout
    told = [line for line in ran.stdout.splitlines() if line.startswith("    burr ")]
    commands = [line.split()[1:] for line in told]
    assert len(commands) == 6 and commands.pop() == ["--store", str(tmp_path)]  # the server
    for command in commands:
        assert burr(*command).out
