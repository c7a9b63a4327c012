"""No two lines of a chart look the same."""

from app.comparing.comparison_view import MOST_LINES
from app.drawing.figures import color, hatching, manner


def test_lines_of_one_colour_have_another_dash_and_another_marker() -> None:
    looks = [manner(place, dashed=place % 2 == 0, many=True) for place in range(MOST_LINES)]
    of_colour: dict[str, list[int]] = {}
    for place in range(MOST_LINES):
        of_colour.setdefault(color(place), []).append(place)
    for places in of_colour.values():
        for told in (
            [looks[place]["line"]["dash"] for place in places],
            [looks[place]["marker"]["symbol"] for place in places],
            [hatching(place)["pattern"]["shape"] for place in places],
        ):
            assert len(set(told)) == len(told)


def test_among_few_a_dash_says_something_of_the_run() -> None:
    dashes = [manner(place, dashed=place == 1, many=False)["line"]["dash"] for place in range(3)]
    assert dashes == ["solid", "dash", "solid"]
