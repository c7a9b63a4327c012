"""What the pages say, served without a browser: the first paint carries everything."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import select

from app.launching import form_values
from app.lifecycle import claims, runs
from app.lifecycle.queue import Messages
from app.pages import ROUTES
from app.settings import Settings
from app.store.database import Database
from app.store.models import Epoch, Run, Step, now
from app.web import problems
from trainer.catalog import resolve
from trainer.config import ConfigError

CONFUSION = [[9 if row == column else int(row + 1 == column) for column in range(10)] for row in range(10)]


class Pages:
    """A client of the application in this process."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path)

    def post(self, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        return self._ask("POST", path, data=data)

    def _ask(self, method: str, path: str, **content: dict[str, str] | None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **content)  # type: ignore[arg-type]

        return asyncio.run(ask())


@pytest.fixture
def client(settings: Settings, database: Database) -> Pages:
    app = FastAPI()
    problems.install(app)
    app.router.routes.extend(ROUTES)
    app.state.settings, app.state.database = settings, database
    app.state.messages = Messages(settings.broker)
    return Pages(app)


LAST = {"last_test_loss": 0.1, "last_test_accuracy": 0.89, "only_best": 5, "only_last": 4}


def a_finished_run(
    database: Database,
    *,
    steps_per_epoch: int = 21,
    results: dict[str, Any] = LAST,
    watched: float | None = None,
    **values: object,
) -> int:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits", "epochs": 2} | values)).id or 0
    with database.write() as session:
        claim = runs.claim(session, run_id, "here")
        assert claim
        selection = "validation" if claim.config.validation_fraction else "test"
        facts = {"classes": list("0123456789"), "steps_per_epoch": steps_per_epoch, "selection": selection}
        facts |= {"test_images": 100}
        claims.update_claimed(
            session, claim, facts=facts, epoch=2, best_epoch=2, best_accuracy=0.9512, parameters=61_706
        )
        for number in (1, 2):
            session.add(
                Epoch(
                    run_id=run_id,
                    epoch=number,
                    train_loss=0.3,
                    train_accuracy=0.9,
                    validation_loss=0.2,
                    validation_accuracy=0.94 + number / 100,
                    test_loss=None,
                    test_accuracy=watched,
                    learning_rate=0.001,
                    seconds=1.0,
                    images_per_second=1300.0,
                    confusion=CONFUSION,
                )
            )
        runs.finish(session, claim, test_loss=0.1, test_accuracy=0.9, confusion=CONFUSION, **results)
    return run_id


def figure(page: str, name: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_an_empty_list_invites_to_a_first_run(client: Pages) -> None:
    page = client.get("/").text
    assert "Launch your first run" in page
    assert 'name="dataset" value="digits"' in page


def test_the_list_shows_the_best_and_its_epoch(client: Pages, database: Database) -> None:
    a_finished_run(database)
    page = client.get("/").text
    assert "95.12 %" in page
    assert "LeNet-5 on Digits" in page


def test_sorted_by_a_column_the_list_says_so_and_the_next_click_turns_it_round(
    client: Pages, database: Database
) -> None:
    a_finished_run(database)
    page = client.get("/?sort=-best_accuracy").text
    assert 'aria-sort="descending"' in page
    assert 'href="/?sort=best_accuracy"' in page


def test_a_list_asks_the_database_no_more_often_for_many_runs(client: Pages, database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def questions() -> int:
        asked.clear()
        assert client.get("/").status_code == 200
        return len(asked)

    a_finished_run(database)
    of_one = questions()
    for _ in range(9):
        a_finished_run(database)
    assert questions() == of_one


def test_a_finished_runs_page_has_everything_and_follows_nothing(client: Pages, database: Database) -> None:
    page = client.get(f"/runs/{a_finished_run(database)}").text
    assert "95.12 %" in page and "90.00 %" in page
    assert len(figure(page, "figure-accuracy")["data"][1]["x"]) == 2  # type: ignore[arg-type]
    assert figure(page, "figure-classes")["data"][0]["x"]
    assert "confusion" in page
    assert "data-live" not in page and "from:body" not in page


def test_a_page_has_no_inline_script_handler_or_style(client: Pages, database: Database) -> None:
    run_id = a_finished_run(database)
    for path in ("/", "/runs/new", f"/runs/{run_id}", f"/compare?runs={run_id}", "/recipes", "/login"):
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page), path
        assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", page), path


def test_a_queued_runs_page_goes_on_from_the_newest_event(client: Pages, database: Database) -> None:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id
    page = client.get(f"/runs/{run_id}").text
    assert re.search(rf'data-live data-runs="{run_id}" data-after="[1-9]\d*"', page)
    assert "queued" in page


def test_a_running_runs_title_says_how_far_it_is(client: Pages, database: Database) -> None:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id or 0
        claim = runs.claim(session, run_id, "here")
        assert claim and claims.update_claimed(session, claim, progress=0.43)
    page = client.get(f"/runs/{run_id}").text
    assert "<title>43 % · LeNet-5 on Digits · Epochyard</title>" in page and "Testing the best" not in page
    with database.write() as session:
        assert claims.update_claimed(session, claim, progress=1.0)
    assert "Testing the best checkpoint" in client.get(f"/runs/{run_id}").text


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Measuring epoch 2 on the test split", r"Measuring epoch 2 on the test split · 1 min \d+ s left"),
        (None, r"1 min \d+ s left"),
    ],
)
def test_a_running_run_says_what_it_does_and_for_how_long(
    client: Pages, database: Database, message: str | None, words: str
) -> None:
    began = now() - timedelta(seconds=100)
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id or 0
        claim = runs.claim(session, run_id, "here")
        facts = {"began_at": began.isoformat(), "steps_per_epoch": 10}
        assert claim and claims.update_claimed(session, claim, progress=0.5, facts=facts, message=message)
    assert re.search(rf'<p class="small muted">{words}</p>', client.get(f"/runs/{run_id}").text)


