"""What released numbers say of a unit beside its like: funnel, hotspots, outlook. Nothing hidden is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipelines.likeness.comparison import compared, pub_school_wave_comparison
from pipelines.likeness.hotspots import pub_school_wave_hotspot
from pipelines.likeness.outlook import pub_class_wave_forecast
from pipelines.policy import Policy
from pipelines.release.made import Release

Tables = dict[str, pd.DataFrame]


def with_likeness(tables: Tables, earlier: Sequence[Release], carrier: str | None, policy: Policy) -> Tables:
    """The tables with those that compare; `earlier`: all releases of earlier waves, in the order they were made.

    carrier: the indicator that signs rest on, None where the questionnaire has none.
    """
    done = dict(tables)
    comparison = pub_school_wave_comparison(tables, policy)
    schools = tables["pub_school_wave_indicator"]
    if not schools.empty:
        keys = pd.MultiIndex.from_frame(schools[["school_id", "indicator"]])
        done["pub_school_wave_indicator"] = schools.assign(compared=compared(comparison).reindex(keys).to_numpy())
    done["pub_school_wave_comparison"] = comparison
    before = comparable_waves(tables, earlier)
    done["pub_school_wave_hotspot"] = pub_school_wave_hotspot(tables, before, policy)
    done["pub_class_wave_forecast"] = pub_class_wave_forecast(tables, before, carrier, policy)
    return done


def comparable_waves(tables: Tables, earlier: Sequence[Release]) -> list[Tables]:
    """The earlier waves that asked the same questions, in order, each as its latest release says it."""
    asked = tables["pub_wave"]["instrument_hash"].iloc[0]
    latest = {release.wave: release.tables for release in earlier}
    return [latest[wave] for wave in sorted(latest) if latest[wave]["pub_wave"]["instrument_hash"].iloc[0] == asked]
