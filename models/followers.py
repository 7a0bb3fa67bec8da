"""How strongly one indicator follows another between classes, read off what is released of both.

Of a class's deviation from its band the window of the carrying indicator says something, and so does the other's. It is
the number that makes both windows likeliest together, over all classes that show both (marginal maximum likelihood, as
`models.fit.fit_slope` does from counts). Nothing hidden goes in, so it may be known to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from models.fit import SLOPE_ROWS, SLOPE_SD, USUAL_SLOPE, marginal
from models.latent import Floats, Ints, centre_of, window_evidence
from models.thresholds import Window

LEAST, MOST = 0.05, 2.0


@dataclass(frozen=True)
class Pairs:
    """Classes that show windows of both: rounded answers, both windows, the usual share of each; all (classes,)."""

    asked: Ints
    carrier: Window
    follower: Window
    carrier_rate: Floats
    follower_rate: Floats


def released_slope(waves: Sequence[Pairs], sd: float) -> float:
    """Slope of the follower on the logit scale; the usual one, to which it is drawn, where no class shows both.

    sd: of classes' deviations.
    """
    few = [thinned(pairs, len(waves)) for pairs in waves]
    shown = [evidence(pairs.carrier, pairs.asked, pairs.carrier_rate, sd, 1.0) for pairs in few]

    def loss(slope: float) -> float:
        likely = sum(
            marginal(own + evidence(pairs.follower, pairs.asked, pairs.follower_rate, sd, slope), sd).sum()
            for own, pairs in zip(shown, few, strict=True)
        )
        return float((slope - USUAL_SLOPE) ** 2 / (2 * SLOPE_SD**2) - likely)

    if not sum(len(pairs.asked) for pairs in few):
        return USUAL_SLOPE
    return float(optimize.minimize_scalar(loss, bounds=(LEAST, MOST), method="bounded", options={"xatol": 0.01}).x)


def evidence(window: Window, asked: Ints, rate: Floats, sd: float, slope: float) -> Floats:
    """(classes, grid): log-chance of the window where the indicator's mean share is `rate`."""
    few, row = np.unique(rate, return_inverse=True)
    centre = np.array([centre_of(float(share), sd * slope) for share in few])[row]
    # The true number of answers may be 2 above the rounded one, and so may a window's end.
    return window_evidence(window.low, window.high, np.maximum(asked, window.high), centre, slope)


def thinned(pairs: Pairs, waves: int) -> Pairs:
    """Every so-many-th class: more would make the same number slower."""
    step = slice(None, None, max(len(pairs.asked) * waves // SLOPE_ROWS, 1))
    return Pairs(
        pairs.asked[step],
        Window(pairs.carrier.low[step], pairs.carrier.high[step]),
        Window(pairs.follower.low[step], pairs.follower.high[step]),
        pairs.carrier_rate[step],
        pairs.follower_rate[step],
    )
