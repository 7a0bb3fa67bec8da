"""The smallest parts of an instrument: codes, and texts that exist in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

# No double underscore: `item__option` is how a multiple choice names its columns.
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]


class Frozen(BaseModel):
    """A value: never changed after it was read; an unknown key is an error, not a silent loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Words(Frozen):
    """One text in both languages."""

    zh: Text
    en: Text


def listed(value: Any) -> Any:
    """`{a: {...}, b: {...}}` as `[{code: a, ...}, {code: b, ...}]`: order is content, so models keep lists."""
    if not isinstance(value, Mapping):
        return value
    return [{"code": code, **body} if isinstance(body, Mapping) else body for code, body in value.items()]


FromMapping = BeforeValidator(listed)
