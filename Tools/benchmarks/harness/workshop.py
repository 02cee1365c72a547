"""Where things are built, and how the programs are run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from harness.logs import Logs
from harness.programs import Failure, run, say

REPOSITORY = Path(__file__).resolve().parents[3]
PARTS = REPOSITORY / "Tools" / "benchmarks"
BUILT = REPOSITORY / ".build" / "bench"
VENV = Path(os.environ.get("BURR_VENV", REPOSITORY / ".build" / "venv"))


def setup(function: str, *words: str) -> None:
    """Calls a function of Tools/setup.sh, which installs what is missing."""
    script = f'source "$1/Tools/setup.sh"; shift; {function} "$@"'
    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail; " + script, "bash", str(REPOSITORY), *words],
        stdout=sys.stderr,
    )
    if done.returncode != 0:
        raise Failure(f"could not install {' '.join(words)}")


class Workshop:
    """The built programs and a folder for the data of one run."""

    def __init__(self, folder: str | None, quick: bool, rounds: int | None) -> None:
        self.quick = quick
        self.rounds = rounds or (1 if quick else 5)
        self.data = Path(tempfile.mkdtemp(prefix="burr-bench-", dir=folder))
        self._made: dict[str, Path] = {}
        self.logs = Logs(self)
        BUILT.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Removes the data."""
        shutil.rmtree(self.data, ignore_errors=True)

    def pick(self, full: int, quick: int) -> int:
        """An amount for this kind of run."""
        return quick if self.quick else full

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """An empty folder, gone afterwards: its pages are never written back to the disk."""
        path = Path(tempfile.mkdtemp(dir=self.data))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    # ------------------------------------------------ what is built or installed once

    def c_program(self, name: str, *libraries: str) -> Path:
        """One of the programs in `c`, compiled when its sources are newer."""
        target = BUILT / name
        sources = [PARTS / "c" / f"{name}.c", *(PARTS / "c").glob("*.h")]
        newest = max(source.stat().st_mtime for source in sources)
        if not target.exists() or target.stat().st_mtime < newest:
            flags = ["-std=c17", "-D_GNU_SOURCE", "-O3", "-march=native", "-Wall", "-Wextra"]
            run("gcc", *flags, "-o", target, sources[0], *libraries)
        return target

    def swift_program(self, product: str) -> Path:
        """A product of the package, built for release, every time anew if need be."""
        if product not in self._made:
            say(f"building {product} ...")
            build = ["swift", "build", "--package-path", REPOSITORY, "-c", "release"]
            run(*build, "--product", product)
            self._made[product] = Path(run(*build, "--show-bin-path").strip()) / product
        return self._made[product]

    def need(self, program: str, package: str) -> str:
        """A program of the system, installed when it is missing."""
        if shutil.which(program) is None:
            setup("install_packages", package)
        if (found := shutil.which(program)) is None:
            raise Failure(f"{program} is missing and {package} did not bring it")
        return found

    def need_header(self, header: str, package: str) -> None:
        """A C header of the system, installed when it is missing."""
        places = ("/usr/include", "/usr/local/include")
        if not any(Path(place, header).exists() for place in places):
            setup("install_packages", package)

    def python(self) -> Path:
        """A Python that has real Burr."""
        setup("need_python", "apache-burr[tracking]==0.43.0")
        return VENV / "bin" / "python"

    def python_package(self) -> Path:
        """A folder with the package `burrlog`, as its wheel has it."""
        target = BUILT / "python"
        pip = [self.python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        where = ["--no-deps", "--upgrade", "--target", target]
        run(*pip, *where, REPOSITORY / "Tools" / "python")
        return target

    def part(self, *names: str) -> Path:
        """A file of this folder."""
        return PARTS.joinpath(*names)

    # ------------------------------------------------ what is run

    def text(self) -> Path:
        """Four megabytes of prose: what records are filled with."""
        path = self.data / "prose.txt"
        if not path.exists():
            run(self.c_program("generate", "-lm"), "text", 4_000_000, path)
        return path

    def ours(self, *words: object) -> dict:
        """Runs burr-bench; its answer is one JSON object."""
        return json.loads(run(self.swift_program("burr-bench"), *words))

    def burr(self, *words: object) -> str:
        """Runs the burr of this build."""
        return run(self.swift_program("burr"), *words)

    def peer(self, script: str, *words: object, **options: object) -> dict:
        """Runs a script in `peers` under the Python that has real Burr."""
        return json.loads(run(self.python(), PARTS / "peers" / script, *words, **options))
