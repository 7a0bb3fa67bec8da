"""est_class_wave_signal: what it says of ordinary, thin and degenerate waves, and how it is written."""

from collections.abc import Iterable
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from models import pooling
from models.intervals import census_interval
from models.pooling import Lasting
from models.signals import class_signals
from pipelines import estimate
from pipelines.contracts import create_table_sql, load_contract
from pipelines.estimate import LASTING_SHARE, Reference, est_class_wave_signal, estimate_wave
from pipelines.estimate.signals import SIGNAL_COLUMNS, build_city
from pipelines.problems import CannotDo
from survey.instrument import Instrument, load_instrument

REFERENCE = Reference({("jr", "frequent"): 0.09, ("sr", "frequent"): 0.05}, 0.43)
SHARES = ["post_mean", "post_lo", "post_hi", "exceed", "raw_lo", "raw_hi"]


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument()


def counts_of(
    wave: str, yes: Iterable[int], valid: Iterable[int], enrolled: int = 40, band: str = "jr"
) -> pd.DataFrame:
    """Counts of one indicator in classes c000, c001, …"""
    frame = pd.DataFrame({"yes": list(yes), "valid": list(valid)})
    frame["class_id"] = [f"c{number:03d}" for number in frame.index]
    population = np.maximum(enrolled, frame["valid"]).astype(float)
    return frame.assign(wave=wave, indicator="frequent", band=band, r=frame["valid"], population=population)


