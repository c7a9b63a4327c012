"""What a training tells between the ends of its epochs: how it goes, and what takes long."""

from trainer.config import RunConfig

# Optimiser steps between two reports are one of these.
EVERY = (1, 2, 5, 10, 20, 50, 100)
# Somebody waits for the curve to move: not much longer than this from one word to the next ...
SECONDS = 2.0
# ... where so many FLOPs a second get done: on two cores of a laptop, on a GPU of some years ago.
SPEEDS = {"cpu": 1e11, "cuda": 2e13}
# A run's page draws all of them; what an observer saw, a curve for every layer.
MOST, MOST_OBSERVED = 2000, 200


def steps_between(config: RunConfig, steps: int, flops: int, device: str) -> int:
    """Optimiser steps from one report to the next, for epochs of `steps` and `flops` of one image's forward pass.

    Estimated, not measured: a run reports at the same steps whenever and wherever on such a device it is taken up.
    """
    # Forwards once, backwards twice.
    seconds = 3 * flops * config.batch_size / SPEEDS[device]
    soon = [count for count in EVERY if count * seconds <= SECONDS]
    most = MOST_OBSERVED if config.observe else MOST
    few = [count for count in EVERY if config.epochs * steps <= most * count]
    return max(max(soon, default=EVERY[0]), min(few, default=EVERY[-1]))


def evaluates_long(images: int, flops: int, device: str) -> bool:
    """Whether forward passes of so many images take so long that they are told before; estimated as above."""
    return images * flops / SPEEDS[device] > SECONDS
