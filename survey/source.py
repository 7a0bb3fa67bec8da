"""Reading an instrument's YAML strictly, and saying where in it a fault lies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from survey.problems import InstrumentError, Where

NAMED = {"indicators": "indicator", "scales": "scale", "lists": "list", "bands": "band", "form": "form"}


# libyaml's loader where PyYAML came with it: six times faster.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class StrictLoader(_SafeLoader):  # type: ignore[misc, valid-type]
    """YAML in which a key written twice is a fault; plain YAML lets the second one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [self.construct_object(key, deep=True) for key in written]
        twice = [key for index, key in enumerate(keys) if key in keys[:index]]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key {twice[0]!r} is written twice", node.start_mark)
        return dict(super().construct_mapping(node, deep))


def read_source(path: Path) -> dict[str, Any]:
    """The file as a mapping; InstrumentError if it can't be read or isn't one."""
    try:
        source = yaml.load(path.read_text(encoding="utf-8"), Loader=StrictLoader)
    except FileNotFoundError:
        raise InstrumentError("there is no such file").in_file(str(path)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise InstrumentError(f"not readable as YAML in UTF-8: {one_line(problem)}").in_file(path.name) from None
    if not isinstance(source, dict):
        raise InstrumentError("the file holds no mapping of keys").in_file(path.name)
    return source


def one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())


def locate(problem: ValidationError, source: Mapping[str, Any]) -> InstrumentError:
    """The first fault, with the codes of its block and item in place of list positions."""
    detail = problem.errors(include_url=False)[0]
    inner = detail.get("ctx", {}).get("error")
    if isinstance(inner, InstrumentError):
        return inner
    return InstrumentError(rule_of(detail, source), where=where_of(detail["loc"], source))


def rule_of(detail: ErrorDetails, source: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in detail["loc"] if isinstance(part, str))
    words = {"extra_forbidden": "unknown key", "missing": "a key is missing"}.get(detail["type"], detail["msg"])
    return f"{words} ({key})"


def where_of(loc: tuple[int | str, ...], source: Mapping[str, Any]) -> Where:
    match loc:
        case ("blocks", int(block), "items", int(item) | str(item), *_):
            blocks = source["blocks"]
            return Where(block=code_at(blocks, block), item=code_at(blocks[block].get("items"), item))
        case ("blocks", int(block), *_):
            return Where(block=code_at(source["blocks"], block))
        case (str(part), int(position) | str(position), *_) if part in NAMED:
            return Where(item=f"{NAMED[part]} {code_at(source[part], position)}")
        case _:
            return Where()


def code_at(holder: Any, position: int | str) -> str:
    """The code at a list position, whether the source wrote a list of codes or a mapping by code."""
    if isinstance(position, str):
        return position
    if isinstance(holder, Mapping):
        return str(list(holder)[position])
    entry = holder[position]
    return str(entry.get("code", position)) if isinstance(entry, Mapping) else str(position)
