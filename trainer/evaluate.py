"""Loss, accuracy and confusion matrix of a network on a split."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.data import Split
from trainer.device import Numerics
from trainer.inputs import Inputs

# Bigger batches were not faster on CPU (VGG-11's activations leave the cache), smaller ones leave a GPU idle.
BATCH = 500


@dataclass(frozen=True)
class Evaluation:
    """Mean cross-entropy (nats an image), accuracy (0..1), and `confusion[i][j]`: class i taken for class j."""

    loss: float
    accuracy: float
    confusion: list[list[int]]


@torch.no_grad()
def evaluate(model: nn.Module, split: Split, inputs: Inputs, numerics: Numerics, classes: int) -> Evaluation:
    """One pass over a split with the model in evaluation mode; the device is waited for once, at the end."""
    model.eval()
    device = numerics.device
    loss = torch.zeros((), device=device)
    confusion = torch.zeros(classes * classes, dtype=torch.int64, device=device)
    for start in range(0, len(split), BATCH):
        labels = split.labels[start : start + BATCH].to(device)
        with numerics.autocast():
            logits = model(inputs(split.images[start : start + BATCH].to(device)))
        loss += F.cross_entropy(logits.float(), labels, reduction="sum")
        confusion += torch.bincount(labels * classes + logits.argmax(1), minlength=classes * classes)
    matrix: Tensor = confusion.view(classes, classes).cpu()
    return Evaluation(
        loss=float(loss) / len(split),
        accuracy=int(matrix.trace()) / len(split),
        confusion=matrix.tolist(),
    )
