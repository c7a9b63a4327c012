"""One readable line an event, for the run's log."""

from app.lifecycle.told import Told
from trainer.events import (
    CheckpointSaved,
    EpochFinished,
    Evaluating,
    Event,
    Finished,
    Paused,
    Preparing,
    Started,
    StepLogged,
)


def describe(event: Event) -> str:
    """The event in a sentence; accuracies in percent."""
    match event:
        case Preparing():
            return preparing(event)
        case Started():
            resumed = f", resumed after epoch {event.resumed_epoch}" if event.resumed_epoch else ""
            if event.resumed_step:
                resumed = f", resumed at epoch {event.resumed_epoch + 1}, step {event.resumed_step}"
            return (
                f"Training {event.parameters:,} parameters on {event.device} in {event.precision}: "
                f"{event.train_images:,} images, {event.steps_per_epoch} steps an epoch{resumed}."
            )
        case StepLogged():
            return f"Epoch {event.epoch}, step {event.step}: loss {event.loss:.4f}, accuracy {event.accuracy:.2%}."
        case Evaluating():
            return evaluating(event)
        case EpochFinished():
            name = "test" if event.validation_accuracy is None else "validation"
            watched = (
                f", test accuracy {event.test_accuracy:.2%}"
                if name == "validation" and event.test_accuracy is not None
                else ""
            )
            return (
                f"Epoch {event.epoch} done in {event.seconds:.1f} s: train accuracy {event.train_accuracy:.2%}, "
                f"{name} accuracy {selection_accuracy(event):.2%}{watched}."
            )
        case CheckpointSaved():
            return f"Best so far: epoch {event.epoch} with {event.accuracy:.2%}, saved."
        case Paused():
            return f"Stopped at epoch {event.epoch}, step {event.step}; all of it is saved."
        case Finished():
            return (
                f"Finished. The best checkpoint, epoch {event.best_epoch}, "
                f"has a test accuracy of {event.test_accuracy:.2%}, the last epoch {event.last_test_accuracy:.2%}."
            )


def preparing(event: Preparing) -> str:
    """What is being prepared, with percent where the amount is known."""
    if not event.total:
        return event.message
    return Told.SHARE_DONE % {"doing": event.message, "share": round(100 * event.done / event.total)}


def evaluating(event: Evaluating) -> str:
    """What is measured."""
    words = Told.VALIDATING if event.split == "validation" else Told.MEASURING
    return words % {"epoch": event.epoch}


def selection_accuracy(event: EpochFinished) -> float:
    """The accuracy, a fraction, that chooses the best checkpoint."""
    accuracy = event.test_accuracy if event.validation_accuracy is None else event.validation_accuracy
    if accuracy is None:
        raise ValueError(f"Epoch {event.epoch} was measured on no split.")
    return accuracy
