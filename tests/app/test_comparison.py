"""A comparison of runs and of groups of runs: its table, charts, address and files."""

import csv
import json
import re
from io import StringIO
from itertools import product
from typing import Any

import httpx
import pytest
from starlette.datastructures import QueryParams

from app.comparing import export_csv
from app.comparing.comparison_charts import COMPARE_FIGURES
from app.comparing.comparison_view import View, read
from app.comparing.matrix_difference import difference
from app.comparing.outcome import Outcome, outcome
from app.comparing.tradeoff import front
from app.lifecycle import claims, runs
from app.store.database import Database
from app.store.models import Epoch
from trainer.catalog import resolve
from trainer.config import ConfigError

EPOCHS = 2


def a_run(database: Database, accuracy: float | None = 0.9, *, name: str = "", **values: Any) -> int:
    """Finished with this test accuracy on a hundred images; None: still training."""
    with database.write() as session:
        run_id = runs.submit(session, resolve({"dataset": "digits", "epochs": EPOCHS} | values), name=name).id or 0
    with database.write() as session:
        claim = runs.claim(session, run_id, "here")
        assert claim
        facts = {"classes": ["cat", "dog"], "steps_per_epoch": 21, "selection": "validation", "test_images": 100}
        found = {"epoch": EPOCHS, "best_epoch": 1, "best_accuracy": accuracy or 0.5, "parameters": 61_706}
        claims.update_claimed(session, claim, facts=facts, **found)
        for number in range(1, EPOCHS + 1):
            figures = dict.fromkeys(("train_loss", "train_accuracy"), 0.5) | {"test_loss": None, "test_accuracy": None}
            figures |= {"validation_loss": 0.4, "validation_accuracy": (accuracy or 0.5) - 0.1 / number}
            rates = {"learning_rate": 0.001, "seconds": 2.0, "images_per_second": 100.0}
            session.add(Epoch(run_id=run_id, epoch=number, **figures, **rates, confusion=[[1]]))
        if accuracy is not None:
            right = round(50 * accuracy)
            last = {"last_test_loss": 0.4, "last_test_accuracy": accuracy - 0.02, "only_best": 5, "only_last": 3}
            confusion = [[right, 50 - right], [50 - right, right]]
            runs.finish(session, claim, test_loss=0.4, test_accuracy=accuracy, confusion=confusion, **last)
    return run_id


def three_seeds_and_another(database: Database) -> list[int]:
    seeds = [a_run(database, accuracy, seed=seed) for seed, accuracy in enumerate((0.9, 0.92, 0.94))]
    return [*seeds, a_run(database, 0.8, architecture="mlp")]


def compared(database: Database, ids: list[int], **values: Any) -> Outcome:
    with database.read() as session:
        found = outcome(session, View(runs=tuple(ids), **values))
        for draw in COMPARE_FIGURES.values():
            draw(found)
        return found


def test_a_view_is_its_address_and_comes_back_from_it() -> None:
    view = View((1, 2, 3), by="seed", baseline=2, against="flops", scale="log", less=(1, 3), hide=("3", "course"))
    assert read(QueryParams(view.query())) == view
    assert view.query() == "runs=1,2,3&by=seed&baseline=2&against=flops&scale=log&less=1,3&hide=3,course"
    assert View((1, 2)).query() == "runs=1,2"
    assert read(QueryParams("runs=1,2&sort=-test")) == View((1, 2), sort="-test")
    assert read(QueryParams("runs=1,2&hide=2,9,x")).hide == ("2",)


def test_a_view_without_a_run_forgets_what_was_chosen_of_it() -> None:
    view = View((1, 2, 3), baseline=2, less=(1, 2), hide=("2", "3"), sort="-test")
    assert read(QueryParams(view.without([2]))) == View((1, 3), hide=("3",), sort="-test")
    assert read(QueryParams(view.without([3]))) == View((1, 2), baseline=2, less=(1, 2), hide=("2",), sort="-test")


