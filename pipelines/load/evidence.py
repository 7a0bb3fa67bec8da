"""What Great Expectations is shown of a load: counts, shares, the class list, and the frame where it is small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pipelines.contracts import literal, load_contract, quoted, wave_schema
from pipelines.files.row_checks import RowCheck
from pipelines.load.expectations import Expect, between, suite_of, suite_of_answers
from pipelines.load.job import Job
from pipelines.load.limits import MAX_FRAME_ROWS, MIN_ITEM_SHARE, policy_value
from pipelines.load.store import WaveCount
from pipelines.microdata.rest import is_here
from survey.columns import Column

if TYPE_CHECKING:
    import pandas as pd

ACCEPTED = 'incoming ANTI JOIN violations USING ("#row")'


@dataclass(frozen=True)
class Evidence:
    """Frames and suites by name, and what the quality page tells besides: no answers, only counts of rows."""

    frames: dict[str, pd.DataFrame]
    suites: dict[str, tuple[Expect, ...]]
    faults: tuple[tuple[str, str, int], ...]  # rule, column as the file calls it, rows
    shares: tuple[tuple[str, int, int], ...]  # answers column or multiple-choice item, asked, answered
    classes: int
    missing: int
    low: int
    over: tuple[str, ...]
    dropped: tuple[str, ...]


def gather(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    snapshot: str | None,
    checks: Sequence[RowCheck],
    counts: Sequence[WaveCount],
) -> Evidence:
    """Frames for the expectations: violations, shares, and with classes registry and coverage; answers if small."""
    faults, shares = fault_counts(connection, job, checks), item_shares(connection, job, snapshot)
    frames = {"violations": violation_frame(job, checks, faults, counts), "shares": share_frame(shares)}
    suites = {"violations": violation_suite(job, checks), "shares": (between("share", MIN_ITEM_SHARE, 1, "warning"),)}
    coverage = coverage_rows(connection, job, snapshot, counts) if snapshot else []
    if snapshot:
        registry = f"SELECT * FROM raw_registry WHERE snapshot_id = {literal(snapshot)}"
        frames |= {"registry": connection.execute(registry).df(), "coverage": coverage_frame(coverage)}
        suites |= {"registry": suite_of(load_contract("raw_registry")), "coverage": coverage_suite()}
    if 0 < sum(count.accepted for count in counts) <= MAX_FRAME_ROWS:
        frames["answers"] = connection.execute(f'SELECT * EXCLUDE ("#row", wave) FROM {ACCEPTED}').df()
        suites["answers"] = suite_of_answers(load_contract("submission"), job.instrument, job.plan.units)
    low, high = policy_value("class_signal.min_response"), policy_value("class_signal.max_response")
    return Evidence(
        frames=frames,
        suites=suites,
        faults=faults,
        shares=shares,
        classes=len(coverage),
        missing=sum(sheets == 0 for _, _, sheets in coverage),
        low=sum(0 < sheets < low * enrolled for _, enrolled, sheets in coverage),
        over=tuple(class_id for class_id, enrolled, sheets in coverage if sheets > high * enrolled),
        dropped=tuple(name for name in job.source.columns if name not in job.plan.wanted),
    )


def fault_counts(
    connection: duckdb.DuckDBPyConnection, job: Job, checks: Sequence[RowCheck]
) -> tuple[tuple[str, str, int], ...]:
    """(rule, column, rows) of every rule that was broken, most rows first."""
    from pipelines.load.rejects import source_column

    named = [(number, check.rule, source_column(check.column, job)) for number, check in enumerate(checks)]
    connection.execute("CREATE OR REPLACE TEMP TABLE named_check(check_no INTEGER, rule TEXT, named TEXT)")
    connection.executemany("INSERT INTO named_check VALUES (?, ?, ?)", named)
    # A multiple answer is several columns of one question: its rows are counted once.
    query = (
        """SELECT rule, named, count(DISTINCT "#row") FROM violations JOIN named_check USING (check_no) GROUP BY ALL"""
    )
    found = {(rule, column): rows for rule, column, rows in connection.execute(query).fetchall()}
    found |= {(rule, ""): rows for rule, rows in Counter(job.source.unreadable.values()).items()}
    return tuple(sorted(((rule, column, rows) for (rule, column), rows in found.items()), key=lambda f: (-f[2], f)))


def violation_frame(
    job: Job, checks: Sequence[RowCheck], faults: Sequence[tuple[str, str, int]], counts: Sequence[WaveCount]
) -> pd.DataFrame:
    """One row: per rule the rows that broke it, and the share of rows rejected."""
    import pandas as pd

    read, rejected = sum(count.read for count in counts), sum(count.rejected for count in counts)
    row: dict[str, float] = dict.fromkeys(rules_of(job, checks), 0)
    for rule, _, rows in faults:
        row[rule] += rows
    return pd.DataFrame([{**row, "rejected_share": rejected / read if read else 0.0}])


def rules_of(job: Job, checks: Sequence[RowCheck]) -> list[str]:
    return list(dict.fromkeys([*(check.rule for check in checks), *job.source.row_rules]))


def violation_suite(job: Job, checks: Sequence[RowCheck]) -> tuple[Expect, ...]:
    limit = between("rejected_share", 0, policy_value("load.reject_limit"), "critical")
    return (limit, *(between(rule, 0, 0, "warning") for rule in rules_of(job, checks)))


def item_shares(
    connection: duckdb.DuckDBPyConnection, job: Job, snapshot: str | None
) -> tuple[tuple[str, int, int], ...]:
    """(item, asked, answered) over accepted sheets that aren't blanks; a multiple answer counts by its first column."""
    columns = first_columns(job)
    counted = ", ".join(f"count({quoted(column.name)}) FILTER ({asked_sql(column, snapshot)})" for column in columns)
    asked = ", ".join(f"count(*) FILTER ({asked_sql(column, snapshot)})" for column in columns)
    rows = ACCEPTED
    if snapshot:
        rows += (
            f" JOIN raw_registry AS class ON class.class_id = incoming.class_id AND snapshot_id = {literal(snapshot)}"
        )
    row = connection.execute(f"SELECT {counted}, {asked} FROM {rows} WHERE take_part = 1").fetchone() or ()
    half = len(columns)
    return tuple((column.item, row[half + i], row[i]) for i, column in enumerate(columns) if row[half + i])