def test_every_chart_that_is_empty_says_what_it_waits_for(client: Pages, database: Database) -> None:
    def waits(run_id: int) -> dict[str, str]:
        page = client.get(f"/runs/{run_id}").text
        return dict(re.findall(r'data-figure="figure-([\w-]+)"[^>]* data-waits="([^"]+)"', page))

    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id or 0
    report, epoch = "Drawn from the first step report on.", "Filled in when the first epoch is over."
    assert waits(run_id) == {"loss": report, "accuracy": report, "throughput": epoch}
    with database.write() as session:
        session.add(Step(run_id=run_id, epoch=1, step=100, loss=1.0, accuracy=0.5, learning_rate=0.1))
    assert waits(run_id) == {"throughput": epoch}
    with database.write() as session:
        runs.request_cancel(session, run_id)
    assert waits(run_id) == {"throughput": "No epoch was completed."}
    assert not waits(a_finished_run(database))


def test_best_beside_last_says_what_the_difference_is_worth(client: Pages, database: Database) -> None:
    page = client.get(f"/runs/{a_finished_run(database, epochs=3)}").text
    assert "90.00 % against 89.00 %, +1.00 points (95 % interval −5.69 … +7.80);" in page
    assert "5 images only the best gets right, 4 only the last; McNemar p = 1:" in page
    assert "could tell from none" in page
    page = client.get(f"/runs/{a_finished_run(database, epochs=3, results=LAST | {'only_best': 40})}").text
    assert "chance alone would seldom make" in page
    assert "these very images" not in page
    flattered = a_finished_run(database, epochs=3, validation_fraction=0.0, results=LAST | {"only_best": 40})
    assert "chosen on these very images, so that p comes out too small" in client.get(f"/runs/{flattered}").text
    assert "nothing to compare" in client.get(f"/runs/{a_finished_run(database)}").text


def test_a_run_from_before_these_figures_is_shown_without_them(client: Pages, database: Database) -> None:
    page = client.get(f"/runs/{a_finished_run(database, epochs=3, results={})}").text
    assert "90.00 %" in page and "McNemar" not in page and 'class="verdict"' not in page


