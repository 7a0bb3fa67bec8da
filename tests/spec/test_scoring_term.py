"""Every indicator of the term survey on small sheets: what counts, what doesn't, who isn't asked.

A sheet names the answers that matter; `forms=0` fills all forms of the band. `-` is missing or not asked.
"""

from __future__ import annotations

import pytest

from survey.instrument import load_instrument
from survey.scoring import score

TERM = load_instrument()

MANUAL = """
indicator       | band | sheet                         | result | why
frequent        | g34  | forms=0 rel_freq=2            | 1      | one form 2–3 times a month
frequent        | jr   | forms=1                       | 0      | every form, but only once or twice
frequent        | jr   | forms=0 sex_freq=9            | 0      | 8 of 9 is 89 %
frequent        | jr   | forms=0 sex_freq=9 coe_freq=9 | -      | 7 of 9 is 78 %
frequent        | g34  | thr_freq=4                    | -      | grades 3–4 aren't asked about threats
any             | g56  | forms=0 thr_freq=1            | 1      | once is enough
any             | voc  | forms=0                       | 0      | never
any             | voc  | forms=0 wp_freq=4             | 0      | the placement isn't a form of the school
poly            | g34  | forms=0 phy_freq=1 ver_freq=1 rel_freq=1 | 1 | three forms
poly            | g34  | forms=0 phy_freq=4 ver_freq=4 | 0      | two forms
persistent      | sr   | forms=0 sex_freq=3            | 1      | about weekly
persistent      | sr   | forms=2                       | 0      | monthly isn't weekly
words           | jr   | ver_freq=2                    | 1      | words
words           | jr   | ver_freq=1                    | 0      | not often
body            | jr   | forms=0 sex_freq=2            | 1      | sexual acts belong to the body
body            | g34  | phy_freq=0 pro_freq=0 coe_freq=0 | 0   | three items in grades 3–4
mind            | g56  | rel_freq=0 thr_freq=2         | 1      | threats belong to the mind
mind            | g34  | rel_freq=0 cyb_freq=0         | 0      | two items in grades 3–4
severe          | g34  | sev_weapon=1                  | 1      | once is severe
severe          | jr   | sex_freq=1                    | 1      | sexual acts are severe at once
severe          | g56  | pro_freq=3                    | 1      | things taken every week
severe          | g34  | pro_freq=2 sev_injured=0 sev_group=0 sev_weapon=0 | 0 | not every week
still_now       | g34  | still_now=2                   | 1      | still going on
still_now       | g34  | still_now=1                   | 0      | over
still_now       | g34  | still_now=9                   | -      | rather not say
witness         | sr   | seen_freq=2                   | 1      | seen 2–3 times a month
witness         | sr   | seen_freq=1                   | 0      | seen once or twice
unsafe          | g34  | safe_school=2                 | 1      | hardly true that I feel safe
unsafe          | g34  | safe_school=3                 | 0      | mostly true
avoids          | g34  | avoid=none avoid__toilet=1    | 1      | one place
avoids          | g34  | avoid=none avoid__none=1      | 0      | no such place
avoids          | g34  | avoid=none avoid__placement=1 | 0      | only vocational schools have placements
told_none       | g34  | told_result=1                 | 1      | told no adult
told_none       | g34  | told_result=2                 | 0      | told
told_none       | g34  | told_result=0                 | -      | it didn't happen: outside the base
told_better     | jr   | told_result=2                 | 1      | better
told_better     | jr   | told_result=1                 | 0      | not told, in the base
told_same       | jr   | told_result=3                 | 1      | the same
told_same       | jr   | told_result=4                 | 0      | worse isn't the same
told_worse      | jr   | told_result=4                 | 1      | worse
told_worse      | jr   | told_result=3                 | 0      | the same isn't worse
adults_knew     | g56  | adult_ignore=3                | 1      | mostly true that adults do little
adults_knew     | g56  | adult_ignore=2                | 0      | hardly true
adults_knew     | g34  | adult_ignore=4                | -      | not asked in grades 3–4
trust           | voc  | trust_adult=3                 | 1      | an adult to talk to
trust           | voc  | trust_adult=2                 | 0      | hardly
belonging       | g34  | lonely_school=2               | 1      | hardly lonely
belonging       | g34  | lonely_school=3               | 0      | mostly lonely
bystander_helps | g56  | did=none seen_did__tell=1     | 1      | told an adult
bystander_helps | g56  | did=none seen_did__leave=1    | 0      | walked away
bystander_helps | g56  | did=none seen_did__none=1     | -      | saw nothing: outside the base
bystander_helps | g56  | did=none                      | -      | ticked nothing: can't be told from having seen nothing
horseplay       | sr   | hp_joke=3                     | 1      | didn't dare to object
horseplay       | sr   | hp_joke=1                     | 0      | they stopped
danger_seen     | jr   | danger_obj=1                  | 1      | seen
danger_seen     | jr   | danger_obj=0                  | 0      | not seen
perpetration    | jr   | perp_freq=2                   | 1      | 2–3 times a month
perpetration    | jr   | perp_freq=1                   | 0      | once or twice
perpetration    | g56  | perp_freq=4                   | -      | asked from junior school up
promise_kept    | g56  | followup=2                    | 1      | some of it
promise_kept    | g56  | followup=0                    | 0      | never heard of it
promise_kept    | g56  | followup=8                    | -      | not asked last time
"""

FILLS = {
    "forms": list(TERM.indicators["frequent"].numerator.columns),
    "avoid": [column for column in TERM.columns.values() if column.item == "avoid"],
    "did": [column for column in TERM.columns.values() if column.item == "seen_did"],
}


def sheet_of(text: str, band: str) -> dict[str, int]:
    """The answers a row names; `forms=`, `avoid=none` and `did=none` fill a whole group of the band first."""
    sheet: dict[str, int] = {}
    for part in text.split():
        name, value = part.split("=")
        number = 0 if value == "none" else int(value)
        names = [column.name for column in FILLS[name] if band in column.bands] if name in FILLS else [name]
        sheet |= dict.fromkeys(names, number)
    return sheet


ROWS = [[cell.strip() for cell in line.split("|")] for line in MANUAL.strip().splitlines()[1:]]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}-{row[1]}: {row[4]}" for row in ROWS])
def test_a_row_of_the_manual_holds(row: list[str]) -> None:
    indicator, band, sheet, result, why = row
    expected = None if result == "-" else int(result)
    assert score(TERM.indicators[indicator], sheet_of(sheet, band), band) == expected, why


def test_every_indicator_has_a_row_that_counts_and_one_that_does_not() -> None:
    """A new indicator needs its spec rows; an indicator nobody showed at work isn't finished."""
    shown = {(row[0], row[3]) for row in ROWS}
    assert {(code, result) for code in TERM.indicators for result in "01"} <= shown
