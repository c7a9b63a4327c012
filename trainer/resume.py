"""Where a training goes on: at the newest checkpoint that is whole and its own, and why not at a newer one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trainer.checkpoint import Description, Progress, expect, load_best, load_last, save_best
from trainer.config import FIELDS
from trainer.errors import CheckpointDamaged
from trainer.folder import BEST, LAST, PREVIOUS, RunFolder
from trainer.run import Run

OVER = "Starting over from the first epoch."


def resume(run: Run, folder: RunFolder) -> list[str]:
    """Gives `run` the newest state that `folder` holds of it, and makes the folder whole; else it starts over.

    Returns what people are to know: nothing where all is well. Whichever checkpoint it goes on from, the training
    ends with the same bits. Raises CheckpointMismatch, and touches nothing, when a checkpoint there is of another
    architecture.
    """
    found, name, told = _newest(folder)
    best, damage = _best(folder)
    # Starting over would write over the best of a network that this run knows nothing of.
    if best is not None:
        expect(run.config.architecture, best.config, folder.path / BEST)
    if found is None:
        return told or ([f"{damage} {OVER}"] if (folder.path / BEST).exists() and best is None else [])
    expect(run.config.architecture, found["config"], folder.path / name)
    if _known(found["config"]) != run.config.as_dict() or found["fingerprint"] != run.data.fingerprint:
        return [f"{folder.path / name} belongs to another configuration or data set. Starting over."]
    lost = not _has_best(found, best)
    source = _with_best_weights(found, folder) if lost else None
    damage = damage or f"{folder.path / BEST} is of another checkpoint than {folder.path / name}."
    if lost and source is None:
        return [f"{damage} The weights of epoch {found['best_epoch']} are nowhere else. {OVER}"]
    if name != LAST:
        # Now, so that the damaged file never becomes the previous one.
        folder.rename(PREVIOUS, LAST)
    run.load(found)
    if source is not None:
        weights = source["average"]["model"] if source["average"] else source["model"]
        save_best(folder, weights, replace(run.description(), epoch=source["epoch"]))
        told.append(f"{damage} It was written again from the checkpoint of epoch {source['epoch']}.")
    return told


def _newest(folder: RunFolder) -> tuple[Progress | None, str, list[str]]:
    """last.pt, or previous.pt in its place, or nothing; the name of the file, and what is to be told of it."""
    last = folder.path / LAST
    try:
        found, damage = load_last(folder.path), ""
        what = "missing" if found is None else ""
    except CheckpointDamaged as error:
        found, damage, what = None, str(error), "damaged"
    if found is not None:
        return found, LAST, []
    try:
        found = load_last(folder.path, PREVIOUS)
    except CheckpointDamaged as error:
        return None, PREVIOUS, [" ".join(filter(None, (damage, str(error), OVER)))]
    if found is None:
        return None, LAST, [f"{damage} {OVER}"] if damage else []
    epoch = found["epoch"]
    words = f"{last}: the checkpoint of epoch {epoch + 1} is {what}; resumed from epoch {epoch} ({PREVIOUS})."
    return found, PREVIOUS, [words]


def _best(folder: RunFolder) -> tuple[Description | None, str]:
    """What best.safetensors is of; else what is wrong with it."""
    try:
        return load_best(folder.path)[1], ""
    except CheckpointDamaged as error:
        path = folder.path / BEST
        return (
            None,
            f"{path} is damaged ({type(error.__cause__).__name__})." if path.exists() else f"{path} is missing.",
        )


def _has_best(found: Progress, best: Description | None) -> bool:
    """Whether the weights that `found` calls the best are safe."""
    if best is None or _known(best.config) != _known(found["config"]):
        return found["best_epoch"] == 0
    # After a crash between the two checkpoints, or a fallback, it is of an epoch that comes again and writes it again.
    return best.epoch == found["best_epoch"] or best.epoch > found["epoch"]


def _with_best_weights(found: Progress, folder: RunFolder) -> Progress | None:
    """The checkpoint whose weights are those of the best epoch, if one is."""
    try:
        before = load_last(folder.path, PREVIOUS)
    except CheckpointDamaged:
        before = None
    for one in (found, before):
        if one is not None and one["middle"] is None and one["epoch"] == found["best_epoch"]:
            return one
    return None


def _known(config: Mapping[str, Any]) -> dict[str, Any]:
    """A saved configuration with the settings that its version did not know of, which had their defaults."""
    return {name: item.default for name, item in FIELDS.items()} | dict(config)
