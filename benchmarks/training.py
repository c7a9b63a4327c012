"""How fast each experiment trains, beside the course's way, on the real data: `python -m benchmarks.training`.

Every measurement is a process of its own, and the ways take turns. Images per second are those after the first steps;
what the first steps and the preparation cost more is the warm-up. EPOCHYARD_DATA_DIR names the prepared data.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WAYS = ("course, 0 workers", "course, 2 workers", "epochyard")
WARM = 5  # steps that count as warm-up
MATRIX = 4096


@dataclass(frozen=True)
class Experiment:
    """A recipe's configuration, and how many images are enough to time: `slow` the course's way, `fast` ours."""

    config: dict[str, Any]
    slow: int
    fast: int


PLAIN = {"validation_fraction": 0.0}
SGD = {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.5, "batch_size": 64, "dataset": "mnist", **PLAIN}
EXPERIMENTS = {
    "E2a MLP": Experiment({"architecture": "mlp", **SGD}, 20_000, 60_000),
    "E2c MLP, permuted": Experiment({"architecture": "mlp", "permute": True, **SGD}, 20_000, 60_000),
    "E2b CNN": Experiment({"architecture": "cnn", **SGD}, 20_000, 60_000),
    "E2d CNN, permuted": Experiment({"architecture": "cnn", "permute": True, **SGD}, 20_000, 60_000),
    "E1 LeNet": Experiment({"architecture": "lenet", "dataset": "mnist", **PLAIN}, 20_000, 60_000),
    "E3 VGG-11": Experiment({"architecture": "vgg11", "dataset": "cifar10", **PLAIN}, 1_920, 3_840),
    "E4 ResNet-18": Experiment({"architecture": "resnet18", "dataset": "cifar10", **PLAIN}, 1_024, 1_920),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often the ways take turns")
    parser.add_argument("--only", nargs="*", choices=EXPERIMENTS, default=list(EXPERIMENTS), help="experiments")
    parser.add_argument("--one", nargs=2, metavar=("EXPERIMENT", "WAY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one)))
        return
    print("| experiment | course, 0 workers | course, 2 workers | Epochyard, images/s | ratio (range) | of peak | "
          "memory, course / ours | warm-up, course / ours |\n|" + "---|" * 8)  # fmt: skip
    for name in options.only:
        rounds = [{way: _in_a_process(name, way) for way in WAYS} for _ in range(options.rounds)]
        print(_row(name, rounds), flush=True)


def _in_a_process(name: str, way: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.training", "--one", name, way]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _row(name: str, rounds: list[dict[str, dict[str, float]]]) -> str:
    def middle(way: str, key: str) -> float:
        return statistics.median(found[way][key] for found in rounds)

    # The faster of the course's two ways is the one to beat.
    course = max(WAYS[:2], key=lambda way: middle(way, "speed"))
    ratios = sorted(found["epochyard"]["speed"] / found[course]["speed"] for found in rounds)
    ours = middle("epochyard", "speed")
    cells = [
        name,
        *(f"{middle(way, 'speed'):,.0f}" for way in WAYS[:2]),
        f"**{ours:,.0f}**",
        f"{statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})",
        f"{ours * middle('epochyard', 'flops') / middle('epochyard', 'peak'):.0%} of "
        f"{middle('epochyard', 'peak') / 1e9:,.0f} GFLOP/s",
        *(f"{middle(course, key):,.{digits}f} / {middle('epochyard', key):,.{digits}f} {unit}"
          for key, unit, digits in (("megabytes", "MB", 0), ("warm_up", "s", 2))),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def measure(name: str, way: str) -> dict[str, float]:
    """Images/s, warm-up (s), largest resident memory (MB, children included); FLOP an image and the peak in FLOP/s."""
    import torch

    from trainer.catalog import resolve
    from trainer.data import prepare
    from trainer.device import pick, settings

    experiment, folder = EXPERIMENTS[name], Path(os.environ["EPOCHYARD_DATA_DIR"])
    config = resolve(experiment.config | {"epochs": 1})
    data = _result(prepare(config.dataset, folder))
    numerics = pick(config)
    began = time.perf_counter()
    if way == WAYS[-1]:
        with settings(numerics, deterministic=False):
            times = list(_ours(config, data, numerics, experiment.fast))
    else:
        from benchmarks.course import train

        times = list(train(config, data, int(way.split()[1]), experiment.slow))
    whole = time.perf_counter() - began
    warm = min(WARM, len(times) // 2)
    images = len(times) * config.batch_size if way != WAYS[-1] else experiment.fast
    per_step = (times[-1] - times[warm - 1]) / (len(times) - warm)
    speed = images / len(times) / per_step
    megabytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e3
    found = {"speed": speed, "warm_up": whole - images / speed, "megabytes": megabytes}
    if way == WAYS[-1]:
        dtype = torch.bfloat16 if numerics.precision == "bf16" else torch.float32
        found |= {"flops": _flops(config, data), "peak": _peak(dtype)}
    return found


def _ours(config: Any, data: Any, numerics: Any, images: int) -> Iterator[float]:
    """Seconds after every tenth of one epoch over the first `images` images."""
    from dataclasses import replace

    from trainer.data import Split
    from trainer.epoch import train_epoch
    from trainer.run import Run
    from trainer.steps import Pass

    began = time.perf_counter()
    few = replace(data, train=Split(data.train.images[:images], data.train.labels[:images]))
    run = Run.start(config, few, numerics)
    run.take_lanes()
    for _ in train_epoch(run, Pass.begin(run, 1), max(1, run.steps // 10)):
        yield time.perf_counter() - began


def _flops(config: Any, data: Any) -> float:
    """Floating-point operations of one image's forward and backward pass, convolutions and matrix products."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from trainer.models import build

    model = build(config.architecture, data.shape, len(data.classes))
    batch = torch.zeros(4, *data.shape)
    with FlopCounterMode(display=False) as counter:
        model(batch).sum().backward()
    return counter.get_total_flops() / len(batch)


def _peak(dtype: Any) -> float:
    """FLOP/s of a large matrix product, the best of ten."""
    import torch

    a, b = (torch.randn(MATRIX, MATRIX).to(dtype) for _ in range(2))
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - began)
    return 2 * MATRIX**3 / min(seconds)


def _result(generator: Any) -> Any:
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


if __name__ == "__main__":
    main()
