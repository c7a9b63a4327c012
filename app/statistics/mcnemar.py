"""Whether two networks that saw the same test images differ by more than chance."""


def p_value(only_one: int, only_other: int) -> float:
    """Two-sided exact binomial p of a paired comparison (Q. McNemar, Psychometrika 12, 1947).

    Images that both or neither get right say nothing; of the others each is a fair coin if the two are equally good:
    `only_one` that only the one gets right, `only_other` that only the other does. 1 where there are none.
    """
    disagreeing = only_one + only_other
    ways = total = 1
    for chosen in range(min(only_one, only_other)):
        ways = ways * (disagreeing - chosen) // (chosen + 1)
        total += ways
    # Whole numbers to the end: no sum of small floats, and no overflow however many images disagree.
    return min(1.0, 2 * total / (1 << disagreeing))
