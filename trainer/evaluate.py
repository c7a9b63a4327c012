"""Loss, accuracy and confusion matrix of a network on a split."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.data import Split
from trainer.device import Numerics
from trainer.inputs import Inputs
from trainer.pausing import Look, go_on
from trainer.permutation import scramble

# Bigger batches were not faster on CPU (VGG-11's activations leave the cache), smaller ones leave a GPU idle.
BATCH = 500


@dataclass(frozen=True)
class Evaluation:
    """Mean cross-entropy (nats an image), accuracy (0..1), and `confusion[i][j]`: class i taken for class j.

    Of each image, in the split's order and on the device, `logits` is what the network said, float32 (N, classes), and
    `predicted` the class that it was taken for, int64 (N,).
    """

    loss: float
    accuracy: float
    confusion: list[list[int]]
    logits: Tensor = field(repr=False, compare=False)
    predicted: Tensor = field(repr=False, compare=False)


@torch.no_grad()
def evaluate(
    model: nn.Module,
    split: Split,
    inputs: Inputs,
    numerics: Numerics,
    classes: int,
    mirror: Tensor | None = None,
    look: Look = go_on,
) -> Evaluation:
    """One pass over a split with the model in evaluation mode; the device is waited for once, at the end.

    With `mirror`, positions as `scramble` takes them, the logits are the mean of an image's and its mirror image's.
    `look` is called before each batch, and what it raises ends the pass.
    """
    model.eval()
    device = numerics.device
    loss = torch.zeros((), device=device)
    confusion = torch.zeros(classes * classes, dtype=torch.int64, device=device)
    said = torch.empty(len(split), classes, device=device)
    predicted = torch.empty(len(split), dtype=torch.int64, device=device)
    for start in range(0, len(split), BATCH):
        look()
        images, labels = (part[start : start + BATCH].to(device) for part in (split.images, split.labels))
        with numerics.autocast():
            logits = model(inputs(images))
            if mirror is not None:
                logits = (logits + model(inputs(scramble(images, mirror)))) / 2
        loss += F.cross_entropy(logits.float(), labels, reduction="sum")
        taken_for = logits.argmax(1)
        said[start : start + BATCH] = logits
        predicted[start : start + BATCH] = taken_for
        confusion += torch.bincount(labels * classes + taken_for, minlength=classes * classes)
    matrix: Tensor = confusion.view(classes, classes).cpu()
    return Evaluation(
        loss=float(loss) / len(split),
        accuracy=int(matrix.trace()) / len(split),
        confusion=matrix.tolist(),
        logits=said,
        predicted=predicted,
    )
