"""A slow training in float64, written once more and formula by formula, for the product's to agree with.

It shares with the product the layers' forward pass and the initial weights, and nothing else.
"""

import copy
import hashlib
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from trainer.config import RunConfig


def generator(seed: int, purpose: str, epoch: int = 0) -> torch.Generator:
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).hexdigest()
    return torch.Generator().manual_seed(int(digest[:16], 16) // 2)


def rate_of(config: RunConfig, done: int, steps: int) -> float:
    """The learning rate of the step before which `done` of `steps` were taken."""
    peak, share = config.learning_rate, done / steps
    match config.schedule:
        case "constant":
            return peak
        case "step":
            return peak / (1 if 2 * done < steps else 10 if 4 * done < 3 * steps else 100)
        case "cosine":
            return peak * (1 + math.cos(math.pi * share)) / 2
        case "onecycle":
            low, high, way = (1 / 25, 1, share / 0.3) if share < 0.3 else (1, 4e-6, (share - 0.3) / 0.7)
            return peak * (low + (high - low) * math.sin(math.pi / 2 * way) ** 2)
        case "triangle":
            return peak * min(0.2 + 0.8 * share / 0.23, 0.07 + 0.93 * (1 - share) / 0.77)
    raise AssertionError(f"no formula for {config.schedule}")


def crop_and_flip(image: np.ndarray, down: int, right: int, flip: int) -> np.ndarray:
    """One image (C, H, W) out of itself with four black pixels around it."""
    channels, height, width = image.shape
    large = np.zeros((channels, height + 8, width + 8), dtype=image.dtype)
    large[:, 4 : 4 + height, 4 : 4 + width] = image
    cut = large[:, down : down + height, right : right + width]
    return cut[:, :, ::-1] if flip else cut


def smoothed_loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Mean cross-entropy with a target of 1 - smoothing + smoothing / K for the class and smoothing / K for others."""
    total = torch.zeros((), dtype=torch.float64)
    for row, label in zip(logits, labels.tolist(), strict=True):
        logs = row - torch.log(torch.exp(row - row.max()).sum()) - row.max()
        for k, log in enumerate(logs):
            total = total - log * (smoothing / len(logs) + (1 - smoothing if k == label else 0))
    return total / len(labels)


class Rule:
    """Momentum SGD, Adam and AdamW for a list of weights, from their papers."""

    def __init__(self, config: RunConfig, weights: list[Tensor]) -> None:
        self.config, self.weights, self.count = config, weights, 0
        self.first = [torch.zeros_like(weight) for weight in weights]
        self.second = [torch.zeros_like(weight) for weight in weights]

    def step(self, gradients: list[Tensor], rate: float) -> None:
        name, decay = self.config.optimizer, self.config.weight_decay
        self.count += 1
        for i, (weight, gradient) in enumerate(zip(self.weights, gradients, strict=True)):
            if name == "adamw":
                weight -= rate * decay * weight
            else:
                gradient = gradient + decay * weight
            if name == "sgd":
                self.first[i] = self.config.momentum * self.first[i] + gradient
                weight -= rate * self.first[i]
                continue
            self.first[i] = 0.9 * self.first[i] + 0.1 * gradient
            self.second[i] = 0.999 * self.second[i] + 0.001 * gradient**2
            mean, square = self.first[i] / (1 - 0.9**self.count), self.second[i] / (1 - 0.999**self.count)
            weight -= rate * mean / (square.sqrt() + 1e-8)


class Reference:
    """Trains `model` (in float64) as `config` says; `losses`, `rates` and `measured` are what it saw on the way."""

    def __init__(self, config: RunConfig, model: nn.Module, folder: Path) -> None:
        self.config, self.model = config, copy.deepcopy(model).double()
        with np.load(folder / "tiny.npz") as arrays:
            self.arrays = dict(arrays)
        self.mean = [float((self.arrays["train_images"][:, c] / 255).mean()) for c in range(3)]
        self.deviation = [float((self.arrays["train_images"][:, c] / 255).std()) for c in range(3)]
        labels, self.kept, self.held = self.arrays["train_labels"], [], []
        numbers = np.random.Generator(np.random.PCG64(generator(config.seed, "validation split").initial_seed()))
        for label in range(3):
            drawn = numbers.permutation([i for i in range(len(labels)) if labels[i] == label]).tolist()
            out = round(config.validation_fraction * len(drawn))
            self.held, self.kept = self.held + drawn[:out], self.kept + drawn[out:]
        self.kept.sort(), self.held.sort()
        self.losses: list[float] = []
        self.rates: list[float] = []
        self.gradients: list[list[Tensor]] = []
        # Training loss and accuracy, then loss and accuracy on the split that selects, of every epoch.
        self.measured: list[tuple[float, float, float, float]] = []
        self.rule = Rule(config, [parameter.data for parameter in self.model.parameters()])
        for epoch in range(1, config.epochs + 1):
            self.measured.append((*self.epoch(epoch), *self.measure()))

    def seen(self, image: np.ndarray) -> list[np.ndarray]:
        """Permutes and normalises an image (C, H, W) of bytes."""
        if self.config.permute:
            places = np.random.Generator(np.random.PCG64(self.config.permutation_seed)).permutation(image[0].size)
            image = np.stack([channel.ravel()[places].reshape(channel.shape) for channel in image])
        return [(c / 255 - m) / d for c, m, d in zip(image, self.mean, self.deviation, strict=True)]

    def epoch(self, epoch: int) -> tuple[float, float]:
        config, count = self.config, len(self.kept)
        order: list[int] = list(range(count))
        if config.shuffle:
            order = torch.randperm(count, generator=generator(config.seed, "order", epoch)).tolist()
        numbers = generator(config.seed, "augmentation", epoch)
        offsets = torch.randint(9, (count, 2), generator=numbers).tolist()
        flips = torch.randint(2, (count, 1), generator=numbers).tolist()
        steps = -(-count // config.batch_size)
        total, hits = 0.0, 0
        self.model.train()
        for step in range(steps):
            places = range(step * config.batch_size, min(count, (step + 1) * config.batch_size))
            pixels = [self.arrays["train_images"][self.kept[order[i]]] for i in places]
            if config.augment:
                pixels = [crop_and_flip(p, *offsets[i], *flips[i]) for p, i in zip(pixels, places, strict=True)]
            labels = torch.tensor([int(self.arrays["train_labels"][self.kept[order[i]]]) for i in places])
            logits = self.model(torch.tensor(np.array([self.seen(p) for p in pixels])))
            loss = smoothed_loss(logits, labels, config.label_smoothing)
            gradients = torch.autograd.grad(loss, list(self.model.parameters()))
            rate = rate_of(config, (epoch - 1) * steps + step, config.epochs * steps)
            self.rule.step(list(gradients), rate)
            self.losses.append(loss.item())
            self.rates.append(rate)
            self.gradients.append(list(gradients))
            total, hits = total + loss.item() * len(labels), hits + int((logits.argmax(1) == labels).sum())
        return total / count, hits / count

    @torch.no_grad()
    def measure(self) -> tuple[float, float]:
        split, indices = ("train", self.held) if self.held else ("test", range(len(self.arrays["test_labels"])))
        self.model.eval()
        images = [self.seen(self.arrays[f"{split}_images"][i]) for i in indices]
        labels = torch.tensor([int(self.arrays[f"{split}_labels"][i]) for i in indices])
        logits = self.model(torch.tensor(np.array(images)))
        return float(smoothed_loss(logits, labels, 0)), float((logits.argmax(1) == labels).double().mean())
