"""The intake as a value: where sheets are kept, and the secret that codes are kept under."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from survey.intake.batch import Desk
from survey.intake.sqlite import SqliteStore
from survey.intake.store import Store
from survey.intake.writer import Writer
from survey.problems import StoreFault
from survey.settings import survey_settings


@dataclass(frozen=True)
class Intake:
    """Where sheets are kept. Frozen but for what a process remembers: its writer, and the waves it has open."""

    store: Store
    pepper: bytes = field(repr=False)
    writer: Writer = field(repr=False, compare=False)
    desks: dict[str, Desk] = field(default_factory=dict, repr=False, compare=False)


def open_intake(url: str | Path | None = None, pepper: bytes | None = None) -> Intake:
    """The intake of the settings, or of a PostgreSQL URL or a folder. StoreFault for a store that isn't safe."""
    settings = survey_settings()
    place = settings.intake_url if url is None else url
    store = open_store(place or settings.intake)
    return Intake(store, pepper or read_pepper(settings.pepper), Writer(store))


def open_store(place: str | Path) -> Store:
    if isinstance(place, Path):
        store = SqliteStore(place)
        store.finish_wiping()
        return store
    if not place.startswith(("postgresql://", "postgres://")):
        raise StoreFault("ANXIN_INTAKE_URL is neither empty nor a postgresql:// address")
    from survey.intake.postgres import open_postgres  # a store of files needs no driver

    return open_postgres(place)


def close_intake(intake: Intake) -> None:
    """Write what waits and close the connections; handing in opens them again."""
    intake.writer.stop()


def read_pepper(path: Path) -> bytes:
    """32 bytes that make a stolen MAC useless; drawn on first use, for their owner only."""
    with suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # whole or not at all; the first of several workers wins
        finally:
            draft.unlink()
    pepper = path.read_bytes()
    if len(pepper) != 32:
        raise StoreFault("the pepper file isn't whole", where=path.name, next_step="restore it from its backup")
    return pepper
