"""What every reply says and doesn't say; the weight of a form; the words of every language."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from asgi_browser import Browser, Reply
from form_wave import FORMS, OpenWave, term

from survey.intake import Contact, SchoolLabel
from survey.web import catalogue as catalogues
from survey.web.app import build_app
from survey.web.catalogue import load_catalogue, load_catalogues
from survey.web.help import help_lines
from survey.web.pages import asset, build_form_page
from survey.web.site import Site

STATIC = ("/", "/promise", "/promise?lang=en", "/S01/help", "/S01/done", "/S02/done?lang=en", "/nowhere", "/S01/b5")
EVERYWHERE = (*STATIC, *FORMS.values(), "/healthz")


@pytest.mark.parametrize("address", EVERYWHERE)
def test_headers_keep_nothing_load_nothing_tell_nothing(reader: Browser, address: str) -> None:
    reply = reader.get(address)
    assert reply.header("cache-control") == "no-store"
    assert reply.header("referrer-policy") == "no-referrer"
    assert reply.header("x-content-type-options") == "nosniff"
    policy = reply.header("content-security-policy")
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert "unsafe" not in policy and "http:" not in policy and "*" not in policy
    assert "camera=()" in reply.header("permissions-policy")
    assert reply.cookies() == [] and not reply.header("server") and not reply.header("etag")
    assert bool(reply.header("clear-site-data")) == ("/done" in address)


@pytest.mark.parametrize("address", [FORMS["b1"], "/promise", "/S01/done"])
def test_style_and_script_are_those_the_policy_names(reader: Browser, address: str) -> None:
    """A byte changed between hash and page would leave children with a bare page."""
    reply = reader.get(address)
    for tag in ("style", "script"):
        for source in re.findall(rf"<{tag}>(.*?)</{tag}>", reply.text, re.DOTALL):
            assert b64encode(sha256(source.encode()).digest()).decode() in reply.header("content-security-policy")
    assert not re.search(r"""\son\w+=|\sstyle=|javascript:|<link [^>]*href="(?!data:,)""", reply.text)


@pytest.mark.parametrize("address", [*FORMS.values(), *STATIC])
def test_no_page_names_another_origin(reader: Browser, address: str) -> None:
    assert not re.search(r"https?:|//\w+\.", reader.get(address).text.replace("http://www.w3.org/2000/svg", ""))


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_the_whole_form_is_light(reader: Browser, path: str, query: str) -> None:
    """HTML, style and script together: 16 kB on the wire, 64 kB unpacked."""
    address = FORMS[path] + query
    packed = reader.get(address, accept_encoding="gzip, br")
    assert packed.header("content-encoding") == "gzip" and len(packed.content) < 16_000
    plain = gzip.decompress(packed.content)
    assert len(plain) < 64_000 and len(plain) == len(reader.get(address).content)


def test_only_the_token_differs_between_two_pages(reader: Browser) -> None:
    one, two = (reader.get(FORMS["b2"], accept_encoding="gzip").content for _ in range(2))
    token = re.compile(rb"name=t value=([\w-]{44})>")
    first, second = gzip.decompress(one), gzip.decompress(two)
    assert token.findall(first) != token.findall(second)
    assert token.sub(b"", first) == token.sub(b"", second)


def test_everyone_has_the_same_screens(reader: Browser) -> None:
    """The number of screens depends on the band alone."""
    for path, count in {"b1": 12, "b2": 12, "b3": 15, "b4": 15, "b5": 15}.items():
        page = reader.get(FORMS[path]).text
        assert page.count("<section class=screen>") == count
        assert {f"共 {count} 页"} == set(re.findall(r"共 \d+ 页", page))


def test_school_words_stand_on_the_form(reader: Browser) -> None:
    page = reader.get(FORMS["b1"]).text
    assert "校园里没人的角落（车棚后面）" in page and "第一小学" in page
    assert "德育处，李老师，二楼 205，每天中午，电话 0471-1234567" in page
    assert "心理老师，王老师，电话 0471-1234568" in page and "区教育局 学生安全科，电话 0471-7654321" in page
    assert 'href="/help-slip/S01"' in page and "{" not in page[page.index("<body") :]


