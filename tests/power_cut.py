"""A disk that remembers what was written and what was synced, so that a test can cut the power between any two writes.

SQLite writes through this file layer to real files. Afterwards `images` rebuilds, for every point in between, what the
disk would hold: everything synced, and of the rest nothing, or any part of it in sectors.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
NAME = "power-cut"


@dataclass(frozen=True)
class Event:
    """`kind`: write (offset, data), truncate (offset), sync, delete, or done (offset: how many commits returned)."""

    kind: str
    file: str = ""
    offset: int = 0
    data: bytes = b""


class RecordedFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], log: list[Event]) -> None:
        self.log = log
        self.file = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self.log.append(Event("write", self.file, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self.log.append(Event("truncate", self.file, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self.log.append(Event("sync", self.file))


class RecordingDisk(apsw.VFS):
    def __init__(self, log: list[Event]) -> None:
        self.log = log
        super().__init__(NAME, "")

    def xOpen(self, name: Any, flags: list[int]) -> RecordedFile:  # noqa: N802
        return RecordedFile(name, flags, self.log)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self.log.append(Event("delete", Path(filename).name))


def open_recorded(path: Path) -> apsw.Connection:
    """The layer has no shared memory, so the log's index lies in the process; writes and syncs are the same."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=NAME)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def images(before: dict[str, bytes], log: list[Event], chance: random.Random) -> Iterator[tuple[int, dict[str, bytes]]]:
    """For every write: (commits that had returned, files as a cut right there would leave them), twice.

    First nothing un-synced survives; then a random part of it does.
    """
    synced, pending, done = dict(before), [], 0
    for event in log:
        if event.kind == "done":
            done = event.offset
        elif event.kind == "sync":
            synced = applied(synced, [e for e in pending if e.file == event.file])
            pending = [e for e in pending if e.file != event.file]
        else:
            pending.append(event)
        yield done, synced
        if pending:
            yield done, applied(synced, [part for e in pending for part in sectors(e) if chance.random() < 0.5])


def sectors(event: Event) -> list[Event]:
    """A write as the sectors that a disk may have kept one by one."""
    if event.kind != "write":
        return [event]
    steps = range(0, len(event.data), SECTOR)
    return [Event("write", event.file, event.offset + at, event.data[at : at + SECTOR]) for at in steps]


def applied(files: dict[str, bytes], events: list[Event]) -> dict[str, bytes]:
    after = {name: bytearray(content) for name, content in files.items()}
    for event in events:
        content = after.setdefault(event.file, bytearray())
        if event.kind == "write":
            end = event.offset + len(event.data)
            content.extend(bytes(max(0, end - len(content))))
            content[event.offset : end] = event.data
        elif event.kind == "truncate":
            del content[event.offset :]
        else:
            del after[event.file]
    return {name: bytes(content) for name, content in after.items()}
