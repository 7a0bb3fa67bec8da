"""`anxin load BUNDLE`: envelopes opened in memory, checked and kept as any other load, and a signed receipt.

Each sheet gets its place by a random draw, so nothing of the bundle's order is kept. Opened sheets stand in temporary
tables, which the door to the confidential database keeps in memory: a load that needs more than there is ends as a
full disk does, with nothing stored.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from duckdb import DuckDBPyConnection

from pipelines.files.bundle import Bundle, open_bundle
from pipelines.files.disk import disk_faults
from pipelines.files.keycard import signing_key
from pipelines.files.read import Source
from pipelines.files.receipt import Receipt, write_receipt
from pipelines.files.survey_faults import survey_faults
from pipelines.load.apart import store_apart
from pipelines.load.envelopes import open_apart, open_participation, sheet_source
from pipelines.load.job import Job, LoadReport, Progress, check_wave
from pipelines.load.limits import policy_value
from pipelines.load.loading import run_load
from pipelines.load.mapping import plan_interchange
from pipelines.microdata import open_microdata
from pipelines.microdata.rest import count_days_from
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.words import say
from survey.instrument import Instrument
from survey.problems import InstrumentError
from survey.sealing import Apart, KeyPair, read_private_key


@dataclass(frozen=True)
class BundleReport:
    """What became of a bundle. `reasons`: rule → envelopes that held nothing sound by it."""

    load: LoadReport
    receipt: Receipt
    receipt_file: Path
    reasons: dict[str, int]


@dataclass(frozen=True)
class Opening:
    """A bundle and what opens it. `spent`: class → codes spent; `strays`: envelopes kept apart that aren't sound."""

    bundle: Bundle
    key: KeyPair
    instrument: Instrument
    spent: dict[str, int]
    sheets: Source
    strays: dict[int, str] = field(default_factory=dict)


def load_bundle(
    file: Path,
    key_file: Path,
    passphrase: str,
    receipt_file: Path,
    replace: bool = False,
    progress: Progress | None = None,
) -> BundleReport:
    """Open a bundle, keep what is sound of it, and sign a receipt; the same bundle again is stored once.

    BadInput: a bundle that is cut short or altered, another key, a wrong passphrase, a wave that holds other data.
    CannotDo holds it: counts that don't match, too many rejects. Both leave what was stored before as it was.
    """
    opening = begin(open_bundle(file), key_file, passphrase)
    with disk_faults(file.name), open_microdata() as connection:
        report = run_load(connection, build_job(opening, replace, progress))
        if report.already:  # nothing is stored again, but the receipt says what is in the envelopes
            deque(sound_apart(connection, opening), maxlen=0)
        # The letter to parents promises a day counted from the wave's last, however late its bundle is opened.
        count_days_from(connection, opening.bundle.header.wave, date.fromisoformat(opening.bundle.header.closes))
    receipt = build_receipt(opening, report)
    write_receipt(receipt_file, receipt, signing_key(opening.key.private))
    reasons = Counter([*opening.sheets.unreadable.values(), *opening.strays.values()])
    return BundleReport(report, receipt, receipt_file, dict(reasons))


def begin(bundle: Bundle, key_file: Path, passphrase: str) -> Opening:
    """Everything that can be settled before the first envelope is opened."""
    header, where = bundle.header, Where(bundle.path.name)
    with survey_faults():
        key = read_private_key(key_file, passphrase)
    if key.public != header.public:
        raise BadInput(say("bundle.other_key"), where=where, next_step=say("bundle.other_key_step", wave=header.wave))
    try:
        instrument = Instrument.from_json(header.instrument)
    except InstrumentError:
        instrument = None
    if instrument is None or instrument.hash != header.instrument_hash:
        raise BadInput(say("bundle.other_form"), where=where, next_step=say("bundle.broken_step"))
    spent = open_participation(bundle, key)
    return Opening(bundle, key, instrument, spent, sheet_source(bundle, key, instrument))


