"""What a run's numbers show and what they do not, in sentences for its page."""

from babel.numbers import format_decimal

from app.language.formats import percent
from app.language.words import gettext as _
from app.language.words import locale, ngettext
from app.statistics.deltas import Delta, best_less_last
from app.statistics.evidence import Evidence
from app.store.models import Run

# Below it a difference is one that chance makes in less than one comparison out of twenty.
SIGNIFICANT = 0.05


def verdict(run: Run, evidence: Evidence) -> list[str]:
    """The best checkpoint beside the last weights, and the optimism gap, as far as they were measured."""
    return [sentence for sentence in (_best_beside_last(run, evidence), _gap(evidence)) if sentence]


def _best_beside_last(run: Run, evidence: Evidence) -> str:
    if evidence.test is None or evidence.last is None or evidence.mcnemar_p is None:
        return ""
    if run.best_epoch == run.epochs:
        return _("The last epoch is the best one: there is nothing to compare.")
    significant = evidence.mcnemar_p < SIGNIFICANT
    best, last = evidence.only_best or 0, evidence.only_last or 0
    images = ngettext("%(num)s image only the best gets right", "%(num)s images only the best gets right", best)
    words = [
        _(
            "Best beside last: %(best)s against %(last)s, %(difference)s; %(images)s, %(only_last)s only the last; "
            "McNemar p = %(p).2g:"
        )
        % {
            "best": percent(evidence.test.accuracy),
            "last": percent(evidence.last.accuracy),
            "difference": _difference(run),
            "images": images % {"num": best},
            "only_last": last,
            "p": evidence.mcnemar_p,
        },
        _("a difference that chance alone would seldom make.")
        if significant
        else _("no difference that this test could tell from none."),
    ]
    if significant and evidence.optimistic:
        words.append(_("The best was chosen on these very images, so that p comes out too small."))
    return " ".join(words)


def _difference(run: Run) -> str:
    delta = best_less_last([run])
    if delta is None or delta.low is None:
        return _("%(points)s points") % {"points": points(delta.value if delta else None)}
    shown = {"points": points(delta.value), "low": points(delta.low), "high": points(delta.high)}
    return _("%(points)s points (95 %% interval %(low)s … %(high)s)") % shown


def _gap(evidence: Evidence) -> str:
    if evidence.optimism_gap is None or evidence.best_by_test is None or evidence.test is None:
        return ""
    words = _(
        "Optimism gap: %(gap).2f points. The best epoch by the test split reached %(best)s there, the one that "
        "validation chose %(chosen)s: so much of a figure chosen on the test split would be choice, not skill."
    )
    shown = {"best": percent(evidence.best_by_test), "chosen": percent(evidence.test.accuracy)}
    return words % {"gap": 100 * evidence.optimism_gap, **shown}


def twin_words(pair: tuple[Run, Run], names: dict[int, str]) -> str:
    """Two runs of one experiment, the first chosen on the test split, the second on validation."""
    on_test, on_validation = pair
    words = _(
        "%(one)s was chosen on the test split and shows %(best)s; %(other)s, the same experiment chosen on validation, "
        "shows %(chosen)s. The difference of %(gap).2f points is optimism and chance, and what the images that "
        "validation held out would have taught."
    )
    best, chosen = on_test.test_accuracy or 0.0, on_validation.test_accuracy or 0.0
    called = {"one": names[on_test.id or 0], "other": names[on_validation.id or 0]}
    return words % {**called, "best": percent(best), "chosen": percent(chosen), "gap": 100 * (best - chosen)}


def points(fraction: float | None) -> str:
    """A difference of accuracies in percentage points, with its sign: 0.0052 -> "+0.52"."""
    if fraction is None:
        return "–"
    hundredths = round(10_000 * fraction) / 100
    return str(format_decimal(hundredths, "+0.00;−0.00" if hundredths else "0.00", locale=locale()))


def delta_words(delta: Delta) -> str:
    """Whether a difference is one, as far as its interval tells."""
    if delta.low is None or delta.high is None:
        return ""
    if not delta.unclear:
        return _("better") if delta.value > 0 else _("worse")
    several = " + ".join(str(number) for number in delta.n)
    if delta.over == "images":
        return _("no difference that %(n)s images can tell") % {"n": several}
    return _("no difference that %(n)s runs can tell") % {"n": several}