def test_a_coded_office_is_read_as_words(wave: OpenWave) -> None:
    """A class list may give offices by code: a child would read `safeguarding_lead`."""
    school = SchoolLabel("S01", "第一小学", "D1", ("g34",), (Contact("safeguarding_lead", "周老师", "0471-1"),))
    words = load_catalogues()
    for language, name in (("zh_CN", "学生保护负责人"), ("en", "Safeguarding lead")):
        read = " ".join(line.text for line in help_lines(term(), school, words[language]))
        assert name in read and "safeguarding_lead" not in read


def test_the_optional_block_is_asked_only_where_the_bureau_decided(wave: OpenWave) -> None:
    asked = replace(wave, settings=wave.settings.model_copy(update={"optional_blocks": frozenset({"about"})}))
    one, other = (Browser(build_app(held.site())).get(FORMS["b2"]).text for held in (wave, asked))
    assert "平时你和谁一起住" not in one and "平时你和谁一起住" in other


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(reader: Browser, method: str) -> None:
    assert reader._send(method, FORMS["b1"], b"", {}).status == 405


def test_head_is_get_without_its_body(reader: Browser) -> None:
    reply = reader._send("HEAD", FORMS["b1"], b"", {})
    assert reply.status == 203 and reply.content == b"" and int(reply.header("content-length")) > 10_000


def keys(node: object, prefix: str = "") -> set[str]:
    if isinstance(node, dict):
        return {found for key, value in node.items() for found in keys(value, f"{prefix}.{key}")}
    if isinstance(node, list):
        return {found for place, value in enumerate(node) for found in keys(value, f"{prefix}.{place}")}
    return {prefix}


def test_both_catalogues_say_the_same_things() -> None:
    """A key, a line or a row that only one language has would be an empty label, or half a promise."""
    zh, en = (
        yaml.safe_load((catalogues.FOLDER / f"{code}.yml").read_text(encoding="utf-8")) for code in ("zh_CN", "en")
    )
    assert keys(zh) == keys(en)


def test_every_word_is_used_and_every_key_exists() -> None:
    code = Path(catalogues.__file__).parent
    sources = "".join(file.read_text(encoding="utf-8") for file in [*code.glob("*.py"), *code.glob("templates/*")])
    for key in load_catalogues()["zh_CN"].said:
        group, _, name = key.partition(".")
        assert f'"{key}"' in sources or (group == "state" and f"{name.removesuffix('_title')}" in sources), key
    said = set(re.findall(r'say\("([a-z_.]+)"', sources))
    assert said <= set(load_catalogues()["zh_CN"].said) and len(said) > 25


def test_no_word_on_screen_stands_in_the_code() -> None:
    code = Path(catalogues.__file__).parent
    for file in [*code.glob("*.py"), *code.glob("templates/*"), *code.glob("assets/*")]:
        assert not re.search(r"[\u4e00-\u9fff]", file.read_text(encoding="utf-8")), file.name


def write_third_language(folder: Path, wave: OpenWave) -> Path:
    """A catalogue in a script that runs downwards: every Chinese text of the instrument, marked."""
    chrome = yaml.safe_load((catalogues.FOLDER / "en.yml").read_text(encoding="utf-8"))
    chrome["language"] = {"name": "ᠮᠣᠩᠭᠣᠯ", "order": 3, "html_lang": "mn-Mong", "writing_mode": "vertical-lr"}
    chrome["texts"] = {text: f"ᠮ {text}" for text in zh_texts(wave.instrument.model_dump())}
    file = folder / "mn_Mong.yml"
    file.write_text(yaml.safe_dump(chrome, allow_unicode=True), encoding="utf-8")
    return file


def zh_texts(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["zh"]} if isinstance(node.get("zh"), str) else set()
        return own.union(*(zh_texts(value) for value in node.values()))
    if isinstance(node, list | tuple):
        return set().union(*(zh_texts(value) for value in node))
    return set()


