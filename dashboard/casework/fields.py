"""What people type: length, sign by sign, and nothing that points to a child. A file goes by its reference number."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from dashboard.casework.problems import Refused

LONG, SHORT = 4000, 200  # characters of a reason, of a place or a title
HAN = r"[\u4e00-\u9fff]"
# Digits may be set apart by blanks or dashes, as people write them.
SPLIT = r"[ .\-–—]?"
IDENTITY = re.compile(rf"(?<!\d)(?:\d{SPLIT}){{17}}[\dXx](?![\dA-Za-z])|(?<!\d)(?:\d{SPLIT}){{14}}\d(?!\d)")
MOBILE = re.compile(rf"(?<!\d)(?:\+?86{SPLIT})?1{SPLIT}[3-9](?:{SPLIT}\d){{9}}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ \-–—]?[2-9]\d{6,7}(?!\d)")
STUDENT_NUMBER = re.compile(r"(?:学籍号|学号|身份证号?)\s*(?:是|为)?\s*[:：]?\s*[A-Za-z]?\d{4,}")

# The hundred commonest surnames, and how a name stands beside the word that makes it a child's.
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧阳"
)
NAME = rf"(?:欧阳|上官|司马|诸葛|[{SURNAMES}]){HAN}{{1,2}}"
# A name begins a sentence or follows a word such as 和; after other characters it's the end of a word (流程, 班主任).
OPENS = r"(?:^|(?<=[^\u4e00-\u9fff])|(?<=[和与跟对让叫向被由把找给请是有为了到问的说及同将生系]))"
CALLED = r"(?:同学(?!们|之间|关系)|小朋友|的家长|的爸爸|的妈妈|的父亲|的母亲|的奶奶|的爷爷|爸爸|妈妈|家长)"
BEFORE = r"(?:学生|孩子|姓名|名叫|名字叫|叫做|受害人|被欺凌者|欺凌者|当事人)"
GOES_ON = r"(?=$|[^\u4e00-\u9fff]|[被打说在和与对把将向给因的骂踢推])"
NAME_FIRST = re.compile(rf"{OPENS}(?P<name>{NAME}|小{HAN}|[{SURNAMES}]某{{1,2}}){CALLED}", re.M)
NAME_LAST = re.compile(rf"{BEFORE}\s*(?:是|为)?\s*[:：]?\s*(?P<name>{NAME}){GOES_ON}", re.M)
# Ordinary words that begin like a surname or like 小明.
WORDS = re.compile(
    r"高年级|高度|高兴|周末|周[一二三四五六日]|小班|小区|小型|常请|高一|高二|高三|高中|高段|周围|周边|任何|任课|于是|许多|不少|常见|方便|白天|石头|文明|文静|金牌|万一|马上|"
    r"何种|何时|时候|龙头|易受|康复|江边|石板|小组|小队|小学|小部分|小范围|小伙伴|小干部|雷同|段内|武术|文艺|史上|"
    r"夏令营|田径|田径队|毛笔|钟点|汤圆|白班|常住|常来|常在|高个|高大|黄昏|黎明|余下|叶子|方面|方才|于事|于该|于本|曾经|曾有|曾与"
)


def check_words(text: str, *, limit: int = LONG, needed: bool = True) -> str:
    """The text as it is kept: trimmed, without control characters, otherwise as typed.

    Raises Refused: needed, too_long, or what points to a child: looks_like_id, looks_like_phone, looks_like_name.
    """
    kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign in "\n\t" or not _is_control(sign)).strip()
    if needed and not kept:
        raise Refused("needed")
    if len(kept) > limit:
        raise Refused("too_long", limit=limit, length=len(kept))
    if code := points_to_child(kept):
        raise Refused(code)
    return kept


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs")


def points_to_child(text: str) -> str:
    """The code of what looks like a child's number or name; "" if nothing does. Full-width digits count as digits."""
    plain = unicodedata.normalize("NFKC", text)
    if IDENTITY.search(plain) or STUDENT_NUMBER.search(plain):
        return "looks_like_id"
    if MOBILE.search(plain) or LANDLINE.search(plain):
        return "looks_like_phone"
    named = (*NAME_FIRST.finditer(plain), *NAME_LAST.finditer(plain))
    return "looks_like_name" if any(not WORDS.match(found["name"]) for found in named) else ""


def check_number(value: int, limit: int = 100_000) -> int:
    """A count of people: 0 to `limit`."""
    if not 0 <= value <= limit:
        raise Refused("no_count", limit=limit)
    return value


def check_day(day: date, today: date) -> date:
    """A day that something happened on: not after today, and not before 2000, which is a slip of the pen."""
    if not date(2000, 1, 1) <= day <= today:
        raise Refused("no_day")
    return day
