"""What makes a page whole without a server: styles and scripts to put into it."""

from functools import lru_cache
from typing import Any

from markupsafe import Markup

from app.comparing.comparison_view import View
from app.store.models import now
from app.web.static_files import PLOTLY, text, whole_style

STYLES = ("tokens", "components", "charts", "matrix", "compare")


def _styles() -> Markup:
    return Markup(whole_style(*STYLES).replace("</style", "<\\/style"))


@lru_cache
def _script(path: str) -> Markup:
    # Nothing of it may end the element that it is put into.
    return Markup(text(path).replace("</script", "<\\/script"))


def standalone() -> dict[str, Any]:
    """For the template of a file: `styles`, `plotly` and `palette` as they stand in it, and when it was made."""
    return {"styles": _styles(), "plotly": _script(PLOTLY), "palette": _script("js/palette.js"), "made": now()}


def file_name(view: View, ending: str) -> str:
    """compare-1-2-3.csv; of many runs the first ones."""
    shown = [*map(str, view.runs[:6]), *(["more"] if len(view.runs) > 6 else [])]
    return f"compare-{'-'.join(shown)}.{ending}"
