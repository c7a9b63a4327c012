"""How long the answers of a server take, and how many bytes they are as they are sent."""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.serving import Server

# Not measured: the first ones fill caches, as the first visitor's do.
WARM = 10
# As a browser has them to one host, and as it says what it can read.
CONNECTIONS = 6
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@dataclass(frozen=True)
class Ask:
    """One request: a GET, or a POST of JSON or of a form."""

    path: str
    json: Any = None
    form: Any = None

    def request(self, client: httpx.Client, **headers: str) -> httpx.Request:
        method = "GET" if self.json is None and self.form is None else "POST"
        return client.build_request(method, self.path, json=self.json, data=self.form, headers=headers)


# What is asked for the nth time; several at once where the page needs several.
Question = Callable[[int], Sequence[Ask]]


@dataclass(frozen=True)
class Answers:
    """To one question, many times. Times in milliseconds; `cpu` is the server's mean, `size` is as sent, in bytes."""

    times: Sequence[float]
    cpu: float
    size: int

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def browser(address: str, seconds: float = 120) -> httpx.Client:
    """A client that keeps its connections, as a browser does."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.Client(base_url=address, headers=BROWSER, limits=limits, timeout=seconds)


def measure(
    client: httpx.Client, server: Server, question: Question, requests: int, most_seconds: float = 600
) -> Answers:
    """Asks so often, after some that do not count; fewer times where that takes longer than `most_seconds`."""
    times: list[float] = []
    sizes: list[int] = []
    with ThreadPoolExecutor(CONNECTIONS) as pool:

        def ask(number: int) -> None:
            prepared = [each.request(client) for each in question(number)]
            began = time.perf_counter()
            # One request needs no thread, whose change would be measured with it.
            sent = pool.map if len(prepared) > 1 else map
            size = sum(sent(lambda request: _size(client, request), prepared))
            times.append(1000 * (time.perf_counter() - began))
            sizes.append(size)

        begin = time.monotonic()
        for number in range(WARM):
            ask(number)
            if time.monotonic() - begin > most_seconds / 4:
                break
        times.clear()
        sizes.clear()
        begin, spent = time.monotonic(), server.cpu_seconds
        for number in range(WARM, WARM + requests):
            ask(number)
            if time.monotonic() - begin > most_seconds and len(times) > 1:
                break
    return Answers(times, 1000 * (server.cpu_seconds - spent) / len(times), round(statistics.median(sizes)))


def bodies(client: httpx.Client, asked: Sequence[Ask]) -> list[bytes]:
    """The answers themselves, unpacked, one after the other."""
    requests = [each.request(client, **{"Accept-Encoding": "identity"}) for each in asked]
    return [client.send(request).raise_for_status().content for request in requests]


def _size(client: httpx.Client, request: httpx.Request) -> int:
    response = client.send(request, stream=True)
    try:
        size = sum(map(len, response.iter_raw()))
        response.raise_for_status()
        return size
    finally:
        response.close()
