"""All that was said of one wave, over all audiences: its units, its answers as coverage tells them, its tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from pipelines.audit.published import Published
from pipelines.audit.rule import read_policy
from pipelines.contracts import load_contracts
from pipelines.policy import Policy
from survey.bands import band_of

Interval = tuple[int, int]


@dataclass(frozen=True)
class Said:
    """One wave in one wording. A further release of the wave that says anything else is another `version`."""

    wave: str
    version: int
    tables: Mapping[str, pd.DataFrame]
    policy: Policy

    @cached_property
    def parent(self) -> dict[tuple[str, str], str]:
        """(kind, unit) → its parent's id; a school's district. The city stands above all districts."""
        units = self.tables["pub_unit"]
        rows = units[units["parent_id"].notna()]
        return dict(zip(zip(rows["unit_kind"], rows["unit_id"], strict=True), rows["parent_id"], strict=True))

    @cached_property
    def cluster(self) -> dict[str, str]:
        """School → cluster, where it has one."""
        schools = self.tables["pub_unit"].query("unit_kind == 'school' and cluster_id.notna() and cluster_id != ''")
        return dict(zip(schools["unit_id"], schools["cluster_id"], strict=True))

    @cached_property
    def band(self) -> dict[str, str]:
        """Class → the band it answers."""
        classes = self.tables["pub_unit"].query("unit_kind == 'class'")
        rows = zip(classes["unit_id"], classes["level"], classes["grade"], strict=True)
        return {unit: band_of(level, int(grade)) or "" for unit, level, grade in rows}

    @cached_property
    def asked(self) -> dict[str, frozenset[str]]:
        """Indicator → the bands that are asked."""
        rows = self.tables["pub_indicator"]
        return {code: frozenset(bands.split(",")) for code, bands in zip(rows["indicator"], rows["bands"], strict=True)}

    @cached_property
    def about(self) -> dict[str, int]:
        """Class → opened answers, rounded; nothing in releases that didn't tell."""
        rows = self.tables["pub_class_wave_signal"]
        return dict(zip(rows["class_id"], rows["r_about"].astype(int), strict=True)) if "r_about" in rows else {}

    @cached_property
    def calm(self) -> frozenset[str]:
        """Classes that are said to have no group signal."""
        signals = self.tables["pub_class_wave_signal"]
        return frozenset(signals.loc[signals["level"] == "no_group_signal", "class_id"])

    def chain(self, unit: str) -> list[tuple[str, str]]:
        """(kind, id) of a class and of all units above it."""
        grade = self.parent["class", unit]
        school = self.parent["grade", grade]
        above = [("class", unit), ("grade", grade), ("school", school), ("district", self.parent["school", school])]
        above += [("cluster", self.cluster[school])] if school in self.cluster else []
        return [*above, ("city", "city")]

    @cached_property
    def children(self) -> dict[tuple[str, str], dict[str, list[str]]]:
        """(kind, unit) → kind of child → ids of its children."""
        found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        above = {"class": "grade", "grade": "school", "school": "district", "district": "city"}
        for (kind, unit), parent in self.parent.items():
            if kind in above:
                found[above[kind], parent][kind].append(unit)
        for school, cluster in self.cluster.items():
            found["cluster", cluster]["school"].append(school)
        return found

    @cached_property
    def class_answers(self) -> dict[str, Interval]:
        """Class → least and most opened answers, from its coverage; how many bands it has follows from these."""
        rows = self.tables["pub_class_wave_coverage"]
        found = {
            unit: sheets(int(about), int(enrolled), self.policy)
            for unit, about, enrolled in zip(rows["class_id"], rows["submitted_about"], rows["enrolled"], strict=True)
        }
        half = self.policy.count("show.coverage_step") // 2
        for unit, about in self.about.items():
            low, high = found[unit]
            found[unit] = max(low, about - half), min(high, about + half)
        return found

    @cached_property
    def answers_by_band(self) -> dict[tuple[str, str], dict[str, Interval]]:
        """(kind, unit) → band → least and most answers of the unit's classes of that band."""
        found: dict[tuple[str, str], dict[str, Interval]] = defaultdict(dict)
        for unit, (low, high) in self.class_answers.items():
            for above in self.chain(unit):
                so_far = found[above].get(self.band[unit], (0, 0))
                found[above][self.band[unit]] = so_far[0] + low, so_far[1] + high
        return found

    def answers(self, kind: str, unit: str, bands: frozenset[str] | None = None) -> Interval:
        """Least and most answers of a unit among the bands (all of them without)."""
        parts = [part for band, part in self.answers_by_band[kind, unit].items() if bands is None or band in bands]
        return sum(low for low, _ in parts), sum(high for _, high in parts)


