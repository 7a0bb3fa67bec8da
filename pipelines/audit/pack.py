"""A release as one file that travels: packed the same every time, checked piece by piece before it is believed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.audit.faults import Fault
from pipelines.audit.published import read_release_files
from pipelines.problems import BadInput, CannotDo, Where

INDEX = "pack.json"
FORMAT = "anxin-release-1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.(duckdb|json)")  # sound on every system, Windows too
RELEASE = re.compile(r"\d{4}(-[12])?\.\d{1,4}")
EPOCH = (1980, 1, 1, 0, 0, 0)
LARGEST = 2**31  # bytes a member may have


def pack_release(folder: Path, out: Path) -> str:
    """Write the release in `folder` into one file; returns the file's sha256. The file appears whole or not at all.

    Raises BadInput where the folder is no release or its files are not those of its manifest.
    """
    check_release(folder)
    members = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    check_names(list(members), folder.name)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    index = {"format": FORMAT, "release": folder.name, "files": digests}
    part = out.with_name(out.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name, content in [(INDEX, json.dumps(index, indent=1).encode()), *members.items()]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 0, 0
            archive.writestr(entry, content)
    part.replace(out)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def check_release(folder: Path) -> None:
    """Raise BadInput unless the folder's files are exactly what its manifest says."""
    faults: tuple[Fault, ...] = read_release_files(folder).faults
    if faults:
        raise BadInput(f"the release is not what its manifest says: {faults[0]}", where=Where(str(folder)))


def check_names(names: list[str], release: str) -> None:
    """Raise BadInput for a name that some system would read as a path, or as another file's."""
    if not RELEASE.fullmatch(release) or not all(NAME.fullmatch(name) for name in names):
        raise BadInput("a name in the release is not one that every system can hold", where=Where(release))
    if len({name.lower() for name in names}) < len(names):
        raise BadInput("two names differ in capitals alone, which Windows can't tell apart", where=Where(release))


def unpack_release(file: Path, published: Path, fingerprint: str | None = None) -> Path:
    """Put the packed release into the folder `published`; returns its folder there. All of it, or nothing.

    `fingerprint`: the sha256 that packing printed. Raises BadInput for a file that is not a sound pack, CannotDo where
    another release of that name is there already.
    """
    try:
        if fingerprint and hashlib.sha256(file.read_bytes()).hexdigest() != fingerprint.strip().lower():
            raise BadInput("the fingerprint is another one", where=Where(str(file)), next_step="fetch the file again")
        with zipfile.ZipFile(file) as archive:
            index = read_index(archive, file)
            release, members = str(index["release"]), dict(read_members(archive, index, file))
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:  # the last: zipfile, of an odd compression
        raise BadInput("this is no packed release", where=Where(str(file))) from error
    if (published / release).exists():
        check_is_same(published / release, members)
        return published / release
    return place_release(published, release, members)


def read_index(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    """The pack's own list. Raises BadInput unless it lists all members, and names nothing that leaves the folder."""
    try:
        index = json.loads(archive.read(INDEX))
        listed = sorted([INDEX, *index["files"]])
        is_ours = index["format"] == FORMAT
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput("this is no packed release", where=Where(str(file))) from error
    if not is_ours or sorted(archive.namelist()) != listed:
        raise BadInput("the pack does not hold what it lists", where=Where(str(file)), next_step="fetch the file again")
    check_names(list(index["files"]), str(index["release"]))
    return index


def read_members(archive: zipfile.ZipFile, index: dict[str, Any], file: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each member whose hash is the listed one; raises BadInput at the first that is not."""
    for name, digest in index["files"].items():
        content = archive.read(name) if archive.getinfo(name).file_size < LARGEST else b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise BadInput(
                "this part of the pack was changed", where=Where(f"{file}/{name}"), next_step="fetch it again"
            )
        yield name, content


def check_is_same(folder: Path, members: dict[str, bytes]) -> None:
    """Raise CannotDo unless the release that is there is the packed one."""
    there = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    if there != members:
        raise CannotDo(
            f"another release is called {folder.name} here, and releases are never overwritten",
            next_step="compare the two with `anxin release show`",
        )


def place_release(published: Path, release: str, members: dict[str, bytes]) -> Path:
    """Write the members beside, check them against their manifest, then give the folder its name."""
    published.mkdir(parents=True, exist_ok=True)
    part = published / f".{release}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        for name, content in members.items():
            (part / name).write_bytes(content)
            (part / name).chmod(0o600)
        check_release(part)
        return part.replace(published / release)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
