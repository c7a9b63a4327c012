"""What the pages offer to do to runs, without a browser and so without a script."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.language.formats import roughly
from app.lifecycle import queue_order, runs
from app.lifecycle.told import Told
from app.store.database import Database
from app.store.models import Worker
from trainer.catalog import resolve


@pytest.fixture
def browser(api: httpx.Client) -> httpx.Client:
    """Keeps cookies and follows redirects."""
    api.headers["accept"] = "text/html"
    api.follow_redirects = True
    return api


def submitted(database: Database, **values: Any) -> int:
    with database.write() as session:
        return runs.submit(session, resolve({"dataset": "digits"}), **values).id or 0


def claimed(database: Database, run_id: int, then: Callable[..., object] = lambda *_: None, *values: Any) -> int:
    with database.write() as session:
        claim = runs.claim(session, run_id, "vm-7")
        then(session, claim, *values)
    return run_id


def worker(database: Database, **values: Any) -> None:
    with database.write() as session:
        session.add(Worker(**{"name": "vm-7", "host": "vm", "pid": 7, "gpu": False, "device": "CPU"} | values))


def said(page: str) -> str:
    found = re.search(r'id="notice"[^>]*>(.*?)<', page)
    assert found
    return found[1]


def buttons(page: str) -> list[str]:
    header = page.split("</header>")[1]
    return [words.strip() for words in re.findall(r"<button[^>]*>\s*([^<]+?)\s*</button>", header)]


def test_a_runs_page_offers_what_its_status_allows(browser: httpx.Client, database: Database) -> None:
    def offered(run_id: int) -> list[str]:
        return [words for words in buttons(browser.get(f"/runs/{run_id}").text) if words != "Save"]

    run_id = submitted(database)
    assert offered(run_id) == ["Pause", "Cancel"]
    browser.post(f"/runs/{run_id}/pause")
    assert offered(run_id) == ["Resume", "Cancel", "Delete …", "Keep it", "Delete"]
    browser.post(f"/runs/{run_id}/resume")
    claimed(database, run_id)
    assert offered(run_id) == ["Pause", "Cancel"]
    browser.post(f"/runs/{run_id}/pause")
    page = browser.get(f"/runs/{run_id}").text
    assert offered(run_id) == ["Do not pause", "Cancel"] and ">pausing<" in page
    browser.post(f"/runs/{run_id}/cancel")
    assert ">cancelling<" in browser.get(f"/runs/{run_id}").text
    failed = claimed(database, submitted(database), runs.fail, "No luck.")
    assert [words for words in offered(failed) if words != "Keep it"] == [
        "Retry", "Start over …", "Start over", "Delete …", "Delete",
    ]  # fmt: skip


def test_a_failed_run_is_retried_or_started_over_from_its_page(browser: httpx.Client, database: Database) -> None:
    for form, start_over in (({}, False), ({"start_over": "true"}, True)):
        run_id = claimed(database, submitted(database), runs.fail, "No luck.")
        assert "chip-queued" in browser.post(f"/runs/{run_id}/retry", data=form).text
        with database.read() as session:
            assert runs.get(session, run_id).start_over == start_over


def test_a_paused_runs_page_stays_live(browser: httpx.Client, database: Database) -> None:
    run_id = submitted(database)
    page = browser.post(f"/runs/{run_id}/pause").text
    assert f'data-live data-runs="{run_id}"' in page and "chip-paused" in page


def test_a_queued_run_says_when_it_starts(browser: httpx.Client, database: Database) -> None:
    first, second = submitted(database), submitted(database)
    assert "next in the queue" in browser.get(f"/runs/{first}").text
    page = browser.get(f"/runs/{second}").text
    assert "place 2 in the queue" in page and ", starts" not in page
    worker(database)
    assert "next in the queue, starts in a moment" in browser.get(f"/runs/{first}").text


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "5 s"), (43.0, "45 s"), (89.0, "90 s"), (437.1, "7 min"), (9000.0, "2.5 h")]
)
def test_an_estimate_is_no_more_exact_than_it_is(seconds: float, words: str) -> None:
    assert roughly(seconds) == words


def test_the_history_tells_every_change_with_its_cause(browser: httpx.Client, database: Database) -> None:
    run_id, _ = submitted(database), submitted(database)
    with database.write() as session:
        queue_order.prioritise(session, run_id, 3)
        queue_order.move(session, run_id, -1)
        claim = runs.claim(session, run_id, "vm-7")
        runs.request_pause(session, run_id)
        runs.resume(session, run_id)
        runs.request_pause(session, run_id)
        assert claim and runs.paused(session, claim, "paused in epoch 3")
    page = browser.get(f"/runs/{run_id}").text
    told = re.findall(r"</time> <span>(.*?)</span></li>", page)
    assert told[::-1] == [
        "queued: submitted",
        "priority 3",
        "moved to place 1 of 2",
        "running: claimed by vm-7",
        "asked to pause",
        "the wish to pause was withdrawn",
        "asked to pause",
        "paused: paused in epoch 3",
    ]


def test_the_chosen_runs_are_paused_and_the_list_says_what_became_of_each(
    browser: httpx.Client, database: Database, finished_run: int
) -> None:
    queued, busy = submitted(database), claimed(database, submitted(database))
    form = {"action": "pause", "runs": [str(queued), str(finished_run), str(busy)]}
    page = browser.post("/runs/actions?dataset=digits&sort=name", data=form)
    assert str(page.url).endswith("/?dataset=digits&sort=name")
    reason = f"Run {finished_run} has finished; clone it to run it again."
    assert said(page.text) == f"1 paused, 1 pausing, 1 not: {reason}"
    assert said(browser.get("/").text) == ""


def test_many_reasons_are_cut_short(browser: httpx.Client) -> None:
    page = browser.post("/runs/actions", data={"action": "cancel", "runs": [str(number) for number in range(1, 100)]})
    assert said(page.text) == "99 not: There is no run 1. There is no run 2. There is no run 3. …"


def test_the_chosen_runs_are_deleted(browser: httpx.Client, finished_run: int) -> None:
    page = browser.post("/runs/actions", data={"action": "delete", "runs": str(finished_run)})
    assert said(page.text) == "1 deleted."
    assert browser.get(f"/api/runs/{finished_run}").status_code == 404


def test_nothing_chosen_is_nothing_done(browser: httpx.Client) -> None:
    assert said(browser.post("/runs/actions", data={"action": "delete"}).text).startswith("Nothing is chosen")
    assert browser.post("/runs/actions", data={"action": "rest", "runs": "1"}).status_code == 422


def test_what_is_said_cannot_break_out_of_the_page(browser: httpx.Client) -> None:
    browser.cookies.set("said", "%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in browser.get("/").text


def test_an_unusual_priority_is_shown_in_the_list(browser: httpx.Client, database: Database) -> None:
    submitted(database)
    assert "priority 5" not in browser.get("/").text
    urgent = submitted(database, priority=9)
    assert "priority 9" in browser.get("/").text
    claimed(database, urgent)
    assert "priority 9" not in browser.get("/").text
    browser.get("/?status=paused").raise_for_status()


def test_without_workers_and_runs_the_page_says_how_to_get_some(browser: httpx.Client) -> None:
    page = browser.get("/workers").text
    assert "<code>epochyard worker</code> starts one" in page and "Nothing waits." in page


def test_the_queue_is_ordered_by_small_forms(browser: httpx.Client, database: Database) -> None:
    one, two, three = (submitted(database) for _ in range(3))

    def order(page: str) -> list[int]:
        return [int(number) for number in re.findall(r'<tr role="row" id="run-(\d+)">', page)]

    assert order(browser.get("/workers").text) == [one, two, three]
    page = browser.post(f"/queue/{three}/move", data={"places": "-1"}).text
    assert order(page) == [one, three, two]
    assert said(page) == f"Run {three} has priority 5 and place 2."
    assert order(browser.post(f"/queue/{two}/priority", data={"priority": "6"}).text) == [two, one, three]
    claimed(database, two)
    page = browser.post(f"/queue/{two}/move", data={"places": "1"}).text
    assert said(page) == f"Run {two} is running already; only a run that waits has a place in the queue."


def test_the_page_shows_what_each_worker_is_and_drains_it(browser: httpx.Client, database: Database) -> None:
    run_id = claimed(database, submitted(database, name="busy"))
    worker(database, run_id=run_id, memory_total=16 * 2**30, memory_used=2**30, utilisation=0.93)
    page = browser.get("/workers").text
    assert all(words in page for words in ("training", "1.0 of 16.0 GiB", "93 %", f"{run_id} busy", "just now"))
    page = browser.post("/workers/vm-7/drain", data={"on": "true"}).text
    assert said(page) == "vm-7 finishes its run and takes no other." and "draining" in page
    assert "draining" not in browser.post("/workers/vm-7/drain", data={"on": "false"}).text
    assert browser.post("/workers/nobody/drain").status_code == 404


def test_the_queue_says_why_nobody_knows_when_a_run_starts(browser: httpx.Client, database: Database) -> None:
    run_id = submitted(database)
    with database.write() as session:
        runs.get(session, run_id).message = Told.NO_GPU
    assert Told.NO_GPU.value in browser.get("/workers").text


def test_a_long_queue_is_shown_in_part(browser: httpx.Client, database: Database) -> None:
    with database.write() as session:
        for _ in range(53):
            runs.submit(session, resolve({"dataset": "digits"}))
    page = browser.get("/workers").text
    assert page.count('<tr role="row" id="run-') == 50 and "3 more wait behind them." in page


def test_a_clone_marks_what_differs_from_the_defaults(browser: httpx.Client, database: Database) -> None:
    assert 'class="form copy"' in browser.get(f"/runs/new?from={submitted(database)}").text
    assert 'class="form copy"' not in browser.get("/runs/new").text
    assert browser.get("/runs/new?from=99").status_code == 404
