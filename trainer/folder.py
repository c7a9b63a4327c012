"""A run's folder: the names in it, and the only ways in which they change."""

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from trainer.atomic import MARK, Guard, saving, sync

# For people; to resume from; what that was an epoch before; a few training images; what became of the test images.
BEST, LAST, PREVIOUS, SAMPLES = "best.safetensors", "last.pt", "previous.pt", "samples.png"
PREDICTIONS = "predictions.zip"
_LEFT = re.compile(rf"\.({'|'.join(map(re.escape, (BEST, LAST, SAMPLES, PREDICTIONS)))})\.[0-9a-f]{{{MARK}}}")


@dataclass(frozen=True)
class RunFolder:
    """Each change of a name happens within `guard()`: when that raises, nothing has changed.

    Whoever shares the folder with later attempts at the same run gives a guard that raises once one of them has it.
    """

    path: Path
    guard: Guard = nullcontext

    def saving(self, name: str, keep: str | None = None) -> AbstractContextManager[IO[bytes]]:
        """A file to write to that becomes `name` when the block ends well; the one before is kept as `keep`.

        Raises CannotSave.
        """
        return saving(self.path / name, self.guard, self.path / keep if keep else None)

    def rename(self, name: str, to: str) -> None:
        with self.guard():
            (self.path / name).replace(self.path / to)
        sync(self.path)

    def tidy(self, *names: str) -> None:
        """Removes these files, where they are there, and what writers left that were killed."""
        with self.guard():
            left = [path for path in self.path.glob(".*") if _LEFT.fullmatch(path.name)]
            for path in (*left, *(self.path / name for name in names)):
                path.unlink(missing_ok=True)
