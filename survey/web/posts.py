"""What a form sends: read strictly, every field exactly once, nothing besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from survey.web.fields import BLANK, CODE, NOT_CHOSEN, TAKE_PART, TAKES_PART, TOKEN, Answer, Field

LIMIT = 8_192  # bytes; a form has about 1,000
CONTENT_TYPE = b"application/x-www-form-urlencoded"
TAKING_PART = (TAKES_PART, BLANK, NOT_CHOSEN)


@dataclass(frozen=True)
class Post:
    """One form as it was sent. `chosen`: field → value."""

    code: str = field(repr=False)
    token: str = field(repr=False)
    take_part: str = field(repr=False)
    chosen: Mapping[str, str] = field(repr=False)

    @property
    def checked(self) -> dict[str, str]:
        """Every radio that was checked, the choice to take part included."""
        return {**self.chosen, TAKE_PART: self.take_part}


def read_post(body: bytes, fields: Mapping[str, Field]) -> Post | None:
    """None for anything that this form can't have sent. Of its values only the code is ever encoded by a browser."""
    try:
        pairs = [pair.split("=") for pair in body.decode("ascii").split("&", len(fields) + 3)]
        sent: dict[str, str] = dict(pairs)  # ValueError where a pair isn't one
        code = unquote_plus(sent.pop(CODE), errors="strict")
        token, take_part = sent.pop(TOKEN), sent.pop(TAKE_PART)
    except (KeyError, ValueError):
        return None
    if len(pairs) != len(fields) + 3 or sent.keys() != fields.keys() or take_part not in TAKING_PART:
        return None
    if any(value not in fields[name].means for name, value in sent.items()):
        return None
    return Post(code, token, take_part, sent)


def answers_of(post: Post, fields: Mapping[str, Field], too_fast: bool) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """The answers, and what is kept apart from them. Of a blank nothing stays but that it is one."""
    if post.take_part == BLANK:
        return {"take_part": 0, "too_fast": 0}, {}
    sheet: dict[str, Answer] = {"take_part": 1, "too_fast": int(too_fast)}
    apart: dict[str, Answer] = {}
    for name, value in post.chosen.items():
        held = fields[name]
        (sheet if held.store == "answers" else apart)[held.column] = held.means[value]
    return sheet, apart
