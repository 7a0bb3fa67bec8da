"""A city as one integer program, for a solver's word on what the gate's passes conclude."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from pipelines.release.relations import Relations
from pipelines.release.tree import Level
from pipelines.release.values import Values


class Program:
    """Every count of a city as one program: variables (depth, unit, column), rows of sums and relations.

    Solved by the simplex method, whose optima lie on vertices; a vertex in whole numbers is a city. HiGHS's
    branch-and-bound is not used: on these programs it calls wrong optima proved (see docs/adr/0004).
    """

    def __init__(self, levels: list[Level], values: Values) -> None:
        self.names: dict[tuple[int, int, int], int] = {}
        self.columns = len(values.columns)
        for depth, level in enumerate(levels):
            for unit in range(len(level.ids)):
                for column in range(self.columns):
                    self.names[depth, unit, column] = len(self.names)
        self.low = np.concatenate([table.low.reshape(-1) for table in values.tree])
        self.high = np.concatenate([table.high.reshape(-1) for table in values.tree])
        rows = [*self._sums(levels, self.columns), *self._relations(levels, values.relations)]
        matrix = np.zeros((len(rows), len(self.names)))
        for index, (terms, _, _) in enumerate(rows):
            for name, sign in terms:
                matrix[index, name] += sign
        low, self.most = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
        self.exact = low == self.most
        self.matrix = csr_array(matrix)

    def _sums(self, levels: list[Level], columns: int) -> list[tuple[list[tuple[int, int]], float, float]]:
        rows = []
        for depth in range(1, len(levels)):
            for unit in range(len(levels[depth].ids)):
                for column in range(columns):
                    children = np.flatnonzero(levels[depth - 1].parent == unit)
                    terms = [(self.names[depth - 1, child, column], 1) for child in children]
                    rows.append(([*terms, (self.names[depth, unit, column], -1)], 0.0, 0.0))
        return rows

    def _relations(self, levels: list[Level], relations: Relations) -> list[tuple[list[tuple[int, int]], float, float]]:
        rows = []
        for depth, level in enumerate(levels):
            for unit in range(len(level.ids)):
                name = {column: self.names[depth, unit, column] for column in range(self.columns)}
                for part, whole in relations.within:
                    rows.append(([(name[part], 1), (name[whole], -1)], -np.inf, 0.0))
                for whole, parts in relations.unions:
                    rows.append(([(name[whole], 1), *((name[part], -1) for part in parts)], -np.inf, 0.0))
                for whole, parts in relations.splits:
                    rows.append(([(name[whole], 1), *((name[part], -1) for part in parts)], 0.0, 0.0))
                for family in relations.exclusive:
                    most = float(level.r[unit, family[0]])
                    rows.append(([(name[column], 1) for column in family], -np.inf, most))
        return rows

    def range_of(self, depth: int, unit: int, column: int) -> tuple[int, int] | None:
        """Smallest and largest count that fits everything published; None where an optimum is no city."""
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(self.names))
            goal[self.names[depth, unit, column]] = sign
            found = linprog(
                goal,
                A_ub=self.matrix[~self.exact],
                b_ub=self.most[~self.exact],
                A_eq=self.matrix[self.exact],
                b_eq=self.most[self.exact],
                bounds=np.c_[self.low, self.high],
                method="highs-ds",
            )
            assert found.status == 0, found.message
            if np.abs(found.x - found.x.round()).max() > 1e-6:
                return None
            ends.append(round(sign * found.fun))
        return ends[0], ends[1]
