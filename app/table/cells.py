"""The rows of the runs table. In Python and not in a template: a page has six hundred of them, and as macros they were
most of the time that it took."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from markupsafe import Markup, escape

from app.language import describe, words
from app.language.formats import ago, moment
from app.language.words import gettext as _
from app.statistics.optimism import chosen_on_test
from app.store.models import Run, RunStatus
from app.table import columns
from app.table.columns import CURVE, TAGS, Column
from app.table.sparklines import HEIGHT, WIDTH, Sparkline

# Characters of a name that there is always room for.
LONG = 20
# A time is said anew when so much of it has passed: a minute within a day, an hour before that.
FINE, COARSE = 60, 3600


def row(run: Run, shown: Sequence[Column], again: str) -> Markup:
    """A run's row of the table; `again` is what it says of its columns when it asks to be refreshed."""
    refresh = ""
    if describe.under_way(run):
        path = f"/runs/{run.id}/partials/row?{again}" if again else f"/runs/{run.id}/partials/row"
        refresh = f' hx-get="{escape(path)}" hx-trigger="run-{run.id} from:body" hx-swap="outerHTML"'
    said = escape(_("Choose run %(id)s") % {"id": run.id})
    choose = f'<input id="choose-{run.id}" type="checkbox" name="runs" value="{run.id}" aria-label="{said}">'
    cells = "".join(_cell(run, column) for column in shown)
    return Markup(f'<tr id="run-{run.id}"{refresh}>\n<td>{choose}</td>\n{cells}</tr>\n')


def _cell(run: Run, column: Column) -> str:
    if column.manner in MANNERS:
        inside = MANNERS[column.manner](run)
    elif column.manner == "time":
        inside = _when(getattr(run, column.name))
    else:
        inside = str(escape(columns.text(run, column.name)))
    if column.name == "name" and not column.tagged:
        inside += _tags(run)
    return f'<td class="{column.kind}">{inside}</td>\n'


def _name(run: Run) -> str:
    title = escape(describe.title(run))
    # Where it may be cut.
    whole = f' title="{title}"' if len(title) > LONG else ""
    return f'<a href="/runs/{run.id}"{whole}>{title}</a>'


def _status(run: Run) -> str:
    chip = f'<span class="chip chip-{run.status}">{describe.status(run)}</span>'
    if not describe.unusual_priority(run):
        return chip
    return f"{chip} {_tag(_('priority %(priority)s') % {'priority': run.priority})}"


def _epoch(run: Run) -> str:
    figures = f'<span class="muted">{run.epoch}/{run.epochs}</span>'
    if run.status != RunStatus.RUNNING:
        return figures
    said = escape(_("Progress of run %(id)s") % {"id": run.id})
    return (
        f'<progress max="1" value="{run.progress}" data-progress="{run.id}" aria-label="{said}"></progress> {figures}'
    )


def _dataset(run: Run) -> str:
    name = str(escape(describe.dataset(run.dataset)))
    return f"{name} {_tag(_('permuted'))}" if run.permute else name


def _best(run: Run) -> str:
    return columns.share(run.best_accuracy) + (_mark(run) if run.best_epoch else "")


def _test(run: Run) -> str:
    return columns.share(run.test_accuracy) + (_mark(run) if run.test_accuracy is not None else "")


def _mark(run: Run) -> str:
    """Behind an accuracy that is the best of many on the test split."""
    if not chosen_on_test(run):
        return ""
    said = escape(_("Chosen on the test split: optimistic"))
    return f'<abbr class="mark" title="{said}" aria-label="{said}" role="img">†</abbr>'


def _tags(run: Run) -> str:
    return "".join(f" {_tag(tag)}" for tag in run.tags)


def _tag(words: str) -> str:
    return f'<span class="tag">{escape(words)}</span>'


def _curve(run: Run) -> str:
    if not run.curve:
        return '<span class="muted">–</span>'
    return _drawn(Sparkline(tuple(run.curve)), words.language())


@lru_cache(1024)
def _drawn(line: Sparkline, _language: str) -> str:
    x, y = line.mark
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f'<title>{escape(line.words)}</title><polyline points="{line.line}"/><circle cx="{x}" cy="{y}" r="2"/></svg>'
    )


def _when(value: datetime | None) -> str:
    """As the macro `time` has it."""
    if value is None:
        return "–"
    seconds = (datetime.now(UTC) - value).total_seconds()
    step = FINE if seconds < 24 * COARSE else COARSE
    return _said(value, int(seconds // step) if seconds > FINE else seconds, words.language())


@lru_cache(2048)
def _said(value: datetime, _age: float, _language: str) -> str:
    return f'<time datetime="{value.isoformat()}" title="{escape(moment(value))}">{escape(ago(value))}</time>'


MANNERS: dict[str, Callable[[Run], str]] = {
    "id": lambda run: str(run.id),
    "name": _name,
    "status": _status,
    "epoch": _epoch,
    "dataset": _dataset,
    "best_accuracy": _best,
    "test_accuracy": _test,
    CURVE: _curve,
    TAGS: _tags,
}
