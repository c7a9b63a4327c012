"""The tokens keep WCAG AA in both themes: text 4.5:1, edges of controls and chart lines 3:1."""

import re
from pathlib import Path

import pytest

from app.drawing.figures import SCALE, SERIES, shade

CSS = (Path(__file__).resolve().parents[2] / "static/css/tokens.css").read_text(encoding="utf-8")


def block(selector: str) -> dict[str, str]:
    body = CSS.split(f"{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body))


THEMES = {"light": block(":root"), "dark": block(':root[data-theme="dark"]')}


def luminance(color: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_legible(theme: str) -> None:
    colors = THEMES[theme]
    pairs = [(text, ground) for text in ("ink", "muted", "accent", "bad") for ground in ("page", "surface")]
    pairs += [("muted", "sunken"), ("accent-ink", "accent"), ("muted", "accent-soft")]
    pairs += [(name, f"{name}-soft") for name in ("accent", "good", "bad", "wait")]
    found = {pair: round(contrast(colors[pair[0]], colors[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_lines_and_edges_stand_out(theme: str) -> None:
    colors = THEMES[theme]
    names = ["edge", *(f"series-{number}" for number in range(1, len(SERIES) + 1))]
    names += ["scale-first", "scale-last"]
    found = {name: round(contrast(colors[name], colors["surface"]), 2) for name in names}
    assert {name: ratio for name, ratio in found.items() if ratio < 3} == {}


def test_both_ways_into_the_dark_give_the_same_colours() -> None:
    assert block("  :root:not([data-theme])") == THEMES["dark"]


def test_the_figures_own_colours_are_the_light_ones() -> None:
    assert [THEMES["light"][f"series-{place + 1}"] for place in range(len(SERIES))] == list(SERIES)
    assert (THEMES["light"]["scale-first"], THEMES["light"]["scale-last"]) == SCALE


def test_the_ordered_scale_goes_one_way_in_lightness() -> None:
    lightness = [luminance(shade(place / 20)) for place in range(21)]
    assert lightness == sorted(lightness)
    assert lightness[-1] - lightness[0] > 0.2
    assert (shade(0), shade(1)) == SCALE
