"""`anxin key new`: a wave's key pair, believed only after it has opened an envelope."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from pipelines.files.keycard import mark_card, read_card, write_card
from pipelines.files.survey_faults import survey_faults
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.waves.names import check_wave
from pipelines.waves.recovery import recovery_path, write_recovery
from pipelines.words import say
from survey.problems import SurveyProblem
from survey.sealing import (
    MODERATE,
    SHEET_LENGTH,
    Effort,
    check_of,
    new_key,
    read_private_key,
    read_public_key,
    seal,
    unseal,
    write_private_key,
)

SHORTEST = 12  # characters: whoever finds the private file may try passphrases for as long as they like


@dataclass(frozen=True)
class KeyReport:
    """The files of a new key; the recovery sheet has a page for each of two sealed covers."""

    wave: str
    private: Path
    public: Path
    recovery: Path


def make_key(wave: str, private: Path, public: Path, passphrase: str, effort: Effort = MODERATE) -> KeyReport:
    """Write both files, open a test envelope with them, and only then give the public one its mark.

    `effort`: what a guess of the passphrase costs.
    BadInput: no wave, a short passphrase, files that exist. CannotDo, and neither file is left: the trial failed.
    """
    check_wave(wave)
    check_passphrase(passphrase)
    check_new(private, public)
    key = new_key()
    with survey_faults():
        write_private_key(private, key, passphrase, wave, effort)
        try:
            write_card(public, key, wave)
            try_key(wave, private, public, passphrase)
            mark_card(public, key, wave)
            read_card(public, wave)
            recovery = write_recovery(wave, private, check_of(key.public, wave))
        except BaseException:
            private.unlink(missing_ok=True)
            public.unlink(missing_ok=True)
            raise
    return KeyReport(wave, private, public, recovery)


def try_key(wave: str, private: Path, public: Path, passphrase: str) -> None:
    """Seal with the public file as it stands on the disk, open with the private one. CannotDo where that fails."""
    letter = secrets.token_bytes(64)
    try:
        sealed = seal(read_public_key(public, wave), letter, SHEET_LENGTH)
        opened = unseal(read_private_key(private, passphrase, wave), sealed)
    except SurveyProblem:
        opened = b""
    if opened != letter:
        raise CannotDo(say("key.trial"), where=Where(private.name), next_step=say("key.trial_step"))


def check_passphrase(passphrase: str) -> None:
    if len(passphrase) < SHORTEST:
        raise BadInput(say("key.short", least=SHORTEST), next_step=say("key.short_step"))


def check_new(private: Path, public: Path) -> None:
    """BadInput where a file would be overwritten, or both names mean one file."""
    if private.resolve() == public.resolve():
        raise BadInput(say("key.same_file"), where=Where(public.name), next_step=say("key.exists_step"))
    for path in (private, public, recovery_path(private)):
        if path.exists():
            raise BadInput(say("key.exists"), where=Where(path.name), next_step=say("key.exists_step"))