def first_columns(job: Job) -> list[Column]:
    """One column per item of the file."""
    found: dict[str, Column] = {}
    for name in job.plan.answers:
        column = job.instrument.columns[name]
        found.setdefault(column.item, column)
    return list(found.values())


def asked_sql(column: Column, snapshot: str | None) -> str:
    return f"class.band IN ({', '.join(map(literal, column.bands))})" if snapshot else "true"


def share_frame(shares: Sequence[tuple[str, int, int]]) -> pd.DataFrame:
    """One row per item: the share of those asked who answered."""
    import pandas as pd

    rows = [(item, answered / asked) for item, asked, answered in shares]
    return pd.DataFrame(rows, columns=["item", "share"]).astype({"share": float})


def coverage_rows(
    connection: duckdb.DuckDBPyConnection, job: Job, snapshot: str, counts: Sequence[WaveCount]
) -> list[tuple[str, int, int]]:
    """(class, enrolled, sheets) per surveyed class and wave: stored before and accepted now."""
    found: list[tuple[str, int, int]] = []
    for count in counts:
        sheets = f"SELECT class_id FROM {ACCEPTED} WHERE wave = {literal(count.wave)}"
        if not job.replace and is_here(connection, count.wave, "raw_submission"):
            sheets += f" UNION ALL SELECT class_id FROM {quoted(wave_schema(count.wave))}.raw_submission"
        query = f"""
            SELECT class.class_id, enrolled, count(sheet.class_id)
            FROM raw_registry AS class LEFT JOIN ({sheets}) AS sheet USING (class_id)
            WHERE snapshot_id = {literal(snapshot)} AND band IS NOT NULL
            GROUP BY ALL ORDER BY ALL"""
        found += connection.execute(query).fetchall()
    return found


def coverage_frame(rows: Sequence[tuple[str, int, int]]) -> pd.DataFrame:
    """One row per class with a sheet: sheets per enrolled student."""
    import pandas as pd

    ratios = [sheets / enrolled for _, enrolled, sheets in rows if sheets]
    return pd.DataFrame({"sheets_per_enrolled": pd.Series(ratios, dtype=float)})


def coverage_suite() -> tuple[Expect, ...]:
    low, high = policy_value("class_signal.min_response"), policy_value("class_signal.max_response")
    column = "sheets_per_enrolled"
    return (between(column, None, high, "warning"), between(column, low, None, "warning"))
