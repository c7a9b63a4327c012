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
