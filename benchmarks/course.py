"""The course's way of training, as its reader would write it: what benchmarks/training.py compares with.

A data set that hands out one PIL image at a time, transforms per image, a DataLoader, fp32, `.item()` in every step.
"""

import time
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from trainer import permutation
from trainer.config import RunConfig
from trainer.data import DataSet
from trainer.models import build


class Pictures(Dataset[tuple[Tensor, int]]):
    """torchvision's MNIST and CIFAR10, after their files were read: `__getitem__` is theirs."""

    def __init__(self, images: NDArray[np.uint8], labels: list[int], transform: transforms.Compose) -> None:
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


def train(config: RunConfig, data: DataSet, workers: int, images: int) -> Iterator[float]:
    """Yields the seconds since the start after every optimiser step of one epoch over the first `images` images."""
    augmenting = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()] if config.augment else []
    transform = transforms.Compose([*augmenting, transforms.ToTensor(), transforms.Normalize(data.mean, data.std)])
    pixels = data.train.images[:images].permute(0, 2, 3, 1).squeeze(3).contiguous().numpy()
    pictures = Pictures(pixels, data.train.labels[:images].tolist(), transform)
    loader = DataLoader(pictures, batch_size=config.batch_size, shuffle=True, num_workers=workers)
    positions = permutation.draw(config.permutation_seed, *data.shape[1:]) if config.permute else None
    model = build(config.architecture, data.shape, len(data.classes))
    if config.optimizer == "sgd":
        optimizer: torch.optim.Optimizer = torch.optim.SGD(
            model.parameters(), lr=config.learning_rate, momentum=config.momentum
        )
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    model.train()
    total_loss, correct = 0.0, 0
    began = time.perf_counter()
    for batch, labels in loader:
        if positions is not None:
            batch = batch.view(len(batch), -1)[:, positions].view(batch.shape)
        optimizer.zero_grad()
        logits = model(batch)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
        correct += (logits.argmax(1) == labels).sum().item()
        yield time.perf_counter() - began
