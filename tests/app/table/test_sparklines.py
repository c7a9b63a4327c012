"""The small curves of the list: one query, few points, the best among them."""

import pytest
from sqlalchemy import event

from app.store.database import Database
from app.store.models import Epoch, Run
from app.table.sparklines import HEIGHT, POINTS, Sparkline, sparklines
from trainer.catalog import resolve

pytestmark = pytest.mark.both_databases


def _trained(database: Database, epochs: int, best: int) -> Run:
    config = resolve({"dataset": "digits", "epochs": epochs})
    columns = {name: getattr(config, name) for name in ("architecture", "dataset", "permute", "epochs")}
    run = Run(config=config.as_dict(), epoch=epochs, best_epoch=best, best_accuracy=0.9, **columns)
    figures = {"train_loss": 0.1, "train_accuracy": 0.9, "learning_rate": 0.1, "seconds": 1.0, "images_per_second": 1.0}
    with database.write() as session:
        session.add(run)
        session.flush()
        session.add_all(
            Epoch(
                run_id=run.id,
                epoch=number,
                **figures,
                validation_loss=None if epochs == 3 else 0.1,
                # Without a validation split the test split chooses.
                validation_accuracy=None if epochs == 3 else 0.9 if number == best else number / 2000,
                test_loss=0.1,
                test_accuracy=0.5 + number / 100,
                confusion=[],
            )
            for number in range(1, epochs + 1)
        )
    return run


def test_long_runs_are_thinned_and_keep_first_best_and_last(database: Database) -> None:
    long, short = _trained(database, 777, 400), _trained(database, 3, 3)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    with database.read() as session:
        found = sparklines(session, [long, short])
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1
    points = found[long.id or 0].points
    assert len(points) <= POINTS + 3
    assert {1, 400, 777} <= {epoch for epoch, _ in points}
    assert found[long.id or 0].best == (400, 0.9)
    assert [epoch for epoch, _ in found[short.id or 0].points] == [1, 2, 3]
    assert found[short.id or 0].best == (3, pytest.approx(0.53))


def test_a_curve_stays_within_its_frame_and_says_what_it_shows() -> None:
    line = Sparkline(((1, 0.5), (2, 0.9), (3, 0.8)))
    assert line.line == "2,18 40,2 78,6"
    assert line.mark == (40, 2)
    assert line.words == "Accuracy by epoch: from 50.00 % to 80.00 %, best 90.00 % in epoch 2"
    for flat in (((1, 0.5),), ((1, 0.5), (2, 0.5))):
        assert Sparkline(flat).mark == (2, HEIGHT / 2)
    almost = Sparkline(((1, 0.5), (2, 0.51)))
    assert almost.line == "2,14 78,6"
