"""A database that is away for a while costs a training nothing; one that stays away ends it."""

import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from worker import patience
from worker.patience import Patience

AWAY = OperationalError("SELECT 1", {}, Exception("connection refused"))


class Failing:
    """A write that fails some times before it works."""

    def __init__(self, failures: int) -> None:
        self.failures, self.tries = failures, 0

    def __call__(self) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise AWAY


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.01)


def test_a_write_that_works_is_done_once() -> None:
    write = Failing(0)
    assert Patience(threading.Event()).attempt(write)
    assert write.tries == 1


def test_a_write_that_failed_is_not_tried_again_at_once() -> None:
    write, patient = Failing(1), Patience(threading.Event())
    assert not patient.attempt(write)
    assert not patient.attempt(write)
    assert write.tries == 1


@pytest.mark.usefixtures("hasty")
def test_insisting_ends_when_it_is_written() -> None:
    write = Failing(3)
    Patience(threading.Event()).insist(write)
    assert write.tries == 4


@pytest.mark.usefixtures("hasty")
def test_an_outage_that_lasts_is_given_up_with_the_databases_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "OUTAGE_SECONDS", 0.05)
    with pytest.raises(OperationalError, match="connection refused"):
        Patience(threading.Event()).insist(Failing(1000))


@pytest.mark.usefixtures("hasty")
def test_the_clock_of_an_outage_starts_anew_after_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "OUTAGE_SECONDS", 0.05)
    patient = Patience(threading.Event())
    patient.insist(Failing(1))
    time.sleep(0.06)
    patient.insist(Failing(1))


@pytest.mark.usefixtures("hasty")
def test_a_worker_that_is_told_to_stop_waits_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STOPPING_SECONDS", 0.05)
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(OperationalError):
        Patience(stopping).insist(Failing(1000))


def test_what_is_no_outage_is_not_waited_for() -> None:
    def broken() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        Patience(threading.Event()).attempt(broken)
