"""A wave on the survey host: opened over the class list, watched coarsely, closed into a bundle."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
import tiny_city
from two_hosts import (
    CLOSES,
    OPENS,
    SIZES,
    WAVE,
    Hosts,
    copy_hosts,
    found_hosts,
    hand_in_sheets,
    intake_of_host,
    open_tiny,
    tiny_instrument,
)
from typer.testing import CliRunner

from pipelines.commands import wave as commands
from pipelines.commands.wave import status_lines
from pipelines.contracts import load_contract
from pipelines.files.bundle import open_bundle
from pipelines.problems import BadInput, CannotDo
from pipelines.registry import import_registry
from pipelines.waves.closing import finish_wave
from pipelines.waves.coverage import TABLE, write_coverage
from pipelines.waves.opening import start_wave
from pipelines.waves.proctors import Slips, compare_slips, rounded
from pipelines.waves.status import ClassMeter, WaveStatus, list_status
from survey.intake import ClassLabel, read_classes, read_schools, read_wave


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Hosts]:
    """Two hosts before a wave, and the same with an open wave and its sheets: made once, copied for each test."""
    before = found_hosts(tmp_path_factory.mktemp("before") / "hosts")
    after = copy_hosts(before, tmp_path_factory.mktemp("after") / "hosts")
    open_tiny(after)
    hand_in_sheets(after)
    return {"before": before, "after": after}


@pytest.fixture
def hosts(made: dict[str, Hosts], tmp_path: Path) -> Hosts:
    return copy_hosts(made["before"], tmp_path / "hosts")


@pytest.fixture
def answered(made: dict[str, Hosts], tmp_path: Path) -> Hosts:
    return copy_hosts(made["after"], tmp_path / "hosts")


# open --------------------------------------------------------------------------------------------------------------


def test_a_wave_asks_the_classes_of_its_bands_and_says_whom_it_leaves_out(hosts: Hosts) -> None:
    with hosts.at("survey"):
        report = start_wave(WAVE, hosts.public, OPENS, CLOSES, tiny_instrument(hosts.folder))
        with intake_of_host() as intake:
            classes, state = read_classes(intake, WAVE), read_wave(intake, WAVE)
    assert (report.schools, report.classes, report.students, report.left_out) == (2, 3, 70, 1)
    assert {label.class_id for label in classes} == {"p3", "j7", "j8"}  # p1 is grade 1
    assert (state.state, state.opens, state.closes) == ("open", OPENS, CLOSES)


def test_a_school_takes_its_contacts_and_its_words_along_and_nothing_else(hosts: Hosts) -> None:
    """What isn't allow-listed (boys, boarders, cluster) must not reach the host that stands on the net."""
    open_tiny(hosts)
    with hosts.at("survey"), intake_of_host() as intake:
        first, second = read_schools(intake, WAVE)
    assert (first.school_id, first.name, first.district_id, first.bands) == ("s1", "第一学校", "d1", ("jr",))
    assert first.places == {"corner": "车棚后面"} and second.places == {}
    assert [(c.role, c.phone, c.outside) for c in first.contacts] == [
        ("心理老师", "010-1234567", False),
        ("心理老师", "010-1234567", True),
    ]
    assert set(ClassLabel.__dataclass_fields__) == {"class_id", "school_id", "class_name", "band", "grade", "enrolled"}


@pytest.mark.parametrize(("missing", "words"), [(0, "inside"), (1, "outside")])
def test_a_school_without_help_cant_be_asked(hosts: Hosts, missing: int, words: str) -> None:
    """A child who writes that something happened must find someone at school and someone outside of it."""
    city = tiny_city.write_city(hosts.folder / "other")
    kept = [row for row in tiny_city.CONTACTS if row["school_id"] == "s1" or row["outside"] != missing]
    tiny_city.write_rows(city / "contacts.csv", kept)
    with hosts.at("survey"):
        import_registry(city)
        with pytest.raises(BadInput, match=f"{words}.*s2") as refused:
            start_wave(WAVE, hosts.public, OPENS, CLOSES, tiny_instrument(hosts.folder))
        assert "contacts.csv" in str(refused.value) and "→" in str(refused.value)
        assert list_status() == []


