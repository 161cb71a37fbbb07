"""What things are called for a person: an entry's place on Trakt by its title, ids last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, field

from anitrakt_plan.model import (
    Episode,
    EpisodeSubject,
    Match,
    MovieMatch,
    MovieSubject,
    Plan,
    PlanEntry,
    RatingSubject,
    Run,
    SeasonSubject,
    ShowSubject,
    Work,
)
from anitrakt_plan.model.account import ListSubject, format_subject, list_subject, work_of
from anitrakt_plan.model.matches import format_mapping, format_match, format_run, runs_of
from anitrakt_plan.model.repair import Repair
from anitrakt_plan.model.resolving import work_of_match
from anitrakt_plan.planfile import names_match, parse_hint
from anitrakt_plan.sync.knowledge import grouped
from anitrakt_plan.words import titled


def work_name(entry: PlanEntry) -> str:
    """The work of an entry's match with its year, where the file says it: behind the match, or in a candidate."""
    match = entry.resolved
    if match is None:
        return ""
    if names_match(entry.hint, match) and (name := parse_hint(entry.hint).name):
        return name
    same = (one for one in entry.candidates if work_of_match(one.match) == work_of_match(match))
    return next((titled(one.title, one.year) for one in same), "")


def place_name(match: Match) -> str:
    """Where in its work a match is: `S03E13–E22`, `film`."""
    return "film" if isinstance(match, MovieMatch) else format_mapping(match.mapping).replace("-E", "–E")


def target_name(entry: PlanEntry, known: Callable[[Match], str] = lambda _: "") -> str:
    """Where an entry goes: `Attack on Titan (2013) S03E13–E22`, `Akira (1988)`; with ids where nobody knows a title.

    `known` says what a match's work is called where the plan does not.
    """
    match = entry.resolved
    if match is None:
        return ""
    name = work_name(entry) or known(match)
    if not name:
        return format_match(match)
    return name if isinstance(match, MovieMatch) else f"{name} {place_name(match)}"


def names_of_works(plan: Plan, works: Iterable[ListSubject]) -> list[str]:
    """Shows and films by their titles, or by the list's own, as far as the plan knows them."""
    known = {
        work_of_match(entry.resolved): work_name(entry) or entry.title
        for entry in plan.entries
        if entry.resolved is not None
    }
    return [known.get(work) or format_subject(work) for work in works]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What plans call things: entries by their keys, shows and films by their ids."""

    titles: Mapping[str, str] = field(default_factory=dict)
    works: Mapping[ListSubject, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plans: Iterable[Plan]) -> KnownNames:
        """The names in these plans; where two differ, those of the first."""
        titles: dict[str, str] = {}
        works: dict[ListSubject, str] = {}
        for entry in (entry for plan in plans for entry in plan.entries):
            titles.setdefault(str(entry.key), entry.title)
            for candidate in entry.candidates:
                works.setdefault(work_of_match(candidate.match), titled(candidate.title, candidate.year))
            if entry.resolved is not None and (name := work_name(entry)):
                works.setdefault(work_of_match(entry.resolved), name)
        return cls(titles, works)

    def with_repair(self, repair: Repair) -> KnownNames:
        """The same with what a repair file calls works that no plan names."""
        more = {one.works[0]: one.about for one in repair.groups if len(one.works) == 1}
        return KnownNames(self.titles, more | dict(self.works))

    def with_works(self, works: Iterable[Work]) -> KnownNames:
        """The same with what a catalogue or a download calls works that no plan names."""
        more = {list_subject(work.kind, work.id): titled(work.title, work.year) for work in works}
        return KnownNames(self.titles, more | dict(self.works))

    def work(self, work: ListSubject) -> str:
        """A show or film by its title, by its id where nobody knows one."""
        return self.works.get(work) or format_subject(work)

    def places(self, subjects: Iterable[RatingSubject]) -> str:
        """Episodes and films of one or more works, a few of them: `Attack on Titan (2013) S03E13–E22`."""
        by_work = grouped((work_of(one), one) for one in subjects)
        return some(f"{self.work(work)} {spans(found)}".rstrip() for work, found in by_work.items())


def spans(subjects: Iterable[RatingSubject]) -> str:
    """The episodes among what is of one work, each once and in order: `S01E01–E25, S02E01–E12`; empty for a film."""
    found = {Episode(one.season, one.number) for one in subjects if isinstance(one, EpisodeSubject)}
    runs = [format_run(run).replace("-E", "–E") for run in runs_of(sorted(found, key=astuple))]
    return some(runs) if len(runs) > MAX_RUNS else ", ".join(runs)


MAX_RUNS = 4


def part_name(subject: RatingSubject) -> str:
    """Which part of its work a rating is of: `show`, `season 3`, `S03E13`; empty for a film."""
    match subject:
        case ShowSubject():
            return "show"
        case SeasonSubject(season=season):
            return f"season {season}" if season else "specials"
        case EpisodeSubject(season=season, number=number):
            return format_run(Run(season, number, number))
        case MovieSubject():
            return ""


def some(names: Iterable[str], most: int = 3) -> str:
    """A few of many names: `Akira and Naruto`, `Akira, Naruto, Bleach and 5 more`."""
    names = list(dict.fromkeys(names))
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