def simulated_waves(waves: list[str], classes: int, seed: int) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Classes whose risks have a lasting part (.8 of the variance) and a part of the term; the true risks apart."""
    rng = np.random.default_rng(seed)
    lasting = 0.43 * np.sqrt(0.8) * rng.standard_normal(classes)
    frames, truth = [], {}
    for number, wave in enumerate(waves):
        term = 0.43 * np.sqrt(0.2) * rng.standard_normal(classes)
        truth[wave] = 1 / (1 + np.exp(2.2 - 0.15 * number - lasting - term))
        valid = rng.integers(20, 50, classes)
        frames.append(counts_of(wave, rng.binomial(valid, truth[wave]), valid, enrolled=55))
    return pd.concat(frames, ignore_index=True), truth


def is_sound(rows: pd.DataFrame) -> bool:
    """Nothing missing, shares in 0–1, intervals around what they belong to."""
    share = rows[SHARES].to_numpy(dtype=float)
    ordered = (rows["post_lo"] <= rows["post_mean"]) & (rows["post_mean"] <= rows["post_hi"])
    return bool(np.all((share >= 0) & (share <= 1)) and ordered.all() and (rows["raw_lo"] <= rows["raw_hi"]).all())


def slow_rows(counts: pd.DataFrame, wave: str) -> pd.DataFrame:
    """The definition, class by class and wave by wave, in plain Python."""
    priors, known, found = {}, {}, []
    for (when, band), group in counts.groupby(["wave", "band"]):
        priors[when, band] = pooling.fit_beta_binomial(group["yes"], group["valid"])
    for row in counts.sort_values("wave").itertuples():
        band = priors[row.wave, row.band]
        lasting = known.get(row.class_id, Lasting(np.array(0.0), np.array(1.0)))
        start = pooling.start_wave(lasting, band, LASTING_SHARE)
        risk = pooling.posterior(row.yes, row.valid, start)
        known[row.class_id] = pooling.learn_lasting(lasting, start, risk, band, LASTING_SHARE)
        if row.wave == wave:
            limit = stats.beta.ppf(0.9, band.a, band.b)
            lo, hi = stats.beta.interval(0.95, risk.a, risk.b)
            raw = census_interval(row.yes, row.valid, row.population)
            found.append((row.class_id, risk.mean, lo, hi, stats.beta.sf(limit, risk.a, risk.b), *map(float, raw)))
    return pd.DataFrame(found, columns=["class_id", *SHARES]).sort_values("class_id")


def test_same_as_the_definition_class_by_class() -> None:
    """Two bands, three waves, shuffled rows, classes that come and go: the arrays give what the plain loop gives."""
    junior, _ = simulated_waves(["2025-1", "2025-2", "2026-1"], 60, seed=1)
    senior, _ = simulated_waves(["2025-1", "2025-2", "2026-1"], 40, seed=2)
    senior["band"], senior["class_id"] = "sr", "s" + senior["class_id"]
    counts = pd.concat([junior, senior]).sample(frac=0.85, random_state=3).reset_index(drop=True)
    rows = est_class_wave_signal(counts, "2026-1", REFERENCE).sort_values("class_id")
    slow = slow_rows(counts, "2026-1")
    assert rows["class_id"].tolist() == slow["class_id"].tolist()
    assert_allclose(rows[SHARES].to_numpy(dtype=float), slow[SHARES].to_numpy(dtype=float), rtol=1e-9)


@pytest.mark.parametrize("history", [0, 1, 3])
def test_posterior_covers_the_true_risk_and_history_narrows_it(history: int) -> None:
    """95 % intervals hold the risk of 6,000 simulated classes in .94–.96, with as without earlier waves."""
    waves = ["2024-2", "2025-1", "2025-2", "2026-1"][3 - history :]
    counts, truth = simulated_waves(waves, 6000, seed=4)
    rows = est_class_wave_signal(counts, "2026-1", REFERENCE)
    risk = truth["2026-1"]
    assert 0.94 <= np.mean((rows["post_lo"].to_numpy() <= risk) & (risk <= rows["post_hi"].to_numpy())) <= 0.96
    alone = est_class_wave_signal(counts[counts["wave"] == "2026-1"], "2026-1", REFERENCE)
    error = np.sqrt(np.mean((rows["post_mean"].to_numpy() - risk) ** 2))
    error_alone = np.sqrt(np.mean((alone["post_mean"].to_numpy() - risk) ** 2))
    assert error <= error_alone * (1 if history == 0 else 0.97)


def test_exceedance_is_a_calibrated_probability() -> None:
    """Among classes given a chance near x of lying in the top tenth, a share near x does."""
    counts, truth = simulated_waves(["2026-1"], 20_000, seed=5)
    rows = est_class_wave_signal(counts, "2026-1", REFERENCE)
    high = truth["2026-1"] > np.quantile(truth["2026-1"], 0.9)
    for low, top in pairwise([0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 1.0]):
        inside = ((rows["exceed"] >= low) & (rows["exceed"] < top)).to_numpy()
        assert high[inside].mean() == pytest.approx(rows["exceed"].to_numpy()[inside].mean(), abs=0.05)


def test_first_wave_needs_no_history() -> None:
    counts, _ = simulated_waves(["2026-1"], 30, seed=6)
    rows = est_class_wave_signal(counts, "2026-1", REFERENCE)
    assert len(rows) == 30
    assert is_sound(rows)


def test_a_single_class_leans_on_the_reference() -> None:
    """9 of 30 in the only class: the band's mean is theirs and 9 of 100 together, its spread the policy's."""
    rows = est_class_wave_signal(counts_of("2026-1", [9], [30]), "2026-1", REFERENCE)
    assert is_sound(rows)
    risk = pooling.posterior(9, 30, pooling.reference_prior(18 / 130, 0.43))
    assert rows["post_mean"].item() == pytest.approx(risk.mean)
    assert 0.09 < rows["post_mean"].item() < 0.25


def test_the_reference_is_scaled_to_the_students_an_indicator_is_about() -> None:
    """A reference of 2 % of all is 8 % of the quarter the indicator is about, and never beyond a rate."""
    counts = counts_of("2026-1", [1], [10]).assign(r=40)
    prior = estimate.band_priors(counts, Reference({("jr", "frequent"): 0.02}, 0.43))
    assert_allclose(prior.mean, (1 + 100 * 0.08) / (10 + 100))
    prior = estimate.band_priors(counts, Reference({("jr", "frequent"): 0.7}, 0.43))
    assert_allclose(prior.mean, (1 + 100 * 0.95) / (10 + 100))


def test_a_class_of_three_says_little() -> None:
    """Three of three: a census of itself, but its risk stays close to its band's."""
    counts = counts_of("2026-1", [3, *[3] * 40], [3, *[36] * 40])
    counts["population"] = counts["valid"].astype(float)
    small = est_class_wave_signal(counts, "2026-1", REFERENCE).iloc[0]
    assert (small["raw_lo"], small["raw_hi"]) == (1.0, 1.0)
    assert small["post_mean"] < 0.2


