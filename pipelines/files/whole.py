"""Writing a file whole or not at all: through a neighbour, synced, renamed; readable by its owner alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pipelines.problems import CannotDo, Where
from pipelines.words import say


@contextmanager
def write_whole(path: Path) -> Iterator[BinaryIO]:
    """Yield a binary file that takes its name only when all of it is on the disk. CannotDo where the disk refuses."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _binary(), 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        rule = say("file.not_written", reason=error.strerror or type(error).__name__)
        raise CannotDo(rule, where=Where(path.name), next_step=say("file.not_written_step")) from error


def sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut; Windows has no such call and does without."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _binary() -> int:
    return getattr(os, "O_BINARY", 0)  # without it Windows would turn line feeds into two bytes
