"""Programs that call step() again and again: other processes may go on between any two."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Burr
from test_python_programs import counting, python, steps
from tracked_programs import PROJECT


@pytest.fixture
def burr(binary: Path, tmp_path: Path) -> Burr:
    """The command on the store that the programs write to."""
    return Burr(binary, tmp_path)


def segments(root: Path, app_id: str) -> list[Path]:
    return sorted((root / PROJECT / app_id).glob("*.burr"))


def test_another_process_goes_on_where_many_quick_steps_have_ended(
    burr: Burr, tmp_path: Path
) -> None:
    app = counting(tmp_path, "quick")
    for _ in range(1_000):
        app.step()
    [segment] = segments(tmp_path, "quick")
    code = """
        import fcntl, sys
        from pathlib import Path
        from test_python_programs import counting
        with open(sys.argv[2], "r+b") as segment:
            fcntl.lockf(segment, fcntl.LOCK_EX)  # waits until the lock is given up
        app = counting(Path(sys.argv[1]), "quick")
        for _ in range(500):
            app.step()
        """
    assert python(code, tmp_path, segment).returncode == 0
    assert segments(tmp_path, "quick") == [segment]
    assert burr("replay", "quick", "--path", "/counter").text == "1500\n"
    # The first goes on from where it was: in a branch of its own.
    for _ in range(500):
        app.step()
    assert app.state["counter"] == 1_500
    assert len(segments(tmp_path, "quick")) == 2
    assert steps(burr, "quick") == [*range(1_500)]
    burr("fsck")


def test_what_a_step_cannot_write_when_it_returns_is_an_error_and_is_written_later(
    burr: Burr, tmp_path: Path
) -> None:
    """Buffered steps are written when the call returns that they belong to."""
    ran = python(
        """
        import resource, signal, sys
        from pathlib import Path
        from test_python_programs import LogError, counting
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        app = counting(Path(sys.argv[1]), "full", durability="buffered")
        app.step()
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))
        try:
            app.step()
        except LogError as error:
            print(error.args[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        while app.state["counter"] < 5:
            app.step()
        """,
        tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "File too large" in ran.stdout
    assert burr("replay", "full", "--path", "/counter").text == "5\n"
    burr("fsck")
