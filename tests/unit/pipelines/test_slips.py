"""`anxin slips`: sealed files, codes that work, nothing left lying about, and no code voided by mistake."""

from __future__ import annotations

import json
import stat
from io import BytesIO
from pathlib import Path

import pytest
import typer
from intake_wave import BY_CLASS, SCHOOLS, WAVE, hand_in_all, open_small_wave, sheet_of
from print_jobs import codes_in
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError
from typer.testing import CliRunner, Result

from pipelines import slips as job
from pipelines.commands.slips import slips
from pipelines.problems import BadInput, CannotDo, Problem
from survey.intake import ClassLabel, Intake, Outcome, close_wave, has_codes
from survey.print.sealed_pdf import encrypt_pdf, new_passphrase
from survey.settings import survey_settings

PASSPHRASE = "a long one for tests 2026"
SMALL = (ClassLabel("s1-3-1", "s1", "三年级1班", "g34", 3, 6), ClassLabel("s1-5-1", "s1", "五年级1班", "g56", 5, 9))


@pytest.fixture
def intake(home: Path, monkeypatch: pytest.MonkeyPatch) -> Intake:
    """An open wave with two small classes, where the command will look for it."""
    monkeypatch.setenv("ANXIN_SLIPS_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("ANXIN_SURVEY_URL", "https://survey.example.cn/")
    survey_settings.cache_clear()
    settings = survey_settings()
    settings.pepper.parent.mkdir(parents=True)
    settings.pepper.write_bytes(bytes(range(32)))  # that of the small wave
    return open_small_wave(settings.intake, classes=SMALL).intake


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(slips)
    return CliRunner().invoke(app, ["--wave", WAVE, *arguments])


def printed(out: Path, *arguments: str) -> dict[str, list[str]]:
    """Run, and read what was printed: codes by file."""
    done = run("--out", str(out), *arguments)
    assert done.exit_code == 0, done.output + str(done.exception)
    return {path.name: codes_of(path) for path in sorted(out.rglob("*.pdf")) if PdfReader(path).is_encrypted}


def codes_of(path: Path) -> list[str]:
    return [code for page in PdfReader(path, password=PASSPHRASE).pages for code in codes_in(page.extract_text())]


def refused(done: Result) -> Problem:
    assert isinstance(done.exception, Problem), done.output
    return done.exception


def test_a_printed_slip_opens_the_form_once(intake: Intake, tmp_path: Path) -> None:
    """Codes on paper that the store doesn't know would stop a whole school; a class's code that opens another's too."""
    (codes,) = printed(tmp_path / "out", "--class", "s1-5-1").values()
    assert len(codes) == len(set(codes)) == 9 + 2
    sheets = [sheet_of("s1-5-1", code, code.encode()) for code in codes]
    assert set(hand_in_all(intake, sheets)) == {Outcome.STORED}
    assert hand_in_all(intake, [sheet_of("s1-5-1", codes[0], b"again")]) == [Outcome.REFUSED]


def test_nobody_opens_the_file_without_the_passphrase(intake: Intake, tmp_path: Path) -> None:
    """A file found on the office computer must not be a school's votes."""
    printed(tmp_path / "out", "--school", "s1")
    path = tmp_path / "out" / f"slips-{WAVE}-s1.pdf"
    locked = PdfReader(path)
    assert locked.is_encrypted
    assert not locked.decrypt("")
    with pytest.raises(FileNotDecryptedError):
        locked.pages[0].extract_text()
    assert b"/AESV3" in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_code_in_any_other_place(
    intake: Intake, tmp_path: Path, home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the sealed file holds codes: no neighbour, no temporary file, no log, no terminal, no store."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    done = run("--school", "s1", "--out", str(tmp_path / "out"))
    codes = codes_of(tmp_path / "out" / f"slips-{WAVE}-s1.pdf")
    assert len(codes) == 6 + 2 + 9 + 2
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    said = (done.output + caplog.text).encode()
    for code in codes:
        for spelled in (code, "-".join(code[at : at + 4] for at in range(0, 13, 4))):
            assert not any(spelled.encode() in content for content in [*files, said])
    assert PASSPHRASE.encode() not in b"".join([*files, said])
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"slips-{WAVE}-s1.pdf"]


def test_order_on_paper_is_not_the_order_of_issue(intake: Intake, tmp_path: Path) -> None:
    """The store keeps MACs in order of their bytes: paper in that order would tell which slip came from where."""
    from survey.codes import code_mac

    (codes,) = printed(tmp_path / "out", "--class", "s1-5-1", "--spares", "1").values()
    assert len(codes) == 18
    macs = [code_mac(intake.pepper, WAVE, code) for code in codes]
    assert macs != sorted(macs)
    assert codes != sorted(codes)


def test_printing_again_must_be_asked_for(intake: Intake, tmp_path: Path) -> None:
    """A second click would make the slips in a hundred sealed envelopes worthless."""
    (old,) = printed(tmp_path / "out", "--class", "s1-5-1").values()
    problem = refused(run("--school", "s1", "--out", str(tmp_path / "again")))
    assert isinstance(problem, BadInput)
    assert "--void-unused" in problem.next_step
    assert not (tmp_path / "again").exists()
    assert not has_codes(intake, WAVE, "s1-3-1")
    assert hand_in_all(intake, [sheet_of("s1-5-1", old[0])]) == [Outcome.STORED]


def test_printing_again_voids_that_class_and_no_other(intake: Intake, tmp_path: Path) -> None:
    """A lost envelope must be worthless; the other class's envelopes must not."""
    printed(tmp_path / "out", "--school", "s1")
    path = tmp_path / "out" / f"slips-{WAVE}-s1.pdf"
    lost = codes_of(path)
    done = run("--class", "s1-5-1", "--void-unused", "--out", str(tmp_path / "again"))
    assert done.exit_code == 0
    fresh = codes_of(tmp_path / "again" / f"slips-{WAVE}-s1-5-1.pdf")
    assert hand_in_all(intake, [sheet_of("s1-5-1", code, code.encode()) for code in fresh]) == [Outcome.STORED] * 11
    old = {c: hand_in_all(intake, [sheet_of(c, code, code.encode()) for code in lost]) for c in ("s1-5-1", "s1-3-1")}
    assert old["s1-5-1"].count(Outcome.STORED) == 0  # of this band there are lost codes of this class only
    assert old["s1-3-1"].count(Outcome.STORED) == 6 + 2


def test_paper_codes_go_to_the_bureau_only(intake: Intake, tmp_path: Path) -> None:
    """The school prints forms; whoever of the school held the codes could enter sheets of his own."""
    found = printed(tmp_path / "out", "--school", "s1", "--paper")
    assert {name: len(codes) for name, codes in found.items()} == {f"entry-{WAVE}-s1.pdf": 6 + 2 + 9 + 2}
    assert (tmp_path / "out" / "bureau" / f"entry-{WAVE}-s1.pdf").is_file()
    masters = PdfReader(tmp_path / "out" / f"paper-{WAVE}-s1.pdf")
    assert not any(codes_in(page.extract_text()) for page in masters.pages)


def test_every_school_of_a_district_gets_a_file(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file for several schools would show each the codes of the others."""
    monkeypatch.setenv("ANXIN_SLIPS_PASSPHRASE", PASSPHRASE)
    small = [ClassLabel(c.class_id, c.school_id, c.class_name, c.band, c.grade, 2) for c in BY_CLASS.values()]
    open_small_wave(survey_settings().intake, classes=small)
    done = run("--district", "d1", "--out", str(tmp_path / "out"), "--json", "--lang", "en")
    assert done.exit_code == 0, done.exception
    told = json.loads(done.stdout)
    assert [entry["school_id"] for entry in told["printed"]] == ["s1", "s2"]
    assert [entry["slips"] for entry in told["printed"]] == [8, 8]
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert {school.district_id for school in SCHOOLS} == {"d1", "d2"}


def test_a_passphrase_is_shown_once_and_only_to_a_person(
    intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into a pipe it would end in a log file beside the sealed PDF."""
    monkeypatch.delenv("ANXIN_SLIPS_PASSPHRASE")
    assert isinstance(refused(run("--class", "s1-5-1", "--out", str(tmp_path / "out"))), BadInput)
    assert not has_codes(intake, WAVE, "s1-5-1")
    told: list[tuple[Path, str]] = []
    options = job.Options(tmp_path / "out")
    job.print_slips(WAVE, job.Choice(school="s1"), options, lambda path, words: told.append((path, words)))
    ((path, passphrase),) = told
    assert PdfReader(path).decrypt(passphrase)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), "--school"),
        (("--school", "s1", "--class", "s1-5-1"), "--school"),
        (("--school", "nobody"), "registry.csv"),
        (("--school", "s1", "--spares", "0.05"), "--spares"),
        (("--school", "s1", "--lang", "fr"), "zh_CN"),
    ],
)
def test_wrong_use_is_refused_before_any_code(
    intake: Intake, tmp_path: Path, arguments: tuple[str, ...], names: str
) -> None:
    problem = refused(run("--out", str(tmp_path / "out"), *arguments))
    assert problem.exit_code == 2
    assert names in problem.next_step
    assert not has_codes(intake, WAVE, "s1-5-1")


