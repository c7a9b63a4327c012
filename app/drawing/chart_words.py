"""The words of the charts' buttons and hints, for static/js/toolbar.js."""

from typing import Any

from app.language.words import gettext as _


def chart_words() -> dict[str, Any]:
    """`dictionary` translates what Plotly itself would say in English."""
    return {
        "png": _("Save as PNG"),
        "svg": _("Save as SVG"),
        "dictionary": {
            "Zoom": _("Zoom"),
            "Pan": _("Move"),
            "Reset axes": _("Show everything again"),
            "Double-click to zoom back out": _("Double-click to show everything again"),
            "Double-click on legend to isolate one trace": _("Double-click in the legend to see one curve alone"),
        },
    }
