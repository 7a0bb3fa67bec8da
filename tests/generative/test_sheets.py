"""Every sheet an instrument allows goes into an envelope and comes back, whatever the instrument."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from intake_wave import term

from survey.instrument import Instrument, load_instrument
from survey.sealing import SHEET_LENGTH, Sheet, decode_sheet, encode_sheet, new_key, seal, unseal
from survey.settings import ROOT
from survey.sheets import FLAGS

MINIATURES = sorted((ROOT / "tests" / "instruments").glob("*.yml"))
KEY = new_key()


@cache
def instruments() -> list[Instrument]:
    return [term(), *map(load_instrument, MINIATURES)]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[Sheet, Instrument]:
    instrument = draw(st.sampled_from(instruments()))
    codes = {**FLAGS, **{name: column.codes for name, column in instrument.columns.items()}}
    answers = {name: draw(st.sampled_from([None, *own])) for name, own in codes.items()}
    class_id = draw(st.text("abcXYZ019_-", min_size=1, max_size=40))
    return Sheet(class_id, instrument.hash, answers), instrument


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_a_sheet_survives_its_envelope(drawn: tuple[Sheet, Instrument]) -> None:
    sheet, instrument = drawn
    ciphertext = seal(KEY.public, encode_sheet(sheet, instrument), SHEET_LENGTH)
    assert len(ciphertext) == SHEET_LENGTH
    assert decode_sheet(unseal(KEY, ciphertext), instrument) == sheet


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_one_sheet_has_one_encoding(drawn: tuple[Sheet, Instrument]) -> None:
    """The order of the form's fields, and whether an empty one was sent, leave no trace."""
    sheet, instrument = drawn
    turned = {name: answer for name, answer in reversed(sheet.answers.items()) if answer is not None}
    same = Sheet(sheet.class_id, sheet.instrument_hash, turned)
    assert encode_sheet(same, instrument) == encode_sheet(sheet, instrument)
