"""Where an entry is on Trakt: runs of episodes, and how the list's episodes lie on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

from anitrakt_plan.model.catalogue import WORK_ID, Episode, TargetKind, WorkId, parse_work_id


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """Consecutive episodes of one season, both ends included: S03E13-E22."""

    season: int
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.season < 0 or self.first < 1 or self.last < self.first:
            raise ValueError(f"no such run of episodes: S{self.season:02d}E{self.first:02d}-E{self.last:02d}")

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Straight:
    """The list's episodes 1, 2, 3 ... are the episodes of these runs, in order."""

    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        _need_episodes(self.runs)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Each `list_count` of the list's episodes are `trakt_count` on Trakt: 2:1 for shorts that Trakt pairs."""

    runs: tuple[Run, ...]
    list_count: int
    trakt_count: int

    def __post_init__(self) -> None:
        _need_episodes(self.runs)
        if self.list_count < 1 or self.trakt_count < 1 or self.list_count == self.trakt_count:
            raise ValueError(f"no such ratio: {self.list_count}:{self.trakt_count}")


@dataclass(frozen=True, slots=True)
class Part:
    """The list's episodes `first`-`last` are the episodes of these runs, evenly."""

    first: int
    last: int
    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        _need_episodes(self.runs)
        if self.first < 1 or self.last < self.first:
            raise ValueError(f"no such part of the list: {self.first}-{self.last}")


@dataclass(frozen=True, slots=True)
class Parts:
    """An uneven mapping, part by part; what no part names is not sent."""

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a mapping needs at least one part")


Mapping = Straight | Ratio | Parts


def _need_episodes(runs: tuple[Run, ...]) -> None:
    """A show without episodes must not be sayable: Trakt would mark every episode of it watched."""
    if not runs:
        raise ValueError("a mapping needs at least one run of episodes")


@dataclass(frozen=True, slots=True)
class ShowMatch:
    """An entry is these episodes of this show."""

    show: WorkId
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class MovieMatch:
    """An entry is this film."""

    movie: WorkId


Match = ShowMatch | MovieMatch


def one_episode(show: WorkId, season: int, number: int) -> ShowMatch:
    """The match that is a single episode."""
    return ShowMatch(show, Straight((Run(season, number, number),)))


@dataclass(frozen=True, slots=True)
class Address:
    """A trakt.tv address that the user pasted as a match and that has not been resolved yet."""

    url: str


# --- runs of episodes ---


_SHORT = re.compile(
    rf"(?:(?P<movie>movie)\s+|(?:show\s+)?)(?P<id>{WORK_ID})"
    r"(?:\s+parts\s+(?P<parts>.+)|\s+(?P<runs>S\d.*?)(?:\s+ratio\s+(?P<ratio>\S+))?)?",
    re.IGNORECASE,
)

_RUN = re.compile(r"S(\d{1,4})E(\d{1,5})(?:-(?:S(\d{1,4}))?E?(\d{1,5}))?", re.IGNORECASE)


MAX_EPISODES = 10_000
"""The longest anime has some 2,800 episodes (Sazae-san), counted with its shorts 8,000."""


def parse_runs(text: str) -> tuple[Run, ...]:
    """Read `S03E13-E22` or `S01E01-E13, S02E01-E11`.

    Raises ValueError with a sentence that says which piece is wrong and how to write it.
    """
    runs = tuple(_parse_run(piece.strip()) for piece in text.split(",", MAX_EPISODES))
    if (named := sum(map(len, runs))) > MAX_EPISODES:
        raise ValueError(f"these are {named} episodes; no match has more than {MAX_EPISODES}")
    return runs


def _parse_run(text: str) -> Run:
    found = _RUN.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is not a run of episodes; write S03E13-E22, or S03E13 for a single one")
    season, first = int(found[1]), int(found[2])
    last = int(found[4]) if found[4] else first
    if found[3] is not None and int(found[3]) != season:
        raise ValueError(f"`{text}` goes over two seasons; write one run for each, separated by a comma")
    if first == 0:
        raise ValueError(f"`{text}` begins with episode 0; Trakt counts from 1")
    if last < first:
        raise ValueError(f"`{text}` ends before it begins")
    return Run(season, first, last)


