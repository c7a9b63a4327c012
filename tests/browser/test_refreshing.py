"""What the server says anew reaches the page, and takes nothing away from who reads it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.store.database import Database
from app.store.models import Run
from tests.browser.looking import ready
from tests.browser.opening import context_of, opened, serving
from tests.browser.states import make


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def database(home: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{home / 'epochyard.db'}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def runs(database: Database) -> dict[str, int]:
    return make(database)


@pytest.fixture(scope="module")
def server(home: Path, runs: dict[str, int], chromium: str) -> Iterator[str]:
    """Pages alone: no worker takes a run."""
    assert chromium and runs
    with serving(home, "web") as address:
        yield address


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    context = context_of(browser, server)
    with opened(context) as page:
        yield page
    context.close()


def test_what_a_run_waits_for_is_said_without_a_reload(page: Page, database: Database, runs: dict[str, int]) -> None:
    page.clock.install()
    page.goto(f"/runs/{runs['queued']}")
    waits = page.locator("#moving .run-progress p")
    expect(waits).to_contain_text("in the queue")
    before = waits.bounding_box()
    with database.write() as session:
        run = session.get(Run, runs["queued"])
        assert run
        run.message = "Fetching something"
    page.clock.fast_forward(10_000)
    expect(waits).to_have_text("Fetching something")
    assert waits.bounding_box() == before


@pytest.mark.parametrize(("term", "refreshed"), [("confusion", "#results"), ("checkpoint", "#files")])
def test_a_word_that_is_read_about_stays_open(page: Page, runs: dict[str, int], term: str, refreshed: str) -> None:
    ready(page, f"/runs/{runs['running']}")
    page.locator(f"[popovertarget=help-{term}]").press("Enter")
    text = page.locator(f"#help-{term}")
    expect(text).to_be_visible()
    before = text.bounding_box()
    page.locator(refreshed).evaluate("(part) => part.dataset.old = 'yes'")
    page.evaluate(
        f"document.body.dispatchEvent(new CustomEvent('run-{runs['running']}', {{ bubbles: true }}))",
    )
    expect(page.locator(refreshed)).not_to_have_attribute("data-old", "yes")
    expect(text).to_be_visible()
    assert text.bounding_box() == before
    expect(page.locator(f"[popovertarget=help-{term}]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).not_to_be_visible()


def test_the_form_follows_the_queue(page: Page, server: str) -> None:
    page.goto("/runs/new")
    place = page.locator("#ahead-queue")
    expect(place).to_contain_text("place 3")
    for expected in ("place 4", "place 5"):
        httpx.post(f"{server}/api/runs", json={"dataset": "digits"}).raise_for_status()
        expect(place).to_contain_text(expected)