def test_what_cant_be_opened_is_refused(hosts: Hosts, tmp_path: Path) -> None:
    instrument = tiny_instrument(hosts.folder)
    with hosts.at("survey"):
        with pytest.raises(BadInput, match="is after the last day"):
            start_wave(WAVE, hosts.public, CLOSES, OPENS, instrument)
        with pytest.raises(BadInput, match="belongs to wave 2026-1"):
            start_wave("2026-2", hosts.public, OPENS, CLOSES, instrument)
        start_wave(WAVE, hosts.public, OPENS, OPENS, instrument)  # one day is a wave
        with pytest.raises(BadInput, match="opened already"):
            start_wave(WAVE, hosts.public, OPENS, CLOSES, instrument)
    with hosts.at("elsewhere"), pytest.raises(BadInput, match="no class list"):
        start_wave(WAVE, hosts.public, OPENS, CLOSES, instrument)


# watch -------------------------------------------------------------------------------------------------------------


def test_status_tells_states_and_whom_to_call_but_no_number_of_sheets(answered: Hosts) -> None:
    """8 of 10 and 14 of 30 sheets: below ten nothing may move, else each child's sheet could be seen arriving."""
    with answered.at("survey"):
        (status,) = list_status(WAVE)
        result = CliRunner().invoke(commands.app, ["status", "--json"])
    states = {meter.class_id: meter.state for meter in status.meters}
    assert states == {"p3": "under_way", "j7": "under_way", "j8": "not_begun"}
    assert [meter.class_id for meter in status.to_call] == ["j7", "j8", "p3"]
    assert all(str(size) not in result.output for size in (14, 23))
    assert '"under_way": 2' in result.output


def status_of(states: dict[str, str], state: str = "open") -> WaveStatus:
    meters = tuple(ClassMeter("D1", name[0], f"school {name[0]}", 7, name, name, held) for name, held in states.items())
    return WaveStatus(WAVE, state, OPENS, CLOSES, meters)


def test_a_school_that_has_not_begun_is_one_line_and_done_classes_none() -> None:
    """In a city of a thousand classes the few that matter would be buried."""
    lines = status_lines(
        status_of({"a1": "not_begun", "a2": "not_begun", "b1": "not_begun", "b2": "under_way", "b3": "nearly_complete"})
    )
    assert [line.split()[1] for line in lines[1:]] == ["a", "b", "b"]
    assert " a " in lines[1] and not any("a1" in line or "b3" in line for line in lines)


def test_a_closed_wave_calls_nobody() -> None:
    """A class that is called after the close would find the form shut."""
    over = status_of({"a1": "not_begun"}, state="exported")
    assert over.to_call == () and len(status_lines(over)) == 1


def test_before_the_first_wave_the_next_step_is_said(home: Path) -> None:
    result = CliRunner().invoke(commands.app, ["status"])
    assert result.exit_code == 0 and "anxin wave open" in result.output


def test_coverage_files_hold_each_audiences_classes_and_the_contracts_columns(answered: Hosts) -> None:
    with answered.at("survey"):
        (status,) = list_status(WAVE)
        for _ in range(2):  # the second time over the first
            files = write_coverage(status, answered.folder / "published")
    held = {path.stem: read_meters(path) for path in files}
    assert set(held) == {"bureau", "district_d1", "school_s1", "school_s2"}
    assert held["bureau"] == held["district_d1"] == {"p3", "j7", "j8"}
    assert held["school_s1"] == {"j7", "j8"} and held["school_s2"] == {"p3"}
    assert {path.name for path in files[0].parent.iterdir()} == {path.name for path in files}
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def read_meters(path: Path) -> set[str]:
    config = {"enable_external_access": "false", "lock_configuration": "true"}
    with duckdb.connect(str(path), read_only=True, config=config) as connection:
        columns = [row[0] for row in connection.execute(f"DESCRIBE {TABLE}").fetchall()]
        assert columns == list(load_contract(TABLE).columns)
        return {row[0] for row in connection.execute(f"SELECT class_id FROM {TABLE}").fetchall()}


# close -------------------------------------------------------------------------------------------------------------