def test_a_short_passphrase_is_refused(intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds the file may guess for years."""
    monkeypatch.setenv("ANXIN_SLIPS_PASSPHRASE", "school2026")
    assert refused(run("--school", "s1", "--out", str(tmp_path / "out"))).exit_code == 2


def test_a_closed_wave_prints_nothing(intake: Intake, tmp_path: Path) -> None:
    """Slips that open nothing would be handed out in good faith."""
    close_wave(intake, WAVE)
    assert refused(run("--school", "s1", "--out", str(tmp_path / "out"))).exit_code == 2


def test_missing_fonts_are_named_before_any_code(
    intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty boxes instead of Chinese, after the old codes were voided, would be found in the classroom."""
    from survey.print import typeset

    monkeypatch.setattr(typeset, "FONTS", ("A Font Nobody Has",))
    typeset.check_fonts.cache_clear()
    problem = refused(run("--school", "s1", "--out", str(tmp_path / "out")))
    typeset.check_fonts.cache_clear()
    assert "fonts-noto-cjk" in problem.next_step
    assert not has_codes(intake, WAVE, "s1-5-1")


def test_a_failed_printing_says_what_is_void_and_leaves_no_file(
    intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a school's slips must not be taken for all; the error must not show a code."""

    def fail(*_: object) -> bytes:
        raise RuntimeError("code ABCD-EFGH-JKMN-P")

    monkeypatch.setattr(job, "encrypt_pdf", fail)
    problem = refused(run("--school", "s1", "--out", str(tmp_path / "out")))
    assert isinstance(problem, CannotDo)
    assert "--void-unused" in problem.next_step
    assert "ABCD" not in str(problem)
    assert problem.__cause__ is None
    assert list((tmp_path / "out").iterdir()) == []


def test_an_existing_file_is_kept(intake: Intake, tmp_path: Path) -> None:
    """Someone may be printing from it."""
    out = tmp_path / "out"
    out.mkdir()
    (out / f"slips-{WAVE}-s1.pdf").write_bytes(b"theirs")
    assert refused(run("--school", "s1", "--out", str(out))).exit_code == 2
    assert not has_codes(intake, WAVE, "s1-5-1")
    assert (out / f"slips-{WAVE}-s1.pdf").read_bytes() == b"theirs"


def test_drawn_passphrases_are_long_and_never_alike() -> None:
    drawn = {new_passphrase() for _ in range(50)}
    assert len(drawn) == 50
    assert all(len(words.replace("-", "")) == 20 for words in drawn)


def test_encryption_keeps_the_pages() -> None:
    """Encrypting must not lose a page."""
    from pypdf import PdfWriter

    writer, plain = PdfWriter(), BytesIO()
    for _ in range(3):
        writer.add_blank_page(width=72, height=72)
    writer.write(plain)
    sealed = PdfReader(BytesIO(encrypt_pdf(plain.getvalue(), PASSPHRASE)), password=PASSPHRASE)
    assert len(sealed.pages) == 3
