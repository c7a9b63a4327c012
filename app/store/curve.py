"""A run's accuracy by epoch in few points, kept with the run: whoever lists runs reads none of their epochs."""

from collections.abc import Mapping

POINTS = 40

Point = tuple[int, float]


def thinned(accuracies: Mapping[int, float], epochs: int) -> list[Point]:
    """(epoch, accuracy) in order: the first, the best, the earliest of equals, the last, and about POINTS between.

    Of a run that is to have so many `epochs`. What was thinned before and has grown since ends as if it never had been.
    """
    if not accuracies:
        return []
    numbers = sorted(accuracies)
    every = -(-epochs // POINTS)
    always = {numbers[0], max(numbers, key=accuracies.__getitem__), numbers[-1]}
    return [(number, accuracies[number]) for number in numbers if number in always or number % every == 0]
