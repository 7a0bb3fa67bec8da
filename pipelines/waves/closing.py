"""`anxin wave close`: no more posts, rows in random order, and the bundle that carries the envelopes away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.files.bundle import Header, is_bundle, open_bundle, write_bundle
from pipelines.files.survey_faults import survey_faults
from pipelines.problems import BadInput, Where
from pipelines.waves.ledger import read_ledger, write_ledger
from pipelines.waves.proctors import Difference, compare_slips, coverage_step, read_slips
from pipelines.words import say
from survey.intake import (
    Intake,
    WaveState,
    close_intake,
    close_wave,
    final_counts,
    mark_exported,
    open_intake,
    read_classes,
    read_sealed,
    read_sealed_apart,
    read_wave,
)
from survey.sealing import APART_LENGTH, SHEET_LENGTH, seal

PADDING = 4096  # bytes: the sealed counts tell their own length only so coarsely


@dataclass(frozen=True)
class CloseReport:
    """The bundle and how many envelopes of each kind are in it.

    `unchanged`: it was there already. `again`: an earlier bundle counts no more.
    """

    wave: str
    bundle: Path
    digest: str
    sheets: int
    apart: int
    unchanged: bool
    again: bool
    differences: tuple[Difference, ...]


def finish_wave(wave: str, out: Path, proctor: Path | None = None) -> CloseReport:
    """Close a wave and write its bundle; closing again writes another bundle of the same envelopes.

    The receipt of the bundle written last is the one that counts. BadInput: no such wave, a wiped one, a file that
    exists (the last bundle itself is left as it is), proctors' numbers that can't be read. CannotDo: the disk refuses,
    or codes and envelopes don't agree; no half file is left, and the wave can be closed again.
    """
    with survey_faults():
        intake = open_intake()
        try:
            return export(intake, read_wave(intake, wave), out, proctor)
        finally:
            close_intake(intake)


def export(intake: Intake, state: WaveState, out: Path, proctor: Path | None) -> CloseReport:
    wave, ledger = state.wave, read_ledger(state.wave)
    classes = read_classes(intake, wave)
    slips = read_slips(proctor, classes) if proctor else []
    unchanged = is_last(out, ledger.bundle)
    again = bool(ledger.bundle) and not unchanged
    close_wave(intake, wave)
    counts = final_counts(intake, wave)
    if not unchanged:
        header = build_header(state, counts)
        digest = write_bundle(out, header, read_sealed(intake, wave), read_sealed_apart(intake, wave))
        ledger = replace(ledger, bundle=digest, sheets=header.sheets, apart=header.apart)
        write_ledger(ledger)
        mark_exported(intake, wave)
    differences = tuple(compare_slips(slips, classes, counts, coverage_step()))
    return CloseReport(wave, out, ledger.bundle, ledger.sheets, ledger.apart, unchanged, again, differences)


def is_last(out: Path, digest: str) -> bool:
    """Whether the file is the bundle written last. BadInput for any other file: nothing is overwritten."""
    if not out.exists():
        return False
    if not (digest and is_bundle(out) and open_bundle(out).digest == digest):
        raise BadInput(say("wave.out_exists"), where=Where(out.name), next_step=say("wave.out_exists_step"))
    return True


def build_header(state: WaveState, counts: Mapping[str, int]) -> Header:
    """One envelope of each kind per code spent; the classes' counts are sealed like the sheets themselves."""
    words = json.dumps(dict(counts)).encode()
    length = -(-(len(words) + 64) // PADDING) * PADDING
    return Header(
        wave=state.wave,
        closes=state.closes.isoformat(),
        public=state.public_key,
        instrument_hash=state.instrument_hash,
        instrument=state.instrument_json,
        participation=seal(state.public_key, words, length),
        sheets=sum(counts.values()),
        sheet_length=SHEET_LENGTH,
        apart=sum(counts.values()),
        apart_length=APART_LENGTH,
    )
