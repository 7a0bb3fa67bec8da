"""Rules that hold across an instrument. Each `check_` raises InstrumentError at the first place that breaks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.problems import InstrumentError, Where

if TYPE_CHECKING:
    from survey.instrument import Instrument


def check_instrument(instrument: Instrument) -> None:
    check_item_codes(instrument)


def check_item_codes(instrument: Instrument) -> None:
    seen: set[str] = set()
    for block in instrument.blocks:
        for item in block.items:
            if item.code in seen:
                raise InstrumentError("an item code stands once", where=Where(block=block.code, item=item.code))
            seen.add(item.code)
