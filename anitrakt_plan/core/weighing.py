"""Weighing: the options for an entry, each with its signals, against each other and against "none of these"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anitrakt_plan.core.calibration import none_weight, shares, weight
from anitrakt_plan.core.claimed import Claimed
from anitrakt_plan.core.evidence import Circumstances, Option, SignalValue
from anitrakt_plan.core.layout import Layouts
from anitrakt_plan.core.model import (
    Entry,
    Episode,
    Movie,
    MovieMatch,
    Run,
    ShowMatch,
    Straight,
    TargetKind,
    Work,
)
from anitrakt_plan.core.place import Place, place_at
from anitrakt_plan.core.places import find_places
from anitrakt_plan.core.signals import SIGNALS

_WORTH_A_LOOK = 0.2  # belief from which it is worth a request to learn a work's other names


@dataclass(frozen=True, slots=True)
class Weighed:
    """An option with its signals, their sum in log-odds, and its share of belief, 0-1, before calibration."""

    option: Option
    signals: tuple[SignalValue, ...]
    score: float
    belief: float

    def level(self, name: str) -> str:
        """What a signal saw; empty where it had nothing to say."""
        return next((signal.level for signal in self.signals if signal.name == name), "")

    @property
    def likeness(self) -> str:
        """What the title signal saw, be the place the show's beginning or a later one."""
        return self.level("title").removeprefix("later: ")

    @property
    def claimed(self) -> bool:
        """Whether an id map names this work."""
        words = (*self.level("id-maps").split(" + "), *self.level("other-maps").split(" + "))
        return any(word not in ("", "against") for word in words)

    @property
    def mapped(self) -> bool:
        """Whether an id map names this very place, or its season."""
        words = (*self.level("id-maps").split(" + "), *self.level("other-maps").split(" + "))
        return "exact" in words or "season" in words


@dataclass(frozen=True, slots=True)
class Verdict:
    """The options of one entry, weighed, best first.

    `other_work`: the name of the work that the entry's id says, where its title says another.
    """

    options: tuple[Weighed, ...]
    other_work: str | None = None

    @property
    def doubtful_name(self) -> tuple[TargetKind, int] | None:
        """The work of the best option, if all but its name speaks for it: its other names may tell."""
        if not self.options or self.options[0].belief < _WORTH_A_LOOK:
            return None
        best = self.options[0]
        work = best.option.work
        if work.aliases is not None or best.likeness in ("same", "same but for season words"):
            return None
        return (TargetKind.MOVIE if isinstance(work, Movie) else TargetKind.SHOW), work.id

    @property
    def unread(self) -> dict[int, float]:
        """The belief in each show whose seasons have not been read, by its id."""
        return {row.option.work.id: row.belief for row in self.options if row.option.match is None}


def options_for(
    entry: Entry,
    works: Iterable[Work],
    layouts: Mapping[int, Layouts],
    claims: Sequence[Claimed] = (),
    anchors: Mapping[int, Sequence[Episode]] | None = None,
    *,
    ended: bool = False,
) -> tuple[Option, ...]:
    """Every option that is to be weighed: films, places in shows that were read, shows that were not.

    `ended`: the entry's work is over and was seen to its end.
    """
    options: list[Option] = []
    for work in works:
        if isinstance(work, Movie):
            options.append(Option(work, MovieMatch(work.id)))
            continue
        known = layouts.get(work.id)
        spelt = [claim.mapping for claim in claims if claim.id == work.id and claim.mapping is not None]
        places: list[Place] = []
        if known is None:
            places += filter(None, (place_at(mapping, None, entry) for mapping in spelt))
            places = places or _places_by_season_alone(entry, claims, work.id)
        else:
            for layout in known.for_entry(ended=ended):
                places += filter(None, (place_at(mapping, layout, entry) for mapping in spelt))
                places += find_places(entry, layout, (anchors or {}).get(work.id, ()), ended=ended)
        once = {place.mapping: place for place in reversed(places)}
        options += [Option(work, ShowMatch(work.id, mapping), place) for mapping, place in once.items()]
        if known is None and not places:
            options.append(Option(work, None))
    return tuple(options)


def _places_by_season_alone(entry: Entry, claims: Sequence[Claimed], show: int) -> list[Place]:
    """Where a map names a season but no episodes and the season list is not read: its first episodes."""
    if entry.episodes is None:
        return []
    seasons = dict.fromkeys(claim.season for claim in claims if claim.id == show and claim.season is not None)
    guesses = (place_at(Straight((Run(season, 1, entry.episodes),)), None, entry) for season in seasons)
    return [place for place in guesses if place is not None]


def judge(entry: Entry, options: Sequence[Option], around: Circumstances) -> Verdict:
    """Weigh all options against each other and against "none of these"."""
    seen = [signals_of(entry, option, around) for option in options]
    return verdict_of(entry, options, seen, around.other_work)


def verdict_of(
    entry: Entry,
    options: Sequence[Option],
    seen: Sequence[tuple[SignalValue, ...]],
    other_work: str | None = None,
) -> Verdict:
    """The verdict over options whose signals (`seen`, in the same order) are known already."""
    seen = with_rivals(options, seen)
    scores = [sum(signal.weight for signal in signals) for signals in seen]
    belief = shares(scores, none_weight(entry.kind.value))
    rows = map(Weighed, options, seen, scores, belief)
    return Verdict(tuple(sorted(rows, key=lambda row: -row.score)), other_work)


def with_rivals(
    options: Sequence[Option], seen: Sequence[tuple[SignalValue, ...]]
) -> list[tuple[SignalValue, ...]]:
    """The signals with what the options of one show say of each other: that another one begins on the entry's day."""
    levels = [next((s.level for s in signals if s.name == "air-dates"), "") for signals in seen]
    fitting = {
        option.work.id
        for option, level in zip(options, levels, strict=True)
        if option.place is not None and "begins on the day" in level
    }
    result = []
    for option, signals, level in zip(options, seen, levels, strict=True):
        if option.place is not None and option.work.id in fitting and "begins on the day" not in level:
            name = "undated" if level == "unknown" else "dated"
            words = "another run of the show begins on the entry's day"
            signals = (*signals, SignalValue("days-elsewhere", name, words, weight("days-elsewhere", name)))
        result.append(signals)
    return result


def signals_of(entry: Entry, option: Option, around: Circumstances) -> tuple[SignalValue, ...]:
    """What every signal that has something to say sees in one option."""
    values = []
    for name, signal in SIGNALS.items():
        if (seen := signal(entry, option, around)) is not None:
            level, words = seen
            values.append(SignalValue(name, level, words, weight(name, level)))
    return tuple(values)