@pytest.mark.parametrize("classes", [1, 5, 30])
@pytest.mark.parametrize("answer", [0, 1])
def test_all_zero_and_all_one(classes: int, answer: int) -> None:
    """Every class the same: no NaN, no certainty, the same result for each."""
    rows = est_class_wave_signal(counts_of("2026-1", [answer * 36] * classes, [36] * classes), "2026-1", REFERENCE)
    assert is_sound(rows)
    assert rows["post_mean"].nunique() == 1
    assert abs(answer - rows["post_mean"].iloc[0]) < (0.01 if classes == 30 else 0.75)
    assert rows["post_lo"].iloc[0] < rows["post_hi"].iloc[0]


def test_a_class_without_valid_answers_is_its_band() -> None:
    counts = pd.concat([simulated_waves(["2026-1"], 30, seed=7)[0], counts_of("2026-1", [0], [0]).assign(class_id="x")])
    rows = est_class_wave_signal(counts.reset_index(drop=True), "2026-1", REFERENCE).set_index("class_id")
    prior = pooling.fit_beta_binomial(counts["yes"], counts["valid"])
    assert rows.loc["x", "post_mean"] == pytest.approx(prior.mean)
    assert rows.loc["x", "exceed"] == pytest.approx(0.1)
    assert rows.loc["x", ["raw_lo", "raw_hi"]].tolist() == [0, 1]


def test_a_wave_missing_in_the_middle() -> None:
    """A class that stayed away one term keeps what was known of it: as if the wave had never been for it."""
    counts, _ = simulated_waves(["2025-1", "2025-2", "2026-1"], 40, seed=8)
    away = (counts["class_id"] == "c007") & (counts["wave"] == "2025-2")
    rows = est_class_wave_signal(counts[~away].reset_index(drop=True), "2026-1", REFERENCE).set_index("class_id")
    silent = counts.assign(yes=counts["yes"].where(~away, 0), valid=counts["valid"].where(~away, 0))
    same = est_class_wave_signal(silent, "2026-1", REFERENCE).set_index("class_id")
    assert is_sound(rows)
    assert rows.loc["c007", "post_mean"] == pytest.approx(same.loc["c007", "post_mean"], rel=1e-6)


def test_a_rise_of_the_whole_band_is_no_news_about_a_class() -> None:
    """History at 10 %, now 20 % everywhere: an average class is put at 20 %, not drawn back to its past."""
    counts = pd.concat(
        [
            counts_of("2025-2", [2, 4, 6] * 20, [40] * 60),
            counts_of("2026-1", [4, 8, 12] * 20, [40] * 60),
        ],
        ignore_index=True,
    )
    rows = est_class_wave_signal(counts, "2026-1", REFERENCE)
    assert rows["post_mean"].iloc[1] == pytest.approx(0.2, abs=0.01)


def test_a_class_that_moves_up_a_band_takes_its_standing_along() -> None:
    counts, _ = simulated_waves(["2025-2", "2026-1"], 80, seed=9)
    moved = counts["class_id"].isin([f"c{number:03d}" for number in range(40)]) & (counts["wave"] == "2026-1")
    rows = est_class_wave_signal(counts.assign(band=counts["band"].mask(moved, "sr")), "2026-1", REFERENCE)
    assert len(rows) == 80
    assert is_sound(rows)


LISTED = (
    "snapshot_id, district_id, district_name, school_id, school_name, level, boarding, rural, grade,"
    " class_id, class_name, enrolled, boys, boarders, band"
)


