"""The lines of a run's history."""

from typing import Any

from app.language.describe import statuses
from app.language.words import gettext as _
from app.lifecycle.retelling import retold
from app.store.models import Event, RunStatus

# Steps and epochs are in the charts; the history tells what else happened.
KINDS = ("status", "cancel", "pause", "resume", "queue", "started", "checkpoint", "finished", "labels")


def happened(event: Event) -> str:
    """One of them, from an event of one of KINDS."""
    payload: dict[str, Any] = event.payload
    match event.kind:
        case "status":
            return f"{statuses()[RunStatus(payload['status'])]}: {retold(payload['cause'])}"
        case "started":
            return _("training on %(device)s begins") % {"device": payload.get("device", "?")}
        case "checkpoint":
            words = _("best so far in epoch %(epoch)s: %(accuracy).2f %%")
            return words % {"epoch": payload["epoch"], "accuracy": 100 * payload["accuracy"]}
        case "finished":
            return _("best checkpoint tested: %(accuracy).2f %%") % {"accuracy": 100 * payload["test_accuracy"]}
        case "cancel":
            return _("asked to cancel")
        case "pause":
            return _("asked to pause")
        case "labels":
            return _("name, tags or notes edited")
    return retold(payload["cause"])
