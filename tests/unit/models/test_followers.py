"""The slope of a follower is read off windows: as well as from counts, and from nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from models.fit import USUAL_SLOPE
from models.followers import Pairs, released_slope
from models.latent import centre_of
from models.thresholds import Window, fixed_window, window_of

SD, RATES = 0.43, (0.1, 0.25)


def drawn(slope: float, classes: int, seed: int = 1) -> Pairs:
    """Classes of 40 whose follower deviates `slope` times as much as the carrier; windows as a release has them."""
    rng = np.random.default_rng(seed)
    deviation, asked = SD * rng.standard_normal(classes), np.full(classes, 40)
    counts = [
        rng.binomial(asked, special.expit(centre_of(rate, SD * steep) + steep * deviation))
        for rate, steep in zip(RATES, (1.0, slope), strict=True)
    ]
    return Pairs(
        asked,
        *(fixed_window(window_of(count, asked), asked) for count in counts),
        *(np.full(classes, rate) for rate in RATES),
    )


@pytest.mark.parametrize("slope", [0.5, 1.3])
def test_windows_tell_the_slope(slope: float) -> None:
    """Else a city in which others see more or less than usual has too many false signs, or too few signs."""
    assert released_slope([drawn(slope, 1000), drawn(slope, 1000, 2)], SD) == pytest.approx(slope, abs=0.15)


def test_where_nothing_was_released_the_slope_is_the_usual_one() -> None:
    """A first wave."""
    assert released_slope([], SD) == USUAL_SLOPE
    assert released_slope([drawn(0.5, 0)], SD) == USUAL_SLOPE


def test_few_classes_move_the_usual_slope_a_little() -> None:
    """Ten classes are no city."""
    assert released_slope([drawn(0.3, 10)], SD) == pytest.approx(USUAL_SLOPE, abs=0.5)


def test_more_windows_than_are_read_make_it_no_slower() -> None:
    """Every so-many-th class tells as much."""
    whole, part = drawn(1.3, 6000), drawn(1.3, 6000)
    few = Pairs(
        part.asked[::3],
        *(Window(window.low[::3], window.high[::3]) for window in (part.carrier, part.follower)),
        *(rate[::3] for rate in (part.carrier_rate, part.follower_rate)),
    )
    assert released_slope([whole], SD) == released_slope([few], SD)
