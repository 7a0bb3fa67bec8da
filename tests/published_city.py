"""A small made-up published release, shaped by data/contracts/pub_*.yml, for tests of the dashboard.

No pipeline runs here: values are drawn from a fixed seed and put into windows, so that the dashboard
can be tried in states a simulated city seldom has (first wave, everything suppressed, nothing at all).
`python -m tests.published_city HOME [scenario]` writes one by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = ("demo", "empty", "suppressed", "first_wave")
TYPES = {"text": "VARCHAR", "integer": "INTEGER", "double": "DOUBLE", "boolean": "BOOLEAN"}
WAVES = ("2025-1", "2025-2", "2026-1")
PLACES = yaml.safe_load((ROOT / "data/reference/places.yml").read_text(encoding="utf-8"))
AREAS = yaml.safe_load((ROOT / "data/reference/areas.yml").read_text(encoding="utf-8"))["areas"]
TIMES = yaml.safe_load((ROOT / "data/reference/times.yml").read_text(encoding="utf-8"))
# code: (direction, class level, city share, zh, en)
INDICATORS = {
    "frequent": ("higher_is_worse", True, 0.10, "经常遇到", "Often lived through"),
    "any": ("higher_is_worse", False, 0.27, "遇到过", "Lived through at all"),
    "still_now": ("higher_is_worse", True, 0.04, "最近两周仍有", "Still in the last two weeks"),
    "witness": ("higher_is_worse", True, 0.19, "经常看到", "Often seen"),
    "unsafe": ("higher_is_worse", True, 0.08, "觉得不安全", "Feels unsafe"),
    "avoids": ("higher_is_worse", True, 0.15, "有想绕开的地方", "Avoids a place"),
    "told_worse": ("higher_is_worse", True, 0.04, "说了以后更糟", "Told, and it got worse"),
    "told_none": ("higher_is_worse", False, 0.09, "没告诉大人", "Told no adult"),
    "belonging": ("higher_is_better", False, 0.75, "在学校不孤单", "Not lonely at school"),
    "words": ("higher_is_worse", False, 0.08, "言语", "Words"),
    "body": ("higher_is_worse", False, 0.05, "身体", "Body"),
    "mind": ("higher_is_worse", False, 0.06, "心理", "Mind"),
    "trust": ("higher_is_better", False, 0.71, "有信得过的大人", "Trusts an adult"),
    "bystander_helps": ("higher_is_better", False, 0.48, "看到了会帮忙", "Bystanders help"),
    "severe": ("higher_is_worse", False, 0.03, "严重情形", "Severe events"),
}
# option asked apart: (share, zh, en)
APART = {
    "uses__boards": (0.4, "住校", "I board at school"),
    "uses__canteen": (0.7, "在学校食堂吃饭", "I eat in the school canteen"),
    "uses__bus": (0.2, "坐校车或公交车上学", "I take a school or public bus"),
    "uses__evening": (0.5, "上晚自习", "I have evening study"),
    "uses__online": (0.6, "用手机或电话手表和同学聊天", "I chat with schoolmates by phone or phone watch"),
    "about_sex__1": (0.5, "男生", "Boy"),
    "about_sex__2": (0.45, "女生", "Girl"),
    "home_now__1": (0.7, "爸爸和妈妈", "Father and mother"),
    "home_now__2": (0.1, "爸爸或者妈妈", "Father or mother"),
    "home_now__3": (0.15, "爷爷奶奶或别的大人", "Grandparents or other adults"),
}
ENDS = (("low", -1), ("high", 1))
NUMERALS = "零一二三四五六七八九十"
DISTRICTS = {"D1": "清河区", "D2": "云岭县"}
# id: (district, cluster, name, level, boarding, rural, grades, classes a grade, students a class)
SCHOOLS = {
    "S01": ("D1", "C1", "清河实验小学", "primary", False, False, range(3, 7), 3, 38),
    "S02": ("D1", "C1", "北关小学", "primary", False, False, range(3, 7), 2, 41),
    "S03": ("D1", "C1", "第七中学", "junior", False, False, range(7, 10), 4, 45),
    "S04": ("D1", "C1", "江畔高级中学", "senior", True, False, range(10, 13), 4, 46),
    "S05": ("D1", "C1", "工贸职业学校", "vocational", True, False, range(10, 13), 2, 40),
    "S06": ("D2", "C2", "云岭镇中心小学", "primary", True, True, range(3, 7), 2, 34),
    "S07": ("D2", "C2", "石板沟小学", "primary", True, True, range(3, 7), 1, 14),
    "S08": ("D2", "C2", "柳树坪教学点", "primary", False, True, range(3, 6), 1, 7),
    "S09": ("D2", "C2", "云岭初级中学", "junior", True, True, range(7, 10), 3, 44),
    "S10": ("D2", "C2", "安定民族中学", "junior", True, True, range(7, 10), 3, 42),
}
LOCAL = {"playground": "东操场", "corner": "器材室后面", "toilet": "三楼东侧厕所", "gate": "南门外小吃街"}


@dataclass(frozen=True)
class City:
    """What is drawn: rows per table, before they are split by audience."""

    rows: dict[str, list[dict[str, Any]]]


@cache
def contract(table: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / f"data/contracts/{table}.yml").read_text(encoding="utf-8"))


def tables() -> list[str]:
    return sorted(path.stem for path in (ROOT / "data/contracts").glob("pub_*.yml"))


AUDIENCES = (
    "public",
    "bureau",
    *(f"district_{d}" for d in DISTRICTS),
    *(f"{kind}_{s}" for kind in ("school", "lead") for s in SCHOOLS),
)


def write_release(
    home: Path,
    release: str = "2026-1.1",
    scenario: str = "demo",
    seed: int = 7,
    audiences: Sequence[str] = AUDIENCES,
) -> Path:
    """Write one release with its audience files, then move the pointer. Returns the release's folder."""
    city = build_city(scenario, seed)
    folder = home / "published" / release
    folder.mkdir(parents=True)
    for audience in audiences:
        write_file(folder / f"{audience}.duckdb", city, release, audience)
    (folder / "manifest.json").write_text(json.dumps({"release_id": release}), encoding="utf-8")
    pointer = home / "published" / "current"
    pointer.with_suffix(".new").write_text(release, encoding="utf-8")
    pointer.with_suffix(".new").replace(pointer)
    return folder


