"""YAML of contracts, policy, rules and words, in which an answer may be called no."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

# libyaml's loader where PyYAML came with it: contracts, policy and rules are read before each run, ten times faster.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_SafeLoader):  # type: ignore[misc, valid-type]
    """YAML in which only true and false are booleans: a column may be called yes, an answer no."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in _SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(path: Path) -> Any:
    """Content of a YAML file; `yes`, `no`, `on`, `off` stay words."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_PlainLoader)
