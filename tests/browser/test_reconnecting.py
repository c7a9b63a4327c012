"""A connection that is cut and comes back: the page says so, and its curves have every point once."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

LONG = 120_000
EPOCHS = 30


class Relay:
    """Passes connections on to the server, until it is cut; then it refuses them until it is mended."""

    def __init__(self, server: str) -> None:
        self.target = (str(urlsplit(server).hostname), int(urlsplit(server).port or 0))
        self.open: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mend()

    def mend(self) -> None:
        if self.listener.fileno() < 0:
            self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        # A listener that is only closed lives on in the thread that waits for it.
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in self.open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _address = listener.accept()
                there = socket.create_connection(self.target)
            except OSError:
                return
            self.open += [here, there]
            for source, sink in ((here, there), (there, here)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay(server: str) -> Iterator[Relay]:
    relay = Relay(server)
    yield relay
    relay.cut()


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG / 1000
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_cut_connection_is_told_and_no_point_is_lost_or_doubled(page: Page, server: str, relay: Relay) -> None:
    config = {"architecture": "lenet", "dataset": "digits", "epochs": EPOCHS}
    run = httpx.post(f"{server}/api/runs", json=config).json()["id"]
    page.goto(f"http://127.0.0.1:{relay.port}/runs/{run}")
    page.evaluate("window.sameDocument = true")
    drawn = "document.querySelector('[data-figure=figure-loss]').data?.find((t) => t.name === 'Train')?.x"
    page.wait_for_function(f"() => {drawn}.length > 2", timeout=LONG)
    relay.cut()
    words = page.locator("[data-connection]")
    expect(words).to_have_text("Connection lost – trying again")
    seen = len(page.evaluate(drawn))
    wait_until(lambda: httpx.get(f"{server}/api/runs/{run}").json()["epoch"] > seen + 2)
    assert len(page.evaluate(drawn)) == seen
    relay.mend()
    expect(words).to_be_hidden()
    # The refused attempts were errors to Chromium and to htmx; from here on there are none.
    page.page_errors.clear()  # type: ignore[attr-defined]
    expect(page.locator("#header .chip")).to_have_text("finished", timeout=LONG)
    page.wait_for_function(f"() => {drawn}.length === {EPOCHS}")
    assert page.evaluate(drawn) == list(range(1, EPOCHS + 1))
    assert page.evaluate("window.sameDocument")
    # Before the relay goes.
    page.goto("about:blank")


# Chromium under a test shows every tab at once.
COVER = """(hidden) => {
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_seven_tabs_of_one_browser_all_follow_the_run_that_they_show(page: Page, server: str) -> None:
    config = {"architecture": "lenet", "dataset": "digits", "epochs": EPOCHS}
    run = httpx.post(f"{server}/api/runs", json=config).json()["id"]
    tabs = [page, *(page.context.new_page() for _ in range(6))]
    for tab in tabs:
        # As a window does with the tab that it shows.
        for other in tabs:
            if other is not tab and other.url != "about:blank":
                other.evaluate(COVER, True)
        tab.goto(f"{server}/runs/{run}")
    expect(tabs[-1].locator("#header .chip")).to_have_text("finished", timeout=LONG)
    drawn = "document.querySelector('[data-figure=figure-loss]').data?.find((t) => t.name === 'Train')?.x"
    for tab in tabs:
        tab.evaluate(COVER, False)
        expect(tab.locator("#header .chip")).to_have_text("finished")
        tab.wait_for_function(f"() => {drawn}.length === {EPOCHS}")
        assert tab.evaluate(drawn) == list(range(1, EPOCHS + 1))
        tab.evaluate(COVER, True)