def write_file(path: Path, city: City, release: str, audience: str) -> None:
    """One audience's file: every table of the contracts, with the rows this audience may see."""
    head = {"release_id": release, "as_of_wave": release.split(".")[0], "audience": audience}
    head |= {"policy_version": "2026.1", "rules_version": "2026.1"}
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{path}' AS city (BLOCK_SIZE 16384)")  # 17 small tables: 256 KB blocks would be air
    connection.execute("USE city")
    for table in tables():
        shape = contract(table)
        columns = shape["columns"]
        ddl = ", ".join(f'"{c}" {TYPES[d["type"]]}{" NOT NULL" if d["required"] else ""}' for c, d in columns.items())
        connection.execute(f"CREATE TABLE {table} ({ddl}, PRIMARY KEY ({', '.join(shape['key'])}))")
        rows = [head] if table == "pub_release" else city.rows.get(table, [])
        if audience.split("_")[0] not in shape["audiences"]:
            rows = []
        seen = pd.DataFrame([row for row in rows if is_visible(row, audience)], columns=list(columns), dtype=object)
        if len(seen):
            connection.execute(f"INSERT INTO {table} SELECT * FROM seen")
    connection.close()


def is_visible(row: dict[str, Any], audience: str) -> bool:
    """Own rows and those above; a label without a school is everybody's."""
    kind, _, scope = audience.partition("_")
    school = row.get("school_id") or (row.get("unit_id", "").split(":")[0] if row.get("unit_kind") == "school" else "")
    district = row.get("district_id") or (row["unit_id"] if row.get("unit_kind") == "district" else "")
    if kind in ("school", "lead"):
        own = SCHOOLS[scope]
        cluster = row.get("cluster_id") or (row["unit_id"] if row.get("unit_kind") == "cluster" else "")
        return school in ("", scope) and (district in ("", own[0]) or "lo" in row) and cluster in ("", own[1])
    if row.get("unit_kind") == "class":  # named on the coverage board, and nothing more
        return kind in ("bureau", "district") and (kind == "bureau" or SCHOOLS[school][0] == scope)
    if kind == "district":
        return district in ("", scope) and (school == "" or SCHOOLS[school][0] == scope)
    return kind == "bureau" or school == ""


