"""Puts runs together that are one experiment, or that share some settings. Pure: it reads no table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.language.describe import setting_title, setting_value, title, training
from app.language.formats import setting as written
from app.language.words import gettext as _
from app.store.models import Run
from trainer.config import FIELDS, ConfigError
from trainer.scope import matters

# `by` of "everything but the seed".
SEED = "seed"
# What two runs of one experiment may differ in: the seed, and what is only looked at.
NOT_THE_EXPERIMENT = {SEED, "watch_test", "observe"}
# What a title says without naming the setting.
TITLED = ("architecture", "dataset", "permute")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Group:
    """Runs that share the value of each setting in `shared`, in the order they were given."""

    shared: dict[str, Any]
    runs: list[Run]

    @property
    def id(self) -> int:
        """The first run's: a group has no name of its own that would outlive another choice of settings."""
        return self.runs[0].id or 0

    @property
    def ids(self) -> list[int]:
        return [run.id or 0 for run in self.runs]

    @property
    def named(self) -> "Named":
        return Named(self.id, self.shared, {run.name for run in self.runs} if self.shared else {title(self.runs[0])})


class Named(NamedTuple):
    """What a group is called by: its first run's id, the settings that it shares, and the names of its runs."""

    id: int
    shared: Mapping[str, Any]
    names: Collection[str]

    def word(self, name: str) -> str:
        """One of `shared` as people read it: "Dropout 0.5"."""
        return f"{setting_title(name)} {written(setting_value(name, self.shared[name]))}"


def parse(by: str) -> tuple[str, ...]:
    """The settings that `by` puts runs together by: "" is none, "seed" everything but the seed, else "a,b".

    Raises ConfigError for a name that is no setting.
    """
    names = [name.strip() for name in by.split(",") if name.strip()]
    if names == [SEED]:
        return tuple(name for name in FIELDS if name not in NOT_THE_EXPERIMENT)
    for name in names:
        if name not in FIELDS or name == SEED:
            known = ", ".join(name for name in FIELDS if name != SEED)
            accepted = f"it must be {SEED!r} (everything but the seed), or some of {known}, comma between them"
            raise ConfigError({"by": f"{name!r} is not accepted; {accepted}"})
    return tuple(dict.fromkeys(names))


def value(config: Mapping[str, Any], name: str) -> Any:
    """A run of an older version, which did not know the setting, did what is now its default."""
    return config.get(name, FIELDS[name].default)


def differing(runs: Sequence[Run]) -> list[str]:
    """The settings that are not the same in all of these that they matter to."""
    configs = [run.config for run in runs]

    def several(name: str, among: Iterable[Mapping[str, Any]]) -> bool:
        return len({value(config, name) for config in among}) > 1

    # Most are the same in all: only of the others it is asked to which runs they matter.
    varied = [name for name in FIELDS if several(name, configs)]
    return [name for name in varied if several(name, (config for config in configs if matters(name, config)))]


def key(config: Mapping[str, Any], settings: Sequence[str]) -> Key:
    """Equal for runs that belong together; hashable."""
    return tuple(value(config, name) for name in settings)


def grouped(runs: Iterable[Run], settings: Sequence[str]) -> list[Group]:
    """In the order of their first runs. No settings: every run is a group of its own."""
    if not settings:
        return [Group({}, [run]) for run in runs]
    found: dict[Key, list[Run]] = {}
    for run in runs:
        found.setdefault(key(run.config, settings), []).append(run)
    return [Group(dict(zip(settings, shared, strict=True)), members) for shared, members in found.items()]


def labels(groups: Sequence[Named]) -> list[str]:
    """What to call each: its runs' common name, else what they train; where that is several groups', with the settings
    that tell those apart."""
    plain = [_name(group) or ", ".join(_what(group)) for group in groups]
    found = []
    for text, group in zip(plain, groups, strict=True):
        alike = [other for other, words in zip(groups, plain, strict=True) if words == text]
        apart = [name for name in group.shared if len({key(one.shared, [name]) for one in alike}) > 1]
        # Where nothing tells them apart, what they were put together by is still what they are.
        words = [group.word(name) for name in (apart if text or apart else group.shared)]
        found.append(", ".join([text, *words] if text else words))
    return [
        f"{text} ({group.id})" if found.count(text) > 1 else text for text, group in zip(found, groups, strict=True)
    ]


def _name(group: Named) -> str:
    """The one that somebody gave all of its runs."""
    return next(iter(group.names)) if len(group.names) == 1 else ""


def _what(group: Named) -> list[str]:
    """Network, data set and permutation, as far as the runs share them."""
    shared = group.shared
    if set(TITLED) <= shared.keys():
        return [training(*(shared[name] for name in TITLED))]
    words = [str(setting_value(name, shared[name])) for name in TITLED[:2] if name in shared]
    permuted = _("permuted") if shared.get("permute") else _("not permuted")
    return [*words, permuted] if "permute" in shared else words
