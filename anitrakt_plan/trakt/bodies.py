"""What a request body names, one by one; and the refusal of bodies that Trakt would take for more than was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from anitrakt_plan.core.model import EpisodeSubject, MovieSubject, SeasonSubject, ShowSubject


@dataclass(frozen=True, slots=True)
class EpisodeById:
    """An episode by its own Trakt id."""

    id: int


@dataclass(frozen=True, slots=True)
class SeasonById:
    """A season by its own Trakt id."""

    id: int


@dataclass(frozen=True, slots=True)
class PlayById:
    """One play by its history id."""

    id: int


SentRef = MovieSubject | ShowSubject | SeasonSubject | EpisodeSubject | EpisodeById | SeasonById | PlayById
"""One thing that a body names, however deep it stands there."""

Body = Mapping[str, object]
_Check = Callable[[Body], None]

_HISTORY_ITEMS = (MovieSubject, EpisodeSubject, EpisodeById)
_WATCHED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z")
_ARRAYS = frozenset({"movies", "shows", "seasons", "episodes"})


class UnsafeBody(RuntimeError):
    """A mistake in anitrakt: this body could make Trakt do more than the plan says. It was not sent."""


def history_items(body: Body) -> tuple[SentRef, ...]:
    """The films and episodes of a history body. Raises UnsafeBody for anything that is not exactly one play each.

    Trakt marks every episode of a show without `seasons`, every episode of a season without `episodes`, and takes a
    missing or unreadable `watched_at` for "now" (API blueprint, "Add to History"; trakt-api#310).
    """
    refs = _named(body, check=_check_play)
    for ref in refs:
        if not isinstance(ref, _HISTORY_ITEMS):
            raise UnsafeBody(f"a whole show or season in a history body: {ref}")
    return refs


def rating_items(body: Body) -> tuple[SentRef, ...]:
    """What a ratings body rates. Raises UnsafeBody where something has no rating from 1 to 10."""
    return _named(body, check=_check_rating)


def named_items(body: Body) -> tuple[SentRef, ...]:
    """What a body for removal, the watchlist or the dropped shows names. Raises UnsafeBody for what can't be read."""
    return _named(body, check=_no_check)


def echoed_items(not_found: object, sent: Iterable[SentRef]) -> frozenset[SentRef] | None:
    """What an answer's `not_found` means, in terms of what was sent; None where it can't be understood.

    Trakt echoes request objects. A show stands for everything sent of it, a season likewise; an episode that a show
    lacks comes back under `episodes` as that show with seasons and episodes (trakt-api#357).
    """
    if not isinstance(not_found, dict):
        return None
    asked = frozenset(sent)
    meant: set[SentRef] = set()
    try:
        for name, listed in not_found.items():
            for ref in _echoed(str(name), listed):
                covered = _covered(ref, asked)
                if not covered:
                    return None
                meant |= covered
    except UnsafeBody:
        return None
    return frozenset(meant)


def _covered(ref: SentRef, asked: frozenset[SentRef]) -> frozenset[SentRef]:
    match ref:
        case ShowSubject(show):
            inside = (MovieSubject, EpisodeById, SeasonById, PlayById)
            return frozenset(one for one in asked if not isinstance(one, inside) and one.show == show)
        case SeasonSubject(show, season):
            inside_season = (SeasonSubject, EpisodeSubject)
            return frozenset(
                one
                for one in asked
                if isinstance(one, inside_season) and (one.show, one.season) == (show, season)
            )
        case _:
            return frozenset({ref}) & asked


def _echoed(name: str, listed: object) -> Iterator[SentRef]:
    if not isinstance(listed, list):
        raise UnsafeBody(f"`{name}` is not a list")
    for value in listed:
        if name == "ids":
            yield PlayById(_whole(value))
        elif name in _ARRAYS:
            entry = _object(value)
            yield from _refs(name if "seasons" not in entry else "shows", entry, _no_check)


def _named(body: Body, *, check: _Check) -> tuple[SentRef, ...]:
    refs: list[SentRef] = []
    for name, listed in body.items():
        if name not in _ARRAYS or not isinstance(listed, list | tuple):
            raise UnsafeBody(f"a body with `{name}`")
        for value in listed:
            refs += _refs(name, _object(value), check)
    if not refs:
        raise UnsafeBody("an empty body")
    return tuple(refs)


def _refs(name: str, entry: Body, check: _Check) -> Iterator[SentRef]:
    if name == "shows":
        yield from _refs_in_show(entry, check)
        return
    check(entry)
    trakt_id = _id_of(entry)
    match name:
        case "movies":
            yield MovieSubject(trakt_id)
        case "seasons":
            yield SeasonById(trakt_id)
        case _:
            yield EpisodeById(trakt_id)


def _refs_in_show(entry: Body, check: _Check) -> Iterator[SentRef]:
    """A show or season names itself if it holds nothing, or has a rating of its own; else what it holds."""
    show = _id_of(entry)
    seasons = _children(entry, "seasons")
    if not seasons or "rating" in entry:
        check(entry)
        yield ShowSubject(show)
    for season in seasons:
        number = _whole(season.get("number"))
        episodes = _children(season, "episodes")
        if not episodes or "rating" in season:
            check(season)
            yield SeasonSubject(show, number)
        for episode in episodes:
            check(episode)
            yield EpisodeSubject(show, number, _whole(episode.get("number")))


def _check_play(entry: Body) -> None:
    watched_at = entry.get("watched_at")
    known = watched_at in ("unknown", "released")
    if not known and not (isinstance(watched_at, str) and _WATCHED_AT.fullmatch(watched_at)):
        raise UnsafeBody(f"a play with the date {watched_at!r}")


def _check_rating(entry: Body) -> None:
    rating = entry.get("rating")
    if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 10:
        raise UnsafeBody(f"the rating {rating!r}")


def _no_check(_: Body) -> None:
    """Removals, the watchlist and the dropped shows carry nothing but ids and numbers."""


def _children(entry: Body, name: str) -> list[Body]:
    listed = entry.get(name, [])
    if not isinstance(listed, list | tuple):
        raise UnsafeBody(f"`{name}` is not a list")
    return [_object(value) for value in listed]


def _id_of(entry: Body) -> int:
    return _whole(_object(entry.get("ids")).get("trakt"))


def _object(value: object) -> Body:
    if not isinstance(value, Mapping):
        raise UnsafeBody(f"{value!r} is not an object")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnsafeBody(f"{value!r} is not a number")
    return value
