"""Which width gives a network about as many parameters as another: only then is a comparison of the two fair."""

from bisect import bisect_left

from trainer.anatomy import anatomy, parameters
from trainer.config import FIELDS, ConfigError, RunConfig
from trainer.scope import BELONGS

# The settings that say how wide a network is.
WIDTHS = {architecture: name for name in ("hidden", "features") for architecture in BELONGS[name]}


def matched(config: RunConfig, shape: tuple[int, int, int], classes: int, target: int) -> RunConfig:
    """The configuration with the width whose number of parameters is nearest to `target`; of two, the smaller.

    Raises ConfigError for an architecture without a width.
    """
    if config.architecture not in WIDTHS:
        known = ", ".join(WIDTHS)
        raise ConfigError({"architecture": f"{config.architecture} has no width to choose; those with one are {known}"})
    name = WIDTHS[config.architecture]
    limits = FIELDS[name].metadata
    widths = range(limits["ge"], limits["le"] + 1)

    def wide(width: int) -> RunConfig:
        return RunConfig(**(config.as_dict() | {name: width}))

    def count(width: int) -> int:
        return parameters(anatomy(wide(width), shape, classes))

    place = bisect_left(widths, target, key=count)
    near = widths[max(place - 1, 0) : place + 1]
    return wide(min(near, key=lambda width: abs(count(width) - target)))
