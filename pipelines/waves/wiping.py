"""`anxin wave wipe`: the survey host forgets a wave, against a receipt that says it was opened elsewhere."""

from __future__ import annotations

from pathlib import Path

from pipelines.files.receipt import Receipt, read_receipt
from pipelines.files.survey_faults import survey_faults
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.waves.ledger import Ledger, read_ledger
from pipelines.words import say
from survey.intake import Intake, WipeProof, close_intake, open_intake, read_sealed, read_sealed_apart, wipe_wave


def forget_wave(wave: str, receipt_file: Path) -> WipeProof:
    """Wipe a wave and look for what is left of it.

    BadInput, and nothing is wiped: a forged receipt, another wave's, another bundle's, other counts.
    CannotDo: something was found after the wipe.
    """
    ledger = read_ledger(wave)
    receipt = read_receipt(receipt_file, bytes.fromhex(ledger.receipts))
    with survey_faults():
        intake = open_intake()
        try:
            check_receipt(receipt, ledger, count_envelopes(intake, wave), receipt_file.name)
            proof = wipe_wave(intake, wave)
        finally:
            close_intake(intake)
    if not proof.is_clean:
        raise CannotDo(say("wave.leftovers", found=proof.found), next_step=say("wave.leftovers_step"))
    return proof


def count_envelopes(intake: Intake, wave: str) -> tuple[int, int]:
    """(sheets, apart) as they stand in the store now."""
    return sum(1 for _ in read_sealed(intake, wave)), sum(1 for _ in read_sealed_apart(intake, wave))


def check_receipt(receipt: Receipt, ledger: Ledger, here: tuple[int, int], file: str) -> None:
    """BadInput unless the receipt is of this wave, of the bundle written last, and of the envelopes that are here."""
    rules = {
        "receipt.other_wave": receipt.wave == ledger.wave,
        "receipt.other_bundle": receipt.bundle == ledger.bundle,
        "receipt.counts": receipt.reconciles and (receipt.sheets, receipt.apart) == here,
    }
    for rule, holds in rules.items():
        if not holds:
            raise BadInput(say(rule, wave=receipt.wave), where=Where(file), next_step=say("receipt.step"))
