"""Has a class risen against its own history? The predictive tail of its count, given what earlier waves tell of it.

Level and change are two questions: a class may be high as it always was, or high for the first time. The null here is
the class's own ordinary course: its lasting part as its released history leaves it, plus this term's part.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from models.latent import GRID, Floats, Ints, scale
from models.signals import usual_deviation
from models.thresholds import Released, history_evidence


def change_cut(known: Released, false_alarm: float = 0.01) -> Ints:
    """(classes,): smallest count of the carrying indicator that the class's own ordinary course rarely reaches.

    P(X ≥ k | history) ≤ false_alarm, X | deviation binomial of the rounded answers; r + 1 where no count will do. This
    wave's other indicators don't enter: they say whether something happened, not whether it is more than before.
    """
    earlier = [scale(history_evidence(known, wave)) for wave in range(len(known.history))]
    centre = known.model.carrier_centres(known.carrier)
    chances = usual_deviation(earlier, centre, known.school, known.model)
    chances = chances / chances.sum(axis=1, keepdims=True)
    r, logit = known.r[-1], centre[-1][:, None] + GRID
    none = r[:, None] * special.log_expit(-logit)
    cut, tail, choose = r + 1, np.zeros(len(r)), log_choose(int(r.max(initial=0)))
    for count in range(int(r.max(initial=0)), 0, -1):
        # The tail grows by one count at a time, from above; a count that a class can't have adds nothing.
        tail = tail + (chances * np.exp(none + count * logit + choose[r, count][:, None])).sum(axis=1)
        cut = np.where((count <= r) & (tail <= false_alarm), count, cut)
    return np.asarray(cut, dtype=np.int64)


def log_choose(most: int) -> Floats:
    """(r, count), both to `most`: log of the binomial coefficient; −∞ where the count is above r."""
    log = special.gammaln(np.arange(most + 1) + 1.0)
    r, count = np.indices((most + 1, most + 1))
    return np.where(count <= r, log[r] - log[count] - log[np.maximum(r - count, 0)], -np.inf)
