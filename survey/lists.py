"""A code list that items share (places, times): entries with a group, the coarse cell of what is released."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from survey.words import Code, FromMapping, Frozen, Words


class Group(Words):
    code: Code


class Entry(Words):
    """A place or time. `impossible` entries measure careless answering and belong to no group."""

    code: Code
    group: Code | None = None
    bands: tuple[Code, ...] | None = None
    not_in: tuple[Code, ...] = ()
    impossible: bool = False


class CodeList(Frozen):
    groups: Annotated[tuple[Group, ...], FromMapping]
    entries: Annotated[tuple[Entry, ...], FromMapping] = Field(alias="codes")
