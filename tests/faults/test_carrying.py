"""What can go wrong between close and wipe: each ends with nothing stored, nothing wiped, and words that help."""

from __future__ import annotations

import hashlib
import json
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from two_hosts import (
    PASSPHRASE,
    SIZES,
    WAVE,
    Hosts,
    copy_hosts,
    found_hosts,
    hand_in_sheets,
    intake_of_host,
    load_carried,
    open_tiny,
    recount,
    rewrite,
    stored,
    tiny_instrument,
)

from pipelines.files.bundle import MAGIC, _header_bytes, open_bundle, read_envelopes, write_bundle
from pipelines.files.keycard import signing_key
from pipelines.files.receipt import Receipt, write_receipt
from pipelines.load import bundle as loading
from pipelines.load.bundle import load_bundle, mismatches
from pipelines.problems import BadInput, CannotDo
from pipelines.waves import closing
from pipelines.waves.closing import finish_wave
from pipelines.waves.key import make_key
from pipelines.waves.status import list_status
from pipelines.waves.wiping import forget_wave
from survey.instrument import Instrument
from survey.intake import read_sealed
from survey.sealing import LEAST, SHEET_LENGTH, Sheet, encode_sheet, new_key, read_private_key, seal, unseal

TOTAL = sum(SIZES.values())


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    """A wave of 45 sheets, closed; its bundle is on its way."""
    hosts = found_hosts(tmp_path_factory.mktemp("closed") / "hosts")
    open_tiny(hosts)
    hand_in_sheets(hosts)
    with hosts.at("survey"):
        finish_wave(WAVE, hosts.carried / "wave.bundle")
    return hosts