def test_ticks_of_a_form_are_read_like_a_list_and_replace_the_seed() -> None:
    ticked = read(QueryParams("runs=1&runs=2&by=seed&by=dropout&by=permute&less=1&less=2"))
    assert (ticked.runs, ticked.by, ticked.less) == ((1, 2), "dropout,permute", (1, 2))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(
            ("by=x", "by"),
            ("baseline=9", "baseline"),
            ("against=x", "against"),
            ("scale=x", "scale"),
            ("less=1", "less"),
        ),
        *(("sort=name", "sort"), ("sort=--test", "sort")),
    ],
)
def test_what_no_view_has_is_refused_by_name(query: str, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(QueryParams(f"runs=1,2&{query}"))
    assert list(caught.value.problems) == [field]


@pytest.mark.both_databases
def test_seeds_become_one_line_with_mean_and_spread(database: Database) -> None:
    ids = three_seeds_and_another(database)
    found = compared(database, ids, by="seed", baseline=ids[3])
    group, alone = found.lines
    assert (group.group.ids, alone.group.ids) == (ids[:3], ids[3:])
    assert group.test and (group.test.n, round(group.test.mean, 6), round(group.test.sd or 0, 6)) == (3, 0.92, 0.02)
    assert alone.test and alone.test.sd is None and alone.interval
    assert group.delta and group.delta.value == pytest.approx(0.12)
    assert alone.delta is None
    assert group.gap and group.gap.value == pytest.approx(0.02)


def test_results_are_in_the_order_of_a_column_and_what_has_no_figure_comes_last(database: Database) -> None:
    ids = [a_run(database, accuracy, seed=seed) for seed, accuracy in enumerate((0.9, None, 0.94, 0.92))]

    def order(sort: str, **values: Any) -> list[int]:
        found = compared(database, ids, sort=sort, **values)
        assert [line.id for line in found.lines] == ids, "colours and legend stay as the runs were chosen"
        return [line.id for line in found.ranked()]

    first, training, best, second = ids
    assert order("") == ids
    assert order("-test") == [best, second, first, training]
    assert order("test") == [first, second, best, training]
    # The baseline is as good as itself.
    assert order("-delta", baseline=second) == [best, second, first, training]
    table = export_csv.summary(compared(database, ids, sort="-test"))
    assert [row["run"] for row in csv.DictReader(StringIO("".join(table)))] == [
        str(one) for one in (best, second, first, training)
    ]


def test_the_mean_curve_stands_in_the_band_of_its_interval(database: Database) -> None:
    ids = three_seeds_and_another(database)
    figure = COMPARE_FIGURES["accuracy"](compared(database, ids, by="seed"))
    band, mean, empty, alone = figure["data"]
    assert mean["y"] == pytest.approx([82, 87])
    assert mean["name"].endswith("(n = 3)")
    # t(0.975, 2) * 2 / sqrt(3) is 4.97.
    assert band["y"] == pytest.approx([86.968, 91.968, 82.032, 77.032], abs=0.01)
    assert band["legendgroup"] == mean["legendgroup"]
    assert (empty["x"], len(alone["x"])) == ([None], 2)


def test_runs_that_are_not_put_together_grow_by_their_own_events(database: Database) -> None:
    ids = three_seeds_and_another(database)
    figure = COMPARE_FIGURES["loss"](compared(database, ids, scale="log"))
    assert {trace["meta"].get("event") for trace in figure["data"]} == {"epoch"}
    assert figure["layout"]["yaxis"]["type"] == "log"


def test_the_pareto_front_is_what_nothing_cheaper_is_as_good_as() -> None:
    points = [(10, 0.9), (5, 0.8), (7, 0.79), (10, 0.95), (20, 0.95), (5, 0.8)]
    assert front(points) == [1, 3]
    assert front([]) == []


def test_accuracy_is_drawn_against_what_it_costs(database: Database) -> None:
    ids = [*three_seeds_and_another(database), a_run(database, None, seed=9)]
    for cost, expected in (("seconds", 4.0), ("parameters", 61_706), ("flops", 831_696)):
        line, *points = COMPARE_FIGURES["tradeoff"](compared(database, ids, against=cost))["data"]
        assert points[0]["x"] == [expected], cost
        assert points[-1]["marker"]["symbol"] == "circle-open"
        assert max(line["y"]) == 94


def test_costs_that_lie_close_have_an_ordinary_axis_as_a_logarithmic_one_would_show_no_number(
    database: Database,
) -> None:
    ids = [a_run(database, 0.9), a_run(database, 0.8)]
    axis = COMPARE_FIGURES["tradeoff"](compared(database, ids, against="parameters"))["layout"]["xaxis"]
    assert (axis["type"], axis["tickvals"]) == ("linear", [61_706])
    with database.write() as session:
        runs.get(session, ids[0]).parameters = 61_000
    axis = COMPARE_FIGURES["tradeoff"](compared(database, ids, against="parameters"))["layout"]["xaxis"]
    assert axis["type"] == "linear" and "tickvals" not in axis
    with database.write() as session:
        runs.get(session, ids[0]).parameters = 11_173_962
    drawn = COMPARE_FIGURES["tradeoff"](compared(database, ids, against="parameters"))
    assert drawn["layout"]["xaxis"]["type"] == "log"


def test_networks_of_one_size_are_drawn_against_their_time_unless_somebody_chose(database: Database) -> None:
    alike = [a_run(database, 0.9, seed=1), a_run(database, 0.8, dropout=0.5)]
    assert compared(database, alike).against == "seconds"
    assert compared(database, alike, against="parameters").against == "parameters"
    another = a_run(database, 0.7, head="conv1x1")
    assert compared(database, [*alike, another]).against == "parameters"


def test_parallel_axes_are_the_settings_that_differ_and_the_accuracy(database: Database) -> None:
    ids = [a_run(database, accuracy, dropout=dropout) for accuracy, dropout in ((0.8, 0.0), (0.9, 0.1), (0.85, 0.5))]
    figure = COMPARE_FIGURES["parallel"](compared(database, ids))
    assert figure["layout"]["yaxis"]["ticktext"] == ["Dropout", "Test accuracy"]
    assert [trace["x"] for trace in figure["data"][:3]] == [[0, 0], [0.5, 1], [1, 0.5]]
    assert COMPARE_FIGURES["parallel"](compared(database, ids[:1]))["data"] == []


def test_confusion_matrices_are_subtracted_as_shares_of_each_class(database: Database) -> None:
    ids = three_seeds_and_another(database)
    found = difference(compared(database, ids, by="seed"))
    assert found and found.names == ["cat", "dog"]
    assert [[cell.text for cell in row] for row in found.rows] == [["+12.0", "−12.0"], ["−12.0", "+12.0"]]
    assert found.rows[0][0].shade == "shade-more-3"
    turned = difference(compared(database, ids, less=(ids[3], ids[0])))
    assert turned and turned.rows[0][0].text == "−10.0"
    assert difference(compared(database, ids[:1])) is None


def test_the_files_have_a_line_an_epoch_and_a_line_a_group_and_no_formulas(database: Database) -> None:
    ids = [*three_seeds_and_another(database), a_run(database, 0.7, name="=1+1", architecture="cnn")]
    found = compared(database, ids, by="seed", baseline=ids[0])
    rows = list(csv.DictReader(StringIO("".join(export_csv.epochs(found)))))
    assert len(rows) == len(ids) * EPOCHS
    assert (rows[-1]["name"], rows[0]["validation_accuracy"]) == ("'=1+1", "0.8")
    lines = list(csv.DictReader(StringIO("".join(export_csv.summary(found)))))
    assert [line["runs"] for line in lines] == ["3", "1", "1"]
    assert float(lines[0]["test_mean"]) == pytest.approx(0.92)
    assert float(lines[1]["less_baseline"]) == pytest.approx(-0.12)
    assert lines[1]["test_sd"] == ""
    # One run alone has no spread, and yet an interval: over the images.
    assert float(lines[1]["test_low"]) < float(lines[1]["test_mean"]) < float(lines[1]["test_high"])


def test_more_lines_than_can_be_told_apart_are_refused(database: Database) -> None:
    with database.write() as session:
        ids = [runs.submit(session, resolve({"dataset": "digits", "seed": seed})).id or 0 for seed in range(41)]
    with pytest.raises(ConfigError, match="201 runs are too many"):
        read(QueryParams({"runs": ",".join(map(str, range(1, 202)))}))
    with pytest.raises(ConfigError, match="41 are too many"):
        compared(database, ids)
    assert len(compared(database, ids, by="seed").lines) == 1


def test_the_interface_tells_groups_and_gives_files(api: httpx.Client, database: Database) -> None:
    ids = three_seeds_and_another(database)
    asked = {"runs": ",".join(map(str, ids)), "by": "seed", "baseline": ids[3]}
    found = api.get("/api/compare", params=asked).json()
    assert [group["runs"] for group in found["groups"]] == [ids[:3], ids[3:]]
    assert found["groups"][0]["test"]["n"] == 3 and found["groups"][0]["less_baseline"]["over"] == "runs"
    assert "seed" not in found["by"] and "dropout" in found["by"]
    for path, name in (("compare.csv", "compare-1-2-3-4.csv"), ("compare/summary.csv", "compare-1-2-3-4.summary.csv")):
        file = api.get(f"/api/{path}", params=asked)
        assert file.headers["content-type"].startswith("text/csv")
        assert file.headers["content-disposition"] == f'attachment; filename="{name}"'
    refused = api.get("/api/compare", params=asked | {"by": "rain"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "by")


def test_the_page_says_what_a_difference_is_worth(api: httpx.Client, database: Database) -> None:
    ids = three_seeds_and_another(database)
    page = api.get(f"/compare?runs={','.join(map(str, ids))}&by=seed&baseline={ids[3]}").text
    assert "+12.00" in page and "3 of 3 finished" in page and "± 4.97" in page
    alike = api.get(f"/compare?runs={ids[0]},{ids[1]}&baseline={ids[0]}").text
    assert "no difference that 100 images can tell" in alike


@pytest.mark.parametrize(("count", "heads"), [(8, ["Setting"]), (9, ["Run", "Hidden units", "Seed"])])
def test_of_many_lines_each_is_a_row_of_what_differs(
    api: httpx.Client, database: Database, count: int, heads: list[str]
) -> None:
    ids = [a_run(database, 0.9, architecture="mlp", seed=seed, hidden=2 + seed // 2) for seed in range(count)]
    page = api.get("/compare", params={"runs": ",".join(map(str, ids)), "sort": "-test"}).text
    table = page[page.index('<table class="differs">') :]
    table = table[: table.index("</table>")]
    assert re.findall(r'<th scope="col">([^<]+)</th>', table) == heads
    rows = [re.findall(r"<td>([^<]+)</td>", row) for row in table.split("<tr")[2:]]
    sizes, seeds = [str(2 + seed // 2) for seed in range(count)], list(map(str, range(count)))
    assert rows == ([sizes, seeds] if count == 8 else [list(pair) for pair in zip(sizes, seeds, strict=True)])


def test_runs_that_nothing_tells_apart_are_compared_too(api: httpx.Client, database: Database) -> None:
    seeds = [a_run(database, accuracy, seed=seed) for seed, accuracy in enumerate((0.9, 0.92))]
    grouped = f"runs={seeds[0]},{seeds[1]}&by=seed"
    twins = f"runs={seeds[0]},{a_run(database)}"
    for path in ("/compare", "/compare.html"):
        assert "Nothing but the seed." in api.get(f"{path}?{grouped}").text
        assert "Nothing: these runs have the same configuration." in api.get(f"{path}?{twins}").text


def test_any_two_can_be_compared_however_far_they_are_and_however_they_are_put_together(
    api: httpx.Client, database: Database
) -> None:
    ids = [*three_seeds_and_another(database)[1:], a_run(database, 0.92, seed=1), a_run(database, None, seed=2)]
    with database.write() as session:
        waits = resolve({"dataset": "digits", "epochs": EPOCHS, "architecture": "cnn"})
        ids.append(runs.submit(session, waits).id or 0)
    pairs = [(one, other) for one in ids for other in ids if one <= other]
    for pair, by in product(pairs, ("", "seed")):
        view = {"runs": ",".join(map(str, pair)), "by": by}
        less = {"baseline": pair[0], "less": f"{pair[0]},{pair[1]}", "sort": "-delta"}
        for path, more in (("/compare", less), ("/compare.html", {}), ("/api/compare.csv", {})):
            answer = api.get(path, params=view | more)
            assert answer.status_code == 200, answer.url


def test_the_page_as_a_file_asks_nobody_for_anything(api: httpx.Client, database: Database) -> None:
    ids = three_seeds_and_another(database)
    file = api.get(f"/compare.html?runs={','.join(map(str, ids))}&by=seed")
    assert 'filename="compare-1-2-3-4.html"' in file.headers["content-disposition"]
    assert not re.search(r'(src|href)="(/|http)|@import|hx-get', file.text.split("plotly.js", 1)[0])
    assert not re.search(r'(src|href)="(/|http)|hx-get', file.text[file.text.index("<main") :])
    assert file.text.count('type="application/json" id="figure-') == len(COMPARE_FIGURES)


def test_what_is_hidden_waits_in_the_legends_of_the_file(api: httpx.Client, database: Database) -> None:
    ids = three_seeds_and_another(database)
    file = api.get(f"/compare.html?runs={','.join(map(str, ids))}&by=seed&hide={ids[3]}").text
    (drawn,) = re.findall(r'type="application/json" id="figure-accuracy">(.*?)</script>', file)
    waits = {trace["meta"]["line"]: trace.get("visible") == "legendonly" for trace in json.loads(drawn)["data"]}
    assert waits == {ids[0]: False, ids[3]: True}
