"""What a write can come back with; each carries a code whose words stand in the catalogue."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A rule of the house or of the law said no. Words: refused.<code>, filled with `fields`."""

    def __init__(self, code: str, **fields: Any) -> None:
        self.code, self.fields = code, fields
        super().__init__(code)


class Stale(Exception):
    """Somebody else wrote first. `current` is the sign or case as it stands now; what was typed stays with the caller
    and is worth showing beside it."""

    def __init__(self, current: Any) -> None:
        self.current = current
        super().__init__("stale")


class CaseworkGone(Exception):
    """The store can't be used: `code` is locked, full, read_only, damaged or gone. Words: gone.<code>."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
