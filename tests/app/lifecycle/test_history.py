"""A run's history and its refusals, on pages in Chinese; the API and the database keep the English."""

import httpx
import pytest

from app.lifecycle import queue_order, runs
from app.lifecycle.told import Told
from app.store.database import Database
from app.store.models import Event
from trainer.catalog import resolve

CHINESE = {"Accept": "text/html", "Accept-Language": "zh-CN"}


@pytest.fixture
def failed(database: Database) -> int:
    """A run that was moved, paused, resumed and killed until nobody tried any more."""
    with database.write() as session:
        run_id, _other = (runs.submit(session, resolve({"dataset": "digits"})).id or 0 for _ in range(2))
        queue_order.move(session, run_id, 1)
        runs.request_pause(session, run_id)
        runs.resume(session, run_id)
        for _ in range(runs.DEATHS):
            claim = runs.claim(session, run_id, "vm-7")
            assert claim
            runs.died(session, claim, Told.KILLED % {"number": 9, "name": "SIGKILL"}, Told.MEMORY)
    return run_id


def test_every_change_is_told_in_the_readers_language(api: httpx.Client, failed: int) -> None:
    page = api.get(f"/runs/{failed}", headers=CHINESE).text
    for line in (
        "排队中: 已提交",
        "移到第 2 位，共 2 个",
        "已暂停: 排队时被暂停",
        "排队中: 已继续",
        "运行中: 由 vm-7 领取",
        "排队中: 训练进程被信号 9（SIGKILL）终止；继续位置：最后一个检查点",
        "失败: 训练进程被信号 9（SIGKILL）终止，连续 3 次都没有完成新的一轮。很可能是机器内存不足",
    ):
        assert line in page, line
    assert page.count("连续 3 次都没有完成新的一轮") == 2  # in the history, and at the top


def test_the_api_answers_in_english_whatever_the_browser_speaks(api: httpx.Client, failed: int) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    error = api.get(f"/api/runs/{failed}", headers=chinese).json()["error"]
    assert error.startswith("The training process was killed by signal 9 (SIGKILL), 3 times in a row")
    refused = api.post(f"/api/runs/{failed}/pause", headers=chinese)
    assert (refused.status_code, refused.json()["detail"].startswith(f"Run {failed} has failed;")) == (409, True)


def test_a_refusal_is_told_in_the_readers_language(api: httpx.Client, failed: int) -> None:
    refused = api.post(f"/runs/{failed}/pause", headers=CHINESE)
    assert refused.status_code == 409 and f"训练 {failed} 已失败" in refused.text
    unknown = api.get("/runs/77", headers=CHINESE)
    assert unknown.status_code == 404 and "没有训练 77。" in unknown.text
    sent = {"runs": str(failed), "action": "pause"}
    told = api.post("/runs/actions", data=sent, headers=CHINESE, follow_redirects=True)
    assert f"训练 {failed} 已失败" in told.text


def test_words_of_an_older_version_are_told_as_they_are(api: httpx.Client, database: Database, failed: int) -> None:
    with database.write() as session:
        session.add(Event(run_id=failed, kind="status", payload={"status": "paused", "cause": "the moon was full"}))
    assert "已暂停: the moon was full" in api.get(f"/runs/{failed}", headers=CHINESE).text
