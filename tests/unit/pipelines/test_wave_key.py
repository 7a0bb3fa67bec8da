"""A wave's key: believed only after it has opened an envelope, and never readable without its passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest
from nacl.signing import SigningKey
from pypdf import PdfReader
from two_hosts import PASSPHRASE, WAVE
from typer.testing import CliRunner

from pipelines.commands import key as commands
from pipelines.files.keycard import read_card
from pipelines.problems import BadInput, CannotDo
from pipelines.waves import key as making
from pipelines.waves.key import make_key
from survey.sealing import LEAST, SHEET_LENGTH, in_text, new_key, read_private_key, seal, unseal


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "wave.key", tmp_path / "wave.pub"
    make_key(WAVE, private, public, PASSPHRASE, LEAST)
    return private, public


def test_a_new_key_opens_what_its_public_file_seals(files: tuple[Path, Path]) -> None:
    card = read_card(files[1], WAVE)
    sealed = seal(card.public, b"a sheet", SHEET_LENGTH)
    assert unseal(read_private_key(files[0], PASSPHRASE, WAVE), sealed) == b"a sheet"


def test_the_passphrase_and_the_private_key_stand_in_no_file(files: tuple[Path, Path]) -> None:
    private = read_private_key(files[0], PASSPHRASE).private
    for path in files[0].parent.iterdir():
        pages = PdfReader(path).pages if path.suffix == ".pdf" else []
        content = "".join([path.read_text(encoding="latin-1"), *(page.extract_text() for page in pages)])
        assert PASSPHRASE not in content
        assert in_text(private) not in content and private.hex() not in content


def test_the_recovery_sheet_has_a_page_for_each_cover(files: tuple[Path, Path]) -> None:
    """The first page alone must lack the passphrase, the second the key; the first must restore the file."""
    pages = [page.extract_text() for page in PdfReader(files[0].parent / "wave.key.recovery.pdf").pages]
    first, second = ("".join(page.split()) for page in pages)
    for line in files[0].read_text(encoding="utf-8").splitlines():
        value = line.partition(": ")[2]
        assert "".join(value.split())[:30] in first
        assert not line.startswith("box") or value[:30] not in second


def test_a_key_that_fails_its_trial_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that gives back another key than was written must not end in a wave nobody can open."""
    monkeypatch.setattr(making, "read_private_key", lambda *_: new_key())
    with pytest.raises(CannotDo, match="trial opening failed"):
        make_key(WAVE, tmp_path / "wave.key", tmp_path / "wave.pub", PASSPHRASE, LEAST)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", ["wave.key", "wave.pub", "wave.key.recovery.pdf"])
def test_no_key_is_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("the only copy", encoding="utf-8")
    with pytest.raises(BadInput, match="won't be overwritten"):
        make_key(WAVE, tmp_path / "wave.key", tmp_path / "wave.pub", PASSPHRASE, LEAST)
    assert [path.name for path in tmp_path.iterdir()] == [existing]


def test_one_file_cant_be_both(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can't be one file"):
        make_key(WAVE, tmp_path / "wave.key", tmp_path / "." / "wave.key", PASSPHRASE, LEAST)


def test_a_short_passphrase_and_a_wrong_wave_are_refused(tmp_path: Path) -> None:
    for wave, passphrase, words in ((WAVE, "goose", "too short"), ("2026-3", PASSPHRASE, "is not a wave")):
        with pytest.raises(BadInput, match=words):
            make_key(wave, tmp_path / "wave.key", tmp_path / "wave.pub", passphrase, LEAST)
    assert list(tmp_path.iterdir()) == []


def test_an_untested_key_is_refused(files: tuple[Path, Path]) -> None:
    lines = files[1].read_text(encoding="utf-8").splitlines()
    files[1].write_text("\n".join(line for line in lines if not line.startswith("tested")), encoding="utf-8")
    with pytest.raises(BadInput, match="no mark of a trial opening"):
        read_card(files[1], WAVE)


def test_a_mark_can_t_be_moved_to_another_key_or_wave(files: tuple[Path, Path], tmp_path: Path) -> None:
    """Else a key that nobody holds could be passed off as tested, or a stranger could sign receipts."""
    other = tmp_path / "other.pub"
    make_key(WAVE, tmp_path / "other.key", other, PASSPHRASE, LEAST)
    good, strange = files[1].read_text(encoding="utf-8").splitlines(), other.read_text(encoding="utf-8").splitlines()
    stranger = f"receipts: {in_text(bytes(SigningKey.generate().verify_key))}"
    for lines in ([*strange[:-1], good[-1]], [*good[:-2], stranger, good[-1]]):
        files[1].write_text("\n".join(lines), encoding="utf-8")
        with pytest.raises(BadInput, match="no mark of a trial opening"):
            read_card(files[1], WAVE)


def test_another_waves_key_and_no_key_at_all_are_refused(files: tuple[Path, Path]) -> None:
    with pytest.raises(BadInput, match="belongs to wave 2026-1"):
        read_card(files[1], "2026-2")
    for path in (files[0], files[1].with_name("nothing.pub")):
        with pytest.raises(BadInput):
            read_card(path, WAVE)


def test_the_passphrase_comes_from_the_environment_or_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "make_key", lambda *given: make_key(*given, LEAST))
    for name, environment, pipe in (("a", {"ANXIN_PASSPHRASE": PASSPHRASE}, ""), ("b", {}, PASSPHRASE + "\r\n")):
        words = [WAVE, "--out", str(tmp_path / name), "--public", str(tmp_path / f"{name}.pub")]
        result = CliRunner().invoke(commands.app, words, env=environment, input=pipe)
        assert result.exit_code == 0, result.output
        assert PASSPHRASE not in result.output
        assert read_private_key(tmp_path / name, PASSPHRASE, WAVE)


def test_no_passphrase_makes_no_key(tmp_path: Path) -> None:
    words = [WAVE, "--out", str(tmp_path / "a"), "--public", str(tmp_path / "b")]
    result = CliRunner().invoke(commands.app, words, input="")
    assert isinstance(result.exception, BadInput) and "no passphrase" in str(result.exception)
