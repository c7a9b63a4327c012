"""Reads a run's log: its end at no more cost than what is shown, or every line with certain words."""

from collections import deque
from dataclasses import dataclass
from typing import IO

BLOCK = 65_536


@dataclass(frozen=True)
class Matches:
    """The newest lines that hold what was looked for, and how many there are in all."""

    text: str
    total: int


def tail(file: IO[bytes] | None, lines: int) -> str:
    """The last `lines` lines of a file, which is closed; nothing where there is none yet."""
    if file is None:
        return ""
    with file:
        position = file.seek(0, 2)
        blocks: list[bytes] = []
        newlines = 0
        # One newline more than lines: the last line has one of its own.
        while position > 0 and newlines <= lines:
            size = min(BLOCK, position)
            position = file.seek(position - size)
            blocks.append(file.read(size))
            newlines += blocks[-1].count(b"\n")
    whole = b"".join(reversed(blocks)).removesuffix(b"\n").split(b"\n")
    return b"\n".join(whole[-lines:]).decode(errors="replace") + "\n" if blocks else ""


def search(file: IO[bytes] | None, words: str, most: int) -> Matches:
    """The last `most` lines with `words`, in whatever case, of a file, which is closed."""
    if file is None:
        return Matches("", 0)
    looked_for, total = words.casefold(), 0
    newest: deque[str] = deque(maxlen=most)
    with file:
        for raw in file:
            line = raw.decode(errors="replace")
            if looked_for in line.casefold():
                newest.append(line)
                total += 1
    return Matches("".join(newest), total)
