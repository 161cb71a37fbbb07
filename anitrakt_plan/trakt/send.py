"""Sending to Trakt: each operation as one request of explicit items, and an honest word on what became of it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import ClassVar, TypeVar

from anitrakt_plan.errors import AnitraktError, AnswerLost
from anitrakt_plan.http import Answer
from anitrakt_plan.json_rows import Row, RowError, inner, number, row, rows
from anitrakt_plan.model import (
    EpisodeSubject,
    MovieSubject,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
    TraktId,
    trakt_id,
)
from anitrakt_plan.model.dates import When, format_instant, format_when
from anitrakt_plan.sync.batches import (
    AddPlays,
    AddRatings,
    AddRows,
    ChangeList,
    ListedItem,
    Operation,
    RatingToAdd,
    RatingToRestore,
    RemovePlays,
    RemoveRows,
    RestoreRatings,
    RowToAdd,
)
from anitrakt_plan.sync.diff import PlayChange
from anitrakt_plan.sync.knowledge import ListName, OldRating
from anitrakt_plan.trakt.catalogue import TraktCatalogue
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.errors import refusal

_MAX_PAUSE = 300.0
_PAUSE_SECONDS = 5.0
_RECOVERY_SECONDS = 30.0
"""Trakt's API blueprint ("Status Codes") asks to wait so long after a 502, 503 or 504."""

_REFUSED_STATUSES = frozenset({400, 401, 403, 404, 412, 413, 422, 423, 426, 429})
"""With these Trakt says that it has not acted. 409 and 420 do not say so: 420 may come after half of a batch."""

_STOPPING = frozenset({401, 403, 412, 423, 426, 429})

Item = RatingSubject | int
"""What a request names: an episode, film, season or show, or one play by its history id."""

OwnIds = Mapping[Item, int]
"""Trakt's own ids of seasons and episodes."""

Json = Mapping[str, object]

T = TypeVar("T", PlayChange, RatingToAdd, RatingToRestore, ListedItem, RowToAdd)


class UnsafeBody(RuntimeError):
    """A mistake in anitrakt: this could make Trakt do more than the plan says. It was not sent."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Trakt has acted, and its counts account for everything that was sent.

    `added` counts what is new (for a removal: `deleted` what is gone), `updated` what replaced something,
    `existing` what was there; `not_found` are the positions of what Trakt does not know.
    """

    status: int
    added: int = 0
    updated: int = 0
    existing: int = 0
    deleted: int = 0
    not_found: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Trakt has not acted. `status` is None where it was not even asked (no connection, no sign-in).

    `stop`: further requests would be refused as well. `error` is what to end with, and gives the exit code.
    """

    status: int | None
    error: AnitraktError
    stop: bool = True
    retry_after: float | None = None

    @property
    def sentence(self) -> str:
        return self.error.what


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Trakt may have acted on all, some or none of it, now or later; only reading tells. `status` None: no answer."""

    sentence: str
    status: int | None = None
    stop: ClassVar[bool] = False
    error: ClassVar[AnitraktError | None] = None

    @property
    def was_answered(self) -> bool:
        """Whether Trakt said that it has acted, in an answer that does not add up."""
        return self.status is not None and 200 <= self.status < 300


WriteOutcome = Accepted | Refused | InDoubt