def test_the_optimism_gap_is_told_where_the_test_split_was_watched(client: Pages, database: Database) -> None:
    page = client.get(f"/runs/{a_finished_run(database, watched=0.925, watch_test=True)}").text
    assert "Optimism gap: 2.50 points" in page and "92.50 %" in page
    assert "Test, watched" in str(figure(page, "figure-accuracy"))


def test_what_was_chosen_on_the_test_split_is_marked_wherever_it_is_shown(client: Pages, database: Database) -> None:
    flattered = a_finished_run(database, validation_fraction=0.0, epochs=3)
    for path in (f"/runs/{flattered}", "/", f"/runs/{flattered}/partials/row", f"/compare?runs={flattered}"):
        assert client.get(path).text.count("Chosen on the test split: optimistic") >= 2, path
    honest = a_finished_run(database, epochs=3)
    for path in (f"/runs/{honest}", f"/runs/{honest}/partials/row", f"/compare?runs={honest}"):
        assert "optimistic" not in client.get(path).text, path
    assert "The difference of 0.00 points is optimism" in client.get(f"/compare?runs={honest},{flattered}").text


def test_what_was_observed_is_drawn_and_asked_for_until_it_is_there(client: Pages, database: Database) -> None:
    with database.write() as session:
        run_id = (
            runs.submit(session, resolve({"architecture": "resnet18", "dataset": "digits", "observe": True})).id or 0
        )
    assert f'hx-get="/runs/{run_id}/partials/observed"' in client.get(f"/runs/{run_id}").text
    seen = {"gradient_norms": {"0": 0.5, "3.conv1": 3.0, "3.conv2": 4.0}, "residual_ratios": {"3": 0.6}}
    with database.write() as session:
        session.add(Step(run_id=run_id, epoch=1, step=100, loss=1.0, accuracy=0.5, learning_rate=0.1, **seen))
    part = client.get(f"/runs/{run_id}/partials/observed").text
    assert "hx-get" not in part
    assert figure(part, "figure-residuals")["data"][0]["y"] == [0.6]
    blind = a_finished_run(database)
    assert "figure-gradients" not in client.get(f"/runs/{blind}").text


def test_errors_stand_at_their_fields_and_what_was_typed_is_kept(client: Pages, database: Database) -> None:
    sent = {"architecture": "lenet", "dataset": "digits", "epochs": "0", "learning_rate": "nan", "batch_size": "many"}
    answer = client.post("/runs", data=sent)
    assert answer.status_code == 422
    assert re.search(r'id="batch_size-error">[^<]*many', answer.text)
    answer = client.post("/runs", data=sent | {"batch_size": ""})
    assert re.search(r'id="epochs-error">[^<]*at least 1', answer.text)
    assert re.search(r'id="learning_rate-error">[^<]*finite', answer.text)
    assert 'value="nan"' in answer.text
    with database.read() as session:
        assert session.exec(select(Run)).all() == []


def test_a_launched_run_takes_the_catalogues_defaults_for_what_was_left_empty(
    client: Pages, database: Database
) -> None:
    answer = client.post(
        "/runs", data={"architecture": "cnn", "dataset": "digits", "learning_rate": "", "tags": "a, b"}
    )
    assert answer.status_code == 303
    with database.read() as session:
        run = runs.get(session, int(answer.headers["location"].rsplit("/", 1)[1]))
        assert (run.config["optimizer"], run.config["learning_rate"], run.tags) == ("sgd", 0.01, ["a", "b"])


def test_a_clone_is_filled_in_with_what_differs_from_the_defaults(client: Pages, database: Database) -> None:
    run_id = a_finished_run(database, momentum=0.25)
    page = client.get(f"/runs/new?from={run_id}").text
    assert re.search(r'name="momentum"[^>]*value="0.25"', page)
    assert re.search(r'name="batch_size"[^>]*value=""', page)


