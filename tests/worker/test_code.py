"""A run says which code trained it."""

import subprocess
from pathlib import Path

from worker.code import _commit


def test_a_checkout_tells_its_commit_and_that_it_was_changed(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True, text=True
        ).stdout

    (tmp_path / "file").write_text("one")
    assert _commit(tmp_path) == ""
    git("init")
    assert _commit(tmp_path) == "", "nothing is committed yet"
    git("add", "file")
    git("commit", "-m", "one")
    short = git("rev-parse", "--short", "HEAD").strip()
    assert _commit(tmp_path) == f"commit {short}"
    (tmp_path / "file").write_text("two")
    assert _commit(tmp_path) == f"commit {short}-dirty"


def test_an_installation_below_another_checkout_does_not_tell_of_that(tmp_path: Path) -> None:
    subprocess.run(["git", "init", str(tmp_path)], check=True, capture_output=True)
    (tmp_path / "site-packages").mkdir()
    assert _commit(tmp_path / "site-packages") == ""
