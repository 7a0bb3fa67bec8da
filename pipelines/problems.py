"""What can go wrong, in words that name the file, the place, the rule and the next step; never an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Where:
    """A place in a file: any part may be unknown."""

    file: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        parts = [
            self.file,
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column}" if self.column else "",
        ]
        return ", ".join(part for part in parts if part)


class Problem(Exception):
    """A refusal that a person can act on. Subclasses fix the exit code."""

    exit_code = 1

    def __init__(self, rule: str, *, where: Where | None = None, next_step: str = "") -> None:
        self.rule, self.where, self.next_step = rule, where or Where(), next_step
        super().__init__(self.sentence())

    def sentence(self) -> str:
        place = f"{self.where}: " if str(self.where) else ""
        step = f" → {self.next_step}" if self.next_step else ""
        return f"{place}{self.rule}{step}"


class BadInput(Problem):
    """Wrong use or a file's fault: nothing was stored (exit 2)."""

    exit_code = 2


class CannotDo(Problem):
    """The work could not be done and the state before it stands: held load, failed audit (exit 1)."""

    exit_code = 1