def test_a_run_leads_to_those_that_were_launched_with_it(client: Pages, database: Database) -> None:
    with database.write() as session:
        config = {"architecture": "mlp", "dataset": "digits"}
        grouped = [runs.submit(session, resolve(config | {"seed": seed}), group="sweep:1").id for seed in range(3)]
        alone = runs.submit(session, resolve(config), group="sweep:2").id
    page = client.get(f"/runs/{grouped[1]}").text
    link = f'href="/compare?runs={",".join(map(str, grouped))}">one of 3 launched together</a>'
    assert link in page
    assert link in client.get(f"/runs/{grouped[1]}/partials/header").text
    assert "launched together" not in client.get(f"/runs/{alone}").text


def test_a_cancelled_run_shows_it(client: Pages, database: Database) -> None:
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits"})).id
    answer = client.post(f"/runs/{run_id}/cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{run_id}")
    assert "chip-cancelled" in client.get(f"/runs/{run_id}").text


def test_the_log_s_tail_begins_with_a_whole_line(client: Pages, database: Database, settings: Settings) -> None:
    run_id = a_finished_run(database)
    log: Path = settings.run_folder(run_id) / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number:05d}\n" for number in range(2000)))
    page = client.get(f"/runs/{run_id}").text
    assert "line 01999" in page and "line 00001" not in page
    assert re.search(r"<code>line \d{5}\n", page)


def test_the_comparison_shows_what_differs_and_nothing_else(client: Pages, database: Database) -> None:
    one, other = a_finished_run(database), a_finished_run(database, permute=True)
    page = client.get(f"/compare?runs={one},{other}").text
    assert "Permute pixels" in page and "Batch size" not in page
    assert {trace["line"]["dash"] for trace in figure(page, "figure-loss")["data"]} == {"solid", "dash"}  # type: ignore[index]


def test_short_runs_are_compared_within_their_epochs_and_long_ones_by_epoch(client: Pages, database: Database) -> None:
    short, long = (a_finished_run(database, steps_per_epoch=938, epochs=epochs) for epochs in (1, 10))
    data = figure(client.get(f"/compare?runs={short},{long}").text, "figure-accuracy")["data"]
    training = [trace for trace in data if trace.get("showlegend") is False]  # type: ignore[attr-defined]
    assert [trace["meta"]["event"] for trace in training] == ["step", "epoch"]


def test_names_cannot_break_out_of_the_page(client: Pages, database: Database) -> None:
    run_id = a_finished_run(database)
    evil = "</script><script>alert(1)</script>"
    client.post(f"/runs/{run_id}/labels", data={"name": evil, "notes": evil})
    for path in ("/", f"/runs/{run_id}", f"/compare?runs={run_id}"):
        assert "<script>alert" not in client.get(path).text


def test_every_problem_of_the_form_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        form_values.read({"epochs": "0", "batch_size": "0.5", "learning_rate": "0.01"})
    assert set(caught.value.problems) == {"epochs", "batch_size"}


def test_a_finished_run_is_deleted_from_its_page(client: Pages, database: Database) -> None:
    run_id = a_finished_run(database)
    answer = client.post(f"/runs/{run_id}/delete")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    with database.read() as session:
        assert session.get(Run, run_id) is None


def test_labels_from_the_page_are_held_to_the_same_rules_as_those_of_the_api(client: Pages, database: Database) -> None:
    run_id = a_finished_run(database)
    refused = client.post(f"/runs/{run_id}/labels", data={"name": "kept out", "tags": 'a "quoted" tag'})
    assert refused.status_code == 422
    with database.read() as session:
        assert runs.get(session, run_id).name == ""
    assert client.post(f"/runs/{run_id}/labels", data={"name": "new", "tags": "a, b"}).status_code == 303
    with database.read() as session:
        assert runs.get(session, run_id).tags == ["a", "b"]


def test_a_number_too_large_for_any_run_is_refused_and_not_an_error_of_ours(client: Pages) -> None:
    assert client.get(f"/runs/{10**30}").status_code == 422