class Sender:
    """Sends one run's operations. `wait` gets the seconds of each pause that Trakt asks for.

    A film or episode that Trakt has acknowledged in this run is not sent again (UnsafeBody, which is a bug and not an
    outcome); `one_play_each=False` allows that, for rewatches. What prevents the sending comes back as Refused.
    """

    def __init__(
        self, trakt: Trakt, *, wait: Callable[[float], None] = time.sleep, one_play_each: bool = True
    ) -> None:
        self._trakt = trakt
        self._wait = wait
        self._one_play_each = one_play_each
        self._catalogue = TraktCatalogue(trakt)
        self._acknowledged: set[Item] = set()

    def take_turn(self) -> None:
        """Wait until the next write may go out: before the account's age is looked at and an intent is written down."""
        self._trakt.take_turn()

    def send(self, operation: Operation) -> WriteOutcome:
        """Send one operation, and never again unless Trakt has said that it did not act (401 after renewing, 429).

        Only ratings, of which a later one replaces the earlier, are sent again after a lost answer, twice.
        """
        request = request_of(operation, self._own_ids(operation))
        if not request.items:
            raise UnsafeBody("an empty body")
        if isinstance(operation, AddPlays):
            self._check_plays(request.items)
        if isinstance(operation, AddRows):
            _check_rows(request.items)
        outcome = self._send(request)
        match operation, outcome:
            case AddPlays(), Accepted(not_found=lost):
                self._acknowledged |= {*request.items} - {request.items[position] for position in lost}
            case RemovePlays(), Accepted():
                self._acknowledged.clear()  # what was taken back may be wanted again
        return outcome

    def _own_ids(self, operation: Operation) -> OwnIds:
        """Trakt's own ids of seasons and episodes that are rated, where their show's season list can be had."""
        rated = operation.ratings if isinstance(operation, AddRatings | RestoreRatings) else ()
        shows = {one.subject.show for one in rated if isinstance(one.subject, SeasonSubject | EpisodeSubject)}
        found: dict[Item, int] = {}
        for show in shows:
            with suppress(AnitraktError):
                for season in self._catalogue.seasons(show) or ():
                    if season.id is not None:
                        found[SeasonSubject(show, season.number)] = season.id
                    for episode in season.episodes:
                        if episode.id is not None:
                            found[EpisodeSubject(show, season.number, episode.number)] = episode.id
        return found

    def _check_plays(self, items: Sequence[Item]) -> None:
        """The types say the same of single plays; here, nothing passes even a mistake in them."""
        if not all(isinstance(item, EpisodeSubject | MovieSubject) for item in items):
            raise UnsafeBody("a whole show or season among plays")
        twice = [item for item, times in Counter(items).items() if times > 1 or item in self._acknowledged]
        if twice and self._one_play_each:
            raise UnsafeBody(f"a second play in one run: {twice[0]}")

    def _send(self, request: Request) -> WriteOutcome:
        tried: Counter[Again] = Counter()
        while True:
            token, outcome = self._once(request)
            again = _again(outcome, request)
            if again is None or tried[again] >= _MAX_AGAIN[again]:
                return outcome
            tried[again] += 1
            if again is not Again.RENEWED:
                self._wait(_pause(outcome))
                continue
            try:
                if not self._trakt.renew_bearer(token):
                    return outcome
            except AnitraktError as error:
                return Refused(401, error)

    def _once(self, request: Request) -> tuple[str, WriteOutcome]:
        token = ""
        try:
            token = self._trakt.bearer()
            answer = self._trakt.post(request.path, request.body, token)
        except AnitraktError as error:
            # Only a write itself can be in doubt: without a token, nothing was written yet.
            in_doubt = token and isinstance(error, AnswerLost)
            return token, InDoubt(error.what) if in_doubt else Refused(None, error)
        return token, judge(answer, request)


def _check_rows(items: Sequence[Item]) -> None:
    """The same of plays that stand for others: single ones, each of another item, or its counts would say nothing."""
    is_single = all(isinstance(item, EpisodeSubject | MovieSubject) for item in items)
    if not is_single or len(set(items)) < len(items):
        raise UnsafeBody("a whole show or season, or one item twice, among plays that stand for others")


class Again(Enum):
    """Why a request may go out once more. After a 401 the same body may: Trakt did not look at it."""

    RENEWED = auto()
    PAUSED = auto()
    LOST = auto()


_MAX_AGAIN = {Again.RENEWED: 1, Again.PAUSED: 2, Again.LOST: 2}


def _again(outcome: WriteOutcome, request: Request) -> Again | None:
    match outcome:
        case Refused(status=401):
            return Again.RENEWED
        case Refused(status=429, retry_after=told) if (told or 0.0) <= _MAX_PAUSE:
            return Again.PAUSED
        case InDoubt(status=status) if request.repeatable and (status is None or status >= 500):
            return Again.LOST
        case _:
            return None


def _pause(outcome: WriteOutcome) -> float:
    match outcome:
        case Refused(retry_after=float(told)):
            return told
        case InDoubt(status=int()):
            return _RECOVERY_SECONDS
        case _:
            return _PAUSE_SECONDS