@pytest.fixture(scope="module")
def loaded(closed: Hosts, tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    """The same, opened on the analysis host; its receipt is on its way back."""
    hosts = copy_hosts(closed, tmp_path_factory.mktemp("loaded") / "hosts")
    load_carried(hosts, hosts.carried / "wave.bundle", hosts.carried / "receipt")
    return hosts


@pytest.fixture
def sent(closed: Hosts, tmp_path: Path) -> Hosts:
    return copy_hosts(closed, tmp_path / "hosts")


@pytest.fixture
def returned(loaded: Hosts, tmp_path: Path) -> Hosts:
    return copy_hosts(loaded, tmp_path / "hosts")


def assert_nothing_happened(hosts: Hosts) -> None:
    """Nothing stored, no receipt, every envelope still on the survey host."""
    assert stored(hosts) is None
    assert not (hosts.carried / "receipt").exists()
    with hosts.at("survey"):
        assert list_status(WAVE)[0].state == "exported"


# load --------------------------------------------------------------------------------------------------------------


def test_a_bundle_cut_short_or_changed_is_refused(sent: Hosts) -> None:
    bundle = sent.carried / "wave.bundle"
    content = bundle.read_bytes()
    flipped = content[:-600] + bytes([content[-600] ^ 1]) + content[-599:]
    for hurt in (content[:-1], content[: len(content) // 2], flipped):
        bundle.write_bytes(hurt)
        with pytest.raises(BadInput, match="incomplete or was altered"):
            load_carried(sent, bundle, sent.carried / "receipt")
        assert_nothing_happened(sent)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 100_000,  # brackets without end
        {"sheet_length": 1, "sheets": 512 * TOTAL},  # as many envelopes as bytes: each costs an opening
        {"apart_length": 1, "apart": 256 * TOTAL},
    ],
)
def test_a_header_that_would_cost_hours_is_refused_at_once(sent: Hosts, header: bytes | dict[str, int]) -> None:
    """Whoever carries the bundle can write any file: none may be worth more than a refusal."""
    bundle = sent.carried / "wave.bundle"
    found = open_bundle(bundle)
    words = header if isinstance(header, bytes) else _header_bytes(replace(found.header, **header))  # type: ignore[arg-type]
    body = MAGIC + len(words).to_bytes(4, "big") + words + bundle.read_bytes()[found.start : -32]
    bundle.write_bytes(body + hashlib.sha256(body).digest())
    with pytest.raises(BadInput, match="incomplete or was altered"):
        load_carried(sent, bundle, sent.carried / "receipt")
    assert_nothing_happened(sent)


@pytest.mark.parametrize("counts", [b"[]", b'{"j7": "23"}', b'{"j7": 23.0}', b"[" * 3_000])
def test_sealed_counts_of_another_kind_hold_the_load(sent: Hosts, counts: bytes) -> None:
    """Anyone can seal to a public key; a trace would show the load half done."""
    bundle, other = sent.carried / "wave.bundle", sent.carried / "other.bundle"
    found = open_bundle(bundle)
    header = replace(found.header, participation=seal(found.header.public, counts, 4096))
    write_bundle(other, header, read_envelopes(found, "sheets"), read_envelopes(found, "apart"))
    with pytest.raises(CannotDo, match="sealed counts can't be opened"):
        load_carried(sent, other, sent.carried / "receipt")
    assert_nothing_happened(sent)


def test_a_wrong_key_a_wrong_passphrase_and_another_waves_bundle_are_refused(sent: Hosts) -> None:
    bundle, other = sent.carried / "wave.bundle", sent.folder / "analysis" / "other.key"
    make_key("2026-2", other, sent.carried / "other.pub", PASSPHRASE, LEAST)
    for key, passphrase, words in (
        (other, PASSPHRASE, "not this bundle's"),
        (sent.private, "another passphrase", "passphrase is wrong"),
        (sent.public, PASSPHRASE, "begin with"),
    ):
        with pytest.raises(BadInput, match=words), sent.at("analysis"):
            load_bundle(bundle, key, passphrase, sent.carried / "receipt")
        assert_nothing_happened(sent)


def test_a_bundle_loaded_twice_is_stored_once_and_has_the_same_receipt(returned: Hosts) -> None:
    report = load_carried(returned, returned.carried / "wave.bundle", returned.carried / "second")
    assert report.load.already
    assert stored(returned) == (TOTAL, TOTAL)
    assert (returned.carried / "second").read_bytes() == (returned.carried / "receipt").read_bytes()


def test_another_bundle_of_the_same_wave_is_not_added(returned: Hosts) -> None:
    """A wave is closed once: more rows than its envelopes can only be a mistake. --replace takes the other one."""
    fewer = exchange(returned, "j7", [])
    other = recount(fewer, returned.carried / "other.bundle", {**SIZES, "j7": SIZES["j7"] - 1})
    with pytest.raises(BadInput, match="holds other data already"):
        load_carried(returned, other, returned.carried / "second")
    assert stored(returned) == (TOTAL, TOTAL) and not (returned.carried / "second").exists()
    load_carried(returned, other, returned.carried / "second", anew=True)
    assert stored(returned) == (TOTAL - 1, TOTAL)


def exchange(hosts: Hosts, class_id: str, envelopes: list[bytes]) -> Path:
    """The bundle with these envelopes in the place of one sheet of a class each; without any, one is left out."""
    private = read_private_key(hosts.private, PASSPHRASE).private

    def change(sheets: list[bytes]) -> list[bytes]:
        own = [sheet for sheet in sheets if f"{class_id}".encode() in unseal(private, sheet)[33:40]]
        gone = set(own[: len(envelopes) or 1])
        return [*envelopes, *(sheet for sheet in sheets if sheet not in gone)]

    return rewrite(hosts.carried / "wave.bundle", hosts.carried / "exchanged.bundle", change)


@pytest.mark.parametrize(
    "spent",
    [
        {**SIZES, "j7": SIZES["j7"] + 1},  # a sheet was lost
        {**SIZES, "j7": SIZES["j7"] - 1},  # a sheet came without a code
        {**SIZES, "j7": SIZES["j7"] - 1, "j8": SIZES["j8"] + 1},  # a sheet says another class than its code
    ],
)
def test_sheets_that_dont_match_the_codes_spent_are_held(sent: Hosts, spent: dict[str, int]) -> None:
    other = recount(sent.carried / "wave.bundle", sent.carried / "other.bundle", spent)
    with pytest.raises(CannotDo, match="don't match the codes spent"):
        load_carried(sent, other, sent.carried / "receipt")
    assert_nothing_happened(sent)


def test_a_stray_envelope_may_be_missing_from_any_class_and_no_other_may() -> None:
    assert mismatches({"a": 3, "b": 5}, {"a": 4, "b": 5}, strays=1) == []
    assert mismatches({"a": 3, "b": 5}, {"a": 4, "b": 5}, strays=0) == ["a"]
    assert sorted(mismatches({"a": 5, "b": 4}, {"a": 4, "b": 6}, strays=1)) == ["a", "b"]


def strange_envelopes(hosts: Hosts, instrument: Instrument) -> dict[str, bytes]:
    """By the rule they break."""
    public = read_private_key(hosts.private, PASSPHRASE).public
    blank = {"take_part": 0, "too_fast": 0}
    other = instrument.model_copy(update={"version": "2"})
    sheet = Sheet("j7", instrument.hash, blank)
    return {
        "unopenable": seal(new_key().public, encode_sheet(sheet, instrument), SHEET_LENGTH),
        "malformed": seal(public, encode_sheet(sheet, instrument) + b"more", SHEET_LENGTH),
        "other_instrument": seal(public, encode_sheet(Sheet("j7", other.hash, blank), other), SHEET_LENGTH),
        "class_unknown": seal(public, encode_sheet(Sheet("j9", instrument.hash, blank), instrument), SHEET_LENGTH),
    }


@pytest.mark.parametrize("rule", ["unopenable", "malformed", "other_instrument", "class_unknown"])
def test_a_strange_envelope_is_rejected_with_its_reason(sent: Hosts, rule: str) -> None:
    """One of 45: the rest is kept, the counts reconcile, and the reject file says why without saying what."""
    bundle = exchange(sent, "j7", [strange_envelopes(sent, tiny_instrument(sent.folder))[rule]])
    if rule == "class_unknown":  # a class of the survey host's list that the analysis host's doesn't have
        bundle = recount(bundle, sent.carried / "other.bundle", {**SIZES, "j7": SIZES["j7"] - 1, "j9": 1})
    report = load_carried(sent, bundle, sent.carried / "receipt")
    receipt = report.receipt
    assert (receipt.sheets, receipt.accepted, receipt.rejected) == (TOTAL, TOTAL - 1, 1)
    assert report.load.reject_file is not None
    assert f",{rule}," in report.load.reject_file.read_text(encoding="utf-8-sig")
    assert report.reasons == ({} if rule == "class_unknown" else {rule: 1})
    assert stored(sent) == (TOTAL - 1, TOTAL)


def test_too_many_strange_envelopes_hold_the_load(sent: Hosts) -> None:
    """Three of 45 are more than the policy lets any load have; the survey host must keep its copy."""
    strange = strange_envelopes(sent, tiny_instrument(sent.folder))
    bundle = exchange(sent, "j7", [strange[rule] for rule in ("unopenable", "malformed", "other_instrument")])
    with pytest.raises(CannotDo, match="held"):
        load_carried(sent, bundle, sent.carried / "receipt")
    assert_nothing_happened(sent)


def test_nothing_opened_may_spill_to_the_disk(sent: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """While sheets are open, DuckDB has no folder for what doesn't fit in memory."""
    seen = []
    original = loading.keep_beside

    def look(opening: loading.Opening, connection: DuckDBPyConnection, wave: str) -> None:
        seen.append(connection.execute("SELECT current_setting('temp_directory')").fetchall())
        original(opening, connection, wave)

    monkeypatch.setattr(loading, "keep_beside", look)
    load_carried(sent, sent.carried / "wave.bundle", sent.carried / "receipt")
    assert seen == [[("",)]]


# close -------------------------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_no_half_bundle_and_the_wave_can_be_closed_again(
    sent: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system refuses to let the bundle grow beyond 40,000 bytes, as a full disk does."""
    out = sent.carried / "again.bundle"
    with monkeypatch.context() as patch, sent.at("survey"):
        patch.setattr(closing, "write_bundle", on_a_full_disk(closing.write_bundle, 40_000))
        with pytest.raises(CannotDo, match="no half file was left"):
            finish_wave(WAVE, out)
    assert {path.name for path in sent.carried.iterdir()} == {"wave.bundle", "wave.pub"}
    with sent.at("survey"):
        assert finish_wave(WAVE, out).sheets == TOTAL


def on_a_full_disk(write: Callable[..., str], limit: int) -> Callable[..., str]:
    def refused(*given: object) -> str:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            return write(*given)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return refused


# wipe --------------------------------------------------------------------------------------------------------------


def test_a_wave_is_wiped_against_its_receipt_and_only_once(returned: Hosts) -> None:
    ciphertext = (returned.carried / "wave.bundle").read_bytes()[-700:-600]
    with returned.at("survey") as home:
        proof = forget_wave(WAVE, returned.carried / "receipt")
        assert proof.is_clean and proof.destroyed > 0 and proof.looked_for >= 2 * TOTAL
        with pytest.raises(BadInput, match="wiped"):
            forget_wave(WAVE, returned.carried / "receipt")
    left = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert left and all(ciphertext not in content for content in left)


def rewritten_receipt(hosts: Hosts, **changes: object) -> Receipt:
    document = json.loads((hosts.carried / "receipt").read_text(encoding="utf-8"))
    names = set(Receipt.__dataclass_fields__)
    return replace(Receipt(**{name: value for name, value in document.items() if name in names}), **changes)


def test_a_forged_receipt_wipes_nothing(returned: Hosts) -> None:
    """Edited after it was signed; signed with a stranger's key; no receipt at all."""
    path = returned.carried / "receipt"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | {"accepted": TOTAL - 1, "rejected": 1}), encoding="utf-8")
    assert kept_after(returned, path, "signature is wrong") == TOTAL
    strange = returned.carried / "strange"
    write_receipt(strange, rewritten_receipt(returned), signing_key(new_key().private))
    assert kept_after(returned, strange, "signature is wrong") == TOTAL
    path.write_text("{}", encoding="utf-8")
    assert kept_after(returned, path, "not a receipt") == TOTAL


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"wave": "2026-2"}, "a receipt of wave 2026-2"),
        ({"bundle": "0" * 64}, "not the receipt of the last bundle"),
        ({"sheets": TOTAL + 1, "accepted": TOTAL + 1}, "not those of the envelopes here"),
        ({"accepted": TOTAL - 1}, "not those of the envelopes here"),  # one sheet neither accepted nor rejected
        ({"apart": TOTAL - 1, "apart_accepted": TOTAL - 1}, "not those of the envelopes here"),
    ],
)
def test_a_receipt_of_something_else_wipes_nothing(returned: Hosts, changes: dict[str, object], words: str) -> None:
    """Even signed with the right key."""
    path = returned.carried / "other"
    key = signing_key(read_private_key(returned.private, PASSPHRASE).private)
    write_receipt(path, rewritten_receipt(returned, **changes), key)
    assert kept_after(returned, path, words) == TOTAL


def test_the_receipt_of_an_older_bundle_wipes_nothing(returned: Hosts) -> None:
    with returned.at("survey"):
        finish_wave(WAVE, returned.carried / "newer.bundle")
    assert kept_after(returned, returned.carried / "receipt", "not the receipt of the last bundle") == TOTAL


def kept_after(hosts: Hosts, receipt: Path, words: str) -> int:
    """Sealed sheets that are still there after the wipe was refused in these words."""
    with hosts.at("survey"):
        with pytest.raises(BadInput, match=words):
            forget_wave(WAVE, receipt)
        with intake_of_host() as intake:
            return sum(1 for _ in read_sealed(intake, WAVE))


def test_a_wave_that_is_still_open_isnt_wiped(tmp_path: Path, returned: Hosts) -> None:
    """A receipt of an earlier wave of the same name, made with the same key, must not end a sitting."""
    hosts = found_hosts(tmp_path / "open")
    open_tiny(hosts)
    key = signing_key(read_private_key(hosts.private, PASSPHRASE).private)
    write_receipt(hosts.carried / "receipt", rewritten_receipt(returned, bundle=""), key)
    with hosts.at("survey"), pytest.raises(BadInput, match="open"):
        forget_wave(WAVE, hosts.carried / "receipt")
