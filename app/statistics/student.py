"""Student's t for the intervals of means; SciPy comes with the first one that is shown, and 27 MB with it."""

from functools import lru_cache


@lru_cache(maxsize=1024)
def quantile(freedom: float) -> float:
    """The two-sided 95 % quantile: 12.706 for one degree of freedom, 1.96 for very many; Welch's are not whole."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
