"""Table contracts: the shape of every table that is read, kept or published, as validated data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from duckdb import DuckDBPyConnection
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from pipelines.plain_yaml import read_yaml
from pipelines.problems import BadInput, Where
from pipelines.settings import CONTRACTS, REFERENCE

Severity = Literal["critical", "warning"]
SQL_TYPE = {
    "text": "TEXT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "tinyint": "TINYINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "blob": "BLOB",
}
PATTERN = {
    "id": r"^[A-Za-z0-9_-]{1,40}$",
    "wave": r"^\d{4}-[12]$",
    "any_wave": r"^\d{4}(-[12])?$",  # a foreign survey may be yearly
}


class ColumnContract(BaseModel):
    """What one column may hold. `severity` says what a breach does: critical stops, warning is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["text", "integer", "bigint", "tinyint", "double", "boolean", "date", "blob"]
    required: bool
    optional: bool = False  # the whole column may be absent from a file
    values: tuple[str | int, ...] | str | None = None
    pattern: str | None = None
    min: float | None = None
    max: float | None = None
    above: float | None = None
    unit: str | None = None
    sensitivity: Literal["open", "personal", "confidential"] | None = None
    severity: Severity = "critical"
    meaning: str
    zh: str | None = None

    @field_validator("values")
    @classmethod
    def known_list(cls, values: tuple[str | int, ...] | str | None) -> tuple[str | int, ...] | str | None:
        if isinstance(values, str):
            reference_values(values)
        return values

    @field_validator("pattern")
    @classmethod
    def sound_pattern(cls, pattern: str | None) -> str | None:
        try:
            re.compile(PATTERN.get(pattern or "", pattern or ""))
        except re.error as error:
            raise ValueError(f"not a pattern: {error}") from error
        return pattern

    @property
    def allowed(self) -> tuple[str | int, ...] | None:
        """Allowed values, a named list resolved; None where any value of the type will do."""
        return reference_values(self.values) if isinstance(self.values, str) else self.values

    @property
    def regex(self) -> str | None:
        return None if self.pattern is None else PATTERN.get(self.pattern, self.pattern)


class RowRule(BaseModel):
    """A rule over several columns of one row; `holds` is an SQL expression, NULL counts as held."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    column: str
    holds: str
    severity: Severity = "critical"


class TableContract(BaseModel):
    """The shape of one table: grain, side of the wall, key, columns in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    grain: str
    side: Literal["open", "confidential"]
    audiences: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    note: str | None = None
    sensitivity: str | None = None
    columns: dict[str, ColumnContract]
    rules: tuple[RowRule, ...] = ()

    @model_validator(mode="after")
    def named_columns_exist(self) -> TableContract:
        named = {*self.key, *(rule.column for rule in self.rules)}
        if missing := named - set(self.columns):
            raise ValueError(f"key or rules name columns that are not declared: {', '.join(sorted(missing))}")
        return self


@cache
def reference_values(name: str) -> tuple[str, ...]:
    """Codes of a named list of data/reference; raises ValueError for a name that is not one."""
    sources = {
        "suppression_reason": ("policy.yml", "suppression_reason"),
        "place": ("places.yml", "codes"),
        "place_group": ("places.yml", "groups"),
        "place_area": ("areas.yml", "areas"),
        "time": ("times.yml", "codes"),
        "time_group": ("times.yml", "groups"),
    }
    if name not in sources:
        raise ValueError(f"no reference list is called {name}")
    file, key = sources[name]
    entries: dict[str, dict[str, Any]] = read_yaml(REFERENCE / file)[key]
    return tuple(code for code, entry in entries.items() if not entry.get("impossible"))


@cache
def load_contract(table: str, folder: Path = CONTRACTS) -> TableContract:
    """The contract of one table; BadInput names the contract file when it is missing or unsound."""
    path = folder / f"{table}.yml"
    try:
        contract = TableContract.model_validate(read_yaml(path))
    except FileNotFoundError as error:
        raise BadInput("no contract for this table", where=Where(path.name)) from error
    except (ValidationError, yaml.YAMLError) as error:
        raise BadInput(f"the contract is not sound: {error}", where=Where(path.name)) from error
    if contract.table != table:
        raise BadInput(f"the contract describes the table {contract.table}", where=Where(path.name, column="table"))
    return contract


def load_contracts(prefix: str = "", folder: Path = CONTRACTS) -> dict[str, TableContract]:
    """All contracts whose table's name begins with `prefix`, by table."""
    names = sorted(path.stem for path in folder.glob(f"{prefix}*.yml"))
    return {name: load_contract(name, folder) for name in names}


def create_table_sql(contract: TableContract, name: str | None = None) -> str:
    """CREATE TABLE with NOT NULL, CHECK and PRIMARY KEY from the contract; `name` may carry a schema."""
    lines = [_column_sql(column, spec) for column, spec in contract.columns.items()]
    if contract.key:
        lines.append(f"PRIMARY KEY ({', '.join(map(quoted, contract.key))})")
    return f"CREATE TABLE {name or quoted(contract.table)} (\n  " + ",\n  ".join(lines) + "\n)"


def create_tables(connection: DuckDBPyConnection, names: Sequence[str]) -> None:
    """Make the tables of these contracts where they don't exist yet."""
    for name in names:
        if not has_table(connection, "main", name):
            connection.execute(create_table_sql(load_contract(name)))


def wave_schema(wave: str) -> str:
    """The schema that holds one wave's answers, so that a wave is destroyed by dropping one thing."""
    return "wave_" + wave.replace("-", "_")


def has_table(connection: DuckDBPyConnection, schema: str, table: str) -> bool:
    query = "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?"
    return connection.execute(query, [schema, table]).fetchone() is not None


def _column_sql(column: str, spec: ColumnContract) -> str:
    parts = [quoted(column), SQL_TYPE[spec.type]]
    if spec.required:
        parts.append("NOT NULL")
    parts += [f"CHECK ({condition})" for condition in conditions(column, spec)]
    return " ".join(parts)


def conditions(column: str, spec: ColumnContract) -> list[str]:
    """SQL conditions a non-null value of the column meets."""
    name, found = quoted(column), []
    if spec.allowed is not None:
        found.append(f"{name} IN ({', '.join(map(literal, spec.allowed))})")
    if spec.regex is not None:
        found.append(f"regexp_matches({name}, {literal(spec.regex)})")
    limits = ((">=", spec.min), ("<=", spec.max), (">", spec.above))
    return found + [f"{name} {sign} {limit:g}" for sign, limit in limits if limit is not None]


def quoted(name: str) -> str:
    """An SQL identifier, safe for any name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | int | float) -> str:
    """An SQL literal, safe for any text."""
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
