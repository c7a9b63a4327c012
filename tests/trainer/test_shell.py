"""`python -m trainer`: options from the configuration, lines for people, exit codes for scripts."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from statistics import mean, stdev
from typing import Any

import pytest

from trainer import __main__ as shell
from trainer.config import FIELDS
from trainer.events import EpochFinished, Event


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EPOCHYARD_HOME", str(tmp_path))
    monkeypatch.delenv("EPOCHYARD_DATA_DIR", raising=False)
    monkeypatch.delenv("EPOCHYARD_MIRROR_URL", raising=False)
    return tmp_path


DIGITS = ["--architecture", "mlp", "--dataset", "digits", "--epochs", "2"]


def test_a_training_ends_with_a_table_of_classes(home, capsys) -> None:
    assert shell.main([*DIGITS, "--permute"]) == 0
    out = capsys.readouterr().out
    assert "mlp, 6,442 parameters, on digits: 1,295 images to train, 142 to validate, 360 to test" in out
    assert "epoch   2" in out
    assert out.count(" of ") == 10
    assert len(list((home / "shell").glob("mlp-digits-*/best.safetensors"))) == 1


def test_the_same_command_finds_its_checkpoints_again(capsys) -> None:
    shell.main(DIGITS)
    first = capsys.readouterr().out
    assert shell.main(DIGITS) == 0
    again = capsys.readouterr().out
    assert "Resumed after epoch 2." in again
    assert again.splitlines()[-11:] == first.splitlines()[-11:]


def test_several_seeds_end_with_their_mean_and_spread(home, capsys) -> None:
    assert shell.main([*DIGITS, "--seeds", "3", "--seed", "5"]) == 0
    out = capsys.readouterr().out
    tested = [float(found) / 100 for found in re.findall(r"seed +[567]  best epoch \d, tested: ([\d.]+)%", out)]
    assert len(tested) == 3
    assert f"mean of 3 seeds: {mean(tested):.2%}, standard deviation {stdev(tested):.2%}" in out
    assert len(list((home / "shell").glob("mlp-digits-*/seed-*/best.safetensors"))) == 3


def test_a_wrong_number_of_seeds_is_a_wrong_setting(capsys) -> None:
    assert shell.main([*DIGITS, "--seeds", "0"]) == 2
    assert capsys.readouterr().err.startswith("--seeds: 0 is not accepted")


def test_every_setting_is_an_option() -> None:
    known = shell.parser().format_help()
    assert all(f"--{name.replace('_', '-')}" in known for name in FIELDS)


def test_a_wrong_setting_is_one_line_and_exit_code_2(capsys) -> None:
    assert shell.main(["--epochs", "0", "--learning-rate", "nan"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["--epochs", "--learning-rate"]


def test_a_training_that_cannot_be_is_one_line_and_exit_code_1(capsys) -> None:
    assert shell.main(["--dataset", "nowhere"]) == 1
    assert capsys.readouterr().err.startswith("There is no data set 'nowhere'. Built in are")


def test_stopping_it_says_that_it_can_go_on(monkeypatch, capsys) -> None:
    def stopped(*_, **__):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(shell, "train", stopped)
    assert shell.main(DIGITS) == 130
    assert "goes on after the last finished epoch" in capsys.readouterr().err


def test_ctrl_c_pauses_and_the_same_command_goes_on_from_there(monkeypatch, capsys) -> None:
    handler, train = signal.getsignal(signal.SIGINT), shell.train

    def interrupted(*arguments: Any, **named: Any) -> Iterator[Event]:
        for event in train(*arguments, **named):
            yield event
            if isinstance(event, EpochFinished):
                signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(shell, "train", interrupted)
        assert shell.main(DIGITS) == 130
    assert signal.getsignal(signal.SIGINT) == handler
    printed = capsys.readouterr()
    assert "Paused in epoch 2, after step 0 of 21." in printed.out
    assert "goes on from there" in printed.err
    assert shell.main(DIGITS) == 0
    assert "Resumed after epoch 1." in capsys.readouterr().out


def test_the_second_ctrl_c_stops_at_once(monkeypatch, capsys) -> None:
    def interrupted(*_: Any, pause: Callable[[], bool], **__: Any) -> Iterator[Event]:
        signal.raise_signal(signal.SIGINT)
        assert pause()
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it went on")
        yield

    monkeypatch.setattr(shell, "train", interrupted)
    assert shell.main(DIGITS) == 130
    assert "Stopped" in capsys.readouterr().err


def test_the_module_runs_by_itself() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-m", "trainer", *DIGITS], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Best epoch" in done.stdout
