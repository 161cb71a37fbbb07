"""What an apply or a diff comes to: by entry first, totals last; for people and as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.model import EntryKey, RatingSubject
from anitrakt_plan.model.account import format_subject
from anitrakt_plan.reports.names import some
from anitrakt_plan.reports.way import next_after_plan
from anitrakt_plan.settings import Way
from anitrakt_plan.sync.diff import EntryDiff, Verdict
from anitrakt_plan.sync.knowledge import grouped
from anitrakt_plan.sync.ratings import RatingVerdict
from anitrakt_plan.words import pluralize

FORMAT = "anitrakt-apply/1"


class Fate(StrEnum):
    """What became of one thing in a run, or would in a dry run, by the name under which the JSON counts it.

    `considered`: a confirmed entry that was looked at. What is `_remaining` was to be sent and was not, for the run
    ended early. `leaving_watchlist`: a show or film that Trakt takes off the watchlist when it gets its plays.
    """

    PLAY = "plays"
    RATING_ADDED = "ratings_added"
    RATING_CHANGED = "ratings_changed"
    LISTING = "listings"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    UNSEEN = "unseen"
    HELD = "held"
    TO_REVIEW = "to_review"
    SKIPPED = "skipped"
    REQUEST = "requests"
    CONSIDERED = "considered"
    PLAY_REMAINING = "plays_remaining"
    RATING_REMAINING = "ratings_remaining"
    LISTING_REMAINING = "listings_remaining"
    LEAVING_WATCHLIST = "leaving_watchlist"


_TOTALS = (
    *(Fate.PLAY, Fate.RATING_ADDED, Fate.RATING_CHANGED, Fate.LISTING),
    *(Fate.REFUSED, Verdict.IN_DOUBT, Fate.NOT_FOUND, Fate.UNSEEN, Verdict.IN_SYNC),
    *(RatingVerdict.IN_SYNC, RatingVerdict.KEPT, RatingVerdict.REMOVED, RatingVerdict.UNKNOWN),
    *(Verdict.GONE, Verdict.UNSEEN, Verdict.NOT_FOUND),
    *(Verdict.RETRIES_EXHAUSTED, Verdict.TRIED_TODAY, Verdict.ACCEPTED_MISSING),
    *(Verdict.EXPORTED, Verdict.NOT_ARRIVED),
    *(Fate.HELD, Verdict.LEFTOVER, Fate.TO_REVIEW, Fate.SKIPPED, Fate.REQUEST, Fate.CONSIDERED),
    *(Fate.PLAY_REMAINING, Fate.RATING_REMAINING, Fate.LISTING_REMAINING, Fate.LEAVING_WATCHLIST),
)
"""The counts of the JSON, in its order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of something, or why it is not sent; without a subject it is said of the whole entry or run."""

    what: Fate | Verdict | RatingVerdict
    entry: EntryKey | None = None
    subject: RatingSubject | None = None


@dataclass(frozen=True, slots=True)
class RatingResult:
    """One rating to send or sent: of what, its value and the old one; `state` is `planned` in a dry run.

    `rule` says how it comes from several entries: `mean`, or one of the named rules `first`, `last`, `max`. `part` is
    which part of its work it is of, for a person.
    """

    subject: str
    value: int
    old: int | None
    state: str
    entries: tuple[str, ...]
    rule: str | None = None
    part: str = ""

    def as_json(self) -> Mapping[str, Any]:
        """The rating by its ids."""
        return {name: value for name, value in asdict(self).items() if name != "part"}


@dataclass(frozen=True, slots=True)
class EntryResult:
    """One entry: what was found missing for it, and what became of its plays and ratings.

    `dates` says in words when the planned plays happened, by the days of the account's time zone. `target` is the
    place on Trakt by its title, where it is known, and `work` its show or film by its id.
    """

    found: EntryDiff
    plays: Counter[str]
    not_found: tuple[str, ...]
    ratings: tuple[RatingResult, ...]
    dates: str | None
    target: str = ""
    work: str = ""

    @property
    def listings(self) -> tuple[str, ...]:
        """What goes on which list, in words."""
        return tuple(f"{one.list.value}: {format_subject(one.subject)}" for one in self.found.listings)

    @property
    def is_worth_a_line(self) -> bool:
        """Whether something is or was to be sent for it, or needs a word."""
        found = (self.found.plays, self.found.listings, self.ratings, self.found.held)
        return any(found) or any(self.plays[what] for what in (*_WRONG, Fate.NOT_FOUND))

    def as_json(self, *, dry_run: bool) -> Mapping[str, Any]:
        """What there is to say of it; what was not sent yet is `planned` alone."""
        found, plays = self.found, self.plays
        said = {
            "key": str(found.key),
            "title": found.title,
            "match": found.match,
            "planned": len(found.plays),
            "sent": 0 if dry_run else plays[Fate.PLAY],
            **{what.value: plays[what] for what in (Fate.REFUSED, Verdict.IN_DOUBT, Fate.UNSEEN)},
            "not_found": self.not_found,
            **{what.value: plays[what] for what in _NOT_SENT},
            "held": found.held,
            Verdict.LEFTOVER.value: plays[Verdict.LEFTOVER],
            "listings": self.listings,
            "ratings": [rating.as_json() for rating in self.ratings],
            "dates": self.dates,
        }
        return {name: value for name, value in said.items() if value not in (0, None, (), [])}


@dataclass(frozen=True)
class ApplyResult:
    """A whole run. `changes`: it sent something, or in a dry run would. `error` is what ended it early.

    `titles` are those of the plan's entries, `leaving` the works that leave the watchlist by theirs.
    """

    run: str | None
    user: str
    dry_run: bool
    entries: tuple[EntryResult, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]
    exit_code: ExitCode
    changes: bool
    error: str | None = None
    titles: Mapping[EntryKey, str] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()

    @cached_property
    def totals(self) -> Counter[str]:
        """The outcomes, counted."""
        return Counter(outcome.what for outcome in self.outcomes)

    def has(self, *outcomes: Fate | Verdict | RatingVerdict) -> bool:
        """Whether it came to any of these outcomes."""
        return any(self.totals[what] for what in outcomes)

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`: only entries about which there is something to say."""
        return {
            "format": FORMAT,
            "run": self.run,
            "user": self.user,
            "dry_run": self.dry_run,
            "entries": [entry.as_json(dry_run=self.dry_run) for entry in self.entries],
            "totals": {what.value: self.totals[what] for what in _TOTALS},
            "notes": list(self.notes),
            "error": self.error,
            "changes": self.changes,
            "exit_code": int(self.exit_code),
        }


