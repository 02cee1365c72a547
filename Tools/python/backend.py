# SPDX-License-Identifier: Apache-2.0
"""How pip builds the package: the Swift library, the C extension over it, and a wheel of both.

The extension keeps to Python's stable interface, so one wheel serves Python 3.9 and later. Needs
Swift, a C compiler and Python's headers; whoever installs the wheel needs none of them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sysconfig
import tempfile
import zipfile
from pathlib import Path
from typing import Dict, List, Optional

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]

Settings = Optional[Dict[str, str]]


class BuildError(RuntimeError):
    """The package cannot be built here; says why and what to do."""


# ------------------------------------------------ what pip calls


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None
) -> str:
    """Builds a wheel and returns its file name."""
    with tempfile.TemporaryDirectory() as folder:
        binaries = _binaries(Path(folder))
        return _write_wheel(Path(wheel_directory), binaries)


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: Settings = None
) -> str:
    """Writes what the wheel will say of itself, without building it."""
    project = _project()
    info = f"{project['name']}-{project['version']}.dist-info"
    folder = Path(metadata_directory) / info
    folder.mkdir()
    (folder / "METADATA").write_text(_metadata(project), encoding="utf-8")
    return info


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Refused: the Swift sources are those of the whole repository."""
    raise BuildError("burrlog is built from its repository: pip install ./Tools/python")


# ------------------------------------------------ the binaries


def _binaries(folder: Path) -> List[Path]:
    """The shared libraries of the package, in a folder."""
    library = _swift_library(folder)
    return [_extension(folder, library), library, *_bundled(library, folder)]


def _run(*command: object, cwd: Path = HERE) -> str:
    name = str(command[0])
    try:
        ran = subprocess.run(
            [str(part) for part in command], cwd=cwd, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except FileNotFoundError:
        raise BuildError(f"{name} is needed to build burrlog, and is not on the PATH") from None
    if ran.returncode != 0:
        raise BuildError(f"{' '.join(map(str, command))} failed:\n{ran.stdout}")
    return ran.stdout


def _swift_library(folder: Path) -> Path:
    if not (REPO / "Package.swift").exists():
        raise BuildError(
            f"there is no Package.swift in {REPO}: burrlog is built inside its repository, with "
            "pip 21.3 or later"
        )
    build = ("swift", "build", "-c", "release", "--product", "BurrC")
    _run(*build, cwd=REPO)
    built = Path(_run(*build[:4], "--show-bin-path", cwd=REPO).strip()) / "libBurrC.so"
    target = folder / built.name
    shutil.copy2(built, target)
    if shutil.which("strip"):
        _run("strip", "--strip-unneeded", target)
    return target


def _extension(folder: Path, library: Path) -> Path:
    headers = Path(sysconfig.get_paths()["include"])
    if not (headers / "Python.h").exists():
        raise BuildError(f"Python's headers are not in {headers}: install python3-dev")
    compiler = next((name for name in ("clang", "cc", "gcc") if shutil.which(name)), "cc")
    target = folder / "_native.abi3.so"
    _run(
        compiler, "-std=c17", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared",
        "-fvisibility=hidden", f"-I{headers}", f"-I{REPO / 'Sources/BurrC/include'}",
        *sorted((HERE / "native").glob("*.c")), f"-L{library.parent}", "-lBurrC",
        "-Wl,-rpath,$ORIGIN", "-Wl,--strip-debug", "-o", target,
    )  # fmt: skip
    return target


def _bundled(library: Path, folder: Path) -> List[Path]:
    """Copies of the libraries that not every Linux has."""
    found = re.search(r"(liblz4\.so\S*) => (/\S+)", _run("ldd", library))
    if found is None:
        return []
    target = folder / found.group(1)
    shutil.copy(os.path.realpath(found.group(2)), target)
    return [target]


def _platform(binaries: List[Path]) -> str:
    """The tag of the systems that these run on: the C library must be as new as what they use."""
    minors = [
        int(minor)
        for binary in binaries
        for minor in re.findall(rb"GLIBC_2\.(\d+)", binary.read_bytes())
    ]
    return f"manylinux_2_{max(minors)}_{platform.machine()}"


# ------------------------------------------------ the wheel


def _project() -> Dict[str, str]:
    """The single-line strings of pyproject.toml, whose reader came with Python 3.11."""
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    return dict(re.findall(r'^([\w-]+) = "([^"]*)"$', text, re.MULTILINE))


def _metadata(project: Dict[str, str]) -> str:
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        "License: Apache-2.0",
        f"Requires-Python: {project['requires-python']}",
        *(f"Classifier: {name}" for name in _list(text, "classifiers")),
        *(f"Requires-Dist: {name}" for name in _list(text, "dependencies")),
        "Description-Content-Type: text/markdown",
    ]
    readme = (HERE / project["readme"]).read_text(encoding="utf-8")
    return "\n".join(lines) + "\n\n" + readme


def _list(text: str, key: str) -> List[str]:
    body = text.split(f"\n{key} = [", 1)[1]
    strings = re.match(r'(?:\s*"[^"]*",?)*', body)
    return re.findall(r'"([^"]*)"', strings.group()) if strings else []


def _write_wheel(directory: Path, binaries: List[Path]) -> str:
    project = _project()
    tag = f"cp39-abi3-{_platform(binaries)}"
    stem = f"{project['name']}-{project['version']}"
    package = HERE / "src" / project["name"]
    contents = {
        f"{project['name']}/{file.name}": file.read_bytes()
        for file in [*sorted(package.iterdir()), *binaries]
        if file.is_file()
    }
    info = f"{stem}.dist-info"
    contents[f"{info}/METADATA"] = _metadata(project).encode()
    contents[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: burrlog\nRoot-Is-Purelib: false\nTag: {tag}\n"
    ).encode()
    record = "".join(
        f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in contents.items()
    )
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    name = f"{stem}-{tag}.whl"
    with zipfile.ZipFile(directory / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in contents.items():
            entry = zipfile.ZipInfo(path, date_time=(2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if ".so" in path else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    return name


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
