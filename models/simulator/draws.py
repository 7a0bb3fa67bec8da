"""Random draws: one independent stream per purpose, so that a longer simulation never changes a shorter one."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]
Texts = NDArray[np.str_]

EMPTY = -1
"""Not asked, left out, or a blank sheet; a text column holds "" instead."""


def stream(seed: int, purpose: str, *keys: int) -> np.random.Generator:
    """The generator of one purpose (for one district, one wave …). Each purpose keeps to one number of keys."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(purpose.encode()), *keys]))


def choose(rng: np.random.Generator, size: int, codes: Sequence[int], weights: Sequence[float] | Floats) -> Codes:
    """`size` independent codes, drawn with the given weights (they need not sum to 1)."""
    cumulative = np.cumsum(weights) / np.sum(weights)
    return np.asarray(codes, dtype=np.int8)[np.searchsorted(cumulative, rng.random(size), side="right")]


def flip(rng: np.random.Generator, size: int, chance: float | Floats) -> Flags:
    """`size` independent events, each with its chance."""
    return rng.random(size) < chance


def pick(rng: np.random.Generator, cumulative: Floats) -> Ints:
    """One column per row of `cumulative` (rows × options, each row ends at 1)."""
    return np.minimum((cumulative < rng.random((len(cumulative), 1))).sum(axis=1), cumulative.shape[1] - 1)


def logit(share: float | Floats) -> Floats:
    return np.log(share) - np.log1p(-np.asarray(share, dtype=float))


def expit(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-x))


def class_mean(values: NDArray[np.generic], klass: Ints, classes: int) -> Floats:
    """Mean of a student's value in each class; no class is empty."""
    return np.bincount(klass, weights=values, minlength=classes) / np.bincount(klass, minlength=classes)
