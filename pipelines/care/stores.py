"""What the doctor sees of the stores: answers at rest, waves and their clocks, envelopes, help slips, releases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from pipelines.care.finding import Finding, found, ok
from pipelines.care.inventory import list_stores
from pipelines.care.purge import list_opened, loaded_waves
from pipelines.contracts import wave_schema
from pipelines.microdata import open_microdata
from pipelines.microdata.keys import key_path
from pipelines.problems import Problem
from pipelines.release.store import list_release_ids
from pipelines.settings import settings
from pipelines.stage import lie_in_plain
from pipelines.words import say
from survey.problems import SurveyProblem
from survey.settings import SurveySettings, survey_settings


def check_answers(today: date) -> Iterator[Finding]:
    """Opened answers: how old, whether their key is here and where, whether any lie in plain."""
    if not settings().microdata.exists():
        return
    with open_microdata() as connection:
        opened, waves = list_opened(connection), sorted(loaded_waves(connection))
        plain = [wave for wave in waves if lie_in_plain(connection, wave_schema(wave))]
    for wave in plain:
        yield found("broken", "plain_answers", wave=wave)
    for one in opened:
        left = (one.last_day - today).days
        if left < 0:
            yield found("broken", "answers_overdue", wave=one.wave, since=one.since, days=(today - one.since).days)
        elif any(release.rsplit(".", 1)[0] == one.wave for release in list_release_ids()):
            yield found("notice", "answers_released", wave=one.wave, days=left)
        else:
            yield ok("answers", wave=one.wave, days=left)
        if not key_path(one.wave).exists():
            yield found("weak", "key_missing", wave=one.wave)
    if opened:
        yield from check_keys_apart()


def check_keys_apart() -> Iterator[Finding]:
    """Keys on the disk of the answers protect backups of the answers, and not the disk."""
    keys, answers = settings().answer_keys, settings().confidential
    beside = keys.exists() and keys.stat().st_dev == answers.stat().st_dev
    yield found("weak", "keys_beside") if beside else ok("keys_beside")


def check_waves(today: date) -> Iterator[Finding]:
    """Waves of the intake: closed when they should be, loaded once closed, wiped once loaded."""
    if not has_intake(survey_settings()):
        return
    from pipelines.waves.status import list_status

    loaded = waves_loaded()
    for status in list_status():
        if status.state == "open" and today > status.closes:
            yield found("weak", "not_closed", wave=status.wave, closes=status.closes)
        elif status.state in ("closed", "exported"):
            yield found("weak", "not_wiped" if status.wave in loaded else "not_loaded", wave=status.wave)
        else:
            yield ok("wave", wave=status.wave, state=say(f"wave.state.{status.state}"))


def has_intake(survey: SurveySettings) -> bool:
    return bool(survey.intake_url) or any(survey.intake.glob("*/book.sqlite"))


def waves_loaded() -> set[str]:
    if not settings().microdata.exists():
        return set()
    with open_microdata() as connection:
        return loaded_waves(connection)


def check_intake_server() -> Iterator[Finding]:
    """PostgreSQL: whether it is reached, keeps what it acknowledged, and over what line."""
    address = survey_settings().intake_url
    if not address:
        return
    import psycopg

    from survey.intake.postgres import check_settings

    plain = address.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(plain, connect_timeout=5) as connection:
            rows: dict[str, str] = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
            line = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
            is_local = connection.info.host.startswith("/") or connection.info.host in ("localhost", "127.0.0.1", "::1")
        check_settings(rows)
    except psycopg.Error:
        yield found("broken", "server_unreached")
    except SurveyProblem as problem:
        yield found("broken", "server_settings", setting=str(problem.where))
    else:
        yield ok("server") if is_local or (line and line[0]) else found("weak", "server_line")


def check_sync() -> Iterator[Finding]:
    """SQLite stores of the form: what an acknowledged sheet rests on."""
    from survey.intake.sqlite import connect_file

    books = sorted(survey_settings().intake.glob("*/book.sqlite"))
    for book in books[:1]:
        with closing(connect_file(book)) as connection:
            (level,) = connection.execute("PRAGMA synchronous").fetchone()
        yield ok("sync") if level >= 2 else found("broken", "sync")


def check_sound_stores() -> Iterator[Finding]:
    """SQLite's own look at every store under the home."""
    stores = list_stores(settings().home)
    damaged = [store for store in stores if not is_sound(store)]
    for store in damaged:
        yield found("broken", "damaged", file=store.name)
    if stores and not damaged:
        yield ok("stores", count=len(stores))


def is_sound(store: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False


def check_help(today: date) -> Iterator[Finding]:
    """Help slips that wait longer than a school day: how many, and nothing else."""
    survey = survey_settings()
    if not survey.help_url and not survey.help.exists():
        return
    from sqlalchemy.exc import SQLAlchemyError

    from survey.help.store import help_url, open_store
    from survey.help.waiting import count_slips
    from survey.help.workdays import load_calendar

    try:
        waiting = sum(school.waiting for school in count_slips(open_store(help_url(survey)), today, load_calendar()))
    except SQLAlchemyError:
        yield found("broken", "help_unreached")
    else:
        yield found("weak", "help_waiting", count=waiting) if waiting else ok("help")


def check_access_log() -> Iterator[Finding]:
    """Who looked at what: whether every entry still holds on to the one before."""
    from dashboard.accesslog import LogGone, check_chain, head
    from dashboard.settings import settings as dashboard_settings

    if not dashboard_settings().access_log.parent.exists():
        return
    try:
        broken, (entries, _) = check_chain(), head()
    except LogGone:
        yield found("broken", "log_gone")
        return
    yield found("broken", "log_broken", seq=broken.seq) if broken else ok("log", count=entries)


def check_casework() -> Iterator[Finding]:
    """Whether the current release's signs became tasks. Looks only: no store is made, none brought up to date."""
    from dashboard.casework.problems import CaseworkGone
    from dashboard.casework.store import is_there
    from dashboard.casework.sync import waiting_release

    try:
        waits = waiting_release() if is_there() else None
    except CaseworkGone:
        yield found("broken", "casework_unreached")
        return
    if waits is not None:
        yield found("weak", "casework_behind", release=waits) if waits else ok("casework")


def check_releases() -> Iterator[Finding]:
    """Every published release against the hashes of its manifest."""
    from pipelines.audit.pack import check_release

    folders = sorted(path.parent for path in settings().published.glob("*/manifest.json"))
    changed = []
    for folder in folders:
        try:
            check_release(folder)
        except Problem:
            changed.append(folder.name)
    for release in changed:
        yield found("broken", "release_changed", release=release)
    if folders and not changed:
        yield ok("releases", count=len(folders))
