"""What people may type: nothing that points to a child, kindly refused; ordinary sentences pass."""

from __future__ import annotations

import pytest

from dashboard.casework.fields import LONG, check_words, points_to_child
from dashboard.casework.problems import Refused

POINTS = {
    "looks_like_id": [
        "证件110101200901011234",
        "１１０１０１２００９０１０１１２３Ｘ",
        "110101 2009 0101 123X",
        "110101-20090101-123x",
        "130503670401001",
        "学号：20230115",
        "学籍号是G20091234",
    ],
    "looks_like_phone": [
        "电话13812345678",
        "138-1234-5678",
        "+86 138 1234 5678",
        "１３８１２３４５６７８",
        "010-62345678",
    ],
    "looks_like_name": [
        "张三同学被打",
        "学生张三被打",
        "和王小明同学谈话",
        "小明同学说",
        "联系李四的家长",
        "姓名：赵六",
        "李某同学",
        "欧阳娜娜同学",
        "今天找了刘洋同学。",
        "当事人：陈晨",
    ],
}
ORDINARY = [
    "与班主任联系家长会",
    "课间到班级附近多走几次",
    "按流程通知家长",
    "高年级同学较多",
    "周围同学都看到了",
    "和任课老师谈了十分钟",
    "档案2026-0007",
    "拨打110、12355",
    "全班同学参加",
    "2026年11月20日14:30在东操场",
    "许多同学看到",
    "双方学生的家长都到了",
    "王老师、李主任参加",
    "学生高度重视",
    "小组同学轮流",
    "经核查，暂未发现，周三再看",
    "分管领导张校长已知情",
    "已对同学们讲清楚",
    "由于同学之间有矛盾",
    "对方同学已转班",
    "检查 12 次，覆盖 1,350 人",
    "talked to 20 pupils on 2026-11-20",
]


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in POINTS.items() for text in texts])
def test_what_points_to_a_child_is_refused(code: str, text: str) -> None:
    """However digits are grouped or widened, and on whichever side of the name the word stands."""
    with pytest.raises(Refused, match=code):
        check_words(f"记录。\n{text}")


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_sentence_passes(text: str) -> None:
    """A field that refuses honest work teaches people to leave it empty."""
    assert points_to_child(text) == ""
    assert check_words(text) == text


def test_text_is_kept_as_typed_but_for_control_characters() -> None:
    assert check_words("  <b>=1+1</b>\r\n二\t三\x00\x1b ") == "<b>=1+1</b>\n二\t三"
    assert check_words("", needed=False) == ""


def test_limits_are_said_with_their_numbers() -> None:
    check_words("长" * LONG)
    with pytest.raises(Refused) as refused:
        check_words("长" * (LONG + 1))
    assert (refused.value.code, refused.value.fields) == ("too_long", {"limit": LONG, "length": LONG + 1})


@pytest.mark.parametrize("text", ["", " \n ", "。。。", "😀", "——"])
def test_a_reason_without_a_word_is_none(text: str) -> None:
    """A sign would be closed for a smile, and nobody could say later why."""
    with pytest.raises(Refused) as refused:
        check_words(text)
    assert refused.value.code == "needed"
