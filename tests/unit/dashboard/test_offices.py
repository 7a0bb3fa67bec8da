"""Offices as people read them, whatever island shows them."""

from __future__ import annotations

from dashboard.help import Mailbox
from survey.roles import read_roles, role_name


def test_an_answer_is_signed_with_an_office_in_words() -> None:
    """A child who reads `counselor` in an answer doesn't know who wrote it."""
    box = Mailbox("a", "S1", "一小", "counselor", "王老师", False, b"")
    assert box.signature == f"{role_name('counselor', 'zh')} 王老师" == "心理老师 王老师"


def test_a_schools_own_words_stand_as_written() -> None:
    assert role_name("德育处", "en") == "德育处"
    assert Mailbox("a", "S1", "一小", "德育处", "周老师", False, b"").signature == "德育处 周老师"


def test_every_coded_office_has_both_languages() -> None:
    assert all(set(names) == {"zh", "en"} and all(names.values()) for names in read_roles().values())
