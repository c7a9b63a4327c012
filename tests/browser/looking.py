"""What every page is held to, whoever reads it: accessible, calm, as wide as the window, in one language, no error."""

from dataclasses import dataclass
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

# Of the page's layout, as browsers measure it (CLS).
MOST_SHIFT = 0.02
DRAWN = """() => [...document.querySelectorAll("[data-figure]")]
  .every((place) => !place.clientWidth || place.querySelector("svg.main-svg"))"""
# Three English words in a row, where no English is meant: names, code and what is marked as English are.
ENGLISH = """() => {
  const meant = "[lang=en], code, pre, kbd, script, style, noscript, .modebar, .name a, h1";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const place = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (place.closest(meant)) continue;
    const said = ["aria-label", "title", "placeholder"].map((name) => place.getAttribute(name));
    const texts = node === place ? said : [node.data.trim()];
    found.push(...texts.filter((text) => /[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}/.test(text ?? "")));
  }
  return found;
}"""


@dataclass(frozen=True)
class Reader:
    """How somebody looks at the pages."""

    scheme: Literal["light", "dark"]
    width: int
    language: str

    def __str__(self) -> str:
        return f"{self.scheme}-{self.width}-{self.language}"

    @property
    def context(self) -> dict[str, Any]:
        """As the options of a browser's context."""
        size = {"width": self.width, "height": 900}
        return {"viewport": size, "color_scheme": self.scheme, "extra_http_headers": {"Accept-Language": self.language}}


# Every width, scheme and language once in each pair.
PAIRS = (
    (Reader("light", 1440, "en"), Reader("dark", 390, "zh-CN")),
    (Reader("dark", 1440, "zh-CN"), Reader("light", 390, "en")),
)


def ready(page: Page, path: str) -> None:
    """The page at `path`, with its charts drawn."""
    page.goto(path)
    page.wait_for_function(DRAWN)


def check(page: Page, reader: Reader) -> None:
    """The page as it stands."""
    expect(page.locator("html")).to_have_attribute("lang", reader.language)
    assert page.evaluate("window.shift") < MOST_SHIFT
    assert page.evaluate("document.documentElement.scrollWidth") <= reader.width
    if reader.language != "en":
        assert page.evaluate(ENGLISH) == []
    assert page.page_errors == []  # type: ignore[attr-defined]
    violations = Axe().run(page).response["violations"]
    # Axe itself tries to add a <style> element, which our policy refuses.
    page.page_errors.clear()  # type: ignore[attr-defined]
    assert [(found["id"], [node["html"] for node in found["nodes"]][:3]) for found in violations] == []
