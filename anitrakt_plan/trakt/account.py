"""What the Trakt account holds, read live: who it is, its plays, ratings, watchlist and dropped shows."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from anitrakt_plan.http import Answer
from anitrakt_plan.json_rows import (
    Row,
    RowError,
    inner,
    moment,
    number,
    optional_moment,
    optional_number,
    optional_row,
    optional_text,
    row,
    rows,
    text,
    trakt_id,
)
from anitrakt_plan.model import (
    Account,
    EpisodeItem,
    EpisodeSubject,
    Existing,
    MovieItem,
    MovieSubject,
    Play,
    Rating,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
    SyncKind,
)
from anitrakt_plan.model.account import ListSubject, id_of, kind_of_subject
from anitrakt_plan.model.dates import format_instant, known_zone
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.errors import not_understood, understood
from anitrakt_plan.words import pluralize

T = TypeVar("T")

OnPage = Callable[[int, int | None], None]


def showing_pages(progress: Callable[[int, int], None]) -> OnPage:
    """Show each page as a step of (done, total); where nobody says how many there are, each is the last so far."""
    return lambda page, pages: progress(page, pages or page)


OnRow = Callable[[str, Row], None]

Numbered = tuple[Hashable, T | None]
"""A row's identity and its meaning; None for a type that anitrakt has no use for."""

_log = logging.getLogger(__name__)


PLACES: Mapping[SyncKind, tuple[str, ...]] = {
    SyncKind.HISTORY: ("/sync/history",),
    SyncKind.RATINGS: ("/sync/ratings/all",),
    SyncKind.WATCHLIST: ("/sync/watchlist/shows", "/sync/watchlist/movies"),
    SyncKind.DROPPED: ("/users/hidden/dropped?type=show",),
}
"""Where each kind of thing stands, all of it."""


def places_of(kinds: Collection[SyncKind]) -> frozenset[str]:
    """Where these kinds stand."""
    return frozenset(place for kind in kinds for place in PLACES[kind])


