"""The language of a request, and the catalogue's template."""

import pytest

from app import words
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
