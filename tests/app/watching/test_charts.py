"""The figures are valid Plotly, say which split they show, and tell the page how they grow."""

import warnings
from datetime import UTC, datetime
from typing import Any

import pytest

from app.drawing.figures import SCALE
from app.store.models import Epoch, Run, Step
from app.watching.charts import FIGURES
from app.watching.clock import Clock
from app.watching.run_detail import RunDetail
from trainer.catalog import resolve

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import plotly.graph_objects as go

COURSE = [{"epoch": 1, "train_loss": 0.09, "train_accuracy": 0.93, "test_loss": 0.08, "test_accuracy": 0.97}]
CONFUSION = [[9, 1], [0, 10]]


def a_run(**values: Any) -> Run:
    config = resolve(values)
    facts = {"classes": ["cat", "dog"], "steps_per_epoch": 200, "selection": "validation"}
    if not config.validation_fraction:
        facts["selection"] = "test"
    return Run(
        id=7,
        config=config.as_dict(),
        architecture=config.architecture,
        dataset=config.dataset,
        permute=config.permute,
        epochs=config.epochs,
        facts=facts,
        best_epoch=2,
        best_accuracy=0.95,
    )


def an_epoch(number: int, **values: Any) -> Epoch:
    row = {
        "run_id": 7,
        "epoch": number,
        "train_loss": 0.5 / number,
        "train_accuracy": 0.9,
        "validation_loss": 0.6 / number,
        "validation_accuracy": 0.8 + number / 20,
        "test_loss": None,
        "test_accuracy": None,
        "learning_rate": 0.001,
        "seconds": 2.0,
        "images_per_second": 900.0,
        "confusion": CONFUSION,
    }
    return Epoch(**(row | values))


def a_detail(run: Run | None = None, **values: Any) -> RunDetail:
    steps = [Step(run_id=7, epoch=1, step=100, loss=0.7, accuracy=0.8, learning_rate=0.001)]
    return RunDetail(run or a_run(), [an_epoch(1), an_epoch(2)], steps, **values)


def an_observed_detail(layers: int = 4, blocks: int = 2) -> RunDetail:
    norms = {str(index): 10.0**-index for index in range(layers)}
    ratios = {str(index): 0.5 for index in range(blocks)} or None
    figures = {"loss": 0.7, "accuracy": 0.8, "learning_rate": 0.001}
    steps = [
        Step(run_id=7, epoch=1, step=step, gradient_norms=norms, residual_ratios=ratios, **figures)
        for step in (50, 100)
    ]
    return RunDetail(a_run(observe=True), [], steps)


def traces(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in figure["data"]}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_valid_plotly(name: str) -> None:
    go.Figure(FIGURES[name](a_detail(reference=COURSE)))
    go.Figure(FIGURES[name](RunDetail(a_run(), [])))
    go.Figure(FIGURES[name](an_observed_detail()))


def test_no_text_of_a_figure_holds_markup() -> None:
    for function in FIGURES.values():
        assert "<" not in str(function(a_detail(reference=COURSE)))


def test_accuracies_are_drawn_in_percent_and_steps_lie_between_the_epochs() -> None:
    drawn = traces(FIGURES["accuracy"](a_detail()))
    assert drawn["Validation"]["y"] == pytest.approx([85, 90])
    assert drawn["Train, running"]["x"] == [0.5]
    assert drawn["Best epoch"]["x"] == [2]


def test_the_legend_says_which_split_chose() -> None:
    on_test = a_detail(a_run(validation_fraction=0.0))
    assert "Test" in traces(FIGURES["loss"](on_test))
    assert "Validation" not in traces(FIGURES["loss"](on_test))


def test_the_courses_curve_is_drawn_beside_unpermuted_runs_only() -> None:
    assert traces(FIGURES["loss"](a_detail(reference=COURSE)))["Course, test"]["line"]["dash"] == "dot"
    assert "Course, test" not in traces(FIGURES["loss"](a_detail(a_run(permute=True), reference=COURSE)))


def test_every_growing_curve_names_the_event_and_the_run() -> None:
    drawn = traces(FIGURES["accuracy"](a_detail(reference=COURSE)))
    assert drawn["Train"]["meta"] | {"series": 0} == {
        "series": 0,
        "run": 7,
        "event": "epoch",
        "x": "epoch",
        "y": "train_accuracy",
        "scale": 100,
        "smooth": True,
        "steps": 200,
        "began": None,
    }
    assert drawn["Best epoch"]["meta"]["when"] == "best"
    assert "event" not in drawn["Course, test"]["meta"]