def format_run(run: Run) -> str:
    """Write S03E13-E22, or S03E13 for a single episode."""
    head = f"S{run.season:02d}E{run.first:02d}"
    return head if run.first == run.last else f"{head}-E{run.last:02d}"


def format_runs(runs: Iterable[Run]) -> str:
    """Write runs as the plan file has them, with a comma between."""
    return ", ".join(format_run(run) for run in runs)


def parse_ratio(text: str) -> tuple[int, int]:
    """Read `2:1` (two of the list's are one of Trakt's) as (2, 1); raises ValueError on anything else."""
    found = re.fullmatch(r"\s*([1-9]\d{0,2})\s*:\s*([1-9]\d{0,2})\s*", text)
    if found is None or found[1] == found[2]:
        raise ValueError(
            f'`{text}` is not a ratio; write "2:1" where two of the list\'s episodes are one on Trakt'
        )
    return int(found[1]), int(found[2])


def parse_span(text: str) -> tuple[int, int]:
    """Read a part's `2-24` or `1` as (first, last); raises ValueError on anything else."""
    found = re.fullmatch(r"\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?", text)
    if found is None:
        raise ValueError(f"`{text}` is not a range of the list's episodes; write 2-24, or 1 for a single one")
    first, last = int(found[1]), int(found[2] or found[1])
    if first < 1 or last < first:
        raise ValueError(
            f"`{text}` is not a range of the list's episodes: it must begin at 1 or later and not run backwards"
        )
    return first, last


def format_span(first: int, last: int) -> str:
    """Write a part's range of the list's episodes: `2-24`, or `1`."""
    return str(first) if first == last else f"{first}-{last}"


def kind_and_id(match: Match) -> tuple[TargetKind, WorkId]:
    """Which show or film a match is in: two of one work have the same."""
    if isinstance(match, MovieMatch):
        return TargetKind.MOVIE, match.movie
    return TargetKind.SHOW, match.show


def format_match(match: Match) -> str:
    """The short form: `1420 S03E13-E22`, `movie 700311`, with the ratio or the parts where there are any."""
    if isinstance(match, MovieMatch):
        return f"movie {match.movie}"
    return f"{match.show} {format_mapping(match.mapping)}"


