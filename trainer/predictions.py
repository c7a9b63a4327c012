"""`predictions.zip`: what the best checkpoint took every test image for, and pictures of the telling ones.

In it `predictions.json` says of all of them, in the test split's order, the true class, the predicted one and its
probability; `images/INDEX.png` shows some of them. Nobody needs torch, or the data set, to read it.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Sequence

from PIL import Image
from torch import Tensor

from trainer.data import DataSet
from trainer.evaluate import Evaluation
from trainer.folder import PREDICTIONS, RunFolder

# Pictures of each cell of the confusion matrix, and of the most confident mistakes of all.
EACH, FIRST = 12, 24
# Pixels of all pictures together, before compression: 682 of CIFAR-10, 1.5 MB of its PNG, encoded in 0.1 s.
BYTES = 2 << 20


def write(folder: RunFolder, data: DataSet, found: Evaluation, epoch: int) -> None:
    """`found` is of the data's test split, whose pictures have their pixels in place. Raises CannotSave."""
    true, predicted = data.test.labels.tolist(), found.predicted.tolist()
    # Whoever sorts by what is written finds the order in which the pictures were chosen. JSON has no NaN.
    certainty = found.logits.softmax(1).amax(1).nan_to_num()
    probability = [round(value, 6) for value in certainty.tolist()]
    words = {"split": "test", "epoch": epoch, "classes": data.classes}
    words |= {"true": true, "predicted": predicted, "probability": probability}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        # Without a date, so that the same results are the same bytes.
        archive.writestr(zipfile.ZipInfo("predictions.json"), json.dumps(words), zipfile.ZIP_DEFLATED)
        for index in _telling(true, predicted, probability)[: BYTES // data.test.images[0].numel()]:
            archive.writestr(zipfile.ZipInfo(f"images/{index}.png"), _png(data.test.images[index]))
    with folder.saving(PREDICTIONS) as file:
        file.write(buffer.getbuffer())


def _telling(true: Sequence[int], predicted: Sequence[int], probability: Sequence[float]) -> list[int]:
    """Indices of the images to show, the most telling one first: mistakes that were sure, and hits that were not."""
    hits = [place for place, label in enumerate(true) if predicted[place] == label]
    mistakes = [place for place, label in enumerate(true) if predicted[place] != label]
    hits.sort(key=lambda place: probability[place])
    mistakes.sort(key=lambda place: -probability[place])
    before: Counter[tuple[int, int]] = Counter()
    ranked = []
    for place in (*mistakes, *hits):
        cell = true[place], predicted[place]
        ranked.append((before[cell], place))
        before[cell] += 1
    # Where there is no room for all, every cell has the same number.
    of_cells = [place for rank, place in sorted(ranked, key=lambda pair: pair[0]) if rank < EACH]
    return list(dict.fromkeys(mistakes[:FIRST] + of_cells))


def _png(image: Tensor) -> bytes:
    """A uint8 image (C, H, W); of channels that are no colours the first one."""
    pixels = image[:3].permute(1, 2, 0) if len(image) >= 3 else image[0]
    buffer = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(buffer, "PNG")
    return buffer.getvalue()