def sheets(about: int, enrolled: int, policy: Policy) -> Interval:
    """Least and most opened answers behind a coverage row: 0 (all may be blank) to the most sheets it allows."""
    step = policy.count("show.coverage_step")
    if about == 0:
        return 0, step // 2
    full = max(int(policy["class_signal.max_response"] * enrolled), enrolled + step // 2) + step // 2
    return 0, max(full, about) if about == enrolled else about + step // 2


def join_audiences(published: Published) -> dict[str, pd.DataFrame]:
    """Each table over all audiences, one row per key: what someone holding every file reads."""
    joined = {}
    for name, contract in load_contracts("pub_").items():
        frames = [tables[name] for tables in published.files.values() if name in tables and not tables[name].empty]
        if frames and name != "pub_release":
            joined[name] = pd.concat(frames, ignore_index=True).drop_duplicates(list(contract.key), ignore_index=True)
    return joined


def read_said(releases: Sequence[Published], policies: Mapping[str, Policy]) -> list[Said]:
    """Every wording of every wave, in the order of the releases; `policies` by release.

    A release names the policies of the earlier waves that it tells again, for who has no other release.
    """
    found: list[Said] = []
    for published in releases:
        joined, of_waves = join_audiences(published), published.manifest.get("policies", {})
        for wave in sorted(joined["pub_wave"]["wave"]):
            tables = words_of(joined, wave)
            earlier = [said for said in found if said.wave == wave]
            if not any(says_the_same(said.tables, tables) for said in earlier):
                policy = read_policy(of_waves[wave]) if wave in of_waves else policies[published.release]
                found.append(Said(wave, len(earlier) + 1, tables, policy))
    return found


def by_own_policy(wordings: Sequence[Said], published: Published, policy: Policy) -> list[Said]:
    """The wordings, that of the release's own wave by its own policy, whoever claims to have said it before."""
    wave = str(published.manifest["wave"])
    own = words_of(join_audiences(published), wave)
    return [
        replace(said, policy=policy) if said.wave == wave and says_the_same(said.tables, own) else said
        for said in wordings
    ]


def words_of(joined: Mapping[str, pd.DataFrame], wave: str) -> dict[str, pd.DataFrame]:
    """What the tables say of one wave."""
    return with_all_tables({name: of_wave(table, wave) for name, table in joined.items()})


def with_all_tables(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables, and every other one that has a contract without a row: a wave may have nothing to say in it."""
    return {
        name: tables[name] if name in tables and len(tables[name]) else pd.DataFrame(columns=list(rows.columns))
        for name, rows in load_contracts("pub_").items()
    }


def of_wave(table: pd.DataFrame, wave: str) -> pd.DataFrame:
    return table[table["wave"] == wave].reset_index(drop=True) if "wave" in table else table


def says_the_same(one: Mapping[str, pd.DataFrame], other: Mapping[str, pd.DataFrame]) -> bool:
    """Whether two wordings of a wave are equal, trend and comparison aside: they follow from other waves' words."""
    if set(one) != set(other):
        return False
    return all(sorted_rows(one[name]).equals(sorted_rows(other[name])) for name in one if "_wave_" in name)


def sorted_rows(table: pd.DataFrame) -> pd.DataFrame:
    plain = table.drop(columns=["trend", "compared"], errors="ignore").astype(str)
    return plain.sort_values(list(plain.columns), ignore_index=True)
