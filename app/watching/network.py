"""The layers of a run's network for its page: shapes, parameters, work."""

from dataclasses import dataclass

from app.language.words import gettext as _
from app.store.models import Run
from trainer.anatomy import Layer, anatomy, flops, parameters
from trainer.catalog import DATASETS
from trainer.config import ConfigError, RunConfig


@dataclass(frozen=True)
class Row:
    """One layer as it is shown; `output` is "6 x 28 x 28"."""

    kind: str
    output: str
    parameters: int
    flops: int
    block: int


@dataclass(frozen=True)
class Network:
    """All layers, with their sums for one image."""

    rows: list[Row]
    parameters: int
    flops: int

    @classmethod
    def of(cls, run: Run) -> "Network | None":
        """None where the shape of the images is not known yet, or the configuration is another version's."""
        known = DATASETS.get(run.dataset)
        shape = run.facts.get("shape") or (known.shape if known else None)
        classes = run.facts.get("classes") or (known.classes if known else None)
        if not shape or not classes:
            return None
        try:
            layers = anatomy(RunConfig(**run.config), tuple(shape), len(classes))
        except (ConfigError, TypeError):
            return None
        return cls([_row(layer) for layer in layers], parameters(layers), flops(layers))


def _row(layer: Layer) -> Row:
    output = " × ".join(map(str, layer.output))
    return Row(_(layer.kind), output, layer.parameters, layer.flops, layer.block)