def test_the_bundle_holds_every_envelope_and_its_header_no_class(answered: Hosts) -> None:
    """The carrier may know how many envelopes there are, never how many a class handed in."""
    out = answered.carried / "wave.bundle"
    with answered.at("survey"):
        report = finish_wave(WAVE, out)
    bundle = open_bundle(out)
    total = sum(SIZES.values())
    assert (report.sheets, report.apart, report.digest) == (total, total, bundle.digest)
    content = out.read_bytes()
    assert all(f'"{class_id}"'.encode() not in content for class_id in SIZES)
    assert len(bundle.header.participation) == 4096


def test_closing_again_leaves_the_last_bundle_and_overwrites_nothing(answered: Hosts) -> None:
    out, other = answered.carried / "wave.bundle", answered.carried / "other"
    other.write_text("something else", encoding="utf-8")
    with answered.at("survey"):
        first, second = finish_wave(WAVE, out), finish_wave(WAVE, out)
        assert (second.unchanged, second.digest, second.sheets) == (True, first.digest, first.sheets)
        with pytest.raises(BadInput, match="not the last bundle"):
            finish_wave(WAVE, other)
        third = finish_wave(WAVE, answered.carried / "third")
        assert third.again and not first.again and not second.again, "whoever carries the first has to be told"
        assert third.digest != first.digest and third.sheets == first.sheets
        with pytest.raises(BadInput, match="not the last bundle"):
            finish_wave(WAVE, out)


def test_a_wave_this_host_did_not_open_cant_be_closed_here(hosts: Hosts) -> None:
    with hosts.at("survey"), pytest.raises(BadInput, match="no such wave"):
        finish_wave(WAVE, hosts.carried / "wave.bundle")


def test_without_its_ledger_a_wave_isnt_closed(answered: Hosts) -> None:
    """Else its bundle would go out and no receipt could ever be believed."""
    with answered.at("survey") as home:
        (home / "survey" / "waves" / f"{WAVE}.json").unlink()
        with pytest.raises(CannotDo, match="no record"):
            finish_wave(WAVE, answered.carried / "wave.bundle")
        assert list_status(WAVE)[0].state == "open"


# proctors ----------------------------------------------------------------------------------------------------------


def write_slips(path: Path, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([("class_id", "handed_out", "left_over", "absent"), *rows])
    return path


def test_proctors_slips_are_compared_at_close_and_block_nothing(answered: Hosts) -> None:
    """j7: 30 slips used for 23 sheets; p3: 15 for 14, which rounding hides; j8: 8 for 8, but 10 were there."""
    slips = write_slips(answered.folder / "slips.csv", [("j7", 34, 4, 0), ("p3", 15, 0, ""), ("j8", 10, 2, 0)])
    with answered.at("survey"):
        report = finish_wave(WAVE, answered.carried / "wave.bundle", slips)
    found = [(one.class_id, one.kind, one.slips, one.beside) for one in report.differences]
    assert found == [("j7", "sheets", 30, 25), ("j8", "students", 8, 10)]
    assert (answered.carried / "wave.bundle").exists()


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("j9", 3, 0, 0), "class_id", "not in the class list"),
        (("j7", 3, 4, 0), "left_over", "more than were handed out"),
        (("j7", "x", 0, 0), "handed_out", "number"),
    ],
)
def test_slips_that_cant_be_read_are_refused_before_the_wave_closes(
    answered: Hosts, row: tuple[object, ...], column: str, words: str
) -> None:
    slips = write_slips(answered.folder / "slips.csv", [("j8", 8, 0, 0), row])
    with answered.at("survey"):
        with pytest.raises(BadInput, match=words) as refused:
            finish_wave(WAVE, answered.carried / "wave.bundle", slips)
        assert (refused.value.where.row, refused.value.where.column) == (3, column)
        assert list_status(WAVE)[0].state == "open"


def test_slips_tell_no_more_than_coverage_does() -> None:
    """Two classes that coverage shows alike must look alike here, whatever the proctor counted."""
    label = ClassLabel("c", "s", "一班", "jr", 7, 40)
    for used in range(41):
        told: dict[int, set[object]] = {}
        for sheets in range(41):
            slips = [Slips("c", used, 0, None)]
            told.setdefault(rounded(sheets, 5), set()).add(tuple(compare_slips(slips, [label], {"c": sheets}, 5)))
        assert all(len(answers) == 1 for answers in told.values())
    assert compare_slips([Slips("c", 40, 0, None)], [label], {"c": 30}, 5)  # and a difference is told at all