def test_layers_are_drawn_first_to_last_on_an_ordered_scale_and_a_logarithmic_axis() -> None:
    figure = FIGURES["gradients"](an_observed_detail())
    assert [trace["name"] for trace in figure["data"]] == ["0", "1", "2", "3"]
    assert [trace["meta"]["shade"] for trace in figure["data"]] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert [trace["line"]["color"] for trace in figure["data"]][::3] == list(SCALE)
    assert figure["data"][1]["x"] == [0.25, 0.5]
    assert figure["layout"]["yaxis"]["type"] == "log"


def test_observed_lines_grow_by_the_figures_of_their_layer() -> None:
    layer = FIGURES["gradients"](an_observed_detail())["data"][2]["meta"]
    assert (layer["event"], layer["x"], layer["y"], layer["run"]) == ("step", "position", ["layers", "2"], 7)
    block = FIGURES["residuals"](an_observed_detail())["data"][1]["meta"]
    assert block["y"] == ["residual_ratios", "1"]


def test_a_deep_network_names_some_of_its_layers_only() -> None:
    figure = FIGURES["gradients"](an_observed_detail(layers=50))
    assert 8 <= sum(trace["showlegend"] for trace in figure["data"]) <= 9
    assert figure["data"][0]["showlegend"] and figure["data"][-1]["showlegend"]
    assert figure["layout"]["hovermode"] == "closest"


def test_a_network_without_blocks_has_no_residuals_to_draw() -> None:
    assert FIGURES["residuals"](an_observed_detail(blocks=0))["data"] == []


def test_a_watched_test_split_is_drawn_beside_the_one_that_chooses() -> None:
    watching = RunDetail(a_run(watch_test=True), [an_epoch(1, test_loss=0.7, test_accuracy=0.82)])
    drawn = traces(FIGURES["accuracy"](watching))
    assert drawn["Test, watched"]["y"] == pytest.approx([82])
    assert drawn["Test, watched"]["meta"]["y"] == "test_accuracy"
    assert "Test, watched" not in traces(FIGURES["accuracy"](a_detail()))


def test_class_bars_keep_the_order_of_the_classes_and_carry_their_intervals() -> None:
    figure = FIGURES["classes"](a_detail())
    bar = figure["data"][0]
    assert (bar["y"], bar["x"]) == (["cat", "dog"], [90, 100])
    assert figure["layout"]["yaxis"]["autorange"] == "reversed"
    # Wilson's interval of 9 out of 10 is 59.6 to 98.2 %, that of 10 out of 10 begins at 72.2 %.
    assert bar["error_x"]["arrayminus"] == pytest.approx([30.4, 27.8], abs=0.1)
    assert bar["error_x"]["array"] == pytest.approx([8.2, 0], abs=0.1)


@pytest.mark.parametrize("name", ["loss", "accuracy", "learning_rate", "throughput", "gradients", "residuals"])
def test_no_axis_writes_powers_of_ten_as_markup(name: str) -> None:
    assert FIGURES[name](a_detail())["layout"]["yaxis"]["exponentformat"] == "e"


def test_the_learning_rate_is_drawn_where_no_step_is_reported() -> None:
    ends = FIGURES["learning_rate"](RunDetail(a_run(), [an_epoch(1), an_epoch(2)]))["data"][-1]
    assert (ends["x"], ends["meta"]["event"]) == ([1, 2], "epoch")


def test_the_learning_rate_to_come_is_drawn_before_the_first_step() -> None:
    run = a_run(epochs=4, learning_rate=0.2, schedule="cosine")
    planned = traces(FIGURES["learning_rate"](RunDetail(run, [])))["Planned"]
    rates = dict(zip(planned["x"], planned["y"], strict=True))
    assert (rates[0], rates[2], rates[4]) == pytest.approx((0.2, 0.1, 0))
    # It does not grow.
    assert "event" not in planned["meta"]


def test_another_versions_configuration_plans_nothing_that_can_be_drawn() -> None:
    for changed in ({"schedule": "polynomial"}, {"nonsense": 1}):
        run = a_run()
        run.config |= changed
        assert "Planned" not in traces(FIGURES["learning_rate"](RunDetail(run, [an_epoch(1)])))


def test_a_point_carries_its_seconds_and_a_figure_what_the_reader_may_choose() -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), {1: 4.5, 2: 9}, {(1, 100): 2})
    figure = FIGURES["accuracy"](a_detail(clock=clock))
    drawn = traces(figure)
    assert (drawn["Train, running"]["customdata"], drawn["Validation"]["customdata"]) == ([2], [4.5, 9])
    assert drawn["Best epoch"]["customdata"] == [9]
    assert drawn["Train"]["meta"]["began"] == 1_767_225_600_000
    assert figure["layout"]["meta"]["offers"] == ["x", "smoothing", "band"]
    run = a_run()
    run.facts |= {"validation_images": 500}
    assert traces(FIGURES["accuracy"](a_detail(run)))["Validation"]["meta"]["images"] == 500