# --- for people ---

_DONE = ("planned", "acknowledged", "seen")
_RULES = {"mean": "mean", "first": "first", "last": "last", "max": "best"}
_NOT_SENT = (
    *(Verdict.NOT_FOUND, Verdict.GONE, Verdict.UNSEEN),
    *(Verdict.RETRIES_EXHAUSTED, Verdict.TRIED_TODAY, Verdict.ACCEPTED_MISSING),
    Verdict.EXPORTED,
)
_WRONG: Mapping[Fate | Verdict, str] = {
    Fate.REFUSED: "refused",
    Verdict.IN_DOUBT: "in doubt; the next apply settles it",
    Fate.UNSEEN: "acknowledged and not listed by Trakt",
    Verdict.RETRIES_EXHAUSTED: (
        "sent three times in vain (`anitrakt apply --resend` sends, `--accept-missing` lets it rest)"
    ),
    Verdict.TRIED_TODAY: "sent three times in a day in vain; an apply tomorrow goes on",
    Verdict.LEFTOVER: "of an earlier match left (`anitrakt undo --stale`)",
}
_REMAINING = (Fate.PLAY_REMAINING, Fate.RATING_REMAINING, Fate.LISTING_REMAINING)
_GONE = (Verdict.GONE, RatingVerdict.REMOVED)
_REMOVED = "removed on Trakt since, or taken back (`--resend` sends)"
_UNKNOWN = "not known to Trakt, until the match changes"
_KEPT = "given otherwise on Trakt (`anitrakt plan --update --on-conflict replace` sends)"
_STANDING: Sequence[tuple[Verdict | RatingVerdict, str, str]] = (
    (RatingVerdict.KEPT, "Not sent", _KEPT),
    (RatingVerdict.REMOVED, "Not sent", _REMOVED),
    (Verdict.GONE, "Not sent", _REMOVED),
    (Verdict.UNSEEN, "Not sent", "acknowledged earlier but not listed (`--resend` sends)"),
    (Verdict.RETRIES_EXHAUSTED, "Not sent", "sent three times in vain"),
    (Verdict.TRIED_TODAY, "Not sent", "sent three times in a day in vain"),
    (
        Verdict.ACCEPTED_MISSING,
        "Not sent",
        "sent three times in vain, and accepted as missing (`--resend` sends)",
    ),
    (Verdict.EXPORTED, "Not sent", "in a file for Trakt's importer (`--allow exported` sends)"),
    (Verdict.NOT_FOUND, "Held back", _UNKNOWN),
    (RatingVerdict.UNKNOWN, "Held back", _UNKNOWN),
    (
        Verdict.LEFTOVER,
        "Left on Trakt",
        "of an earlier match (`anitrakt undo --stale` takes back; without an application, Trakt's pages do)",
    ),
)
_NOUNS: Mapping[str, str] = {
    **dict.fromkeys(
        (*RatingVerdict, Fate.RATING_ADDED, Fate.RATING_CHANGED, Fate.RATING_REMAINING), "rating"
    ),
    **dict.fromkeys((Fate.LISTING, Fate.LISTING_REMAINING), "list item"),
}


