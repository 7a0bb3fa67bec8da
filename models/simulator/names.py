"""Invented names. None is a real place, person or telephone number (no area code is 0000)."""

from __future__ import annotations

import numpy as np

_FIRST = "青云松白清金玉兰竹荷"
_SECOND = "禾溪岭湖桥泉浦坪洲屏"
_VILLAGES = ("柳湾", "石井", "上坝", "梅坑", "后塘", "枫树", "东坪", "水口", "大垄", "小桥")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗"
_DIGITS = "零一二三四五六七八九"
_LOCAL_PLACES = {
    "toilet": ("教学楼二楼厕所", "操场边厕所", "三楼东侧厕所"),
    "corner": ("车棚后面", "实验楼后面", "小花园", "围墙边"),
    "corridor": ("连廊", "西侧楼梯"),
    "canteen": ("一食堂", "二食堂"),
    "gate": ("东门外", "小卖部门口"),
    "playground": ("篮球场", "后操场"),
    "dormitory": ("一号宿舍楼", "二号宿舍楼"),
}


def numeral(number: int) -> str:
    """1–99 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else _DIGITS[tens] + "十")
    return head + ("" if ones == 0 and tens else _DIGITS[ones])


def town(district: int) -> str:
    """Two syllables, different for the first 100 districts, numbered from there."""
    turn, rest = divmod(district, 100)
    name = _FIRST[rest % 10] + _SECOND[(rest + rest // 10) % 10]
    return name if turn == 0 else f"{name}{numeral(turn + 1)}"


def district_name(district: int) -> str:
    return town(district) + ("县" if district % 4 == 3 else "区")


def school_name(district: int, kind: str, number: int) -> str:
    """`number` counts the schools of this kind in the district, from 1."""
    if kind == "small_rural":
        return f"{town(district)}{_VILLAGES[(number - 1) % 10]}{'' if number <= 10 else numeral(number)}村小学"
    ending = {"primary": "小学", "junior": "初级中学", "senior": "高级中学", "vocational": "职业技术学校"}[kind]
    return f"{town(district)}第{numeral(number)}{ending}"


def class_name(level: str, grade: int, number: int) -> str:
    if level in ("primary", "junior"):
        return f"{numeral(grade)}年级（{number}）班"
    return f"{'高' if level == 'senior' else '中职'}{numeral(grade - 9)}（{number}）班"


def teacher(rng: np.random.Generator) -> str:
    return f"{_SURNAMES[rng.integers(len(_SURNAMES))]}老师"


def telephone(rng: np.random.Generator) -> str:
    return f"0000-{rng.integers(10_000_000, 99_999_999)}"


def local_places(rng: np.random.Generator, boards: bool) -> dict[str, str]:
    """Place code → the school's own word, for some of the places."""
    known = [place for place in _LOCAL_PLACES if boards or place != "dormitory"]
    named = [place for place in known if rng.random() < 0.5]
    return {place: str(rng.choice(_LOCAL_PLACES[place])) for place in named}