def store_counts(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, wave: str, classes: int, seed: int
) -> None:
    """raw_wave and the core tables of one wave, as load and score leave them; `trust` is no class-level indicator."""
    for table in ("raw_wave", "raw_registry", "core_class_wave_response", "core_class_wave_indicator"):
        if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchall():
            connection.execute(create_table_sql(load_contract(table)))
    row = [wave, instrument.id, instrument.hash, instrument.to_json(), "s0001", instrument.units, True, ""]
    connection.execute("INSERT INTO raw_wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    rng = np.random.default_rng(seed)
    for number in range(classes):
        r, band = int(rng.integers(20, 40)), ("g34", "jr")[number % 2]
        response = [wave, f"c{number}", "s1", 7, band, 38, r, 0, r, float(r)]
        connection.execute(f"INSERT INTO core_class_wave_response VALUES ({', '.join('?' * 10)})", response)
        listed = ["s0001", "d1", "D", "s1", "S", "junior", False, False, 7, f"c{number}", "7", 38, 20, 0, band]
        connection.execute(f"INSERT OR IGNORE INTO raw_registry ({LISTED}) VALUES ({', '.join('?' * 15)})", listed)
        for indicator, valid in (("frequent", r), ("told_worse", r // 4), ("trust", r)):
            yes = int(rng.binomial(valid, 0.1))
            values = [wave, f"c{number}", indicator, r, valid, yes, float(valid), float(yes)]
            connection.execute(f"INSERT INTO core_class_wave_indicator VALUES ({', '.join('?' * 8)})", values)


def stored(connection: duckdb.DuckDBPyConnection, wave: str) -> pd.DataFrame:
    query = "SELECT * FROM est_class_wave_signal WHERE wave = ? ORDER BY class_id, indicator"
    return connection.execute(query, [wave]).df()


def test_written_rows_meet_the_contract(instrument: Instrument) -> None:
    """One row per class and class-level indicator, columns in the contract's order."""
    connection = duckdb.connect()
    store_counts(connection, instrument, "2026-1", 8, seed=1)
    assert estimate_wave(connection, "2026-1") == 16
    rows = stored(connection, "2026-1")
    assert list(rows.columns) == list(load_contract("est_class_wave_signal").columns)
    assert set(rows["indicator"]) == {"frequent", "told_worse"}
    assert is_sound(rows)


def test_written_again_is_written_once_and_other_waves_stay(instrument: Instrument) -> None:
    connection = duckdb.connect()
    for seed, wave in enumerate(["2025-2", "2026-1"]):
        store_counts(connection, instrument, wave, 6, seed)
    assert [estimate_wave(connection, wave) for wave in ("2025-2", "2026-1")] == [12, 12]
    before = stored(connection, "2026-1"), stored(connection, "2025-2")
    assert estimate_wave(connection, "2026-1") == 12
    pd.testing.assert_frame_equal(stored(connection, "2026-1"), before[0])
    pd.testing.assert_frame_equal(stored(connection, "2025-2"), before[1])


def test_later_waves_and_other_instruments_are_no_history(instrument: Instrument) -> None:
    """A re-run of an old wave doesn't learn from the future; another instrument's indicator isn't the same one."""
    connection = duckdb.connect()
    store_counts(connection, instrument, "2025-2", 6, seed=1)
    estimate_wave(connection, "2025-2")
    alone = stored(connection, "2025-2")
    store_counts(connection, instrument, "2025-1", 6, seed=2)
    connection.execute("UPDATE raw_wave SET instrument_id = 'other' WHERE wave = '2025-1'")
    store_counts(connection, instrument, "2026-1", 6, seed=3)
    estimate_wave(connection, "2025-2")
    pd.testing.assert_frame_equal(stored(connection, "2025-2"), alone)
    connection.execute("UPDATE raw_wave SET instrument_id = ?", [instrument.id])
    estimate_wave(connection, "2025-2")
    assert not np.allclose(stored(connection, "2025-2")["post_mean"], alone["post_mean"])


def test_history_is_the_last_four_waves_before(instrument: Instrument) -> None:
    connection = duckdb.connect()
    connection.execute(create_table_sql(load_contract("raw_wave")))
    for wave in ("2023-1", "2023-2", "2024-1", "2024-2", "2025-1", "2025-2", "2026-1"):
        row = [wave, instrument.id, instrument.hash, "{}", "s1", "class", True, ""]
        connection.execute("INSERT INTO raw_wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    expected = ["2025-2", "2025-1", "2024-2", "2024-1", "2023-2"]
    assert estimate.comparable_waves(connection, "2025-2") == expected


def test_a_failure_while_writing_leaves_the_rows_as_they_were(instrument: Instrument, monkeypatch) -> None:
    connection = duckdb.connect()
    store_counts(connection, instrument, "2026-1", 6, seed=1)
    estimate_wave(connection, "2026-1")
    before = stored(connection, "2026-1")
    broken = est_class_wave_signal

    def spoil(*arguments):
        return broken(*arguments).assign(post_mean=2.0)

    monkeypatch.setattr(estimate, "est_class_wave_signal", spoil)
    with pytest.raises(duckdb.ConstraintException):
        estimate_wave(connection, "2026-1")
    pd.testing.assert_frame_equal(stored(connection, "2026-1"), before)


def test_more_answers_than_enrolled_are_a_census(instrument: Instrument) -> None:
    connection = duckdb.connect()
    store_counts(connection, instrument, "2026-1", 4, seed=1)
    connection.execute("UPDATE core_class_wave_response SET enrolled = 10")
    estimate_wave(connection, "2026-1")
    rows = stored(connection, "2026-1").query("indicator == 'frequent'")
    assert_allclose(rows["raw_lo"], rows["yes"] / rows["r"])
    assert_allclose(rows["raw_hi"], rows["yes"] / rows["r"])


def test_an_indicator_about_some_students_takes_a_share_of_the_absent(instrument: Instrument) -> None:
    """told_worse is about those who told: of 38 enrolled with r answers, valid · 38/r of them, not 38."""
    connection = duckdb.connect()
    store_counts(connection, instrument, "2026-1", 4, seed=1)
    counts = estimate.read_counts(connection, ["2026-1"], instrument).set_index("indicator")
    assert (counts.loc["frequent", "population"] == 38).all()
    told = counts.loc["told_worse"]
    assert_allclose(told["population"], told["valid"] * 38 / told["r"])


def test_nobody_answered_anything(instrument: Instrument) -> None:
    """A scored wave of empty classes has no rows, and no error."""
    connection = duckdb.connect()
    store_counts(connection, instrument, "2026-1", 3, seed=1)
    connection.execute("DELETE FROM core_class_wave_indicator")
    assert estimate_wave(connection, "2026-1") == 0
    assert stored(connection, "2026-1").empty


def test_not_loaded_not_scored_and_without_classes(instrument: Instrument) -> None:
    """Each is named with its next step; a survey without classes simply has no rows."""
    connection = duckdb.connect()
    with pytest.raises(CannotDo, match="has not been loaded"):
        estimate_wave(connection, "2026-1")
    connection.execute(create_table_sql(load_contract("raw_wave")))
    row = ["2026-1", instrument.id, instrument.hash, instrument.to_json(), "s1", "class", True, ""]
    connection.execute("INSERT INTO raw_wave VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    with pytest.raises(CannotDo, match=r"has not been scored → anxin run --wave 2026-1"):
        estimate_wave(connection, "2026-1")
    without = instrument.to_json().replace('"units":"class"', '"units":"none"')
    connection.execute("UPDATE raw_wave SET instrument_json = ?", [without])
    assert estimate_wave(connection, "2026-1") == 0


def test_the_carrying_indicator_has_odds_and_the_city_a_model(instrument: Instrument) -> None:
    """Odds, chance, tail and risk stand in the carrying indicator's rows alone; the model has each parameter once."""
    connection = duckdb.connect()
    store_counts(connection, instrument, "2025-1", 6, seed=2)
    store_counts(connection, instrument, "2026-1", 6, seed=1)  # the wave between is missing
    estimate_wave(connection, "2026-1")
    rows = stored(connection, "2026-1")
    carried = rows["indicator"] == "frequent"
    assert rows.loc[carried, ["odds", "chance", "tail", "risk_mean"]].notna().all(axis=None)
    assert rows.loc[~carried, "odds"].isna().all()
    between = (rows["risk_low"] <= rows["risk_mean"]) & (rows["risk_mean"] <= rows["risk_high"])
    assert between[carried].all()
    model = connection.execute("SELECT * FROM est_city_wave_model").df()
    assert not model.duplicated(["parameter", "indicator"]).any() and np.isfinite(model["value"]).all()


@pytest.mark.parametrize(("yes", "r"), [([0] * 3, [30] * 3), ([30] * 3, [30] * 3), ([1], [3]), ([0], [0])])
def test_a_city_of_a_few_odd_classes_has_finite_signals(yes: list[int], r: list[int]) -> None:
    """All zero, all one, one class of three, nobody answered: numbers, no NaN."""
    ids = [f"c{number}" for number in range(len(yes))]
    classes = pd.DataFrame({"class_id": ids, "school_id": "s", "band": "jr"})
    classes[["rural", "boarding", "boys"]] = np.nan
    counts = pd.DataFrame({"wave": "2026-1", "class_id": ids, "indicator": "frequent", "r": r, "yes": yes})
    found = class_signals(build_city(classes, counts, ["2025-2", "2026-1"], ("frequent",)))
    for name in SIGNAL_COLUMNS:
        assert np.isfinite(getattr(found, name)).all(), name