def build_job(opening: Opening, replace: bool, progress: Progress | None) -> Job:
    """The load of a bundle's sheets, as of any file in the interchange format."""
    source, wave = opening.sheets, opening.bundle.header.wave
    plan = plan_interchange(source, opening.instrument)
    check_wave(wave, plan)
    told = progress or (lambda done, steps: None)
    return Job(source, plan, opening.instrument, wave, replace, told, partial(keep_beside, opening))


def keep_beside(opening: Opening, connection: DuckDBPyConnection, wave: str) -> None:
    """Hold the load where counts don't match; else keep what is kept apart. Runs in the load's transaction."""
    check_alone(connection, wave, opening)
    check_participation(connection, opening)
    store_apart(connection, wave, sound_apart(connection, opening))
    check_apart(opening)


def check_alone(connection: DuckDBPyConnection, wave: str, opening: Opening) -> None:
    """BadInput where the wave holds anything but this bundle: a wave is closed once, into one bundle."""
    row = connection.execute("SELECT count(*) FROM raw_load WHERE wave = ?", [wave]).fetchone()
    if row and row[0] > 1:
        where = Where(opening.bundle.path.name)
        raise BadInput(say("bundle.other_bundle", wave=wave), where=where, next_step=say("bundle.other_bundle_step"))


def check_participation(connection: DuckDBPyConnection, opening: Opening) -> None:
    """CannotDo unless every class has as many sheets as codes it spent, envelopes of no class aside."""
    sheets = dict(connection.execute("SELECT class_id, count(*) FROM incoming GROUP BY class_id").fetchall())
    differing = mismatches(sheets, opening.spent, len(opening.sheets.unreadable))
    if differing:
        rule, where = say("bundle.mismatch", count=len(differing)), Where(opening.bundle.path.name)
        raise CannotDo(rule, where=where, next_step=say("bundle.mismatch_step"))


def mismatches(sheets: Mapping[str, int], spent: Mapping[str, int], strays: int) -> list[str]:
    """Classes whose sheets and spent codes can't belong together; a stray envelope may be missing from any class."""
    lacking = {name: spent.get(name, 0) - sheets.get(name, 0) for name in {*sheets, *spent}}
    fits = sum(lacking.values()) == strays and all(number >= 0 for number in lacking.values())
    return [] if fits else [name for name, number in lacking.items() if number]


def sound_apart(connection: DuckDBPyConnection, opening: Opening) -> Iterator[Apart]:
    """What is kept apart, of schools and grades that the wave asks; the rest is told in `strays`."""
    wave = opening.bundle.header.wave
    query = """SELECT DISTINCT school_id, grade FROM raw_registry
               WHERE snapshot_id = (SELECT snapshot_id FROM raw_wave WHERE wave = ?) AND band IS NOT NULL"""
    known = set(connection.execute(query, [wave]).fetchall())
    unplaced = 0
    for apart in open_apart(opening.bundle, opening.key, opening.instrument, opening.strays):
        if (apart.school_id, apart.grade) in known:
            yield apart
        else:
            unplaced += 1
            opening.strays[-unplaced] = "school_unknown"  # below 0: these were opened, and have no number


def check_apart(opening: Opening) -> None:
    """CannotDo where more of what is kept apart is unsound than the policy lets any load have."""
    read, rejected = opening.bundle.header.apart, len(opening.strays)
    if rejected > policy_value("load.reject_limit") * read:
        rule, where = say("bundle.apart_held", read=read, rejected=rejected), Where(opening.bundle.path.name)
        raise CannotDo(rule, where=where, next_step=say("bundle.mismatch_step"))


def build_receipt(opening: Opening, report: LoadReport) -> Receipt:
    """The counts of both kinds of envelope. CannotDo where they don't add up: then there is no receipt."""
    bundle, header = opening.bundle, opening.bundle.header
    receipt = Receipt(
        wave=header.wave,
        bundle=bundle.digest,
        sheets=header.sheets,
        accepted=report.accepted,
        rejected=report.rejected,
        apart=header.apart,
        apart_accepted=header.apart - len(opening.strays),
        apart_rejected=len(opening.strays),
    )
    if not receipt.reconciles:
        raise CannotDo(say("receipt.counts"), where=Where(bundle.path.name), next_step=say("receipt.step"))
    return receipt
