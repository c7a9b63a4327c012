"""When runs start: queues and workers as tables, played through."""

import pytest

from app.lifecycle.estimates import Machine, Waiting, starts

CPU, GPU = False, True


def played(queue: str, machines: list[tuple[bool, float | None]]) -> dict[int, float]:
    """`queue`: the seconds of each run in order, with a g where it needs a GPU and a ? where nobody knows."""
    waiting = [
        Waiting(number, text.endswith("g"), None if text.startswith("?") else float(text.rstrip("g")))
        for number, text in enumerate(queue.split(), 1)
    ]
    return starts(waiting, [Machine(gpu, free) for gpu, free in machines])


@pytest.mark.parametrize(
    ("queue", "machines", "expected"),
    [
        ("", [(CPU, 0)], {}),
        ("10 10", [], {}),
        ("10 20 30", [(CPU, 0)], {1: 0, 2: 10, 3: 30}),
        ("10 20 30", [(CPU, 7.5)], {1: 7.5, 2: 17.5, 3: 37.5}),
        # Two workers: the third run goes to whoever is free first.
        ("10 30 5", [(CPU, 0), (CPU, 0)], {1: 0, 2: 0, 3: 10}),
        ("10 10", [(CPU, 40), (CPU, 5)], {1: 5, 2: 15}),
        # A worker without a GPU takes what comes after the run that needs one.
        ("10g 20 30", [(CPU, 0)], {2: 0, 3: 20}),
        ("10g 20 5", [(CPU, 0), (GPU, 3)], {2: 0, 1: 3, 3: 13}),
        # A worker with a GPU takes whatever is first.
        ("10 20g", [(GPU, 0)], {1: 0, 2: 10}),
        # Nobody knows when the first worker is free, or how long the first run takes.
        ("10 10", [(CPU, None)], {}),
        ("10 10", [(CPU, None), (CPU, 4)], {1: 4, 2: 14}),
        ("? 10", [(CPU, 2)], {1: 2}),
        ("? 10 10", [(CPU, 2), (CPU, 3)], {1: 2, 2: 3, 3: 13}),
    ],
)
def test_each_run_starts_when_a_worker_that_may_take_it_is_free(
    queue: str, machines: list[tuple[bool, float | None]], expected: dict[int, float]
) -> None:
    assert played(queue, machines) == expected