# --- what goes out ---


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and what it names in the operation's order. `kinds` are the counts that matter for it.

    `own_ids` are those by which it may name seasons and episodes.
    """

    path: str
    body: Json
    items: tuple[Item, ...]
    kinds: tuple[str, ...]
    repeatable: bool = False
    own_ids: OwnIds = field(default_factory=dict)


_PLAYS = ("movies", "episodes")
_ANYTHING = ("movies", "shows", "seasons", "episodes")
_LISTS = {ListName.WATCHLIST: "/sync/watchlist", ListName.DROPPED: "/users/hidden/dropped"}


def request_of(operation: Operation, own_ids: OwnIds = MappingProxyType({})) -> Request:
    """The request of an operation (docs/services.md 1.7, 1.8, 1.9).

    A season or an episode is rated by its own id, as Trakt's contract has it; where that is not known, by its numbers,
    as the older blueprint has it.
    """
    match operation:
        case RemovePlays(plays=removed):
            ids = tuple(play.id for play in removed)
            return Request("/sync/history/remove", {"ids": list(ids)}, ids, _PLAYS)
        case RemoveRows(rows=gone):
            ids = tuple(row.id for row in gone)
            return Request("/sync/history/remove", {"ids": list(ids)}, ids, _PLAYS)
        case AddRows(rows=rows_to_add):
            return _naming("/sync/history", rows_to_add, lambda row: _watched(row.when), kinds=_PLAYS)
        case AddPlays(plays=plays):
            return _naming("/sync/history", plays, lambda play: _watched(play.when), kinds=_PLAYS)
        case AddRatings(ratings=ratings):
            return _naming("/sync/ratings", ratings, _rated, repeatable=True, own_ids=own_ids)
        case RestoreRatings(ratings=restored):
            path = "/sync/ratings" if operation.puts_back else "/sync/ratings/remove"
            return _naming(path, restored, lambda one: _rated(one.old), repeatable=True, own_ids=own_ids)
        case ChangeList(list=name, add=add, items=items):
            path = f"{_LISTS[name]}{'' if add else '/remove'}"
            return _naming(path, items, lambda _: {})


def _watched(when: When) -> Json:
    return {"watched_at": format_when(when)}


def _rated(rating: RatingToAdd | OldRating | None) -> Json:
    return {"rating": rating.value, "rated_at": format_instant(rating.rated_at)} if rating else {}


def _naming(
    path: str,
    items: Sequence[T],
    words: Callable[[T], Json],
    *,
    kinds: tuple[str, ...] = _ANYTHING,
    repeatable: bool = False,
    own_ids: OwnIds = MappingProxyType({}),
) -> Request:
    subjects = tuple(item.subject for item in items)
    body = _body(zip(subjects, map(words, items), strict=True), own_ids)
    return Request(path, body, subjects, kinds, repeatable, own_ids)


def _body(said: Iterable[tuple[RatingSubject, Json]], own_ids: OwnIds) -> Json:
    """Films, shows, and seasons and episodes by their own ids or nested in their shows, with what is said of each."""
    # A show or season that is meant itself stands apart from one that only holds others: a removal has no other sign.
    movies: list[Json] = []
    shows: list[Json] = []
    alone: dict[str, list[Json]] = {"seasons": [], "episodes": []}
    seasons: dict[TraktId, list[Json]] = defaultdict(list)
    episodes: dict[tuple[TraktId, int], list[Json]] = defaultdict(list)
    for subject, words in said:
        match subject:
            case MovieSubject(movie):
                movies.append({**words, "ids": {"trakt": trakt_id(movie)}})
            case ShowSubject(show):
                shows.append({**words, "ids": {"trakt": trakt_id(show)}})
            case SeasonSubject() if subject in own_ids:
                alone["seasons"].append({**words, "ids": {"trakt": own_ids[subject]}})
            case EpisodeSubject() if subject in own_ids:
                alone["episodes"].append({**words, "ids": {"trakt": own_ids[subject]}})
            case SeasonSubject(show, season):
                seasons[trakt_id(show)].append({**words, "number": season})
            case EpisodeSubject(show, season, episode):
                episodes[(trakt_id(show), season)].append({**words, "number": episode})
    for (show, season), inside in episodes.items():
        seasons[show].append({"number": season, "episodes": inside})
    shows += [{"ids": {"trakt": show}, "seasons": inside} for show, inside in seasons.items()]
    return {name: some for name, some in {"movies": movies, "shows": shows, **alone}.items() if some}


# --- what came back ---


def judge(answer: Answer, request: Request) -> WriteOutcome:
    """What became of a request: accepted, refused, or in doubt; nothing else, and never "probably"."""
    asked, status = f"POST {request.path}", answer.status
    if status in _REFUSED_STATUSES:
        error = refusal(answer, request=asked)
        return Refused(status, error, stop=status in _STOPPING, retry_after=answer.retry_after)
    if not answer.ok:
        return InDoubt(_doubt_of_status(answer, asked), status)
    try:
        said = row(answer.json(), "answer")
    except ValueError:
        what = "a web page" if answer.is_html else "something that is not whole"
        return InDoubt(f"Trakt answered with {what} instead of what it did", status)
    if "added" not in said and "deleted" not in said:
        return InDoubt("Trakt's answer does not say what it did", status)
    try:
        return _accounted(said, request, status)
    except RowError:
        return InDoubt("Trakt's answer can't be understood", status)


def _accounted(said: Row, request: Request, status: int) -> Accepted | InDoubt:
    names = ("added", "updated", "existing", "deleted")
    counts = {name: _count(said.get(name, {}), request.kinds) for name in names}
    unknown = _unknown(said.get("not_found", {}), request)
    not_found = tuple(position for position, item in enumerate(request.items) if item in unknown)
    accounted = sum(counts.values()) + len(not_found)
    if accounted != len(request.items):
        return InDoubt(f"Trakt was sent {len(request.items)} and accounts for {accounted}", status)
    return Accepted(status, **counts, not_found=not_found)


def _count(said: object, kinds: Iterable[str]) -> int:
    counts = row(said, "counts")
    return sum(number(counts, kind) for kind in kinds if kind in counts)


def _unknown(not_found: object, request: Request) -> set[Item]:
    """What an answer's `not_found` means, in terms of what was sent; raises RowError where that is not understood.

    Trakt echoes request objects. A show stands for everything sent in it, a season likewise, and what was sent by its
    own id for itself; an episode that a show lacks comes back under `episodes` as that show with seasons and episodes
    (trakt-api#357).
    """
    meant: set[Item] = set()
    by_id = {(type(item), own_id): item for item, own_id in request.own_ids.items()}
    for echoed in _echoed(row(not_found, "not_found"), by_id):
        nested = (item for item in request.items if item not in request.own_ids)
        covered = {item for item in nested if _covers(echoed, item)} | {echoed}.intersection(request.items)
        if not covered:
            raise RowError(f"{echoed} was not sent")
        meant |= covered
    return meant


def _covers(echoed: Item, sent: Item) -> bool:
    match echoed, sent:
        case ShowSubject(show), SeasonSubject() | EpisodeSubject():
            return sent.show == show
        case SeasonSubject(show, season), EpisodeSubject():
            return (sent.show, sent.season) == (show, season)
        case _:
            return echoed == sent


_ALONE: Mapping[str, type[Item]] = {"seasons": SeasonSubject, "episodes": EpisodeSubject}


def _echoed(not_found: Row, by_id: Mapping[tuple[type[Item], int], Item]) -> Iterator[Item]:
    for value in _listed(not_found, "ids"):
        yield number({"id": value}, "id")
    for name in _ANYTHING:
        for value in _listed(not_found, name):
            entry = row(value, name)
            trakt_id = number(inner(entry, "ids"), "trakt")
            if name == "shows" or "seasons" in entry:
                yield from _echoed_of_show(trakt_id, entry)
            elif name == "movies":
                yield MovieSubject(trakt_id)
            elif (_ALONE[name], trakt_id) in by_id:
                yield by_id[_ALONE[name], trakt_id]
            else:
                raise RowError(f"`{name}` without a show was not sent")


def _echoed_of_show(show: int, entry: Row) -> Iterator[Item]:
    seasons = _listed(entry, "seasons")
    if not seasons:
        yield ShowSubject(show)
    for value in seasons:
        listed = row(value, "season")
        season, episodes = number(listed, "number"), _listed(listed, "episodes")
        if not episodes:
            yield SeasonSubject(show, season)
        for episode in episodes:
            yield EpisodeSubject(show, season, number(row(episode, "episode"), "number"))


def _listed(outer: Row, name: str) -> list[object]:
    return rows(outer.get(name, []), f"`{name}`")


def _doubt_of_status(answer: Answer, request: str) -> str:
    if answer.status == 409:
        return "Trakt speaks of a conflict with something that is there (409)"
    error = refusal(answer, request=request)
    # The only doubt that a person can do something about; the others settle by themselves.
    return f"{error.what}. {error.todo}" if answer.status == 420 else error.what