def test_a_third_language_is_one_file(wave: OpenWave, tmp_path: Path) -> None:
    """Also one that is written downwards; a text it lacks is an error, never an English or empty label."""
    words = load_catalogue(write_third_language(tmp_path, wave))
    school = wave.site().schools["S02"]
    page = build_form_page(wave.instrument, "jr", school, words, frozenset(), True).filled({}, "", "", "").decode()
    assert '<html lang="mn-Mong" class="b3 v">' in page and 'action="/S02/b3?lang=mn_Mong"' in page
    shown = [words.texts[option.zh] for option in wave.instrument.options_of("place", "jr")]
    assert all(text in page for text in shown)
    lacking = replace(words, texts={zh: text for zh, text in words.texts.items() if zh != "教室"})
    with pytest.raises(KeyError, match="教室"):
        build_form_page(wave.instrument, "jr", school, lacking, frozenset(), True)


def test_every_language_is_offered_in_its_own_words(reader: Browser) -> None:
    assert list(load_catalogues()) == ["zh_CN", "en"]
    assert ">English</a>" in reader.get(FORMS["b1"]).text
    english = reader.get(FORMS["b1"] + "?lang=en").text
    assert '<html lang="en" class="b1">' in english and ">中文</a>" in english
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"第一小学|中文|车棚后面|我想有人帮我|<li>.*?</li>", "", english))
    assert reader.get(FORMS["b1"] + "?lang=xx").text.count("开学") > 0


def test_the_promise_says_who_can_do_what(reader: Browser) -> None:
    """All adversaries of the design, what remains, and for whom it is written."""
    page = reader.get("/promise").text
    for who in (
        "同学",
        "班主任",
        "技术人员",
        "网络",
        "猜号码",
        "看板",
        "别的学校",
        "SQL",
        "备份",
        "写程序",
        "好心想帮忙",
    ):
        assert who in page
    for remains in ("正在运行的服务器", "三方合谋", "30 天"):
        assert remains in page[page.index("id=remains") :]
    assert [page.index(f"id={part}") for part in ("students", "parents", "experts", "recorded", "who", "remains")]


def test_the_promise_is_weaker_on_one_machine_and_says_so(wave: OpenWave) -> None:
    """Unless the operator says that the analysis is elsewhere, and no trace of it here says otherwise."""
    apart = replace(wave, settings=wave.settings.model_copy(update={"analysis_elsewhere": True}))
    (wave.settings.home / "confidential").mkdir(parents=True)  # a survey host has the class list there
    assert "同一台" in Browser(build_app(wave.site())).get("/promise").text
    assert "同一台" not in Browser(build_app(apart.site())).get("/promise").text
    (wave.settings.home / "confidential" / "answers").mkdir()
    assert "同一台" in Browser(build_app(apart.site())).get("/promise").text


def test_what_the_promise_says_of_the_token_is_so(site: Site, reader: Browser) -> None:
    """The MAC covers nonce and minute and nothing else: two forms of one minute differ only by the nonce."""
    from survey.web.token import LENGTH, new_token, read_token

    tokens = [new_token(site.key, 1_800_000_000.0) for _ in range(2)]
    one, two = (read_token(site.key, token) for token in tokens)
    assert one and two and one.minute == two.minute == 30_000_000 and one.nonce != two.nonce
    assert {len(token) for token in tokens} == {LENGTH}
    changed = ("A" if tokens[0][0] != "A" else "B") + tokens[0][1:]
    for forged in (changed, tokens[0][:-1], tokens[0] + "=", "", "-" * LENGTH, tokens[0].lower()):
        assert read_token(site.key, forged) is None
    assert read_token(b"another key" * 3, tokens[0]) is None


def test_scripts_and_styles_are_sent_without_their_comments() -> None:
    for name in ("form.js", "form.css"):
        assert "/*" not in asset(name) and not re.search(r"^\s*//", asset(name), re.MULTILINE)


def shown(reply: Reply) -> str:
    return re.sub(r"<(style|script).*?</\1>|<[^>]+>", "", reply.text, flags=re.DOTALL)


@pytest.mark.parametrize("address", ["/S01/help", "/S01/help?lang=en"])
def test_help_is_there_when_no_wave_is_on(wave: OpenWave, address: str) -> None:
    text = shown(Browser(build_app(wave.site())).get(address))
    assert "110" in text and "12355" in text and "0471-1234567" in text
