"""Case mix: what a class's make-up (boarders, boys, rural school) is expected to add to its deviation.

One logistic regression of the carrying indicator on the make-up, with a level of its own for each group (band × wave),
fitted to the counts of all waves. A city of some dozen schools says little about it, so the effects are drawn to what
studies found by a normal prior (penalised likelihood).
"""

from __future__ import annotations

import numpy as np
from scipy import special

from models.latent import Floats, Ints

# How far a city's effects lie from the published ones; make-up differs mostly between schools, and classes of a school
# are alike, so counts tell of it as if they varied that many times as much as answers given at random.
PRIOR_SD, DISPERSION = 0.15, 4.0
STEPS = 8


def centred(mix: Floats, r: Floats, group: Ints) -> Floats:
    """(rows, features): make-up as distance from the mean of the answers in its group; 0 where nobody answered."""
    groups = int(group.max(initial=-1)) + 1
    asked = np.maximum(np.bincount(group, weights=r, minlength=groups), 1e-9)
    mean = np.column_stack([np.bincount(group, weights=r * column, minlength=groups) / asked for column in mix.T])
    return np.asarray(np.where(r[:, None] > 0, mix - mean[group], 0.0))


def fit_effects(yes: Floats, r: Floats, mix: Floats, group: Ints, usual: Floats) -> Floats:
    """(features,): logits per unit of each centred feature. yes and r may be weighted counts.

    usual: (features,), the published effects. Newton steps on the penalised quasi-likelihood (McCullagh and Nelder
    1989, ch. 9); a feature that is constant within every group keeps its usual effect.
    """
    groups = int(group.max(initial=-1)) + 1
    design = np.hstack([np.eye(groups)[group], mix])
    penalty = np.r_[np.full(groups, 1e-3), np.full(mix.shape[1], DISPERSION / PRIOR_SD**2)]
    rate = (yes.sum() + 0.5) / (r.sum() + 1)
    effect = np.r_[np.full(groups, special.logit(rate)), usual]
    origin = effect.copy()
    for _ in range(STEPS):
        share = special.expit(design @ effect)
        slope = design.T @ (yes - r * share) - penalty * (effect - origin)
        curve = (design * (r * share * (1 - share))[:, None]).T @ design + np.diag(penalty)
        effect = effect + np.clip(np.linalg.solve(curve, slope), -2, 2)
    return np.asarray(effect[groups:])
