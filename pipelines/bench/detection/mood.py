"""Response quality on two published samples of adults, where failed infrequency items say who didn't read.

Data: Niv Lab's mood questionnaires (original and replication), which aren't part of this project.
`python -m pipelines.bench.detection.mood FOLDER | python -m pipelines.bench.detection.cards` writes the card's block.
The items are worded one way and the infrequency items are the criterion, so of our marks only person fit and the time
flag can speak; the indices beside them are the data's own and those of the literature, from the same run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from models.forecast import area_under_curve
from models.quality import STEPS, TOO_FAST, Flags, Floats, person_fit
from pipelines.bench.detection.indices import even_odd, longstring, mahalanobis, person_total, spread_within
from pipelines.bench.rows import Row, document

SAMPLES = {"original": "01_Original", "replication": "02_Replication"}
UP, DOWN = (1, 3, 4, 6, 7, 8, 13), (2, 5, 9, 10, 11, 12, 14)  # the two scales of the 7 Up 7 Down inventory
# Scale → questionnaire and the numbers of its items, infrequency items left out; as the data's authors have them.
SCALES: Mapping[str, Mapping[str, tuple[str, tuple[int, ...]]]] = {
    "original": {
        "up": ("7u7d", UP),
        "down": ("7u7d", DOWN),
        "anxiety": ("gad7", tuple(range(1, 8))),
        "worry": ("pswq", tuple(range(1, 4))),
        "inhibition": ("bisbas", tuple(range(1, 5))),
        "activation": ("bisbas", tuple(range(5, 13))),
        "pleasure": ("shaps", tuple(range(1, 15))),
    },
    "replication": {
        "mania": ("mania", tuple(range(1, 8))),
        "depression": ("depression", tuple(range(1, 8))),
        "anxiety": ("anxiety", tuple(range(1, 8))),
        "artistic": ("artistic", tuple(range(1, 7))),
        "greed": ("greed", tuple(range(1, 7))),
    },
}
SECONDS_PER_ITEM = 2  # the form's own rule for "too fast"
OWN_INDICES = {"isd": 1, "reliability": -1, "mahalanobis": 1}  # columns of the data; which way is careless


@dataclass(frozen=True)
class Sample:
    """One row per person. answers: (persons, items) in the order of `scales`; own: the indices that came with it."""

    answers: Floats
    scales: tuple[slice, ...]
    too_fast: Flags
    failed: Flags
    own: Mapping[str, Floats]


def load_sample(folder: Path, name: str) -> Sample:
    """The analysis sample of one study: persons in the metrics file, their items and seconds from the other."""
    metrics = pd.read_csv(folder / f"{SAMPLES[name]}_metrics.csv")
    surveys = metrics[["subject"]].merge(pd.read_csv(folder / f"{SAMPLES[name]}_surveys.csv"), on="subject")
    parts = [[f"{prefix}_q{item:02d}" for item in items] for prefix, items in SCALES[name].values()]
    ends = np.cumsum([0, *map(len, parts)])
    asked = [column for column in surveys if "_q" in column]
    seconds = surveys[[f"{prefix}_rt" for prefix in dict(SCALES[name].values())]].sum(axis=1)
    return Sample(
        answers=surveys[[column for part in parts for column in part]].to_numpy(float),
        scales=tuple(slice(*pair) for pair in pairwise(ends)),
        too_fast=(seconds < SECONDS_PER_ITEM * len(asked)).to_numpy(),
        failed=(metrics["infreq"] > 0).to_numpy(),
        own={column: way * metrics[column].to_numpy(float) for column, way in OWN_INDICES.items()},
    )


def points_of(sample: Sample) -> Floats:
    """(persons,): our person fit added over scales, and the points of a form that was filled in too fast."""
    fits = [person_fit(*as_climate(sample.answers[:, scale])) for scale in sample.scales]
    return np.asarray(sum(fits) + TOO_FAST * sample.too_fast)


def as_climate(answers: Floats) -> tuple[Floats, list[int]]:
    """A scale on our steps, every second item turned with its key: the fit is the same, and the keys go both ways."""
    low, high = answers.min(), answers.max()
    steps = 1 + (answers - low) * (STEPS - 1) / (high - low)
    keys = [1 if item % 2 == 0 else -1 for item in range(answers.shape[1])]
    return np.where(np.array(keys) > 0, steps, STEPS + 1 - steps), keys


def scores_of(sample: Sample) -> dict[str, Floats]:
    """Ours, the data's own indices, and the literature's; all higher for less care."""
    return {
        "ours": points_of(sample),
        **{f"own_{name}": values for name, values in sample.own.items()},
        "spread": spread_within(sample.answers, sample.scales),
        "even_odd": even_odd(sample.answers, sample.scales),
        "distance": mahalanobis(sample.answers),
        "person_total": person_total(sample.answers),
        "longstring": longstring(sample.answers),
    }


def sample_rows(folder: Path, name: str) -> list[Row]:
    """AUC of every score against at least one failed infrequency item, beside that of the longest string."""
    sample = load_sample(folder, name)
    return [
        Row(
            f"mood_{name}_{score}",
            area := area_under_curve(values, sample.failed),
            "AUC",
            area_error(area, sample.failed),
            f"mood_{name}_longstring" if score == "ours" else None,
        )
        for score, values in scores_of(sample).items()
    ]


def area_error(area: float, failed: Flags) -> float:
    """Standard error of an area under the curve (Hanley and McNeil 1982)."""
    bad, good = failed.sum(), (~failed).sum()
    both, other = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (bad - 1) * (both - area**2) + (good - 1) * (other - area**2)
    return float(np.sqrt(variance / (bad * good)))


def main() -> None:
    folder = Path(sys.argv[1])
    print(json.dumps(document("mood", [row for name in SAMPLES for row in sample_rows(folder, name)])))


if __name__ == "__main__":
    main()
