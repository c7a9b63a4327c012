"""Reads a run's log from its end, so that a long one costs no more than what is shown."""

from pathlib import Path

BLOCK = 65_536


def tail(path: Path, lines: int) -> str:
    """The last `lines` lines; nothing where there is no file yet."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
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
