"""What a training tells of itself, in the order it happens. Standard library only; every value is plain JSON.

Preparing* Started Epoch? (StepLogged* Evaluating? Epoch)* (Finished | StepLogged* Paused), where Epoch is EpochFinished
CheckpointSaved?, and the one right after Started repeats the newest that is resumed from.

Losses are mean cross-entropy in nats; accuracies are fractions; seconds are wall time.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Preparing:
    """The data set is being fetched or unpacked; `total` is 0 where the amount is unknown (bytes otherwise).

    Also said here: why a training does not go on from its newest checkpoint, and from where it does instead.
    """

    message: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, kw_only=True)
class Started:
    """The first step comes next. `resumed_epoch` is the last finished epoch of the checkpoint, 0 for a fresh start;
    `resumed_step` how many steps of the epoch after it are done already, and were reported before the pause."""

    parameters: int
    device: str
    precision: str
    steps_per_epoch: int
    train_images: int
    validation_images: int
    test_images: int
    # (channels, height, width)
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    # The split that chooses the best checkpoint: "validation", or "test" when nothing is held out.
    selection: str
    # Fingerprint of the data set and versions of what trains it.
    environment: dict[str, Any] = field(default_factory=dict)
    resumed_epoch: int = 0
    resumed_step: int = 0


@dataclass(frozen=True, kw_only=True)
class StepLogged:
    """Every `log_every` steps. `step` counts from 1 in its epoch; `loss` is the mean since the last report,
    `accuracy` the running one since the epoch began. The last two are what an observer saw in this very step:
    layer -> L2 norm of its gradient, residual block -> mean over the batch of |F(x)| / |x|; None without one."""

    epoch: int
    step: int
    loss: float
    accuracy: float
    learning_rate: float
    gradient_norms: dict[str, float] | None = None
    residual_ratios: dict[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluating:
    """The steps of an epoch are done, and measuring it on the selection split ("validation" or "test") takes so long
    that whoever watches would wonder."""

    epoch: int
    split: str


@dataclass(frozen=True, kw_only=True)
class EpochFinished:
    """One epoch trained and evaluated on the selection split. The other split's figures are None, save those of the
    test split that `watch_test` asks for beside the validation split's.

    `confusion[i][j]` counts images of class i that were taken for class j, on the selection split.
    `seconds` is training without evaluation; `learning_rate` is that of the epoch's last step.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float
    confusion: list[list[int]]
    best: bool


@dataclass(frozen=True, kw_only=True)
class CheckpointSaved:
    """The selection accuracy improved and the weights of `epoch` are safe on disk at `path`."""

    epoch: int
    accuracy: float
    path: str


@dataclass(frozen=True, kw_only=True)
class Paused:
    """The training ends because it was asked to, and can go on from here: the last event.

    `step` steps of `epoch` are done and safe on disk. All of them are where only the evaluation was left, which is
    then done anew.
    """

    epoch: int
    step: int


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The best checkpoint was loaded again and tested once. `confusion` is on the test split.

    The last epoch's weights were tested on the same images: `only_best` of them only the best checkpoint classifies
    rightly, `only_last` only the last weights; the others both or neither.
    """

    best_epoch: int
    best_accuracy: float
    test_loss: float
    test_accuracy: float
    last_test_loss: float
    last_test_accuracy: float
    only_best: int
    only_last: int
    confusion: list[list[int]]


Event = Preparing | Started | StepLogged | Evaluating | EpochFinished | CheckpointSaved | Paused | Finished
