"""Warning signs: rules of data/reference/rules.yml read over released class bands, and over nothing else."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from pipelines.policy import Policy
from pipelines.release.chances import declared_chances
from pipelines.release.coverage import unread_reasons
from pipelines.release.cube import Cube
from pipelines.release.cuts import about_answers
from pipelines.release.values import Withheld
from pipelines.release.windows import Bands
from pipelines.rules import Rules, load_rules

__all__ = ["LEVELS", "Rules", "calm_classes", "load_rules", "pub_class_wave_signal", "read_sign"]
Sign = dict[str, str | None]
NO_CONCLUSION: Sign = {"level": "no_conclusion", "kind": None, "rule_id": None, "raised": None}
LEVELS = ("no_conclusion", "no_group_signal", "watch", "warning", "urgent")


def pub_class_wave_signal(
    cube: Cube,
    bands: Bands,
    shown: np.ndarray,
    rules: Rules,
    policy: Policy,
    withheld: Withheld,
    risen: pd.Series | None = None,
    seen: np.ndarray | None = None,
) -> pd.DataFrame:
    """One row per class per wave.

    shown: (classes, indicators), the band is published; risen: (classes,), NULL where there is no history of its own;
    seen: (classes,), what others saw is a sign of its own; None where nothing moves cuts.
    """
    signs = class_signs(cube, bands, shown, rules, policy, withheld, risen, seen)
    reason = np.array([sign["reason"] for sign in signs], dtype=object)
    above = pd.Series(pd.NA, index=range(len(signs)), dtype="boolean") if risen is None else risen
    keys = {"school_id": cube.classes["school_id"].array, "class_id": cube.classes["class_id"].array, "wave": cube.wave}
    said = {name: [sign[name] for sign in signs] for name in ("level", "kind", "rule_id", "raised")}
    read_off = {"r_about": about_answers(cube), "risen": above.mask(reason != None).array, "reason": reason}  # noqa: E711
    table = pd.DataFrame(keys | said | read_off)
    return table.assign(declared_chance=declared_chances(table, cube.classes["level"]))


def calm_classes(
    cube: Cube, bands: Bands, rules: Rules, policy: Policy, withheld: Withheld, seen: np.ndarray | None = None
) -> np.ndarray:
    """(classes,): the released level is 'no group signal'."""
    signs = class_signs(cube, bands, bands.number > 0, rules, policy, withheld, seen=seen)
    return np.array([sign["level"] == "no_group_signal" for sign in signs], dtype=bool)


def class_signs(
    cube: Cube,
    bands: Bands,
    shown: np.ndarray,
    rules: Rules,
    policy: Policy,
    withheld: Withheld,
    risen: pd.Series | None = None,
    seen: np.ndarray | None = None,
) -> list[Sign]:
    """Level, kind, rule, raised indicators and reason of each class; as pub_class_wave_signal."""
    columns = [column for column, fact in enumerate(cube.indicators) if fact.class_level]
    codes = [cube.indicators[column].code for column in columns]
    carrying, count = [fact.code for fact in cube.indicators if fact.sign == "carrying"], len(cube.classes)
    rows = zip(
        np.where(shown, bands.band, 0)[:, columns].tolist(),
        [False] * count if risen is None else risen.fillna(False).tolist(),
        [None] * count if seen is None else seen.tolist(),
        no_conclusion_reasons(cube, shown, policy, withheld).tolist(),
        strict=True,
    )
    found: list[Sign] = []
    for values, rose, saw, reason in rows:
        band = dict(zip(codes, values, strict=True))
        sign = read_sign(band, rules, carrying if rose else (), saw)
        raised = ",".join(code for code, reached in band.items() if reached)
        found.append(
            NO_CONCLUSION | {"reason": reason} if reason else sign | {"raised": raised or None, "reason": None}
        )
    return found


def read_sign(band: dict[str, int], rules: Rules, risen: Collection[str] = (), seen: bool | None = None) -> Sign:
    """Level, kind and rule of a class with these bands: the first rule whose indicators are all raised.

    risen: indicators that stand above what the class's own history leaves open. seen: what others saw is a sign, given
    the class's released history; None where nothing moves cuts (pools), then the bands alone decide.
    """
    for rule in rules.rules:
        raised = all(band.get(code, 0) >= 1 for code in rule["if"])
        if rule.get("by_history") and seen is not None:
            raised = seen
        if raised and set(rule.get("risen", ())) <= set(risen):
            by_band = LEVELS[2 + min(max(band[rule["carried_by"]], 1), 2) - 1]
            level = by_band if rule["level"] == "by_band" else rule["level"]
            return {"level": level, "kind": rule["kind"], "rule_id": rule["id"]}
    return {"level": "no_group_signal", "kind": None, "rule_id": None}


def no_conclusion_reasons(cube: Cube, shown: np.ndarray, policy: Policy, withheld: Withheld) -> np.ndarray:
    """(classes,): why one has no conclusion; "" where it has. Depends on the class list and released sizes only."""
    classes, unread = cube.classes, unread_reasons(cube.classes, policy)
    carrying = np.array([fact.sign == "carrying" for fact in cube.indicators], dtype=bool)
    return np.select(
        [
            (classes["submitted"] == 0).to_numpy(),
            unread == "over_response",
            unread == "low_response",
            np.full(len(classes), not carrying.any()),
            np.full(len(classes), any(("class", fact.code) in withheld for fact in cube.indicators if fact.sign)),
            ~shown[:, np.flatnonzero(carrying)].all(axis=1),
        ],
        ["not_surveyed", "over_response", "low_response", "not_asked", "withheld", "too_small"],
        "",
    )
