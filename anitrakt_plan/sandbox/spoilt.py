"""A practice account that a title-matching script has spoilt: what its owner watched, and what the script wrote, twice.

The script is a model of those that people publish: for each completed entry of a list it asks Trakt's search for the
title, takes the first show or film, and marks all of it as watched, at the day on which the entry was finished or at
the present.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from anitrakt_plan.sandbox import trakt_catalogue, trakt_sync
from anitrakt_plan.sandbox.catalogue import Json
from anitrakt_plan.sandbox.lists import ListEntry
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.wire import Call

AGO, LATER = timedelta(days=40), timedelta(hours=5)
"""When the script ran, and how long after that for a second time."""

_IDS_PER_SECOND = 30
_COUNT_BEGAN = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_ID = 9_007_200_000_000_000
"""Trakt counts the plays of all its users in one row of ids."""

_WATCHED = (
    # show, season, first and last episode, the first evening, episodes an evening
    (30857, 1, 1, 26, "2016-02-01T19:40", 2),  # Cowboy Bebop: not on the list
    (26336, 1, 1, 12, "2017-10-02T20:15", 1),  # Trigun: not on the list
    (13855, 1, 1, 37, "2008-01-08T18:30", 2),  # Death Note: on the list, at the days on which it was watched
    (173241, 1, 1, 12, "2022-10-12T21:05", 1),  # Chainsaw Man: as it aired
    (61405, 1, 1, 25, "2012-08-20T19:00", 2),  # Toradora!
    (61405, 1, 1, 25, "2013-08-24T19:00", 2),  # and again a year later
    (131598, 4, 1, 11, "2023-05-01T20:00", 1),  # a season of a listed show that the list does not have
)
_FILMS = ((224301, "2017-12-02T19:30"), (115, "2019-03-03T20:00"))


def spoil(practice: Practice, *, user: str = "sample", dates_by_finish: bool = True) -> None:
    """Fill the practice account: first with what was watched, then by two runs of the script over a user's list."""
    with practice.world.saving_once():
        live(practice)
        for moment in (practice.clock() - AGO, practice.clock() - AGO + LATER):
            run_script(practice, user, moment, dates_by_finish=dates_by_finish)


def live(practice: Practice) -> None:
    """Add what the account's owner watched and marked by hand, evening by evening."""
    world, plays = practice.world, list[tuple[datetime, str, int]]()
    for show, season, first, last, begin, an_evening in _WATCHED:
        start = datetime.fromisoformat(f"{begin}+00:00")
        for at, number in enumerate(range(first, last + 1)):
            day, nth = divmod(at, an_evening)
            moment = start + timedelta(days=day, minutes=25 * nth)
            plays.append((moment, "episode", practice.catalogue.episode_id(show, season, number)))
    plays += [(datetime.fromisoformat(f"{begin}+00:00"), "movie", film) for film, begin in _FILMS]
    for moment, kind, item in sorted(plays):
        world.next_play_id = _id_at(moment)
        world.add_play(kind, item, trakt_text(moment))


def trakt_text(moment: datetime) -> str:
    """A moment as a play has it."""
    return f"{moment:%Y-%m-%dT%H:%M}:00.000Z"


def _id_at(moment: datetime) -> int:
    return _FIRST_ID + int((moment - _COUNT_BEGAN).total_seconds()) * _IDS_PER_SECOND


def run_script(practice: Practice, user: str, began: datetime, *, dates_by_finish: bool) -> None:
    """One run over a user's list, an entry a second."""
    listed = practice.lists.user(user)
    for second, entry in enumerate(
        one for one in (listed.entries if listed else ()) if one.status == "completed"
    ):
        found = _first_hit(practice, entry)
        if found is None:
            continue
        moment = began + timedelta(seconds=second)
        kind, trakt_id = found
        said: Json = {"ids": {"trakt": trakt_id}}
        if dates_by_finish and entry.finished is not None and len(entry.finished) == len("2019-07-01"):
            said["watched_at"] = entry.finished
        with _at(practice, moment):
            practice.world.next_play_id = max(practice.world.next_play_id, _id_at(moment))
            body = json.dumps({f"{kind}s": [said]}).encode()
            trakt_sync.add_to_history(practice, Call("trakt", "POST", "/sync/history", {}, {}, body))


def _first_hit(practice: Practice, entry: ListEntry) -> tuple[str, int] | None:
    anime = entry.anime
    kind = "movie" if anime.type == "Movie" else "show"
    title = "".join(
        sign if sign.isalnum() or sign.isspace() else " " for sign in anime.english or anime.title
    )
    query = {"query": title, "limit": "1"}
    answer = trakt_catalogue.search(practice, Call("trakt", "GET", f"/search/{kind}", query, {}, b""), kind)
    hits = json.loads(answer.body)
    return (kind, hits[0][kind]["ids"]["trakt"]) if hits else None


@contextmanager
def _at(practice: Practice, moment: datetime) -> Iterator[None]:
    """Within this, the account's clock stands at a moment."""
    before: Callable[[], datetime] = practice.world.clock
    practice.world.clock = lambda: moment
    try:
        yield
    finally:
        practice.world.clock = before
