"""One key per wave for its opened answers, in a file of its own: the answers die with their key.

Backups of the database or of the encrypted files hold nothing readable once the key is gone. `ANXIN_KEYS` may lie on
another volume, so that the disk alone opens nothing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pipelines.problems import CannotDo, Where
from pipelines.settings import settings

KEY_BYTES = 32


def key_path(wave: str) -> Path:
    return settings().answer_keys / f"{wave}.key"


def read_key(wave: str) -> bytes | None:
    """The wave's key; None where there is none. Raises CannotDo for a file that is no key."""
    path = key_path(wave)
    if not path.exists():
        return None
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise CannotDo("this is not a key of opened answers", where=Where(path.name), next_step="put the key back")
    return key


def make_key(wave: str) -> bytes:
    """The wave's key, drawn and kept durably (0600 in a folder of 0700) where there is none yet."""
    if key := read_key(wave):
        return key
    folder = settings().answer_keys
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    key, part = secrets.token_bytes(KEY_BYTES), folder / f".{wave}.part"
    part.unlink(missing_ok=True)
    write_durably(part, key)
    part.replace(key_path(wave))
    sync_folder(folder)
    return key


def destroy_key(wave: str) -> bool:
    """Overwrite and remove the wave's key; whether there was one.

    A flash disk may keep the overwritten block for a while: whoever fears that keeps the keys on a stick of their own.
    """
    path = key_path(wave)
    if not path.exists():
        return False
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)
    return True


def write_durably(path: Path, content: bytes) -> None:
    """A new file (0600) that is on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename or removal durable; Windows has no such call, and does it by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
