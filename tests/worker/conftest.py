"""A real worker process on the test session's broker, one for a whole file."""

from collections.abc import Iterator

import pytest
import redis

from app.settings import Settings
from tests.worker.yard import Yard


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Yard]:
    with redis.Redis(unix_socket_path=broker_url.removeprefix("redis+socket://")) as client:
        client.flushall()
    home = tmp_path_factory.mktemp("home")
    # Not a developer's own folder with the real data: a test writes into it.
    yard = Yard(Settings(home=home, data_dir=home / "datasets", broker_url=broker_url))
    yield yard
    yard.close()
