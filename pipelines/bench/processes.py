"""What a server and all its children used, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree_of(root: int) -> list[int]:
    """The process and all below it, as they are now."""
    parents = {pid: parent for pid, parent, _ in map(read_stat, all_pids()) if pid}
    found, fresh = {root}, {root}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return sorted(found)


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def read_stat(pid: int) -> tuple[int, int, float]:
    """(pid, parent, processor seconds with those of children that have ended); zeros where the process is gone."""
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0, 0.0
    return pid, int(fields[1]), sum(map(int, fields[11:15])) / TICKS


def cpu_seconds(root: int) -> float:
    """Processor seconds, user and system, of the process and all below it since they started."""
    return sum(read_stat(pid)[2] for pid in tree_of(root))


def memory_mb(root: int) -> float:
    """The largest resident set among the process and all below it, MB."""
    return max((resident_mb(pid) for pid in tree_of(root)), default=0.0)


def resident_mb(pid: int) -> float:
    try:
        lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
