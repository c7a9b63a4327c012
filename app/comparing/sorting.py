"""What a click on a table's head leads to: names of columns, with a minus where the greatest comes first."""


def following(sort: str, name: str, *, falling_first: bool) -> str:
    """What a click on `name` sorts by where `sort` is now; a second click turns the order round."""
    return {f"-{name}": name, name: f"-{name}"}.get(sort, f"-{name}" if falling_first else name)


def direction(sort: str, name: str) -> str | None:
    """As aria-sort wants it; None of a column that nothing is sorted by."""
    return {name: "ascending", f"-{name}": "descending"}.get(sort)