def report(result: ApplyResult, *, quiet: bool = False, way: Way = Way.API) -> tuple[str, ...]:
    """Everything to print, line by line. `quiet`: only what is new and needs a person; nothing if there is none.

    Signs: `+` plays are added, `~` something is changed, `!` a person should look. They do not hang on colour.
    """
    notes = [*result.notes, *([f"Stopped: {result.error}"] if result.error else [])]
    if quiet:
        wrong = [line for entry in result.entries for line in _wrong(entry)]
        stopped = [_totals_line(result)] if result.has(*_REMAINING) else []
        return (*wrong, *notes, *stopped)
    lines = [line for entry in _by_work(result.entries) for line in _entry_lines(entry, result.dry_run)]
    leaving = [leaving_sentence(result.leaving)] if result.leaving else []  # in a run it was said before
    totals = [_totals_line(result), *leaving, *_standing_lines(result)]
    return (*lines, *([""] if lines else []), *notes, *totals, *_next_lines(result, way))


def _by_work(entries: Sequence[EntryResult]) -> Iterator[EntryResult]:
    """The entries of one show or film together, where the first of them stands."""
    for same in grouped((entry.work or entry.found.match, entry) for entry in entries).values():
        yield from same


def _entry_lines(entry: EntryResult, dry_run: bool) -> Iterator[str]:
    done = [rating for rating in entry.ratings if rating.state in _DONE]
    listings = entry.listings if dry_run else ()
    what = [*_plays(entry), *dict.fromkeys(_rating(rating, done) for rating in done), *listings]
    if what:
        is_added = entry.plays[Fate.PLAY] or entry.listings or None in [rating.old for rating in done]
        yield f"  {'+' if is_added else '~'} {_head(entry)}{', '.join(what)}{_ids(entry)}"
    yield from _wrong(entry)


def _plays(entry: EntryResult) -> Iterator[str]:
    count = entry.plays[Fate.PLAY]
    if count:
        is_all = entry.dates and count == len(entry.found.plays)
        yield f"{pluralize(count, 'play')}{f' ({entry.dates})' if is_all else ''}"


def _head(entry: EntryResult) -> str:
    return f"{entry.found.title} → {entry.target or entry.found.match}   "


IDS = re.compile(r" {3}\S+:\S+ · (?:show|movie) \S+$")
"""What stands last in an entry's line, for whoever needs ids."""


def _ids(entry: EntryResult) -> str:
    return f"   {entry.found.key} · {entry.work}" if entry.work else f"   {entry.found.key}"


def _rating(rating: RatingResult, among: Sequence[RatingResult]) -> str:
    # the same rating of several episodes is said once
    alike = [other.part for other in among if (other.value, other.old) == (rating.value, rating.old)]
    value = str(rating.value) if rating.old is None else f"{rating.old} → {rating.value}"
    if len(alike) > 1:
        return f"rating {value} ({some(alike)})"
    of = f" ({rating.part})" if rating.part else ""
    shared = f", the {_RULES[rating.rule]} of {len(rating.entries)} entries" if rating.rule else ""
    return f"rating {value}{of}{shared}"


def _wrong(entry: EntryResult) -> Iterator[str]:
    head = f"  ! {_head(entry)}"
    if entry.found.held:
        yield f"{head}held back: {entry.found.held}{_ids(entry)}"
    if entry.not_found:
        unknown = some(entry.not_found)
        yield f"{head}Trakt does not know {unknown}; held back until the match changes{_ids(entry)}"
    yield from (
        f"{head}{pluralize(entry.plays[what], 'play')} {said}{_ids(entry)}"
        for what, said in _WRONG.items()
        if entry.plays[what]
    )
    for rating in entry.ratings:
        if rating.state in ("refused", "in-doubt", "not-found"):
            of = f" ({rating.part})" if rating.part else ""
            yield f"{head}rating {rating.value}{of}: {rating.state.replace('-', ' ')}{_ids(entry)}"


