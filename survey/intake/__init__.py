"""The sealed intake: waves, codes and envelopes. What other parts use stands here."""

from survey.intake.closing import close_wave, mark_exported
from survey.intake.handing_in import hand_in
from survey.intake.issue import code_counts, has_codes, issue_codes, void_unspent
from survey.intake.labels import ClassLabel, Contact, HandIn, Outcome, SchoolLabel, WaveState, WipeProof
from survey.intake.meter import compact, final_counts, read_meter
from survey.intake.opening import Intake, close_intake, open_intake
from survey.intake.waves import (
    open_wave,
    read_classes,
    read_schools,
    read_sealed,
    read_sealed_apart,
    read_wave,
)
from survey.intake.wipe import wipe_wave

__all__ = [
    "ClassLabel",
    "Contact",
    "HandIn",
    "Intake",
    "Outcome",
    "SchoolLabel",
    "WaveState",
    "WipeProof",
    "close_intake",
    "close_wave",
    "code_counts",
    "compact",
    "final_counts",
    "hand_in",
    "has_codes",
    "issue_codes",
    "mark_exported",
    "open_intake",
    "open_wave",
    "read_classes",
    "read_meter",
    "read_schools",
    "read_sealed",
    "read_sealed_apart",
    "read_wave",
    "void_unspent",
    "wipe_wave",
]
