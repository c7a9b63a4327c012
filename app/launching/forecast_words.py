"""A look ahead in words: how much work, about how long and what that rests on, whose turn, how near a match comes."""

from collections.abc import Callable

from app.language.describe import architecture
from app.language.formats import number, roughly
from app.language.words import gettext as _
from app.language.words import ngettext
from app.launching.forecast import Forecast
from app.launching.grid_forecast import GridForecast, Range
from app.launching.widths import Match


def work(flops: int) -> str:
    """833,000 -> "0.83 MFLOP", in one piece."""
    size, unit = next((size, unit) for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")) if flops > size / 10)
    return f"{flops / size:.2g}\u00a0{unit}FLOP" if flops < 10 * size else f"{flops / size:.0f}\u00a0{unit}FLOP"


def spread(found: Range, words: Callable[[int], str] = number) -> str:
    """From the fewest to the most, in one where they are the same."""
    if found is None:
        return "–"
    least, most = map(words, found)
    return least if least == most else f"{least} – {most}"


def time(seconds: float | None) -> str:
    return _("not known yet") if seconds is None else _("about %(time)s") % {"time": roughly(seconds)}


def basis(forecast: GridForecast) -> str:
    """What its time rests on."""
    if forecast.measured is None:
        return _("Nothing has been trained here to tell it from.")
    if forecast.measured:
        return _("Measured: epochs of runs like it, the newest of them run %(id)s.") % {"id": forecast.like_run}
    return _("A rough estimate: from the speed of run %(id)s and the arithmetic of both.") % {"id": forecast.like_run}


def turn(forecast: Forecast) -> str:
    """Where it would stand in the queue, and when it would start."""
    position = forecast.queue_position
    place = _("next") if position == 1 else _("place %(place)s") % {"place": position}
    if forecast.starts_in_seconds is None:
        return place
    if forecast.starts_in_seconds < 1:
        return _("%(place)s, starts in a moment") % {"place": place}
    return _("%(place)s, starts in about %(time)s") % {"place": place, "time": roughly(forecast.starts_in_seconds)}


def device(forecast: Forecast) -> str:
    if forecast.device:
        return forecast.device
    return _("no worker with a GPU is there") if forecast.config["device"] == "cuda" else _("no worker is there")


def nearness(found: Match, like: str) -> str:
    """ "6,422 parameters, 20 fewer than MLP (0.3 %)" """
    count, apart = number(found.parameters), found.parameters - found.target
    if not apart:
        return _("%(count)s parameters, as many as %(network)s") % {"count": count, "network": architecture(like)}
    words = (
        _("%(count)s parameters, %(apart)s more than %(network)s (%(share)s %%)")
        if apart > 0
        else _("%(count)s parameters, %(apart)s fewer than %(network)s (%(share)s %%)")
    )
    share = f"{100 * abs(apart) / found.target:.2g}"
    return words % {"count": count, "apart": number(abs(apart)), "network": architecture(like), "share": share}


def said(ahead: GridForecast) -> str:
    """For who hears the page: the gist of it."""
    count = ngettext("%(num)s run", "%(num)s runs", ahead.count) % {"num": number(ahead.count)}
    words = _("%(runs)s, %(parameters)s parameters, %(steps)s steps, %(time)s")
    told = {
        "runs": count,
        "parameters": spread(ahead.parameters),
        "steps": number(ahead.steps),
        "time": time(ahead.seconds),
    }
    return words % told
