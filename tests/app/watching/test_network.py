"""The layers on a run's page."""

import httpx
import pytest

from app.lifecycle import runs
from app.store.database import Database
from app.watching.network import Network
from trainer.catalog import ARCHITECTURES, resolve


@pytest.mark.parametrize("architecture", ["mlp", "lenet", "vgg11", "resnet56"])
def test_the_sums_are_those_of_the_catalogue(database: Database, architecture: str) -> None:
    dataset = "mnist" if architecture in ("mlp", "lenet") else "cifar10"
    with database.write() as session:
        run = runs.submit(session, resolve({"architecture": architecture, "dataset": dataset}))
    network = Network.of(run)
    assert network and network.parameters == ARCHITECTURES[architecture].parameters
    assert network.parameters == sum(row.parameters for row in network.rows)


def test_a_data_set_of_unknown_shape_has_layers_once_the_training_told_it(database: Database) -> None:
    with database.write() as session:
        run = runs.submit(session, resolve({"architecture": "cnn", "dataset": "my-leaves"}))
    assert Network.of(run) is None
    run.facts = {"shape": [3, 64, 48], "classes": ["oak", "elm"]}
    network = Network.of(run)
    assert network and [row.output for row in network.rows][-1] == "2"


def test_the_page_shows_them(api: httpx.Client, finished_run: int) -> None:
    page = api.get(f"/runs/{finished_run}").text
    assert "5x5 convolution" in page and "6 × 28 × 28" in page and "Layers" in page
