"""The level signal of a class as a cut on its count of yes answers.

An ordinary class of a band has a risk p with logit(p) ~ N(mu, sd), and its count is X | p ~ Binomial(r, p).
`signal_cut` is the smallest count that such a class reaches with at most the accepted false-alarm chance.

It is the empirical-Bayes level signal, said as a count. For fixed r and a fixed prior the posterior exceedance
P(p > limit | X = k) strictly rises with k (the binomial likelihood ratio of a larger p rises with k), so "exceedance of
at least c" is the same event as "k of at least k*", for any limit and any c. Choosing k* by its false-alarm chance
fixes c. What is gained: the cut depends on r and a published rate alone, so publishing "at or above the cut" tells
nothing beyond that.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

# Trapezoidal rule over ±8 sd: for a smooth function under a Gaussian its error falls exponentially with the step
# (Goodwin 1949; Trefethen and Weideman 2014). At this step the tails are right to 1e-9 for r ≤ 800, sd ≤ 1, where
# Gauss–Hermite, which spends its nodes far out, still errs by 1e-3 with 64 of them.
REACH_SD = 8.0
NODES = 129


def signal_cut(r: ArrayLike, rate: ArrayLike, sd_logit: float, false_alarm: float) -> NDArray[np.int64]:
    """Smallest k with P(X ≥ k) ≤ false_alarm for an ordinary class; r + 1 where no k ≤ r will do.

    r: opened answers (whole numbers ≥ 0); rate: mean share of ordinary classes (0–1); both broadcast.
    sd_logit: spread of ordinary classes on the logit scale; 0 gives the plain binomial.
    rate 0 gives 1 and rate 1 gives r + 1. Raises ValueError for anything that is not a number, a rate outside
    0–1, a negative or broken r, a negative sd_logit, a false_alarm outside 0–1.
    """
    r_all, rate_all = np.broadcast_arrays(np.asarray(r, dtype=float), np.asarray(rate, dtype=float))
    _check_null(r_all, rate_all, sd_logit, false_alarm)
    if r_all.size == 0:
        return np.empty(r_all.shape, dtype=np.int64)
    # One complex number per pair: sorting these is far cheaper than np.unique over rows.
    pairs, where = np.unique(r_all.ravel() + 1j * rate_all.ravel(), return_inverse=True)
    cuts = [_cut(int(pair.real), float(pair.imag), float(sd_logit), float(false_alarm)) for pair in pairs]
    return np.array(cuts, dtype=np.int64)[where].reshape(r_all.shape)


def null_tail(r: int, rate: float, sd_logit: float) -> NDArray[np.float64]:
    """P(X ≥ k) of an ordinary class for k = 0 … r + 1, shape (r + 2,); the last is 0."""
    p, weight = logit_normal(rate, sd_logit)
    k = np.arange(r + 1)[:, None]
    log_choose = special.gammaln(r + 1) - special.gammaln(k + 1) - special.gammaln(r - k + 1)
    pmf = np.exp(log_choose + special.xlogy(k, p) + special.xlog1py(r - k, -p)) @ weight
    return np.append(np.cumsum(pmf[::-1])[::-1], 0.0)


@lru_cache(maxsize=4096)
def logit_normal(rate: float, sd_logit: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes (shares) and weights of logit(p) ~ N(mu, sd_logit) with mu such that the MEAN of p is `rate`.

    mu is not logit(rate): the mean of a logit-normal lies between its median and ½.
    """
    if sd_logit == 0 or rate in (0, 1):
        return np.array([rate]), np.array([1.0])
    z, weight = _normal_nodes()
    start = float(special.logit(rate))
    # The mean lies between its median and ½, hence mu lies beyond logit(rate), by less than sd² (1 for tiny sd).
    reach = 1 + sd_logit**2
    mu = optimize.brentq(lambda m: special.expit(m + sd_logit * z) @ weight - rate, start - reach, start + reach)
    p = special.expit(mu + sd_logit * z)
    p.setflags(write=False)
    return p, weight


@lru_cache(maxsize=1)
def _normal_nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    z = np.linspace(-REACH_SD, REACH_SD, NODES)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    z.setflags(write=False)
    weight.setflags(write=False)
    return z, weight


@lru_cache(maxsize=65536)
def _cut(r: int, rate: float, sd_logit: float, false_alarm: float) -> int:
    tail = null_tail(r, rate, sd_logit)
    return int(np.argmax(tail <= false_alarm))


def _check_null(r: NDArray[np.float64], rate: NDArray[np.float64], sd_logit: float, false_alarm: float) -> None:
    if not np.all((r >= 0) & (r == np.floor(r)) & np.isfinite(r)):
        raise ValueError("r must be whole numbers ≥ 0")
    if not np.all((rate >= 0) & (rate <= 1)):
        raise ValueError("rate must lie between 0 and 1")
    if not (sd_logit >= 0 and np.isfinite(sd_logit)):
        raise ValueError("sd_logit must be ≥ 0")
    if not 0 < false_alarm < 1:
        raise ValueError("false_alarm must lie between 0 and 1")
