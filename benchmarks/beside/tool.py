"""What the measurement has to know of a tool; each file beside this one says it of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.asking import Ask

# The curves of a run's page.
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
# The list is filtered by this setting, one of its values each time, and sorted by the best accuracy.
ARCHITECTURES = ("mlp", "cnn", "lenet")


@dataclass(frozen=True)
class Place:
    """Where a tool lives during a measurement: its own folder, its environment's programs, its port."""

    folder: Path
    programs: Path
    port: int


class Tool(Protocol):
    """A tool, how it is given the history, how it is started, and what its own page asks."""

    name: str
    # What is installed for it, empty where nothing is.
    requirements: Sequence[str]
    # The page that lists the runs, and what is there in it when they are shown (a selector of Playwright's).
    page: str
    rows: str

    def fill(self, place: Place, history: Path, /) -> None:
        """Write the history (benchmarks/beside/history.py says what is in the file) as the tool keeps it."""

    def command(self, place: Place) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        """The command which starts its page, with the environment variables it needs."""

    def listed(self, architecture: str, /) -> Sequence[Ask]:
        """The runs of one architecture, the best first, as far as the tool's page can have them so."""

    def curves(self, runs: Sequence[int]) -> Sequence[Ask]:
        """The `CURVES` of these runs, every epoch; for several as the tool's page compares them."""

    def accuracies(self, answers: Sequence[bytes]) -> list[float]:
        """The validation accuracies in the answers to `curves`, of all runs and epochs, in any order."""
