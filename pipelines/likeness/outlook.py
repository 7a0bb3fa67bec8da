"""Next term's outlook of a class, from released bands and rates alone; it adds nothing to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import special

from models.forecast import Turns, check_forecast, fit_and_forecast, three_bands
from models.latent import GRID, centre_of, weights, window_evidence
from pipelines.policy import Policy
from survey.bands import band_of

Tables = Mapping[str, pd.DataFrame]
NULL = np.array(None, dtype=object)
USUAL_RATE = 0.1  # where the city's rate isn't published


def pub_class_wave_forecast(
    tables: Tables, before: Sequence[Tables], carrier: str | None, policy: Policy
) -> pd.DataFrame:
    """One row per class per wave; `before`: earlier comparable waves in order; carrier: the indicator signs rest on."""
    signals = tables["pub_class_wave_signal"]
    if signals.empty or carrier is None:
        return pd.DataFrame()
    frame = signals[["school_id", "class_id", "wave"]].reset_index(drop=True)
    wave = str(frame["wave"].iloc[0])
    if wave.endswith("-1"):
        return frame.assign(outlook=None, reason="moves_up")
    past = past_turns([*before, tables], carrier, policy)
    state = check_forecast(past).state if past else "too_few_waves"
    if past is None or state != "shown":
        return frame.assign(outlook=None, reason=state)
    risks = class_risks(tables, carrier, policy).reindex(frame["class_id"])
    chance = fit_and_forecast(past, feature_matrix(risks))
    outlook = three_bands(chance, float(past.outcome.mean())).astype(object)
    shown = risks["shown"].to_numpy(bool)
    return frame.assign(outlook=np.where(shown, outlook, NULL), reason=np.where(shown, NULL, "hidden"))


def past_turns(waves: Sequence[Tables], carrier: str, policy: Policy) -> Turns | None:
    """Every autumn and the spring after it that were both released: classes whose sign is known in both."""
    parts = []
    for number, (now, after) in enumerate(pairwise(waves)):
        if not is_spring_after(now, after):
            continue
        risks, came = class_risks(now, carrier, policy), reached(after, carrier)
        risks = risks[risks["shown"].to_numpy(bool) & risks.index.isin(came.index)]
        outcome = came.reindex(risks.index).to_numpy(bool)
        where = (risks["school_id"].to_numpy(), np.full(len(risks), number))
        parts.append((feature_matrix(risks), risks[f"risk_{carrier}"].to_numpy(float), outcome, *where))
    if not parts:
        return None
    features, history, outcome, school, wave = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Turns(features, history, outcome, pd.factorize(school)[0].astype(np.int64), wave)


def is_spring_after(now: Tables, after: Tables) -> bool:
    """Whether the waves are one school year's autumn and spring: only then is a class the same students."""
    autumn, spring = (str(tables["pub_wave"]["wave"].iloc[0]) for tables in (now, after))
    return autumn.endswith("-2") and spring == f"{int(autumn[:4]) + 1}-1"


def reached(tables: Tables, carrier: str) -> pd.Series:
    """Whether each class whose band is shown stands at or above its first cut."""
    bands = tables["pub_class_wave_indicator"]
    own = bands[(bands["indicator"] == carrier) & bands["band"].notna()]
    return own.set_index("class_id")["band"].astype("int64") > 0


def class_risks(tables: Tables, carrier: str, policy: Policy) -> pd.DataFrame:
    """One row per class: school_id, shown (the carrier has a band), size, and the risk that each band implies."""
    bands = tables["pub_class_wave_indicator"]
    classes = bands.drop_duplicates("class_id").set_index("class_id")[["school_id"]]
    rows = bands.merge(class_facts(tables), on="class_id", how="left")
    rows = rows.merge(tables["pub_band_wave_base"][["band", "indicator", "rate"]].rename(columns={"band": "form"}))
    rows["risk"] = posterior_risk(rows, policy["class_signal.class_sd"])
    wide = rows.pivot(index="class_id", columns="indicator", values="risk").add_prefix("risk_")
    wide = wide.fillna(wide.mean()).fillna(USUAL_RATE)
    shown = bands[(bands["indicator"] == carrier) & bands["band"].notna()]["class_id"]
    size = class_facts(tables).set_index("class_id")["enrolled"].astype("float64")
    return classes.join(wide).assign(shown=classes.index.isin(shown), size=size.reindex(classes.index))


def class_facts(tables: Tables) -> pd.DataFrame:
    """class_id, the form its band answers, enrolled."""
    units = tables["pub_unit"]
    classes = units[units["unit_kind"] == "class"]
    forms = [band_of(level, int(grade)) for level, grade in zip(classes["level"], classes["grade"], strict=True)]
    return pd.DataFrame({"class_id": classes["unit_id"], "form": forms, "enrolled": classes["enrolled"]})


def posterior_risk(rows: pd.DataFrame, sd: float) -> np.ndarray:
    """(rows,): mean risk given that the count lies in its band, empirical Bayes around the city's rate.

    A hidden band leaves the city's rate. Answers are taken as the enrolled, which the class list tells.
    """
    r = rows["enrolled"].astype("float64").fillna(40).to_numpy()
    band, first, second = (rows[name].astype("float64").to_numpy() for name in ("band", "e1", "e2"))
    low = np.select([band == 1, band == 2], [first, second], 0.0)
    high = np.select([band == 0, (band == 1) & np.isfinite(second)], [first - 1, second - 1], r)
    rate = (rows["rate"].astype("float64") / 100).fillna(USUAL_RATE).clip(0.01, 0.95).to_numpy()
    centre = np.array([centre_of(share, sd) for share in rate])
    chance = np.exp(window_evidence(np.minimum(low, r), np.minimum(high, r), r, centre)) * weights(sd)
    risk = special.expit(centre[:, None] + GRID)
    return np.asarray((chance * risk).sum(axis=1) / chance.sum(axis=1))


def feature_matrix(risks: pd.DataFrame) -> np.ndarray:
    """(classes, features): logits of the risks, their school's means, log size."""
    own = risks[[name for name in risks if name.startswith("risk_")]].astype("float64")
    logits = np.log(own / (1 - own))
    school = logits.groupby(risks["school_id"].to_numpy()).transform("mean")
    size = np.log(risks["size"].astype("float64").fillna(40).clip(lower=1)).to_numpy()
    return np.column_stack([logits.to_numpy(), school.to_numpy(), size])
