"""The words of the field are explained where they first appear, and all of them on one page."""

import re

import httpx

from app.language.glossary import terms
from app.web.templating import ROOT


def test_the_glossary_explains_every_word_in_the_readers_language(api: httpx.Client) -> None:
    english = api.get("/glossary").text
    chinese = api.get("/glossary", headers={"Accept-Language": "zh-CN"}).text
    for term in terms().values():
        assert f"<dt>{term.title}</dt>" in english and f'id="{term.name}"' in chinese
        assert f"<dt>{term.title}</dt>" not in chinese


def test_a_page_explains_only_words_that_there_are_and_each_of_them_is_explained_somewhere() -> None:
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    explained = {name for text in templates for name in re.findall(r'(?:help\(|term=)"([a-z-]+)"', text)}
    assert explained == set(terms())
