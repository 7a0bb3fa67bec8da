"""The bench's peers make the same counts, a disagreement stops it, and its rows have the shape machines read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.bench import pipeline
from pipelines.bench.gate import compared_rows
from pipelines.bench.job import job_counts, job_counts_pandas, job_counts_sql
from pipelines.bench.report import run_named
from pipelines.bench.rows import document, row_of
from pipelines.bench.synthetic import make_wave
from pipelines.problems import BadInput, CannotDo
from survey.instrument import load_instrument


def test_ibis_sql_and_pandas_agree(tmp_path: Path) -> None:
    """Three ways to count the whole term survey, one checksum of every class table."""
    with duckdb.connect(str(tmp_path / "microdata.duckdb")) as connection:
        make_wave(connection, load_instrument(), 2_000)
        found = [job(connection)["checksum"] for job in (job_counts, job_counts_sql, job_counts_pandas)]
    assert all(rows > 0 for rows, _ in found[0].values())
    assert found[0] == found[1] == found[2]


def test_a_disagreement_stops_the_bench() -> None:
    """Times of different counts are never compared."""
    counted = {"checksum": {"core_class_wave_indicator": [1, "5"]}}
    other = {"checksum": {"core_class_wave_indicator": [1, "6"]}}
    pipeline.check_agreement([{"counts": counted, "counts_sql": counted}])
    with pytest.raises(CannotDo, match="counts_pandas"):
        pipeline.check_agreement([{"counts": counted, "counts_pandas": other}])


def test_rows_have_the_shape_machines_read() -> None:
    row = row_of("counts_s_10", [3.0, 1.0, 2.0], "s", "counts_sql_s_10", 1.0)
    assert (row.value, row.ratio, round(row.se or 0, 3)) == (2.0, 2.0, 0.577)
    made = document("pipeline", [row])
    assert list(made) == ["bench", "machine", "rows"]
    assert list(made["rows"][0]) == ["name", "value", "unit", "se", "reference", "ratio"]


def test_an_unknown_bench_is_refused() -> None:
    with pytest.raises(BadInput, match="there is no bench nothing"):
        run_named("nothing", [10])


def test_a_share_of_the_gate_stands_beside_the_naive_one() -> None:
    """A ratio whose other side isn't printed can't be checked; what the naive release doesn't have has no ratio."""
    rows = {row.name: row for row in compared_rows({"seen": 0.6, "naive_seen": 0.8, "signed": 0.5})}
    assert (rows["seen"].reference, round(rows["seen"].ratio or 0, 2)) == ("naive_seen", 0.75)
    assert rows["naive_seen"].value == 0.8
    assert rows["signed"].reference is rows["signed"].ratio is None
