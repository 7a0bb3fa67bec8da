"""The names of an attacker's unknowns, and along which steps they add up."""

from __future__ import annotations

from typing import NamedTuple

Cell = tuple[str, ...]
STEPS = (("class", "grade"), ("grade", "school"), ("school", "cluster"), ("school", "district"), ("district", "city"))
POOLED = "pool_"  # begins the family of a cell that counts two waves
BETWEEN, TOGETHER, BEYOND = "between", "together", "beyond"  # whole less part; sum of parts; that less the whole


class Unknown(NamedTuple):
    """A hidden count: of which wording of which wave, which unit, which cell of which family of tables."""

    wave: str
    version: int
    kind: str
    unit: str
    cell: Cell

    def at(self, cell: Cell) -> Unknown:
        """Another cell of the same unit."""
        return self._replace(cell=cell)

    @property
    def table(self) -> str:
        """The published table that speaks of it."""
        family = self.cell[0]
        return f"pub_{self.kind}_{family}" if family.startswith(POOLED) else f"pub_{self.kind}_wave_{family}"

    @property
    def is_count(self) -> bool:
        """Whether it is a count of the city, and not one made up to follow a chain of rows."""
        return is_count(self.cell)


def is_count(cell: Cell) -> bool:
    """Whether the cell's unknowns are counts of the city."""
    return cell[0] not in (BETWEEN, TOGETHER, BEYOND)
