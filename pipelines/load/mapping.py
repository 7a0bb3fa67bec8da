"""Where each column of a load comes from: the interchange format as it stands, or a file through mapping.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from pipelines.contracts import PATTERN, load_contract
from pipelines.files.read import Source
from pipelines.plain_yaml import read_yaml
from pipelines.problems import BadInput, Where
from pipelines.words import say
from survey.instrument import Instrument

FIXED = ("class_id", "take_part", "too_fast", "weight")


class Origin(BaseModel):
    """A source column and how its cells become codes.

    recode: cell -> code, every other cell is outside the scale; missing: cells that mean no answer;
    split and options: several answers joined in one cell, label -> option code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    recode: dict[str, str] | None = None
    missing: tuple[str, ...] = ()
    split: str | None = None
    options: dict[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def short_form(cls, content: Any) -> Any:
        return {"column": content} if isinstance(content, str) else content

    @field_validator("recode", "options", mode="before")
    @classmethod
    def words_only(cls, content: Any) -> Any:
        return {plain(key): plain(value) for key, value in content.items()} if isinstance(content, dict) else content

    @field_validator("missing", mode="before")
    @classmethod
    def missing_words(cls, content: Any) -> Any:
        return tuple(plain(cell) for cell in content) if isinstance(content, (list, tuple)) else content

    @model_validator(mode="after")
    def split_has_options(self) -> Origin:
        if (self.split is None) != (self.options is None):
            raise ValueError("split and options stand together")
        return self


def plain(cell: Any) -> str:
    """A cell as text: 1.0 is written 1, so that text and number columns read alike."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", str(cell).strip())


class Mapping(BaseModel):
    """mapping.yml: what a foreign file's columns mean in the words of an instrument."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mapping: str
    instrument: str | None = None
    units: Literal["class", "none"] | None = None
    wave: Origin | None = None
    class_id: Origin | None = None
    take_part: Origin | None = None
    too_fast: Origin | None = None
    weight: Origin | None = None
    groups: dict[str, Origin] = {}
    columns: dict[str, Origin]
    note: str | None = None

    @field_validator("groups", mode="before")
    @classmethod
    def list_of_names(cls, content: Any) -> Any:
        return {name: name for name in content} if isinstance(content, list) else content


class Plan(BaseModel):
    """Where every column of one load comes from. `file` is the mapping's name, empty for the interchange format."""

    model_config = ConfigDict(frozen=True)

    file: str
    units: Literal["class", "none"]
    wave: Origin | None
    fixed: dict[str, Origin]
    answers: dict[str, Origin]
    groups: dict[str, Origin]
    not_in_file: tuple[str, ...] = ()

    @property
    def origins(self) -> dict[str, Origin]:
        return self.fixed | self.answers | self.groups

    @property
    def wave_pattern(self) -> str:
        """How a wave is written: a term, or for a survey without classes also a year."""
        return PATTERN["any_wave" if self.units == "none" else "wave"]

    @property
    def wanted(self) -> tuple[str, ...]:
        """Source columns to read, each once: the allow-list."""
        wave = [self.wave] if self.wave else []
        return tuple(dict.fromkeys(origin.column for origin in [*wave, *self.origins.values()]))


def load_mapping(path: Path) -> Mapping:
    """Read a mapping.yml. BadInput names the file and the key that is wrong."""
    try:
        return Mapping.model_validate(read_yaml(path))
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(say("mapping.unreadable"), where=Where(path.name), next_step=say("mapping.manual")) from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = Where(path.name, column=".".join(map(str, fault["loc"])))
        raise BadInput(
            say("mapping.unsound", fault=fault["msg"]), where=where, next_step=say("mapping.manual")
        ) from None


def plan_interchange(source: Source, instrument: Instrument) -> Plan:
    """The interchange format: every column under its own name; BadInput for missing and unknown columns."""
    from pipelines.load.likeness import check_columns

    contract = load_contract("submission").columns
    fixed = {name: spec for name, spec in contract.items() if name != "class_id" or instrument.units == "class"}
    required = [name for name, spec in fixed.items() if not spec.optional] + list(instrument.columns)
    check_columns(source, instrument, required, {*fixed, *instrument.columns})
    here = {name: Origin(column=name) for name in source.columns}
    return Plan(
        file="",
        units=instrument.units,
        wave=None,
        fixed={name: here[name] for name in fixed if name in here},
        answers={name: here[name] for name in instrument.columns},
        groups={},
    )


def plan_mapping(mapping: Mapping, path: Path, source: Source, instrument: Instrument) -> Plan:
    """A foreign file through a mapping; BadInput where it names what the file or the instrument doesn't have."""
    file, units = path.name, mapping.units or instrument.units
    fixed = {name: origin for name in FIXED if (origin := getattr(mapping, name)) is not None}
    answers = spread_columns(mapping, file, instrument)
    plan = Plan(
        file=file,
        units=units,
        wave=mapping.wave,
        fixed=fixed,
        answers=answers,
        groups=mapping.groups,
        not_in_file=tuple(name for name in instrument.columns if name not in answers),
    )
    check_plan(plan, source, instrument)
    return plan


def spread_columns(mapping: Mapping, file: str, instrument: Instrument) -> dict[str, Origin]:
    """One origin per answers column, in the order of the form: a split cell serves every option of its item."""
    found: dict[str, Origin] = {}
    for target, origin in mapping.columns.items():
        columns = [name for name, column in instrument.columns.items() if target in (name, column.item)]
        is_multi = columns != [target]
        if not columns or (is_multi and origin.split is None) or (not is_multi and origin.split is not None):
            where = Where(file, column=target)
            raise BadInput(
                say("mapping.unknown_item", instrument=instrument.id), where=where, next_step=say("mapping.manual")
            )
        found |= dict.fromkeys(columns, origin)
    _check_options(mapping, file, instrument)
    return {name: found[name] for name in instrument.columns if name in found}


def _check_options(mapping: Mapping, file: str, instrument: Instrument) -> None:
    """BadInput for an option or a recode that leads to a code the item doesn't have."""
    for target, origin in mapping.columns.items():
        if origin.options is not None:
            known = {column.option for column in instrument.columns.values() if column.item == target}
        else:
            known = {str(code) for code in instrument.columns[target].codes}
        given = origin.options if origin.options is not None else origin.recode or {}
        if wrong := [cell for cell, code in given.items() if code not in known]:
            where = Where(file, column=f"{target}: {wrong[0]}")
            raise BadInput(say("mapping.unknown_option"), where=where, next_step=say("mapping.manual"))


def check_plan(plan: Plan, source: Source, instrument: Instrument) -> None:
    """BadInput: a column the file doesn't have, no class column, groups where classes are, a name used twice."""
    named: MappingType[str, Origin] = plan.origins | ({"wave": plan.wave} if plan.wave else {})
    for target, origin in named.items():
        if origin.column not in source.columns:
            rule = say("mapping.missing_column", file=source.path.name, target=target)
            raise BadInput(
                rule, where=Where(plan.file, column=origin.column), next_step=say("mapping.missing_column_step")
            )
    if plan.units == "class" and "class_id" not in plan.fixed:
        raise BadInput(
            say("mapping.no_class"), where=Where(plan.file, column="class_id"), next_step=say("mapping.manual")
        )
    if plan.units != instrument.units or (plan.units == "class" and plan.groups):
        raise BadInput(say("mapping.units"), where=Where(plan.file, column="units"), next_step=say("mapping.manual"))
    taken = {*FIXED, "load_id", "wave", *instrument.columns}
    if clash := [name for name in plan.groups if name in taken or not re.fullmatch(r"[a-z][a-z0-9_]*", name)]:
        raise BadInput(
            say("mapping.group_name"), where=Where(plan.file, column=clash[0]), next_step=say("mapping.manual")
        )
