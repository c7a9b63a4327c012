"""What browsers may keep: every file that a page names or imports, and none under another version's address."""

import re

import httpx

from app.routes.events import KINDS
from app.web.static_files import STATIC, module, static, version

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
