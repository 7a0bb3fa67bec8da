"""What a release says behind one sign: the state of its class, or of a small school's two waves."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.casework.values import Sign
from dashboard.desk import Desk
from dashboard.reading.credibility import Credibility, build_credibility
from dashboard.reading.pool import Pool, build_pool
from dashboard.reading.signs import CARRYING, Reason, build_states
from dashboard.reading.units import build_units


@dataclass(frozen=True)
class SignFile:
    """A sign's unit and reasons as the present release holds them; `is_held` False where it holds them no longer."""

    name: str
    raised: tuple[Reason, ...]
    below: tuple[Reason, ...]
    chance: float | None
    trend: str | None
    silence: str | None
    is_held: bool
    credibility: Credibility | None


def build_sign_file(desk: Desk, sign: Sign) -> SignFile:
    """From the class's row, or from the pool of a school that is seen as one unit."""
    unit = build_units(desk, sign.unit_kind, sign.wave).get(sign.unit_id) if sign.wave in desk.waves else None
    name = unit.name if unit else sign.unit_id
    kind = sign.unit_kind if sign.unit_kind in ("class", "school") else "school"
    letter = build_credibility(desk, kind, sign.wave).get(sign.unit_id)
    if sign.unit_kind == "school":
        pool = build_pool(desk, sign.unit_id)
        return _of_pool(name, pool if pool and pool.waves[1] == sign.wave else None, letter)
    state = next((held for held in build_states(desk, sign.wave) if held.id == sign.unit_id), None)
    if state is None or not desk.waves:
        return SignFile(name, (), (), None, None, None, False, letter)
    return SignFile(name, state.raised, state.below, state.chance, state.trend, state.silence, True, letter)


def _of_pool(name: str, pool: Pool | None, letter: Credibility | None) -> SignFile:
    if pool is None:
        return SignFile(name, (), (), None, None, None, False, letter)
    carrying = Reason(CARRYING, None, pool.cuts.get(CARRYING), None)
    below = (carrying,) if pool.kind == "first_signs" else ()
    return SignFile(name, pool.raised, below, None, None, pool.silence, True, letter)
