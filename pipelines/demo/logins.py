"""The demo's accounts: one for each kind of reader, at the schools where there is most to see."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipelines.settings import settings


@dataclass(frozen=True)
class Login:
    """An account of the demo: role and scope as the dashboard knows them, and what to look at."""

    name: str
    role: str
    scope: str
    note: str


def add_logins(password: str) -> list[Login]:
    """One account for each kind of reader, set anew so that the printed password is right."""
    from dashboard.accounts import add_account

    logins = choose_logins()
    for login in logins:
        add_account(login.name, password, login.role, login.scope, replace=True)
    return logins


def choose_logins() -> list[Login]:
    """The bureau, a district, the counselor with the most urgent signs, and one of a small rural school."""
    from pipelines.release.pointer import current_release

    folder = settings().published / str(current_release())
    wanted: list[tuple[int, str, bool]] = []
    for file in sorted(folder.glob("school_*.duckdb")):
        with duckdb.connect(str(file), read_only=True) as connection:
            row = connection.execute(
                """SELECT count(*) FILTER (level = 'urgent') * 10 + count(*) FILTER (level IN ('warning', 'watch')),
                          (SELECT any_value(rural) FROM pub_unit WHERE unit_kind = 'school'),
                          (SELECT max(enrolled) FROM pub_school_wave_coverage)
                   FROM pub_class_wave_signal WHERE wave = (SELECT as_of_wave FROM pub_release)"""
            ).fetchone()
        if row:
            wanted.append((int(row[0]), file.stem.removeprefix("school_"), bool(row[1]) and int(row[2] or 0) < 100))
    busiest = max(wanted, key=lambda entry: entry[0])[1]
    small = next((school for _, school, is_small in wanted if is_small), None)
    district = next(path.stem.removeprefix("district_") for path in sorted(folder.glob("district_*.duckdb")))
    logins = [
        Login("counselor", "counselor", busiest, "心理老师：本校的预警线索 · a school's counselor"),
        Login("lead", "lead", busiest, "德育处：同一所学校的保护负责人 · the same school's safeguarding lead"),
        Login("bureau", "bureau", "", "教育局：覆盖与比较 · the bureau"),
        Login("district", "district", district, "区县：本区县的学校 · a district"),
    ]
    return logins + ([Login("village", "counselor", small, "村小：小规模学校 · a small rural school")] if small else [])
