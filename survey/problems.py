"""What can be wrong with an instrument: the file, the block, the item and the rule it breaks."""

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