SETTLED_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Activities:
    """Trakt's last activities as one text to compare. `is_settled`: the newest is a while ago by Trakt's own clock."""

    text: str
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what is seen whether anything has moved: when Trakt says it did, and how many rows it counts in each place.

    The one alone is not enough: nothing says that a removal is an activity (docs/services.md 1.5).
    """

    activities: str
    counts: Mapping[str, int]


class TraktState:
    """Reads the account's state, never from a cache. `on_page` hears of each page, and how many there may be.

    `on_row` gets each row as Trakt gave it, with the path it was asked for.
    """

    def __init__(self, trakt: Trakt, *, on_page: OnPage | None = None, on_row: OnRow | None = None) -> None:
        self._trakt = trakt
        self._on_page = on_page
        self._on_row = on_row
        self._lost: dict[str, int] = {}
        self._counts: dict[str, int | None] = {}

    def telling(self, on_page: OnPage) -> TraktState:
        """The same reader, whose pages `on_page` hears of."""
        other = TraktState(self._trakt, on_page=on_page, on_row=self._on_row)
        other._lost, other._counts = self._lost, self._counts
        return other

    def read_account(self) -> Account:
        """Whose sign-in this is (GET /users/settings). Raises NotSignedIn or Failed."""
        path = "/users/settings"
        answer = self._trakt.private(path, {"extended": "browsing"})
        return understood(answer, f"GET {path}", account_of)

    @property
    def clock_skew(self) -> timedelta | None:
        """How far this machine's clock is ahead of Trakt's; None where no answer has said it."""
        return self._trakt.clock_skew

    def read_history(self, start_at: datetime | None = None) -> Reading[Play]:
        """Every play, or those watched at or after `start_at` (UTC). Raises the error of the first page that fails."""
        (place,) = PLACES[SyncKind.HISTORY]
        return self._read_all(
            place if start_at is None else f"{place}?start_at={format_instant(start_at)}", play_of
        )

    def read_history_of(self, work: ListSubject) -> Reading[Play]:
        """Every play of one show or film; it decides where a reading of the whole history has a hole."""
        return self._read_all(f"/sync/history/{kind_of_subject(work).path}/{id_of(work)}", play_of)

    def read_ratings(self) -> tuple[Rating, ...]:
        """Every rating of a film, show, season or episode."""
        (place,) = PLACES[SyncKind.RATINGS]
        return self._read_all(place, rating_of).rows

    def read_watchlist(self) -> tuple[ShowSubject | MovieSubject, ...]:
        """The shows and films of the watchlist."""
        found: list[Reading[ListSubject]] = [
            self._read_all(path, listed_of) for path in PLACES[SyncKind.WATCHLIST]
        ]
        return tuple(subject for reading in found for subject in reading.rows)

    def read_dropped(self) -> tuple[ShowSubject, ...]:
        """The shows the account has dropped (Trakt's hidden section of that name)."""
        (place,) = PLACES[SyncKind.DROPPED]
        found = self._read_all(place, listed_of)
        return tuple(subject for subject in found.rows if isinstance(subject, ShowSubject))

    def read_existing(self, kinds: Collection[SyncKind]) -> Existing:
        """The account and what it holds of these kinds. Plays are always read: without them nothing is sent."""
        read_at, account, history = self._trakt.clock(), self.read_account(), self.read_history()
        return self.existing_with(account, read_at, history, kinds)

    def existing_with(
        self, account: Account, read_at: datetime, history: Reading[Play], kinds: Collection[SyncKind]
    ) -> Existing:
        """What the account holds of these kinds, whose plays have been read since `read_at`."""
        existing = Existing(
            account=account,
            read_at=read_at,
            plays=history.rows,
            lost_plays=history.lost_plays,
            ratings=self.read_ratings() if SyncKind.RATINGS in kinds else (),
            watchlist=self.read_watchlist() if SyncKind.WATCHLIST in kinds else None,
            dropped=self.read_dropped() if SyncKind.DROPPED in kinds else None,
        )
        return replace(existing, lost_rows=self.lost_rows)

    @property
    def lost_rows(self) -> int:
        """How many rows of all that was read have lost their show or film."""
        return sum(self._lost.values())

    # --- whether anything has moved since ---

    def read_activities(self) -> Activities:
        """When each sort of thing last changed on the account (GET /sync/last_activities)."""
        path = "/sync/last_activities"
        answer = self._trakt.private(path)
        said = understood(answer, f"GET {path}", lambda said: row(said, "last activities"))
        newest, now = optional_moment(said.get("all")), answer.moment("date")
        is_settled = newest is not None and now is not None and now - newest >= SETTLED_AFTER
        return Activities(json.dumps(said, sort_keys=True), is_settled)

    def stamp(self, activities: Activities, kinds: Collection[SyncKind]) -> Stamp | None:
        """The stamp of these kinds, read since these activities; None where none can be trusted.

        That is where one of them was not read cleanly, and where something has happened just now: Trakt's times may be
        whole seconds, and what happens in the same one would move nothing.
        """
        counts = {place: self._counts.get(place) for place in places_of(kinds)}
        clean = {place: count for place, count in counts.items() if count is not None}
        return (
            Stamp(activities.text, clean) if activities.is_settled and clean.keys() == counts.keys() else None
        )

    def has_moved(self, stamp: Stamp) -> bool:
        """Whether anything may have changed on the account since that stamp: a request, and a row of each place."""
        return self.read_activities().text != stamp.activities or any(
            self._count_rows(place) != count for place, count in stamp.counts.items()
        )

    def _count_rows(self, place: str) -> int | None:
        path, filters = _asked(place)
        return _count(self._trakt.private(path, {**filters, "page": 1, "limit": 1}), _ITEM_COUNT)

    def _read_all(self, place: str, parse: Callable[[Row], Numbered[T]]) -> Reading[T]:
        path, filters = _asked(place)

        def parse_row(entry: Row) -> Numbered[T]:
            if self._on_row:
                self._on_row(path, entry)
            return parse(entry)

        def fetch(page: int) -> Page[Numbered[T | LostRow]]:
            answer = self._trakt.private(path, {**filters, "page": page, "limit": PAGE_ROWS})
            pages, items = _count(answer, "x-pagination-page-count"), _count(answer, _ITEM_COUNT)
            if self._on_page:
                self._on_page(page, pages)
            size = _count(answer, "x-pagination-limit") or PAGE_ROWS
            return Page(_rows(answer, f"GET {path}, page {page}", parse_row), pages, items, size)

        found = read_all(fetch, lambda numbered: numbered[0])
        meant = [value for _, value in found.rows if value is not None]
        lost = tuple(value for value in meant if isinstance(value, LostRow))
        self._lost[place] = len(lost)
        self._counts[place] = found.clean_count
        rows: tuple[T, ...] = tuple(value for value in meant if not isinstance(value, LostRow))
        return Reading(rows, found.is_whole, lost, found.clean_count)


def _rows(answer: Answer, where: str, parse: Callable[[Row], Numbered[T]]) -> list[Numbered[T | LostRow]]:
    """A row that can't be understood may hide a play, so it is an error, not a gap."""
    found: list[Numbered[T | LostRow]] = []
    for index, value in enumerate(understood(answer, where, lambda said: rows(said, "it")), start=1):
        try:
            entry = row(value, "row")
            lost = lost_row(entry)
            if lost is None:
                found.append(parse(entry))
            else:
                # its place where it has no id: two that say the same are two
                found.append((lost.id or f"{where}, row {index}", lost))
        except RowError as error:
            raise not_understood(f"{where}, row {index}", str(error)) from None
    return found


def _count(answer: Answer, header: str) -> int | None:
    said = answer.headers.get(header, "")
    return int(said) if said.isdigit() else None


_ITEM_COUNT = "x-pagination-item-count"


def _asked(place: str) -> tuple[str, dict[str, str]]:
    """The path and the filters of a place such as `/users/hidden/dropped?type=show`."""
    path, _, query = place.partition("?")
    return path, dict(parse_qsl(query))


_OBJECTS = {
    "episode": ("episode", "show"),
    "season": ("season", "show"),
    "show": ("show",),
    "movie": ("movie",),
}


@dataclass(frozen=True, slots=True)
class LostRow:
    """A row that has lost its show or film: it is there, and nothing says what it is. `id` is its own, if any."""

    id: int | None


def lost_row(entry: Row) -> LostRow | None:
    """What is left of a row of the API or of a data download that has lost its work; None where it has not."""
    # the contract allows null for each of them since April 2026 (docs/services.md 1.7)
    if any(entry.get(name) is None for name in _OBJECTS.get(str(entry.get("type")), ())):
        return LostRow(optional_number(entry.get("id")))
    return None


def lost_rows_note(count: int, of: str) -> tuple[str, ...]:
    """The sentence on rows that have lost their work, where there are any."""
    if not count:
        return ()
    verb = "has its" if count == 1 else "have their"
    are = "it counts as there, and says nothing of what it is" if count == 1 else _THEY_ARE
    return (f"{pluralize(count, 'row')} of {of} no longer {verb} show or film: {are}.",)


_THEY_ARE = "they count as there, and say nothing of what they are"


def account_of(said: object) -> Account:
    """Whose settings these are (GET /users/settings, and the same in a data download). Raises RowError."""
    settings = row(said, "settings")
    user = inner(settings, "user")
    return Account(
        uuid=text(inner(user, "ids"), "uuid"),
        user=text(user, "username"),
        time_zone=_time_zone(optional_row(settings.get("account")).get("timezone")),
        vip=user.get("vip") is True or user.get("vip_ep") is True,
        watch_only_once=optional_row(settings.get("browsing")).get("watch_only_once") is True,
    )


def _time_zone(name: object) -> str:
    """A zone that this machine does not know would stop every date; noon in UTC is the same day almost everywhere."""
    known = optional_text(name) or "UTC"
    if known_zone(known) is None:
        _log.warning("the account's time zone is not known here; dates are counted in UTC")
        return "UTC"
    return known


def play_of(entry: Row) -> Numbered[Play]:
    """One row of /sync/history, and of a data download. Raises RowError."""
    play_id = number(entry, "id", least=1)
    kind = text(entry, "type")
    if kind == "episode":
        episode = inner(entry, "episode")
        item: EpisodeItem | MovieItem = EpisodeItem(
            show=trakt_id(entry, "show"),
            season=number(episode, "season"),
            number=number(episode, "number"),
            id=trakt_id(entry, "episode"),
        )
    elif kind == "movie":
        item = MovieItem(trakt_id(entry, "movie"))
    else:
        return play_id, None
    # Trakt keeps minutes only; old rows may still show seconds.
    watched_at = moment(entry, "watched_at").replace(second=0, microsecond=0)
    return play_id, Play(play_id, watched_at, text(entry, "action"), item)


def rating_of(entry: Row) -> Numbered[Rating]:
    """One row of /sync/ratings, and of a data download. Raises RowError."""
    subject = _subject_of(entry)
    if subject is None:
        return ("other", repr(entry)), None
    value = number(entry, "rating", least=1)
    if value > 10:
        raise RowError("`rating` is not a rating")
    return subject, Rating(subject, value, moment(entry, "rated_at"))


def listed_of(entry: Row) -> Numbered[ShowSubject | MovieSubject]:
    """One row of a watchlist or of the dropped shows, and of a data download. Raises RowError."""
    subject = _subject_of(entry)
    if isinstance(subject, ShowSubject | MovieSubject):
        return subject, subject
    return ("other", repr(entry)), None


def _subject_of(entry: Row) -> RatingSubject | None:
    match text(entry, "type"):
        case "movie":
            return MovieSubject(trakt_id(entry, "movie"))
        case "show":
            return ShowSubject(trakt_id(entry, "show"))
        case "season":
            return SeasonSubject(trakt_id(entry, "show"), number(inner(entry, "season"), "number"))
        case "episode":
            episode = inner(entry, "episode")
            return EpisodeSubject(
                trakt_id(entry, "show"), number(episode, "season"), number(episode, "number")
            )
        case _:
            return None


# --- reading all pages of something that may change, tie or be miscounted while it is read ---


PAGE_ROWS = 250
"""The most Trakt gives at once; one size throughout, because mixed sizes lose rows."""

PASSES = 4
"""One pass and, where rows shifted under it, three more; a page that came short is read again as often."""

MAX_PASSES, MAX_PAGES, PATIENT_PASSES = 24, 400, 6
"""Only while the union still lacks rows that Trakt counts: go on, until this many passes in a row bring nothing new."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its rows, what its headers say of the whole (None where they don't), and how many rows fill a page."""

    rows: Sequence[T]
    pages: int | None = None
    items: int | None = None
    size: int = PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """All rows that came. Where it is not whole, some that are there may be missing from it.

    `clean_count`: how many rows Trakt counted, where nothing shifted and no page was short in a single pass.
    """

    rows: tuple[T, ...]
    is_whole: bool = True
    lost: tuple[LostRow, ...] = ()
    clean_count: int | None = None

    @property
    def lost_plays(self) -> frozenset[int]:
        """The ids of those rows that have lost their work."""
        return frozenset(row.id for row in self.lost if row.id is not None)


@dataclass(slots=True)
class _Pass(Generic[T]):
    """One reading from the first page to an empty one. `lengths` and `sizes`: the rows of each page, and its room."""

    rows: dict[Hashable, T]
    lengths: list[int]
    sizes: list[int]
    counts: set[int | None]
    floor: int = 0

    @property
    def has_shifted(self) -> bool:
        """Whether a row came twice or the item count changed: then another may have slipped through."""
        return sum(self.lengths) != len(self.rows) or len(self.counts) != 1

    @property
    def items(self) -> int:
        return max((count for count in self.counts if count is not None), default=0)

    @property
    def short_pages(self) -> list[int]:
        """The pages that had room for more: before the last one with rows, or anywhere while rows are missing.

        Whatever the count says: right after writes it lags behind the rows (docs/services.md 1.7).
        """
        last = max((at for at, length in enumerate(self.lengths, start=1) if length), default=0)
        end = last if len(self.rows) >= self.items else max(last, self.floor) + 1
        pages = enumerate(zip(self.lengths, self.sizes, strict=True), start=1)
        return [at for at, (length, size) in pages if length < size and at < end]


def read_all(fetch: Callable[[int], Page[T]], key: Callable[[T], Hashable]) -> Reading[T]:
    """Every row of all pages, once; `fetch` gets page numbers from 1, `key` tells rows apart.

    The page count is a floor and pages may come short, so a pass ends only at an empty page past the floor. Where rows
    shifted under it, all is read again, at most three times, and the union is taken; while that has fewer rows than
    Trakt counts and passes still bring new ones (thousands of plays at one minute, in another order each time), it
    goes on for a while. Pages that came short are read again by themselves, three times at most. What `fetch` raises
    ends the reading.
    """
    union: dict[Hashable, T] = {}
    idle = 0
    for passes in range(1, MAX_PASSES + 1):
        done = _read_pass(fetch, key)
        if not done.has_shifted:
            return _with_short_pages(done, fetch, key)
        idle = 0 if done.rows.keys() - union.keys() else idle + 1
        union |= done.rows
        exhausted = idle >= PATIENT_PASSES or (passes + 1) * len(done.lengths) > MAX_PAGES
        if passes >= PASSES and (exhausted or len(union) >= done.items):
            break
    return Reading(tuple(union.values()), is_whole=len(union) >= done.items)


def _read_pass(fetch: Callable[[int], Page[T]], key: Callable[[T], Hashable]) -> _Pass[T]:
    done: _Pass[T] = _Pass({}, [], [], set())
    nothing_new = 0
    for number_of_page in itertools.count(1):
        page = fetch(number_of_page)
        known = len(done.rows)
        done.rows.update({key(one): one for one in page.rows})
        done.counts.add(page.items)
        done.lengths.append(len(page.rows))
        done.sizes.append(page.size)
        done.floor = max(done.floor, page.pages or 0)
        nothing_new = 0 if len(done.rows) > known else nothing_new + 1
        if number_of_page > done.floor and (not page.rows or nothing_new >= 2):
            # The second: a server that answers every page number with the same rows would never come to an end.
            break
    return done


def _with_short_pages(
    done: _Pass[T], fetch: Callable[[int], Page[T]], key: Callable[[T], Hashable]
) -> Reading[T]:
    if not done.short_pages:
        (count,) = done.counts
        return Reading(tuple(done.rows.values()), clean_count=count)
    for _ in range(PASSES - 1):
        for number_of_page in done.short_pages:
            page = fetch(number_of_page)
            done.rows.update({key(one): one for one in page.rows})
            done.lengths[number_of_page - 1] = max(done.lengths[number_of_page - 1], len(page.rows))
    return Reading(tuple(done.rows.values()), is_whole=not done.short_pages)
