"""Has a class risen against its own history? The predictive tail of its count, given what earlier waves tell of it.

Level and change are two questions: a class may be high as it always was, or high for the first time. The null here is
the class's own ordinary course: its lasting part as its released history leaves it, plus this term's part.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from models.latent import GRID, Ints, scale
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
    r, share = known.r[-1], special.expit(centre[-1][:, None] + GRID)
    cut = r + 1
    for count in range(int(r.max(initial=0)), 0, -1):
        tail = (chances * stats.binom.sf(count - 1, r[:, None], share)).sum(axis=1)
        cut = np.where((count <= r) & (tail <= false_alarm), count, cut)
    return np.asarray(cut, dtype=np.int64)