def build_city(scenario: str, seed: int) -> City:
    """Draw the whole city once; `is_visible` splits it afterwards."""
    assert scenario in SCENARIOS, scenario
    rows: dict[str, list[dict[str, Any]]] = {"pub_label": list(labels()), "pub_indicator": list(indicators())}
    if scenario == "empty":
        return City(rows)
    for table in tables():
        rows.setdefault(table, [])
    waves = WAVES[-1:] if scenario == "first_wave" else WAVES
    for number, wave in enumerate(waves):
        entry = {"wave": wave, "instrument_id": "term", "instrument_hash": "0" * 64}
        rows["pub_wave"].append(entry | {"comparable": number > 0, "anonymous": True})
        draw_wave(rows, wave, number, Random(f"{seed}/{wave}"))
    if scenario == "suppressed":
        suppress(rows)
    return City(rows)


def suppress(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Take every released value away, as a city of tiny schools would see it."""
    keep = {"grade_id", "school_id", "class_id", "cluster_id", "district_id", "city_id", "wave", "indicator"}
    keep |= {"place_group", "time_group", "measure", "band", "option", "area", "pooled_with", "classes"}
    for table, held in rows.items():
        if table == "pub_school_wave_patrol":
            held.clear()
        elif table == "pub_class_wave_signal":
            for row in held:
                row |= {"level": "no_conclusion", "reason": "too_small", "kind": None, "rule_id": None}
                row |= {"raised": None, "trend": None}
        elif table == "pub_school_pool_signal":
            silent = {"level": "no_conclusion", "kind": None, "rule_id": None, "raised": None, "reason": "too_small"}
            held[:] = [row | silent for row in held]
        elif table == "pub_school_wave_comparison":
            key = ("school_id", "wave", "indicator")
            held[:] = [{k: row[k] for k in key} | {"reason": "hidden"} for row in held]
        elif "suppression_reason" in contract(table)["columns"]:
            drop = keep if table == "pub_band_wave_base" else keep - {"band"}
            held[:] = [{k: v for k, v in row.items() if k in drop} | {"suppression_reason": "too_few"} for row in held]


def labels() -> Iterator[dict[str, Any]]:
    def both(kind: str, code: str, zh: str, en: str, school: str = "") -> Iterator[dict[str, Any]]:
        for lang, text in (("zh_CN", zh), ("en", en)):
            yield {"kind": kind, "code": code, "school_id": school, "lang": lang, "text": text}

    for code, (*_, zh, en) in INDICATORS.items():
        yield from both("indicator", code, zh, en)
    for code, (_, zh, en) in APART.items():
        yield from both("apart", code, zh, en)
    for code, entry in AREAS.items():
        yield from both("place_area", code, entry["zh"], entry["en"])
    for source, kind in ((PLACES, "place"), (TIMES, "time")):
        for code, entry in source["groups"].items():
            yield from both(f"{kind}_group", code, entry["zh"], entry["en"])
        for code, entry in source["codes"].items():
            yield from both(kind, code, entry["zh"], entry["en"])
    for band, zh, en in (
        ("g34", "3–4 年级", "Grades 3–4"),
        ("g56", "5–6 年级", "Grades 5–6"),
        ("jr", "初中", "Junior"),
    ):
        yield from both("band", band, zh, en)
    for code, name in LOCAL.items():
        yield from both("place", code, name, name, "S03")


def indicators() -> Iterator[dict[str, Any]]:
    for position, (code, (direction, class_level, *_)) in enumerate(INDICATORS.items()):
        bands = "g34,g56,jr,sr,voc"
        yield {
            "indicator": code,
            "direction": direction,
            "bands": bands,
            "class_level": class_level,
            "reference_ratio": 1.0,
            "position": position,
        }


def draw_wave(rows: dict[str, list[dict[str, Any]]], wave: str, number: int, random: Random) -> None:
    city = {"wave": wave, "unit_kind": "city", "unit_id": "city", "name": "city", "enrolled": 6000}
    rows["pub_unit"].append(city)
    for district, name in DISTRICTS.items():
        up = {"parent_kind": "city", "parent_id": "city"}
        rows["pub_unit"].append(dict(wave=wave, unit_kind="district", unit_id=district, name=name, enrolled=2400, **up))
    for cluster, district, name in (("C1", "D1", "清河学区"), ("C2", "D2", "云岭中心校")):
        up = {"parent_kind": "district", "parent_id": district}
        rows["pub_unit"].append(dict(wave=wave, unit_kind="cluster", unit_id=cluster, name=name, enrolled=900, **up))
    for school in SCHOOLS:
        draw_school(rows, school, wave, number, random)
    draw_scale(rows, wave)
    for code in INDICATORS:
        key = {"wave": wave, "indicator": code}
        draw(rows, "pub_city_wave_indicator", {"city_id": "city", **key}, 2600, code, number, random)
        for district in DISTRICTS:
            draw(rows, "pub_district_wave_indicator", {"district_id": district, **key}, 1200, code, number, random)
        for cluster in ("C1", "C2"):
            draw(rows, "pub_cluster_wave_indicator", {"cluster_id": cluster, **key}, 620, code, number, random)


def draw_school(rows: dict[str, list[dict[str, Any]]], school: str, wave: str, number: int, random: Random) -> None:
    district, cluster, name, level, boarding, rural, grades, per_grade, size = SCHOOLS[school]
    r = len(grades) * per_grade * size
    common = {"wave": wave, "level": level, "boarding": boarding, "rural": rural}
    up = {"parent_kind": "district", "parent_id": district, "cluster_id": cluster, "enrolled": r}
    rows["pub_unit"].append(dict(unit_kind="school", unit_id=school, name=name, school_id=school, **common, **up))
    missing = 1 if school in ("S05", "S09") else 0
    for grade in grades:
        draw_grade(rows, school, grade, wave, number, random)
    state = "partial" if missing else "low" if school == "S08" else "complete"
    submitted = 5 * round(r * (0.45 if state == "low" else 0.94) / 5)
    counts = {
        "enrolled": r,
        "submitted_about": submitted,
        "classes": len(grades) * per_grade,
        "classes_missing": missing,
    }
    rows["pub_school_wave_coverage"].append(dict(school_id=school, wave=wave, state=state, **counts))
    statement = "raised" if (school, number) == ("S03", 2) else "no_statement"
    rows["pub_school_wave_sheet"].append({"school_id": school, "wave": wave, "statement": statement, "raised_from": 12})
    for code in INDICATORS:
        value = draw(
            rows,
            "pub_school_wave_indicator",
            {"school_id": school, "wave": wave, "indicator": code},
            0 if code == "severe" else r if r >= 30 else 0,
            code,
            number,
            random,
        )
        value["compared"] = None if value["lo"] is None else random.choice(["cannot_tell"] * 5 + ["higher", "lower"])
        draw_comparison(rows, {"school_id": school, "wave": wave, "indicator": code}, value, r)
    draw_places(rows, school, wave, number, r, boarding, random)
    for option, (share, *_) in APART.items():
        key = {"school_id": school, "wave": wave, "option": option}
        window(rows, "pub_school_wave_apart", key, r if r >= 30 else 0, share, number, random)
    if 30 <= r < 100 and number == 2:
        draw_pool(rows, school, wave, 2 * r, random)
    rows["pub_school_wave_credibility"].append({"school_id": school, "wave": wave} | credibility(state))
    gap = "more" if school == "S03" else "usual" if r >= 30 else "cannot_say"
    rows["pub_school_wave_gap"].append(
        {"school_id": school, "wave": wave, "witness_gap": gap, "reported_gap": "not_known"}
    )
    draw_patrol(rows, school, wave, r, number)


def draw_comparison(rows: dict[str, list[dict[str, Any]]], key: dict[str, Any], value: dict[str, Any], r: int) -> None:
    """A school's limits around the city's share; S03 lives through more than its like in every wave."""
    row = dict(key, expected=None, place=None, reason="hidden")
    if value["lo"] is not None:
        share = INDICATORS[key["indicator"]][2] * (
            0.3 if (key["school_id"], key["indicator"]) == ("S03", "frequent") else 1
        )
        spread = 130 * (share * (1 - share) / r) ** 0.5
        limits = {
            f"{end}{of}": 100 * share + sign * z * spread for of, z in ((95, 2), (998, 3.1)) for end, sign in ENDS
        }
        row |= {name: round(min(max(limit, 0), 100), 1) for name, limit in limits.items()}
        above, far = value["share_lo"] > row["high95"], value["share_lo"] > row["high998"]
        row |= {"expected": round(100 * share, 1), "reason": None, "worst_tenth": "unlikely"}
        row["place"] = "above_998" if far else "above_95" if above else "inside"
    rows["pub_school_wave_comparison"].append(row)


def draw_scale(rows: dict[str, list[dict[str, Any]]], wave: str) -> None:
    """One scale in two bands; of its two items one reads otherwise than before."""
    for band in ("g56", "jr"):
        key = {"city_id": "city", "wave": wave, "band": band, "scale": "climate"}
        rows["pub_city_wave_scale"].append(key | {"item": "", "alpha": 80, "omega": 85})
        for item, drift in (("safe_school", "moderate"), ("trust_adult", "negligible")):
            words = {"item": item, "alpha": 75, "item_total": 60, "dif_school": "negligible", "drift": drift}
            rows["pub_city_wave_scale"].append(key | words)


def credibility(state: str) -> dict[str, str]:
    """A letter and its parts, as coverage alone would give them."""
    letter, coverage = {"complete": ("A", "good"), "partial": ("B", "fair")}.get(state, ("D", "poor"))
    return {"letter": letter, "coverage": coverage, "speed": "good", "copies": "unknown", "honesty": "good"} | {
        "gap": "good" if letter == "A" else "unknown"
    }


def draw_patrol(rows: dict[str, list[dict[str, Any]]], school: str, wave: str, r: int, number: int) -> None:
    """Plans of a school with a map; of a small one, over its areas and without times, once it has two waves."""
    groups, times = list(PLACES["groups"]), list(TIMES["groups"])
    if r < 30 or (r < 100 and number < 2):
        return
    for people in range(1, 7 if r >= 100 else 5):
        for slots in range(1, 5 if r >= 100 else 2):
            spots = [(times[at] if r >= 100 else None, place) for at in range(slots) for place in range(people)]
            for pick, (time, place) in enumerate(spots, 1):
                key = {"school_id": school, "wave": wave, "people": people, "slots": slots, "pick": pick}
                where = {"place_group": groups[place]} if r >= 100 else {"area": list(AREAS)[place]}
                share = {"share_lo": min(4 * people * slots, 80), "share_hi": min(6 * people * slots, 95)}
                rows["pub_school_wave_patrol"].append(key | {"time_group": time} | where | share)


def draw_grade(
    rows: dict[str, list[dict[str, Any]]], school: str, grade: int, wave: str, number: int, random: Random
) -> None:
    *_, grades, per_grade, size = SCHOOLS[school]
    merged = per_grade * size < 50
    pair = grade - (grade - grades[0]) % 2
    unit = f"{school}:g{pair}-{min(pair + 1, grades[-1])}" if merged else f"{school}:g{grade}"
    if not merged or grade == pair:
        up = {"parent_kind": "school", "parent_id": school, "school_id": school, "grade": grade}
        rows["pub_unit"].append(
            dict(wave=wave, unit_kind="grade", unit_id=unit, name=unit, enrolled=per_grade * size, **up)
        )
        r = per_grade * size * (2 if merged else 1)
        for code in INDICATORS:
            key = {"school_id": school, "grade_id": unit, "wave": wave, "indicator": code}
            draw(rows, "pub_grade_wave_indicator", key, r if r >= 50 else 0, code, number, random)
        draw_grade_rest(rows, {"school_id": school, "grade_id": unit, "wave": wave}, r, per_grade, number, random)
    for place in range(1, per_grade + 1):
        draw_class(rows, school, grade, place, unit, wave, number, random)


def draw_grade_rest(
    rows: dict[str, list[dict[str, Any]]], key: dict[str, Any], r: int, classes: int, number: int, random: Random
) -> None:
    """A grade's places, its calm classes, what it was asked apart."""
    shown = r if r >= 50 else 0
    window(rows, "pub_grade_wave_calm", key | {"classes": classes}, shown, 0.04, number, random)
    for option, (share, *_) in APART.items():
        window(rows, "pub_grade_wave_apart", key | {"option": option}, shown, share, number, random)
    for group in PLACES["groups"]:
        for measure in ("happens", "avoided"):
            place = key | {"measure": measure, "place_group": group}
            window(rows, "pub_grade_wave_place", place, shown, random.uniform(0.02, 0.2), number, random)


def draw_pool(rows: dict[str, list[dict[str, Any]]], school: str, wave: str, r: int, random: Random) -> None:
    """Two waves of a small school together: S07 has a first sign, where many see and few tell."""
    key = {"school_id": school, "wave": wave, "pooled_with": WAVES[1]}
    first = {"level": "watch", "kind": "first_signs", "rule_id": "seen_not_told", "raised": "witness"}
    rows["pub_school_pool_signal"].append(key | first | {"reason": None})
    for code, (_, class_level, *_rest) in INDICATORS.items():
        if class_level:
            row = draw(rows, "pub_school_pool_indicator", key | {"indicator": code}, r, code, 0, random)
            row |= {"e1": 21, "e2": 26, "band": int(code == "witness")}
    for area in AREAS:
        for measure in ("happens", "avoided"):
            place = key | {"measure": measure, "area": area}
            window(rows, "pub_school_pool_place", place, r, random.uniform(0.02, 0.2), 0, random)


def draw_class(
    rows: dict[str, list[dict[str, Any]]],
    school: str,
    grade: int,
    place: int,
    unit: str,
    wave: str,
    number: int,
    random: Random,
) -> None:
    size = SCHOOLS[school][-1]
    class_id = f"{school}_{grade}{place:02d}"
    short = NUMERALS[grade] if grade <= 10 else f"十{NUMERALS[grade - 10]}"
    up = {"parent_kind": "grade", "parent_id": unit, "school_id": school, "enrolled": size, "grade": grade}
    name = f"{short}年级（{place}）班"
    rows["pub_unit"].append(dict(wave=wave, unit_kind="class", unit_id=class_id, name=name, **up))
    gone = (school, grade, place) in (("S05", 11, 2), ("S09", 8, 3))
    few = (school, grade, place) == ("S03", 8, 4) or school == "S08"
    key = {"school_id": school, "class_id": class_id, "wave": wave}
    state = "missing" if gone else "low" if few else random.choice(["complete", "complete", "partial"])
    sheets = 0 if gone else 5 * round(size * (0.45 if few else 0.93) / 5)
    rows["pub_class_wave_coverage"].append(key | {"enrolled": size, "submitted_about": sheets, "state": state})
    rows["pub_class_wave_credibility"].append(key | credibility(state))
    signal = class_signal(school, grade, place, number, size, gone or few, random)
    rows["pub_class_wave_signal"].append(key | signal | {"r_about": sheets})
    raised = (signal["raised"] or "").split(",")
    for code, (_, class_level, *_rest) in INDICATORS.items():
        if class_level:
            band = None if signal["level"] == "no_conclusion" else int(code in raised)
            band = 2 if band and signal["level"] in ("warning", "urgent") and code == raised[0] else band
            value = {"indicator": code, "band": band, "trend": None if number == 0 or band is None else "same"}
            value["suppression_reason"] = "low_response" if band is None else None
            if band is not None:
                value |= {"bands": 3, "e1": 7 if code == "frequent" else 11 if code == "witness" else 6}
                value["e2"] = value["e1"] + 5
            rows["pub_class_wave_indicator"].append(key | value)


def class_signal(
    school: str, grade: int, place: int, number: int, size: int, silent: bool, random: Random
) -> dict[str, Any]:
    """A few planted signs in the last wave, the rest drawn."""
    none = {"kind": None, "rule_id": None, "raised": None, "declared_chance": None, "reason": None}
    trend = None if number == 0 else "same"
    if silent:
        return none | {"level": "no_conclusion", "reason": "low_response", "trend": None}
    if size < 11:
        return none | {"level": "no_conclusion", "reason": "too_small", "trend": None}
    planted = {
        (7, 4): ("urgent", "going_on", "frequent_going_on", "frequent,still_now,witness", "up"),
        (8, 2): ("watch", "first_signs", "seen_not_told", "witness", "up"),
        (9, 1): ("warning", "happened", "frequent_happened", "frequent,avoids", "same"),
        (5, 1): ("watch", "happened", "frequent_happened", "frequent", "up"),
    }
    if (grade, place) in planted and school in ("S01", "S03", "S07") and (number == 2 or grade == 9 or number == 0):
        level, kind, rule, raised, way = planted[(grade, place)]
        signs = {"level": level, "kind": kind, "rule_id": rule, "raised": raised, "trend": way if number else None}
        return none | signs
    return none | {"level": "no_group_signal", "trend": trend}


def draw_places(
    rows: dict[str, list[dict[str, Any]]],
    school: str,
    wave: str,
    number: int,
    r: int,
    boarding: bool,
    random: Random,
) -> None:
    weight = {
        "rooms": 0.5,
        "toilet": 0.12,
        "canteen": 0.08,
        "dormitory": 0.2,
        "yard": 0.2,
        "outside": 0.1,
        "elsewhere": 0.1,
    }
    spread = {"travel": 0.25, "lessons": 0.2, "breaks": 0.5, "night": 0.15}
    for group, share in weight.items():
        asked = r if boarding or group != "dormitory" else 0
        for measure, factor in (("happens", 0.3), ("avoided", 0.18)):
            key = {"school_id": school, "wave": wave, "measure": measure, "place_group": group}
            window(rows, "pub_school_wave_place", key, asked if r >= 50 else 0, share * factor, number, random)
        for time, part in spread.items():
            key = {"school_id": school, "wave": wave, "place_group": group, "time_group": time}
            hot = 2.5 if (school, group, time) == ("S03", "yard", "travel") else 1.0
            shown = asked if r >= 100 else 0
            window(rows, "pub_school_wave_place_time", key, shown, share * part * 0.4 * hot, number, random)


def draw(rows: Any, table: str, key: dict[str, Any], r: int, code: str, number: int, random: Random) -> dict[str, Any]:
    return window(rows, table, key, r, INDICATORS[code][2] * random.uniform(0.75, 1.3), number, random)


def window(
    rows: Any, table: str, key: dict[str, Any], r: int, share: float, number: int, random: Random
) -> dict[str, Any]:
    """A released window of width 5 or 6 around a drawn count, or NULL with its reason."""
    row: dict[str, Any] = dict(key, lo=None, hi=None, suppression_reason="too_few")
    if r:
        count = round(r * share * random.uniform(0.85, 1.15))
        lo = 0 if count < 6 else 6 + 5 * ((count - 6) // 5)
        hi = min(r, 5 if lo == 0 else lo + 4)
        row |= {"lo": lo, "hi": hi, "r_about": 5 * round(r / 5), "suppression_reason": None}
        row |= {"share_lo": int(100 * lo / r), "share_hi": min(100, -int(-100 * hi / r))}
        row["trend"] = random.choice(["up", "same", "same", "down"]) if number else None
    rows[table].append(row)
    return row


if __name__ == "__main__":
    print(write_release(Path(sys.argv[1]), scenario=(sys.argv[2:] or ["demo"])[0]))
