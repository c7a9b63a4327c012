"""What observing costs: single steps without, with idle, and with reporting observers in turns, on random images.

    python -m benchmarks.observers [--rounds 9] [--every 100] [--clock wall]

The cost at a report every so many steps is that of one reported and otherwise idle steps over as many without an
observer. Each ratio is the median over the rounds, with the quartiles in brackets. On a machine that is busy otherwise
`--clock cpu` with OMP_NUM_THREADS=1 counts the seconds of processor time instead of those on the wall.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from trainer.catalog import resolve
from trainer.data import DataSet, Split
from trainer.device import pick, settings
from trainer.run import Run
from trainer.steps import Pass, lane_steps, take_steps

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
SHAPES = {"mnist": (1, 28, 28), "cifar10": (3, 32, 32)}


@dataclass(frozen=True)
class Case:
    """A network, and how many steps (native: whole intervals) a turn takes the median of."""

    config: dict[str, Any]
    repeats: int
    native: bool = False


WHOLE = {"epochs": 1, "validation_fraction": 0.0}
LENET = {"architecture": "lenet", "dataset": "mnist", "batch_size": 64, **WHOLE}
RESNET = {"architecture": "resnet18", "dataset": "cifar10", "batch_size": 128, **WHOLE}
CASES = {
    "LeNet, torch": Case(LENET, 21),
    "LeNet, native": Case(LENET, 4, native=True),
    "ResNet-18, torch": Case(RESNET, 3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="how often the ways take turns")
    parser.add_argument("--every", type=int, default=100, help="steps from one report to the next")
    parser.add_argument("--only", nargs="*", choices=CASES, default=list(CASES), help="networks")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    options = parser.parse_args()
    print("| network | step, ms | idle observer | report, ms more | cost at the interval |\n|" + "---|" * 5)
    for name in options.only:
        print(_row(name, options.rounds, options.every, CLOCKS[options.clock]), flush=True)


def _row(name: str, rounds: int, every: int, clock: Clock) -> str:
    case = CASES[name]
    config = resolve(case.config)
    numerics = pick(config)
    data = _random(config.dataset, config.batch_size * (every if case.native else 2))
    with settings(numerics, deterministic=False):
        turns = [_turn(case, data, number, clock) for number in range(rounds)]
    if case.native:
        # It has no hooks: only the reading after a whole interval is more.
        step = statistics.median(1000 * off / every for off, _ in turns)
        report = [1000 * (on - off) for off, on in turns]
        return _line(name, step, "none", report, [on / off - 1 for off, on in turns])
    step = statistics.median(1000 * off for off, *_ in turns)
    report = [1000 * (reported - on) for _, on, reported in turns]
    cost = [((every - 1) * on + reported) / (every * off) - 1 for off, on, reported in turns]
    return _line(name, step, _spread([on / off - 1 for off, on, _ in turns]), report, cost)


def _line(name: str, step: float, idle: str, report: Sequence[float], cost: Sequence[float]) -> str:
    return f"| {name} | {step:.4g} | {idle} | {statistics.median(report):.2g} | {_spread(cost)} |"


def _turn(case: Case, data: DataSet, number: int, clock: Clock) -> list[float]:
    """Seconds of each way, of networks made anew and in another order every turn: where a network happens to lie in
    memory and what ran just before it cost more than an observer does."""
    numerics = pick(resolve(case.config))
    made = {
        observe: Run.start(resolve({**case.config, "observe": observe}), data, numerics)
        for observe in ((False, True) if number % 2 else (True, False))
    }
    blind, seeing = made[False], made[True]
    if case.native:
        ways = [_interval(blind), _interval(seeing)]
    else:
        ways = [_step(blind, False), _step(seeing, False), _step(seeing, True)]
    times: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way()
    for repeat in range(case.repeats):
        for place in range(len(ways)):
            turned = (place + number + repeat) % len(ways)
            times[turned].append(_timed(ways[turned], clock))
    return [statistics.median(seconds) for seconds in times]


def _step(run: Run, reported: bool) -> Callable[[], None]:
    this, observer = Pass.begin(run, 1), run.observer if reported else None

    def step() -> None:
        run.model.train()
        take_steps(run, this, 0, 1, observer)
        this.losses.tolist()  # waits for the device, as a report does
        if observer is not None:
            observer.read()

    return step


def _interval(run: Run) -> Callable[[], None]:
    run.take_lanes()
    if run.lanes is None:
        raise SystemExit("The native code is not built here; --only names the other networks.")
    this = Pass.begin(run, 1)

    def steps() -> None:
        lane_steps(run, this, 0, run.steps)
        if run.observer is not None:
            run.observer.read()

    return steps


def _timed(way: Callable[[], None], clock: Clock) -> float:
    began = clock()
    way()
    return clock() - began


def _random(dataset: str, count: int) -> DataSet:
    shape = SHAPES[dataset]
    split = Split(torch.randint(0, 256, (count, *shape), dtype=torch.uint8), torch.randint(0, 10, (count,)))
    figures = (0.5,) * shape[0]
    return DataSet("random", train=split, test=split, classes=tuple("0123456789"), mean=figures, std=figures)


def _spread(ratios: Sequence[float]) -> str:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:+.2%} ({low:+.2%} to {high:+.2%})"


if __name__ == "__main__":
    main()
