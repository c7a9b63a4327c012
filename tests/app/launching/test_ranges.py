"""Several values as people type them."""

import pytest

from app.launching.ranges import MOST, parse


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("learning_rate", "0.1", [0.1]),
        ("learning_rate", "0.1, 1e-2 ,", [0.1, 0.01]),
        ("batch_size", "32，64", [32, 64]),
        ("seed", "0..4", [0, 1, 2, 3, 4]),
        ("epochs", "3..1, 7", [3, 2, 1, 7]),
        ("seed", "1, 1..2, 2", [1, 2]),
        ("dropout", "0..0.5 x 6", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        ("learning_rate", "0.1..0.001 log 3", [0.1, 0.01, 0.001]),
        ("features", "16..256 log 5", [16, 32, 64, 128, 256]),
        ("schedule", "constant, cosine", ["constant", "cosine"]),
        ("augment", "true, false", [True, False]),
        ("seed", " , ", []),
    ],
)
def test_a_text_says_its_values(name: str, text: str, values: list[object]) -> None:
    assert parse(name, text) == values


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("epochs", "many", "“many” is not a whole number"),
        ("epochs", "1, 1.5", "“1.5” is not a whole number"),
        ("dropout", "0..0.5", "does not say how many: write 0..0.5 x 5"),
        ("dropout", "0..0.5 log 3", "above 0"),
        ("epochs", "1..3 x 1", "at least two"),
        ("seed", f"1..{MOST + 1}", f"more than {MOST} values"),
        ("seed", "0..2000000000", f"more than {MOST} values"),
        ("seed", ",".join(map(str, range(MOST + 1))), f"more than {MOST} values"),
        ("epochs", f"1..{'9' * 400} x 3", "too large"),
    ],
)
def test_what_is_no_value_is_told_with_the_text(name: str, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(name, text)
