"""What the doctor sees of the machine: room, swap, users, file systems, modes, fonts, versions."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from pipelines.care.finding import Finding, found, ok
from pipelines.care.inventory import STATE

GIGABYTE = 1 << 30
MEMORY_ONLY, SHARED = ("tmpfs", "ramfs"), ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs")


def check_room(home: Path) -> Iterator[Finding]:
    """Free space where the home lies: a wave of a city needs about a gigabyte on its way."""
    free = shutil.disk_usage(nearest(home)).free
    shown = f"{free / GIGABYTE:.1f}"
    if free < 5 * GIGABYTE:
        yield found("broken" if free < GIGABYTE // 2 else "weak", "room", free=shown)
    else:
        yield ok("room", free=shown)


def nearest(path: Path) -> Path:
    """The path, or its nearest parent that exists."""
    return next(place for place in (path.resolve(), *path.resolve().parents) if place.exists())


def check_swap(swaps: Path = Path("/proc/swaps")) -> Iterator[Finding]:
    """Opened answers are in memory while they are counted; swap writes memory to a disk."""
    if not swaps.exists():
        yield found("notice", "swap_unknown", system=platform.system())
        return
    names = [line.split()[0] for line in swaps.read_text().splitlines()[1:]]
    on_disk = [name for name in names if "zram" not in name]
    yield found("weak", "swap", names=", ".join(on_disk)) if on_disk else ok("swap")


def check_file_system(home: Path, mounts: Path = Path("/proc/mounts")) -> Iterator[Finding]:
    """A file system in memory loses everything at a restart; one on the network may lie about what is written."""
    kind = file_system(nearest(home), mounts)
    if kind in MEMORY_ONLY:
        yield found("broken", "in_memory", kind=kind)
    elif kind in SHARED:
        yield found("weak", "network_disk", kind=kind)
    else:
        yield ok("file_system", kind=kind or platform.system())


def file_system(path: Path, mounts: Path) -> str:
    """Kind of the file system that holds the path; empty where the system doesn't tell."""
    if not mounts.exists():
        return ""
    lines = [line.split() for line in mounts.read_text().splitlines()]
    holding = [(len(fields[1]), fields[2]) for fields in lines if path.is_relative_to(fields[1])]
    return max(holding)[1] if holding else ""


def check_user() -> Iterator[Finding]:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield found("notice", "root")


def check_modes(home: Path) -> Iterator[Finding]:
    """Files and folders that other users of the machine may read."""
    if os.name == "nt":
        yield found("notice", "modes_unknown")
        return
    roots = [home / name for name in STATE if (home / name).exists()]
    open_ = [path for root in roots for path in (root, *root.rglob("*")) if is_open(path)]
    closed = {root for root in roots if not is_open(root)}  # what lies in a closed folder can't be reached
    open_ = [path for path in open_ if not any(path.is_relative_to(root) for root in closed)]
    first = open_[0].relative_to(home).as_posix() if open_ else ""
    yield found("weak", "modes", count=len(open_), first=first) if open_ else ok("modes")


def is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.lstat().st_mode) & 0o077) and not path.is_symlink()


def check_pepper(pepper: Path) -> Iterator[Finding]:
    """Whoever has the pepper and the database can try codes; a lost pepper voids every slip."""
    if not pepper.exists():
        return
    if os.name != "nt" and is_open(pepper):
        yield found("weak", "pepper", file=pepper.name)
    else:
        yield ok("pepper")


def check_fonts() -> Iterator[Finding]:
    from survey.print.typeset import check_fonts as look
    from survey.problems import SurveyProblem

    try:
        look()
    except SurveyProblem:
        yield found("notice", "fonts")
    else:
        yield ok("fonts")


def check_versions() -> Iterator[Finding]:
    names = ("anxin", "duckdb", "pyarrow", "pynacl", "sqlalchemy")
    shown = ", ".join(f"{name} {version(name)}" for name in names)
    yield ok("versions", python=platform.python_version(), names=shown)


def check_leftovers(home: Path) -> Iterator[Finding]:
    """Files that a command which was cut short left half-written."""
    patterns = (".*.part", "*.part", "*.tmp")
    strays = {path for name in STATE for pattern in patterns for path in (home / name).rglob(pattern)}
    if strays:
        yield found("notice", "leftovers", count=len(strays), first=sorted(strays)[0].relative_to(home).as_posix())
