"""The state of one training: network, optimiser, splits, and how far it has come."""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from trainer import checkpoint, permutation
from trainer.checkpoint import Description, Middle, Progress
from trainer.config import RunConfig
from trainer.data import DataSet, Split
from trainer.device import LAYOUT, Numerics
from trainer.ema import Average
from trainer.events import EpochFinished
from trainer.inputs import Inputs
from trainer.lanes import Lanes
from trainer.models import build
from trainer.models.fast import Whitening
from trainer.observers import Observer
from trainer.optim import OPTIMIZERS, groups
from trainer.randomness import seeded
from trainer.split import stratified


@dataclass
class Run:
    """All that the loop works on. The images of every split lie on the run's device, permuted where they can be."""

    config: RunConfig
    data: DataSet
    numerics: Numerics
    model: nn.Module
    optimizer: torch.optim.Optimizer
    train: Split
    test: Split
    # The split that chooses the best checkpoint, and its name in the events.
    selection: Split
    selection_name: str
    # What the stored images still lack: `inputs` outside training, `augmented` in it.
    inputs: Inputs
    augmented: Inputs
    permutation: Tensor | None
    # The positions that turn a stored image left to right, where evaluation looks at both.
    mirror: Tensor | None
    # The averaged weights, where the configuration asks for them.
    average: Average | None
    # Looks into the steps that are reported, where the configuration asks for it.
    observer: Observer | None = None
    # Native code that takes the steps, where there is some for this network.
    lanes: Lanes | None = None
    epoch: int = 0
    best_epoch: int = 0
    # Below every accuracy, so that the first epoch is the best so far.
    best_accuracy: float = -1.0
    # What was told of the last finished epoch.
    newest: EpochFinished | None = None
    # What last.pt holds of the epoch after it; None where that is a finished epoch's.
    middle: Middle | None = None

    @property
    def steps(self) -> int:
        """Optimiser steps an epoch."""
        return math.ceil(len(self.train) / self.config.batch_size)

    @property
    def judged(self) -> nn.Module:
        """The network that is evaluated and kept: the averaged one, or the one in training."""
        return self.model if self.average is None else self.average.model

    @classmethod
    def start(cls, config: RunConfig, data: DataSet, numerics: Numerics) -> "Run":
        """A run before its first step. Raises DoesNotFit."""
        device = numerics.device
        with seeded(config.seed, "weights"):
            model = build(config.architecture, data.shape, len(data.classes), **config.network())
        model = model.to(device).to(memory_format=LAYOUT)
        positions = permutation.of(config, *data.shape[1:])
        mean, std = (torch.tensor(value, device=device).view(-1, 1, 1) for value in (data.mean, data.std))
        inputs = augmented = Inputs(mean, std)
        if positions is not None and config.augment:
            augmented = Inputs(mean, std, positions.to(device))

        def stored(split: Split, *, fold: bool) -> Split:
            # Permuting the stored images once costs nothing per batch.
            images = permutation.scramble(split.images, positions) if fold and positions is not None else split.images
            return Split(images, split.labels).to(device)

        kept, held = stratified(data.train.labels, config.validation_fraction, config.seed)
        train = data.train.take(kept) if len(held) else data.train
        train = stored(train, fold=not config.augment)
        test = stored(data.test, fold=True)
        for layer in model.modules():
            if isinstance(layer, Whitening):
                layer.fit(augmented(train.images[layer.sample(len(train))]))
        return cls(
            config=config,
            data=data,
            numerics=numerics,
            model=model,
            optimizer=OPTIMIZERS[config.optimizer](groups(model, config), config),
            train=train,
            test=test,
            selection=stored(data.train.take(held), fold=True) if len(held) else test,
            selection_name="validation" if len(held) else "test",
            inputs=inputs,
            augmented=augmented,
            permutation=positions,
            mirror=permutation.mirror(*data.shape[1:], positions).to(device) if config.test_time_flips else None,
            average=Average(model, config.ema) if config.ema else None,
            # After the copy for the average, which would keep the hooks.
            observer=Observer(model) if config.observe else None,
        )

    def take_lanes(self) -> None:
        """From here on native code takes the steps, where it knows the network; what was resumed stays."""
        mean, std = self.inputs.mean, self.inputs.std
        self.lanes = Lanes.take(self.model, self.optimizer, self.config, self.numerics, self.data.shape, mean, std)

    def load(self, found: Progress) -> None:
        """Goes on from a checkpoint of this very run."""
        self.model.load_state_dict(found["model"])
        self.optimizer.load_state_dict(found["optimizer"])
        if self.average is not None:
            self.average.load(found["average"])
        self.epoch, self.best_epoch, self.best_accuracy = found["epoch"], found["best_epoch"], found["best_accuracy"]
        self.newest = EpochFinished(**found["newest"]) if found["newest"] is not None else None
        self.middle = found["middle"]

    def progress(self, middle: Middle | None = None) -> Progress:
        """The state that `last.pt` holds, at the end of an epoch or in the middle of the next."""
        return {
            "version": checkpoint.VERSION,
            "config": self.config.as_dict(),
            "fingerprint": self.data.fingerprint,
            "epoch": self.epoch,
            "best_epoch": self.best_epoch,
            "best_accuracy": self.best_accuracy,
            "newest": asdict(self.newest) if self.newest is not None else None,
            "middle": middle,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state() if self.average is not None else {},
        }

    def description(self) -> Description:
        """What `best.safetensors` says of the present weights."""
        permuted = self.permutation is not None
        return Description(
            config=self.config.as_dict(),
            shape=self.data.shape,
            classes=self.data.classes,
            mean=self.data.mean,
            std=self.data.std,
            epoch=self.epoch,
            accuracy=self.best_accuracy,
            permutation_seed=self.config.permutation_seed if permuted else None,
            permutation=self.permutation.tolist() if self.permutation is not None else None,
        )
