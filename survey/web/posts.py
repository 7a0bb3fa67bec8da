"""What a form sends: read strictly, every field exactly once, nothing besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from survey.web.fields import BLANK, CODE, NOT_CHOSEN, TAKE_PART, TAKES_PART, TOKEN, Answer, Field

LIMIT = 8_192  # bytes; a form has about 1,000
CONTENT_TYPE = b"application/x-www-form-urlencoded"


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
    """None for anything that this form can't have sent."""
    try:
        pairs = parse_qsl(body.decode("ascii"), True, True, errors="strict", max_num_fields=len(fields) + 3)
    except ValueError:
        return None
    sent = dict(pairs)
    if len(pairs) != len(fields) + 3 or sent.keys() != {*fields, CODE, TOKEN, TAKE_PART}:
        return None
    code, token, take_part = sent.pop(CODE), sent.pop(TOKEN), sent.pop(TAKE_PART)
    if take_part not in (TAKES_PART, BLANK, NOT_CHOSEN) or any(v not in fields[k].means for k, v in sent.items()):
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
