"""Great Expectations suites, generated from the contracts, and what it says. It is imported only inside `validate`.

Results carry no values: BOOLEAN_ONLY. A check that could not run is told apart from one that was not met.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipelines.contracts import ColumnContract, Severity, TableContract
from survey.instrument import Instrument

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["columns", "not_null", "in_set", "pattern", "between", "above", "unique"]
Outcome = Literal["met", "not_met", "could_not_run"]


@dataclass(frozen=True)
class Expect:
    """One expectation, before Great Expectations is asked: kind, columns, its arguments, severity."""

    kind: Kind
    columns: tuple[str, ...]
    severity: Severity
    values: tuple[str | int, ...] = ()
    regex: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of one expectation on one frame."""

    frame: str
    expect: Expect
    outcome: Outcome

    @property
    def severity(self) -> Severity:
        return self.expect.severity

    @property
    def place(self) -> str:
        return f"{self.frame}.{'+'.join(self.expect.columns)} ({self.expect.kind})"


def between(column: str, low: float | None, high: float | None, severity: Severity) -> Expect:
    return Expect("between", (column,), severity, low=low, high=high)


def suite_of(contract: TableContract) -> tuple[Expect, ...]:
    """Every column there and as its contract says, the key unique."""
    found = [Expect("columns", tuple(contract.columns), "critical")]
    found += [expect for name, spec in contract.columns.items() for expect in column_suite(name, spec)]
    return (*found, Expect("unique", contract.key, "critical")) if contract.key else tuple(found)


def column_suite(name: str, spec: ColumnContract) -> list[Expect]:
    found = [Expect("not_null", (name,), spec.severity)] if spec.required else []
    if spec.allowed is not None:
        found.append(Expect("in_set", (name,), spec.severity, values=spec.allowed))
    if spec.regex is not None:
        found.append(Expect("pattern", (name,), spec.severity, regex=spec.regex))
    if spec.min is not None or spec.max is not None:
        found.append(Expect("between", (name,), spec.severity, low=spec.min, high=spec.max))
    if spec.above is not None:
        found.append(Expect("above", (name,), spec.severity, low=spec.above))
    return found


def suite_of_answers(contract: TableContract, instrument: Instrument, units: str) -> tuple[Expect, ...]:
    """The contract's columns, and every answers column within its codes."""
    fixed = {name: spec for name, spec in contract.columns.items() if name != "class_id" or units == "class"}
    found = [expect for name, spec in fixed.items() for expect in column_suite(name, spec)]
    return (
        *found,
        *(Expect("in_set", (name,), "critical", values=column.codes) for name, column in instrument.columns.items()),
    )


def validate(frames: Mapping[str, pd.DataFrame], suites: Mapping[str, Sequence[Expect]]) -> tuple[Verdict, ...]:
    """Run every suite on the frame of its name."""
    source = _quiet_context().data_sources.add_pandas("load")
    import great_expectations as gx

    return tuple(
        verdict for name, suite in suites.items() for verdict in _validate_frame(gx, source, name, frames[name], suite)
    )


def _quiet_context() -> Any:
    """A context in memory: no files, no folders for docs, no usage statistics, no progress bars."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when Great Expectations is first imported
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _validate_frame(gx: Any, source: Any, name: str, frame: pd.DataFrame, suite: Sequence[Expect]) -> list[Verdict]:
    definition = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("whole")
    expectations = [_expectation(gx, expect, number) for number, expect in enumerate(suite)]
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    result = batch.validate(gx.ExpectationSuite(name=name, expectations=expectations), result_format="BOOLEAN_ONLY")
    outcomes = {item.expectation_config.meta["number"]: _outcome(item) for item in result.results}
    return [Verdict(name, expect, outcomes.get(number, "could_not_run")) for number, expect in enumerate(suite)]


def _expectation(gx: Any, expect: Expect, number: int) -> Any:
    """Great Expectations' own object; `number` finds its result again."""
    kinds, shared = gx.expectations, {"severity": expect.severity, "meta": {"number": number}}
    column = expect.columns[0]
    match expect.kind:
        case "columns":
            return kinds.ExpectTableColumnsToMatchSet(column_set=list(expect.columns), exact_match=True, **shared)
        case "not_null":
            return kinds.ExpectColumnValuesToNotBeNull(column=column, **shared)
        case "in_set":
            return kinds.ExpectColumnValuesToBeInSet(column=column, value_set=list(expect.values), **shared)
        case "pattern":
            return kinds.ExpectColumnValuesToMatchRegex(column=column, regex=expect.regex, **shared)
        case "between" | "above":
            limits = {"min_value": expect.low, "max_value": expect.high, "strict_min": expect.kind == "above"}
            return kinds.ExpectColumnValuesToBeBetween(column=column, **limits, **shared)
        case "unique" if len(expect.columns) > 1:
            return kinds.ExpectCompoundColumnsToBeUnique(column_list=list(expect.columns), **shared)
        case _:
            return kinds.ExpectColumnValuesToBeUnique(column=column, **shared)


def _outcome(item: Any) -> Outcome:
    if _raised(item.exception_info or {}):
        return "could_not_run"
    return "met" if item.success else "not_met"


def _raised(info: Mapping[str, Any]) -> bool:
    """exception_info is flat, or has one entry per metric."""
    entries = [entry for entry in info.values() if isinstance(entry, Mapping)]
    return bool(info.get("raised_exception")) or any(_raised(entry) for entry in entries)
