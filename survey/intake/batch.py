"""What becomes of sheets that arrive together: pure, the same for every store.

A refused sheet costs what a stored one costs up to the write itself: it is looked up, sealed, locked and compared.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from survey.intake.labels import ClassLabel, Outcome
from survey.sealing import APART_LENGTH, SHEET_LENGTH, seal
from survey.sheets import Layout, apart_payload, sheet_payload

NOBODY = ClassLabel("-", "-", "-", "-", 0, 0)  # stands where a code is unknown, so that the work is the same


@dataclass(frozen=True)
class Desk:
    """What a process knows of a wave while it takes sheets: nothing here changes while the wave is open."""

    wave: str
    public_key: bytes
    sheet: Layout
    apart: Layout
    classes: Mapping[str, ClassLabel]
    schools: frozenset[str]


@dataclass(frozen=True)
class Job:
    """A sheet on its way to the store, in memory only."""

    school_id: str
    band: str
    mac: bytes
    replay_mac: bytes
    cells: bytes = field(repr=False)
    apart_cells: bytes = field(repr=False)


@dataclass(frozen=True)
class Envelope:
    """A sealed sheet, and the code it will spend."""

    mac: bytes
    replay_mac: bytes
    is_ours: bool
    sheet: bytes
    apart: bytes


@dataclass
class Code:
    """A code as the store has it, locked."""

    spent: bool
    replay_mac: bytes | None


def seal_job(desk: Desk, job: Job, class_id: str | None) -> Envelope:
    """Two envelopes without a word in common: the sheet under its class, the self-description under its school."""
    label = desk.classes.get(class_id or "", NOBODY)
    is_ours = label.school_id == job.school_id and label.band == job.band
    sheet = sheet_payload(desk.sheet, label.class_id, job.cells)
    apart = apart_payload(desk.apart, label.school_id, label.grade, job.apart_cells)
    public = desk.public_key
    return Envelope(
        job.mac, job.replay_mac, is_ours, seal(public, sheet, SHEET_LENGTH), seal(public, apart, APART_LENGTH)
    )


def decide(envelopes: Sequence[Envelope], codes: Mapping[bytes, Code], is_open: bool) -> list[Outcome]:
    """One outcome per envelope, in order; marks the codes it spends, so that a code is good once in a batch too."""
    outcomes = []
    for envelope in envelopes:
        code = codes.get(envelope.mac) or Code(spent=True, replay_mac=None)
        known = code.replay_mac is not None
        same_form = hmac.compare_digest(code.replay_mac or bytes(16), envelope.replay_mac) and known
        if not envelope.is_ours or (code.spent and not same_form) or not (is_open or same_form):
            outcomes.append(Outcome.REFUSED)
        elif code.spent:
            outcomes.append(Outcome.REPEATED)
        else:
            code.spent, code.replay_mac = True, envelope.replay_mac
            outcomes.append(Outcome.STORED)
    return outcomes


def stored(envelopes: Sequence[Envelope], outcomes: Sequence[Outcome]) -> list[Envelope]:
    """What is to be written, in an order that nobody could have watched."""
    kept = [e for e, outcome in zip(envelopes, outcomes, strict=True) if outcome is Outcome.STORED]
    return shuffled(kept)


def shuffled(things: Sequence[Envelope]) -> list[Envelope]:
    order = list(things)
    secrets.SystemRandom().shuffle(order)
    return order


def new_id() -> bytes:
    return secrets.token_bytes(16)
