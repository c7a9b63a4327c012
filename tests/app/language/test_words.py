"""The language of a request, and the catalogue's template."""

import re
from pathlib import Path

import httpx
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.language import words
from app.locale import extract


def test_the_template_of_the_catalogues_is_fresh() -> None:
    assert extract.TEMPLATE.read_text(encoding="utf-8") == extract.text(), "run: python -m app.locale.extract"


def test_the_template_has_the_words_of_pages_charts_and_settings() -> None:
    text = extract.text()
    for message in ("Launch your first run", "Best epoch", "Validation fraction", "Two hidden layers of eight units."):
        assert message in text


@pytest.mark.parametrize(
    ("header", "cookie", "chosen"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.5", None, "zh_CN"),
        ("en-GB,en;q=0.9,zh-CN;q=0.1", None, "en"),
        ("zh", None, "zh_CN"),
        ("zh-Hans-CN", None, "zh_CN"),
        ("zh-Hant-TW", None, "en"),
        ("fr", None, "en"),
        ("", None, "en"),
        ("en", "zh_CN", "zh_CN"),
        ("en", "../../etc", "en"),
        ("zh-CN;q=nonsense, en", None, "en"),
    ],
)
def test_the_language_is_the_cookies_else_the_browsers_else_english(
    header: str, cookie: str | None, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "languages", lambda: ["en", "zh_CN"])
    assert words.choose(header, cookie) == chosen


def translated(path: Path) -> Catalog:
    with path.open(encoding="utf-8") as file:
        return read_po(file, locale=path.stem)


@pytest.mark.parametrize("path", sorted(words.LOCALE_FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_every_string_is_translated_with_its_placeholders_and_none_is_left_over(path: Path) -> None:
    expected, found = extract.collect(), translated(path)
    known = {message.id for message in found if message.string}
    missing = [message.id for message in expected if message.id and message.id not in known]
    assert missing == []
    assert [message.id for message in found if message.id and message.id not in expected] == []
    placeholder = re.compile(r"%\(\w+\)[^a-z]*[a-z]|%s|<[^>]+>")
    for message in filter(lambda message: message.id, found):
        for text in [message.string] if isinstance(message.string, str) else message.string:
            source = message.id if isinstance(message.id, str) else message.id[1]
            assert sorted(placeholder.findall(text)) == sorted(placeholder.findall(source)), text


def test_a_page_speaks_the_browsers_language_until_another_is_chosen(api: httpx.Client) -> None:
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9"}
    page = api.get("/", headers=chinese).text
    assert '<html lang="zh-CN">' in page and "启动你的第一个训练" in page
    answer = api.post("/language", data={"language": "en", "next": "/recipes?x=1"}, headers=chinese)
    assert (answer.status_code, answer.headers["location"]) == (303, "/recipes?x=1")
    assert '<html lang="en">' in api.get("/", headers=chinese).text


def test_a_language_there_is_none_of_changes_nothing_and_leads_nowhere_else(api: httpx.Client) -> None:
    answer = api.post("/language", data={"language": "../zh", "next": "//elsewhere.example"})
    assert answer.headers["location"] == "/" and "set-cookie" not in answer.headers
