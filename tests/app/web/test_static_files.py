"""What browsers may keep: every file that a page names or imports, and none under another version's address."""

import re

import httpx
import pytest

from app.routes.events import KINDS
from app.web.static_files import STATIC, module, static, style, version

KEPT = "immutable"


def test_a_file_is_kept_forever_under_its_version_alone(api: httpx.Client) -> None:
    assert KEPT in api.get(static("icon.svg")).headers["cache-control"]
    assert api.get("/static/icon.svg").headers["cache-control"] == "no-cache"
    assert api.get(static("icon.svg").replace(version(), "0123456789ab")).headers["cache-control"] == "no-cache"
    assert KEPT not in api.get(static("nothing")).headers.get("cache-control", "")


def test_what_files_import_is_kept_forever_too(api: httpx.Client) -> None:
    script = httpx.URL(static("js/charts.js"))
    (choices,) = re.findall(r'from "(\./choices\.js)"', api.get(str(script)).text)
    styles = httpx.URL(static("css/tokens.css"))
    (pico,) = re.findall(r'@import url\("([^"]+)"\)', api.get(str(styles)).text)
    for found in (script.join(choices), styles.join(pico)):
        assert KEPT in api.get(str(found)).headers["cache-control"]


def test_the_style_sheets_of_a_page_come_as_one_with_what_they_import(api: httpx.Client) -> None:
    (address,) = re.findall(r'href="([^"]+)"', style("tokens", "charts"))
    answer = api.get(address)
    assert answer.headers["content-type"].startswith("text/css") and KEPT in answer.headers["cache-control"]
    assert api.head(address).is_success and api.post(address).status_code == 405
    pico, tokens, charts = (answer.text.index(part) for part in ("@layer base {", "--series-1:", ".plot {"))
    assert pico < tokens < charts
    assert "@import" not in answer.text and "Pico CSS" in answer.text[pico:tokens]


@pytest.mark.parametrize("names", ["tokens+nothing", "tokens+tokens", "tokens+", "tokens+..%2Fcss%2Fcharts"])
def test_no_other_style_sheets_are_put_together(api: httpx.Client, names: str) -> None:
    assert api.get(static(f"css/{names}.css")).status_code == 404


def test_all_that_a_script_imports_is_asked_for_with_it() -> None:
    ahead = re.findall(r'modulepreload" href="[^"]+/(\w+\.js)"', module("charts.js"))
    # smoothing.js is imported by what charts.js imports.
    assert {"choices.js", "shape.js", "smoothing.js", "palette.js"} <= set(ahead)
    assert len(ahead) == len(set(ahead))


def test_every_import_of_a_module_is_found() -> None:
    for script in (STATIC / "js").glob("*.js"):
        text = script.read_text()
        imports = len(re.findall(r"^\s*(?:import|export)\b.*\bfrom\b|\bimport\(", text, re.MULTILINE))
        assert len(re.findall(r'modulepreload"', module(script.name))) >= imports, script.name


def test_a_page_hears_of_every_kind_of_event() -> None:
    listed = re.search(r"const KINDS = \[(.*?)\]", (STATIC / "js/live.js").read_text(), re.DOTALL)
    assert listed and re.findall(r'"(\w+)"', listed[1]) == list(KINDS)
