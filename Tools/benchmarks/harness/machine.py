"""What this machine is and how busy it is: a figure without it says little."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def file_system(folder: Path) -> str:
    """The type of the file system that holds a folder."""
    best, kind = "", "unknown"
    path = str(folder.resolve())
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, name = line.split()[:3]
        inside = path == place or path.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):
            best, kind = place, name
    return kind


def disk_folder(wanted: str | None, fallback: Path) -> Path:
    """Where the data goes: what was asked for, else the temporary folder, else beside the build
    when that is only memory."""
    folder = Path(wanted or os.environ.get("TMPDIR") or "/tmp")
    if wanted is None and file_system(folder) == "tmpfs":
        fallback.mkdir(parents=True, exist_ok=True)
        folder = fallback
    return folder


def processor() -> str:
    """The name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def describe(folder: Path) -> str:
    """One line on the machine, one on what may spoil the figures."""
    load = os.getloadavg()[0]
    kind = file_system(folder)
    said = f"{os.cpu_count()} x {processor()}, Linux {platform.release()}, data on {kind}"
    if load > 0.5:
        said += f"\nThe machine is busy (load {load:.1f}): ratios hold better than figures."
    if kind == "tmpfs":
        said += "\nData in memory: what is called durable is not."
    return said


def available_memory() -> int:
    """Bytes that a program could still get."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable"):
            return int(line.split()[1]) * 1024
    return 0