def parse_match(text: str) -> Match:
    """Read the short form that `format_match` writes; raises ValueError with a sentence on anything else."""
    found = _SHORT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text.strip()}` is not a match; write `1420 S03E13-E22` or `movie 97`")
    identity = parse_work_id(found["id"].lower())
    if found["movie"]:
        if found["runs"] or found["parts"]:
            raise ValueError(f"`{text.strip()}`: a film has no episodes")
        return MovieMatch(identity)
    if found["parts"]:
        return ShowMatch(identity, Parts(tuple(_parse_part(piece) for piece in found["parts"].split(";"))))
    if not found["runs"]:
        raise ValueError(f"`{text.strip()}` does not say which episodes; write `{identity} S01E01-E12`")
    runs = parse_runs(found["runs"])
    return ShowMatch(
        identity, Ratio(runs, *parse_ratio(found["ratio"])) if found["ratio"] else Straight(runs)
    )


def _parse_part(text: str) -> Part:
    span, sign, runs = text.partition("=")
    if not sign:
        raise ValueError(f"`{text.strip()}` is not a part; write 2-24 = S01E03-E25")
    return Part(*parse_span(span), parse_runs(runs))


def format_mapping(mapping: Mapping) -> str:
    """A mapping as `format_match` writes it behind the show: `S03E13-E22`, `S01E01-E12 ratio 2:1`."""
    match mapping:
        case Straight(runs):
            return format_runs(runs)
        case Ratio(runs, list_count, trakt_count):
            return f"{format_runs(runs)} ratio {list_count}:{trakt_count}"
        case Parts(parts):
            pieces = (f"{format_span(part.first, part.last)} = {format_runs(part.runs)}" for part in parts)
            return f"parts {'; '.join(pieces)}"


def episodes_of(runs: Iterable[Run]) -> tuple[Episode, ...]:
    """Every episode of the runs, in order."""
    return _episodes_of(tuple(runs))


@lru_cache(
    maxsize=512
)  # the places of one entry, and what is asked about a match, name the same runs again and again
def _episodes_of(runs: tuple[Run, ...]) -> tuple[Episode, ...]:
    return tuple([Episode(run.season, number) for run in runs for number in range(run.first, run.last + 1)])


class Numbered(Protocol):
    """Whatever has the numbers of an episode."""

    @property
    def season(self) -> int:
        """The season's number, 0 for specials."""

    @property
    def number(self) -> int:
        """The episode's number in it."""


_Numbered = TypeVar("_Numbered", bound=Numbered)


def runs_of(episodes: Iterable[_Numbered]) -> tuple[Run, ...]:
    """The shortest runs that give these episodes in this order."""
    spans: list[list[int]] = []
    for episode in episodes:
        if spans and spans[-1][0] == episode.season and spans[-1][2] + 1 == episode.number:
            spans[-1][2] = episode.number
        else:
            spans.append([episode.season, episode.number, episode.number])
    return tuple([Run(*span) for span in spans])


def mapping_runs(mapping: Mapping) -> tuple[Run, ...]:
    """All runs of a mapping, in order."""
    if isinstance(mapping, Parts):
        return tuple(run for part in mapping.parts for run in part.runs)
    return mapping.runs


def mapping_episodes(mapping: Mapping) -> tuple[Episode, ...]:
    """All Trakt episodes of a mapping, in order."""
    return episodes_of(mapping_runs(mapping))


def list_length(mapping: Mapping) -> int:
    """How many of the list's episodes a mapping has a place for."""
    match mapping:
        case Straight(runs):
            return sum(len(run) for run in runs)
        case Ratio(runs, list_count, trakt_count):
            return sum(len(run) for run in runs) * list_count // trakt_count
        case Parts(parts):
            return max(part.last for part in parts)


def list_numbers(mapping: Mapping) -> dict[Episode, int]:
    """For each Trakt episode of a mapping, which of the list's episodes completes it."""
    episodes = mapping_episodes(mapping)
    match mapping:
        case Straight():
            numbers = list(range(1, len(episodes) + 1))
        case Ratio(_, list_count, trakt_count):
            numbers = [(at // trakt_count + 1) * list_count for at in range(len(episodes))]
        case Parts(parts):
            numbers = [number for part in parts for number in _numbers_of_part(part)]
    return dict(zip(episodes, numbers, strict=True))


def _numbers_of_part(part: Part) -> Sequence[int]:
    listed, on_trakt = part.last - part.first + 1, len(episodes_of(part.runs))
    return [part.first - 1 + -(-(at + 1) * listed // on_trakt) for at in range(on_trakt)]


def goes_on(old: Match, new: Match) -> bool:
    """Whether two matches are the same as far as both go: one may only have more at its end.

    So does the match of a show that is still airing from week to week. Written as runs or as parts, the same of the
    list's episodes must be the same ones on Trakt.
    """
    if isinstance(old, MovieMatch) or isinstance(new, MovieMatch):
        return old == new
    if old.show != new.show:
        return False
    before, after = (list(list_numbers(one.mapping).items()) for one in (old, new))
    both = min(len(before), len(after))
    return before[:both] == after[:both]


@lru_cache(maxsize=16384)  # asked once a play, and an entry's plays have one match
def text_goes_on(text: str, match: Match) -> bool:
    """`goes_on` for a match that was noted in short form; False where that can't be read."""
    try:
        return goes_on(parse_match(text), match)
    except ValueError:
        return False


def watched_episodes(mapping: Mapping, watched: int) -> tuple[Episode, ...]:
    """The Trakt episodes that the first `watched` of the list's episodes fill completely, in order.

    A Trakt episode that is only half covered (two of the list's are one there, and one was watched) is left out:
    what is not certain is not sent.
    """
    match mapping:
        case Straight(runs):
            return episodes_of(runs)[: max(watched, 0)]
        case Ratio(runs, list_count, trakt_count):
            return episodes_of(runs)[: max(watched, 0) // list_count * trakt_count]
        case Parts(parts):
            return tuple(episode for part in parts for episode in _watched_of_part(part, watched))


def _watched_of_part(part: Part, watched: int) -> Sequence[Episode]:
    episodes = episodes_of(part.runs)
    done = min(watched, part.last) - part.first + 1
    if done <= 0:
        return ()
    return episodes[: done * len(episodes) // (part.last - part.first + 1)]
