"""What was told in English, in the reader's language: each message is found in the text that was made from it."""

import ast
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.language import words
from app.lifecycle import retelling
from app.lifecycle.failures import FAILURES
from app.lifecycle.retelling import MESSAGES, VALUE, retold
from app.lifecycle.told import Told
from trainer.atomic import saving
from trainer.errors import CannotSave, TrainingError

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language in which every message stands in marks."""
    monkeypatch.setattr(retelling, "_", lambda message: f"<{message}>")
    monkeypatch.setattr(retelling, "language", lambda: "marked")
    retelling._retold.cache_clear()
    yield
    retelling._retold.cache_clear()


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_is_found_in_what_was_made_from_it(message: str) -> None:
    made = message % {name: "7" if kind == "s" else 7 for name, kind in VALUE.findall(message)}
    assert retold(made) == f"<{made}>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cancelled while queued", "<cancelled while queued>"),
        ("paused at epoch 2, step 30", "<paused <at epoch 2, step 30>>"),
        (
            "its worker was stopped; it goes on from its last checkpoint",
            "<<its worker was stopped>; it goes on <from its last checkpoint>>",
        ),
        (
            "paused after epoch 4: the training did not answer and was killed",
            "<<paused <after epoch 4>>: the training did not answer and was killed>",
        ),
        ("Fetching https://here.example/%20.gz 34%", "<<Fetching https://here.example/%20.gz> 34%>"),
        # At the beginning of a sentence a clause has a capital letter, and so has the name of a worker.
        (
            "The training process was killed by signal 9 (SIGKILL), 3 times in a row without finishing another epoch. "
            "Look at the worker's log.",
            "<<the training process was killed by signal 9 (SIGKILL)>, 3 times in a row without finishing another "
            "epoch. <Look at the worker's log.>>",
        ),
        # An older version's words, and those of a library.
        ("the dog ate it", "the dog ate it"),
        (
            "OSError: 3 % is too little. The run's log has the details.",
            "<OSError: 3 % is too little. The run's log has the details.>",
        ),
        ("", ""),
    ],
)
def test_messages_within_messages_are_retold_and_what_is_none_stays(text: str, said: str) -> None:
    assert retold(text) == said


def test_in_english_every_text_stays_as_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retelling, "language", words.language)
    assert words.language() == "en"
    told = Told.CLAIMED % {"worker": "vm-7"}
    assert retold(told) == told


def failing(source: str) -> Iterator[str]:
    """What is raised as a TrainingError in a module, with a 7 for everything that is filled in."""
    names = {kind.__name__ for kind in TrainingError.__subclasses__()} | {"CannotStore"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) in names:
            (words,) = node.exc.args
            if isinstance(words, ast.Constant | ast.JoinedStr):
                parts = words.values if isinstance(words, ast.JoinedStr) else [words]
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


def test_whatever_a_training_raises_is_known() -> None:
    # The web process alone reads the headers of data sets with trainer.glance.
    modules = [path for path in (ROOT / "trainer").rglob("*.py") if path.name != "glance.py"]
    told = [words for path in (*modules, ROOT / "worker/artifacts.py") for words in failing(path.read_text())]
    assert len(told) > 12
    unknown = [words for words in told if retold(words.replace("cannot be 7", "cannot be stored")) == words]
    assert not unknown


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_why_a_file_could_not_be_saved_is_known(tmp_path: Path, number: int) -> None:
    with pytest.raises(CannotSave) as caught, saving(tmp_path / "last.pt") as file:
        file.write(b"7" * 4000)
        raise OSError(number, "no")
    assert retold(str(caught.value)) == f"<{caught.value}>"


def test_a_pattern_of_a_failure_names_each_value_once() -> None:
    for message in FAILURES:
        names = [name for name, _kind in VALUE.findall(message)]
        assert len(names) == len(set(names)), message
