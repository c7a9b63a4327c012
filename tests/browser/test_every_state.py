"""Every state that a page can be in, from nothing at all to more than it shows. Four readers take turns, who between
them have both widths, both schemes and both languages; in the soak each state is seen by a second one, the opposite of
the first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.store.database import Database
from tests.browser.looking import PAIRS, Reader, check, ready
from tests.browser.opening import context_of, opened, serving
from tests.browser.states import FINISHED, LONG_NAME, make

RUNS = (
    "for a GPU",
    "queued",
    "running",
    "paused",
    "failed",
    "never started",
    "cancelled",
    "finished",
    "without classes",
)
MANY = ",".join(map(str, range(1, FINISHED + 1)))
EMPTY = {"no run": "/", "nothing to compare": "/compare", "no worker": "/workers"}
FULL = {
    **{name: f"/runs/{{{name}}}" for name in RUNS},
    "forty runs": "/",
    "one run": f"/?text={LONG_NAME[-20:]}",
    "no run matches": "/?text=nothing&where=epochs%3E3",
    "groups": "/?group_by=seed",
    "workers and a queue": "/workers",
    "two lines": "/compare?runs=1,2&baseline=1",
    "forty lines": f"/compare?runs={MANY}",
    "groups compared": f"/compare?runs={MANY}&by=seed",
    "too many lines": f"/compare?runs={MANY},{{finished}}",
    "a wrong token": "/login?wrong=1",
}
MISSING = {"no such page": "/nothing/here", "no such run": "/runs/99999"}


def seen(states: dict[str, str]) -> list[ParameterSet]:
    """Each with a reader, and with its opposite in the soak."""
    found = []
    for place, (name, path) in enumerate(states.items()):
        pair = PAIRS[place % 2]
        for reader in pair:
            later = pytest.mark.soak if reader is pair[place // 2 % 2] else ()
            found.append(pytest.param(path, reader, id=f"{name}-{reader}", marks=later))
    return found


@pytest.fixture(scope="module")
def contexts() -> Iterator[dict[tuple[str, Reader], BrowserContext]]:
    """One for each server and reader; the pages of a test share it with those before."""
    kept: dict[tuple[str, Reader], BrowserContext] = {}
    yield kept
    for context in kept.values():
        context.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[str]:
    """A server that nobody has used yet."""
    assert chromium
    with serving(tmp_path_factory.mktemp("empty"), "web") as address:
        yield address


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A home with a run in every state, and their ids."""
    home = tmp_path_factory.mktemp("full")
    database = Database(f"sqlite:///{home / 'epochyard.db'}")
    made = make(database)
    database.close()
    return home, made


@pytest.fixture(scope="module")
def full(runs: tuple[Path, dict[str, int]], chromium: str) -> Iterator[str]:
    assert chromium
    with serving(runs[0], "web") as address:
        yield address


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, reader: Reader, contexts: dict[tuple[str, Reader], BrowserContext]
) -> Iterator[Page]:
    """As the reader opens it, on the server that the test asks for."""
    address = request.getfixturevalue("empty" if "empty" in request.fixturenames else "full")
    if (address, reader) not in contexts:
        contexts[address, reader] = context_of(browser, address, **reader.context)
    with opened(contexts[address, reader]) as page:
        yield page


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(("path", "reader"), seen(EMPTY))
def test_what_is_empty_says_what_to_do_next(page: Page, path: str, reader: Reader) -> None:
    ready(page, path)
    check(page, reader)
    assert page.locator("main").locator("a, button, code").count() > 0


@pytest.mark.parametrize(("path", "reader"), seen(FULL))
def test_a_state_is_accessible_and_calm(
    page: Page, path: str, reader: Reader, runs: tuple[Path, dict[str, int]]
) -> None:
    ready(page, path.format(**runs[1]))
    check(page, reader)


@pytest.mark.parametrize(("path", "reader"), seen(MISSING))
def test_what_is_not_there_leads_back(page: Page, path: str, reader: Reader) -> None:
    ready(page, path)
    page.page_errors.remove(  # type: ignore[attr-defined]
        "Failed to load resource: the server responded with a status of 404 (Not Found)"
    )
    check(page, reader)
    expect(page.locator("main a.button")).to_have_attribute("href", "/")


@pytest.mark.parametrize("reader", PAIRS[0], ids=str)
def test_a_refused_form_says_so_at_its_fields(page: Page, reader: Reader) -> None:
    ready(page, "/runs/new")
    page.locator("#epochs").fill("0")
    page.locator(".actions button").click()
    expect(page.locator("#epochs")).to_have_attribute("aria-invalid", "true")
    page.page_errors.remove(  # type: ignore[attr-defined]
        "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    )
    check(page, reader)


@pytest.mark.parametrize("reader", PAIRS[0][:1], ids=str)
def test_too_many_lines_have_a_way_out(page: Page, runs: tuple[Path, dict[str, int]]) -> None:
    ready(page, FULL["too many lines"].format(**runs[1]))
    page.get_by_role("link", name="differ in the seed alone").click()
    expect(page.locator("#outcome tbody tr")).not_to_have_count(0)


@pytest.mark.parametrize("reader", PAIRS[0][:1], ids=str)
def test_lines_of_one_colour_differ_in_dash_and_marker(page: Page) -> None:
    ready(page, FULL["forty lines"])
    looks = page.evaluate(
        "[...document.querySelector('[data-figure=figure-accuracy]').data]"
        ".map(({ line, marker }) => [line.color, line.dash, marker.symbol].join())"
    )
    assert len(set(looks)) == len(looks) == FINISHED
    keys = page.locator("#outcome .key").evaluate_all("(keys) => keys.map((key) => key.outerHTML)")
    assert len(set(keys)) == FINISHED
