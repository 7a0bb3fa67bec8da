"""What can be wrong with an instrument, a key, a sheet, a wave, the store: place and rule, never an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Where:
    """A place in an instrument; `item` may name an item, a scale, a list or an indicator."""

    file: str = ""
    block: str = ""
    item: str = ""

    def __str__(self) -> str:
        parts = [self.file, self.block and f"block {self.block}", self.item and f"item {self.item}"]
        return ", ".join(part for part in parts if part)


class InstrumentError(ValueError):
    """An instrument that must not be used. `where` is the place, `rule` the sentence it breaks."""

    def __init__(self, rule: str, *, where: Where | None = None) -> None:
        self.rule, self.where = rule, where or Where()
        place = f"{self.where}: " if str(self.where) else ""
        super().__init__(f"{place}{rule}")

    def in_file(self, file: str) -> InstrumentError:
        """The same fault, with the file's name put in front."""
        return InstrumentError(self.rule, where=replace(self.where, file=file))


class SurveyProblem(Exception):
    """A refusal that a person can act on: the rule, and the next step. Never an answer, a code or an address."""

    def __init__(self, rule: str, *, where: str = "", next_step: str = "") -> None:
        self.rule, self.where, self.next_step = rule, where, next_step
        place = f"{where}: " if where else ""
        step = f" → {next_step}" if next_step else ""
        super().__init__(f"{place}{rule}{step}")


class KeyFault(SurveyProblem):
    """A key file that can't be read, isn't whole, or doesn't open with this passphrase."""


class SheetFault(SurveyProblem):
    """An envelope or sheet that isn't one of this instrument, or can't be opened with this key."""


class WaveFault(SurveyProblem):
    """A step that the wave's state doesn't allow, or a wave that isn't there."""


class StoreFault(SurveyProblem):
    """A store whose settings would lose an answer or tell its time: we refuse to start."""


class NotSaved(SurveyProblem):
    """The store refused to write: nothing is promised, and the code stays good."""

    def __init__(self, rule: str = "the store can't write now; nothing was saved, and the code stays good") -> None:
        super().__init__(rule)