def _counts(result: ApplyResult, *outcomes: Fate | Verdict | RatingVerdict) -> list[str]:
    totals = result.totals
    return [pluralize(totals[what], _NOUNS.get(what, "play")) for what in outcomes if totals[what]]


def _totals_line(result: ApplyResult) -> str:
    add, change = ("to add", "to change") if result.dry_run else ("added", "changed")
    said = ", ".join(
        f"{' and '.join(counts)} {verb}"
        for verb, counts in (
            (add, _counts(result, Fate.PLAY, Fate.RATING_ADDED)),
            (change, _counts(result, Fate.RATING_CHANGED)),
            (add, _counts(result, Fate.LISTING)),
        )
        if counts
    )
    if not said:
        is_stopped = result.exit_code is not ExitCode.DONE
        return "Nothing was sent." if is_stopped else _nothing(result)
    if result.dry_run:
        return f"To send to `{result.user}`: {said}."
    head = "Apply complete" if result.exit_code is ExitCode.DONE else "Applied in part"
    undo = f" Run {result.run} (`anitrakt undo` takes it back)." if result.run else ""
    remaining = ", ".join(_counts(result, *_REMAINING))
    return f"{head}: {said}{f'; {remaining} remain to be sent' if remaining else ''}.{undo}"


def _nothing(result: ApplyResult) -> str:
    # all of it is on Trakt only where nothing confirmed is missing there
    totals, head = result.totals, f"Nothing to send to `{result.user}`"
    to_review = totals[Fate.TO_REVIEW]
    if not totals[Fate.CONSIDERED] and to_review:
        wait = "waits" if to_review == 1 else "wait"
        return f"{head}: nothing is confirmed yet; {pluralize(to_review, 'entry')} {wait} in review."
    if not totals[Fate.CONSIDERED]:
        return f"{head}: none of these entries is confirmed and in the list."
    gone = _counts(result, *_GONE)
    if gone:
        were = "was" if sum(totals[what] for what in _GONE) == 1 else "were"
        return (
            f"{head}: {' and '.join(gone)} {were} taken back, or removed on Trakt since; "
            "`--resend` sends what is gone."
        )
    if result.has(Verdict.IN_DOUBT, Fate.HELD, *_NOT_SENT, RatingVerdict.UNKNOWN):
        return f"{head}."
    return f"No changes: everything confirmed is already on Trakt (`{result.user}`)."


def leaving_sentence(names: Sequence[str]) -> str:
    """Said before plays are sent of what stands on the watchlist (apis: Trakt takes it off by itself)."""
    leave = "leaves" if len(names) == 1 else "leave"
    why = "because Trakt takes off it what gets plays (`anitrakt undo` puts back)"
    return f"{some(names)} {leave} your watchlist, {why}."


def _standing_lines(result: ApplyResult) -> Iterator[str]:
    totals = result.totals
    ready = [f"{count} in sync" for count in _counts(result, Verdict.IN_SYNC, RatingVerdict.IN_SYNC)]
    others = ((Fate.TO_REVIEW, "to review"), (Fate.SKIPPED, "skipped"))
    ready += [f"{totals[what]} {said}" for what, said in others if totals[what]]
    if ready:
        yield f"{', '.join(ready)}."
    said_above = () if result.changes or result.exit_code else _GONE
    for what, head, why in _STANDING:
        if what not in said_above:
            names = some(_titles_of(result, what))
            of = f" ({names})" if names else ""
            yield from (f"{head}: {count}{of}, {why}." for count in _counts(result, what))


def _titles_of(result: ApplyResult, what: Fate | Verdict | RatingVerdict) -> Iterator[str]:
    for one in result.outcomes:
        if one.what is what and one.entry is not None:
            yield result.titles.get(one.entry, str(one.entry))


def _next_lines(result: ApplyResult, way: Way) -> Iterator[str]:
    if result.exit_code is ExitCode.SAFETY_STOP:
        return  # the stop itself says what to do
    if result.exit_code:
        if result.error or result.has(Verdict.IN_DOUBT, Fate.REFUSED, *_REMAINING):
            yield "Next: run the same command again; it reads first and goes on from there."
    elif result.changes and result.dry_run:
        yield "Next: `anitrakt apply`." if way is Way.API else next_after_plan(way, 0)
    elif not result.changes and result.has(*_GONE):
        yield "Next: `anitrakt apply --resend`, if you want back on Trakt what is gone."
    elif result.has(Fate.TO_REVIEW):
        yield "Next: `anitrakt review`."
