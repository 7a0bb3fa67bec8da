"""`anxin restore`: a backup into an empty home, every file by its hash; all of it, or nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.care.backup import MANIFEST, Backup, copy_durably, file_hash
from pipelines.care.inventory import STATE, has_state
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.settings import settings
from pipelines.words import say


def restore_backup(folder: Path, check: str | None = None) -> Backup:
    """Bring a backup into the home. `check`: the manifest's hash, or its beginning, as `anxin backup` printed it.

    BadInput: no backup, another check, a file that is missing, changed or not in the manifest, a home in use.
    CannotDo where the disk refuses. The home is untouched then.
    """
    home = settings().home
    if has_state(home):
        raise BadInput(say("care.home_in_use"), where=Where(str(home)), next_step=say("care.home_in_use_step"))
    manifest, digest = read_manifest(folder)
    if check and not digest.startswith(check.strip().lower()):
        raise BadInput(say("care.other_check"), where=Where(MANIFEST), next_step=say("care.tampered_step"))
    files: dict[str, str] = manifest["files"]
    check_files(folder, files)
    part = home / ".restore.part"
    try:
        copy_files(folder, part, files)
        move_in(part, home)
    except OSError as error:
        raise CannotDo(say("care.not_restored"), where=Where(str(home)), next_step=say("care.disk_step")) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    size = sum((folder / name).stat().st_size for name in files)
    return Backup(folder, len(files), size, digest, tuple(manifest["elsewhere"]))


def read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    try:
        text = (folder / MANIFEST).read_bytes()
        manifest = json.loads(text)
        if not all(is_plain(name) for name in manifest["files"]) or "elsewhere" not in manifest:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(say("care.no_backup"), where=Where(str(folder)), next_step=say("care.no_backup_step")) from error
    return manifest, hashlib.sha256(text).hexdigest()


def is_plain(name: str) -> bool:
    """A path that stays beneath the home, on every system."""
    path = PurePosixPath(name)
    known = path.parts[0] in STATE or name == "policy.yml"
    return known and not path.is_absolute() and ".." not in path.parts and not set(name) & set('\\:*?"<>|')


def check_files(folder: Path, files: dict[str, str]) -> None:
    """BadInput for the first file that is missing, changed, or that the manifest doesn't name."""
    here = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for name in sorted(here ^ set(files)):
        rule = say("care.unnamed" if name in here else "care.missing")
        raise BadInput(rule, where=Where(name), next_step=say("care.tampered_step"))
    for name, digest in files.items():
        check_hash(folder / name, name, digest)


def check_hash(path: Path, name: str, digest: str) -> None:
    if file_hash(path) != digest:
        raise BadInput(say("care.changed"), where=Where(name), next_step=say("care.tampered_step"))


def copy_files(folder: Path, part: Path, files: dict[str, str]) -> None:
    """Into a folder beside the home's own, each file read back: a disk that lies is found here."""
    shutil.rmtree(part, ignore_errors=True)
    for name, digest in files.items():
        place = part / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        copy_durably(folder / name, place)
        check_hash(place, name, digest)


def move_in(part: Path, home: Path) -> None:
    """What an installation finds by its pointer, published/current, comes last."""
    for path in sorted(part.iterdir(), key=lambda path: path.name == "published"):
        place = home / path.name
        if place.is_dir() and not any(place.rglob("*")):
            place.rmdir()
        path.replace(place)
