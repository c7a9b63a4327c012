"""One file over HTTP, in pieces, with a limit on silence."""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

# Seconds that a server may say nothing.
SILENCE = 30
CHUNK = 1 << 16  # bytes


def receive(url: str, target: Path) -> Iterator[int]:
    """Writes what `url` sends to `target`, yielding the bytes received so far.

    Raises OSError (URLError, timeouts and cut connections among them) or HTTPException.
    """
    request = Request(url, headers={"User-Agent": "epochyard"})
    received = 0
    with urlopen(request, timeout=SILENCE) as response, target.open("wb") as file:
        # read1 hands over what is there; read would wait for a whole chunk on a slow line.
        while chunk := response.read1(CHUNK):
            file.write(chunk)
            received += len(chunk)
            yield received
        announced = response.headers.get("Content-Length")
    if announced is not None and received != int(announced):
        raise ConnectionError(f"the connection was cut after {received:,} of {int(announced):,} bytes")
