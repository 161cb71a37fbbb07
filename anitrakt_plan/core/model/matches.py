"""Where an entry is on Trakt: runs of episodes, and how the list's episodes lie on them."""

from __future__ import annotations

from dataclasses import dataclass


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
    """An entry is these episodes of this Trakt show."""

    show: int
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class MovieMatch:
    """An entry is this Trakt film."""

    movie: int


Match = ShowMatch | MovieMatch


@dataclass(frozen=True, slots=True)
class Address:
    """A trakt.tv address that the user pasted as a match and that has not been resolved yet."""

    url: str
