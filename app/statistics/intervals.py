"""How sure an accuracy is, so that nobody reads noise as a difference."""

from math import sqrt

# Two-sided 95 % quantile of the standard normal distribution.
Z = 1.959964


def wilson(correct: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of an accuracy, as fractions (E. B. Wilson, JASA 22, 1927).

    Unlike accuracy ± 1.96 standard errors it stays within 0..1 and holds for few images and for accuracies near 1.
    (0, 1) where there are no images.
    """
    if total == 0:
        return 0.0, 1.0
    share = correct / total
    centre = share + Z * Z / (2 * total)
    spread = Z * sqrt(share * (1 - share) / total + Z * Z / (4 * total * total))
    scale = 1 + Z * Z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def newcombe(correct: int, total: int, other_correct: int, other_total: int) -> tuple[float, float]:
    """The 95 % interval of the first accuracy less the second, measured independently, as fractions.

    R. G. Newcombe, Statistics in Medicine 17, 873 (1998), method 10: built of the two score intervals. Two networks
    that are tested on the same images go wrong on many of the same ones, so that this is rather too wide for them.
    """
    return _apart(_sided(correct, total), _sided(other_correct, other_total), 0.0)


def newcombe_paired(both: int, only_one: int, only_other: int, neither: int) -> tuple[float, float]:
    """The same of two accuracies on the same images: how many both get right, only the first, only the second, neither.

    R. G. Newcombe, Statistics in Medicine 17, 2635 (1998), method 10.
    """
    total = both + only_one + only_other + neither
    rest = [both + only_one, only_other + neither, both + only_other, only_one + neither]
    product = both * neither - only_one * only_other
    # Half an image less: a correlation that so few images only seem to show.
    together = max(0.0, product - total / 2) if product > 0 else product
    correlation = together / sqrt(rest[0] * rest[1] * rest[2] * rest[3]) if all(rest) else 0.0
    return _apart(_sided(rest[0], total), _sided(rest[2], total), correlation)


def _sided(correct: int, total: int) -> tuple[float, float, float]:
    """An accuracy, and how far it is to either end of its interval."""
    low, high = wilson(correct, total)
    share = correct / total if total else 0.5
    return share, share - low, high - share


def _apart(
    one: tuple[float, float, float], other: tuple[float, float, float], correlation: float
) -> tuple[float, float]:
    (first, down, up), (second, second_down, second_up) = one, other

    def reach(this: float, that: float) -> float:
        return sqrt(max(0.0, this * this - 2 * correlation * this * that + that * that))

    return first - second - reach(down, second_up), first - second + reach(up, second_down)
