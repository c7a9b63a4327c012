"""What is seen of a page that arrives slowly: nothing of it before it is whole."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.opening import context_of, opened

STYLED = "() => document.body && [...document.querySelectorAll('[rel=stylesheet]')].every((link) => link.sheet)"
FRAME = """new Promise((tell) => {
  requestAnimationFrame(() => tell("shown"));
  setTimeout(() => tell("not yet"), 500);
})"""


@pytest.fixture
def line(server: str) -> Iterator[tuple[str, Event]]:
    """The server behind a line that stalls in the middle of every page, until the event."""
    goes_on = Event()

    class Stalling(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = httpx.get(f"{server}{self.path}")
            kind = answer.headers.get("content-type", "")
            self.send_response(answer.status_code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            middle = len(answer.content) // 2
            self.wfile.write(answer.content[:middle])
            if kind.startswith("text/html"):
                goes_on.wait()
            self.wfile.write(answer.content[middle:])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stalling) as stalling:
        Thread(target=stalling.serve_forever).start()
        yield f"http://127.0.0.1:{stalling.server_port}", goes_on
        goes_on.set()
        stalling.shutdown()


def test_half_a_page_is_not_shown(browser: Browser, line: tuple[str, Event]) -> None:
    """Half a table would have columns of other widths than the whole one."""
    address, goes_on = line
    context = context_of(browser, address)
    with opened(context) as page:
        page.goto("/workers", wait_until="commit")
        page.wait_for_function(STYLED, polling=50)
        assert page.evaluate(FRAME) == "not yet"
        goes_on.set()
        page.evaluate("new Promise(requestAnimationFrame)")
    context.close()
