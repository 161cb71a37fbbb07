"""What an apply or a diff comes to: by entry first, totals last; for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.words import pluralize

FORMAT = "anitrakt-apply/1"


@dataclass(frozen=True, slots=True)
class RatingResult:
    """One rating to send or sent: of what, its value and the old one; `state` is `planned` in a dry run.

    `rule` says how it comes from several entries: `mean`, or one of the named rules `first`, `last`, `max`.
    """

    subject: str
    value: int
    old: int | None
    state: str
    entries: tuple[str, ...]
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class EntryResult:
    """One entry: plays planned, and what became of them; and why others that are missing were not sent.

    `dates` says in words when the planned plays happened, by the days of the account's time zone.
    """

    key: str
    title: str
    match: str
    planned: int = 0
    sent: int = 0
    refused: int = 0
    in_doubt: int = 0
    unseen: int = 0
    not_found: tuple[str, ...] = ()
    not_found_before: int = 0
    gone: int = 0
    unseen_before: int = 0
    worn_out: int = 0
    held: str | None = None
    leftovers: int = 0
    listings: tuple[str, ...] = ()
    ratings: tuple[RatingResult, ...] = ()
    dates: str | None = None

    @property
    def is_worth_a_line(self) -> bool:
        """Whether something is or was to be sent for it, or needs a word."""
        wrong = (self.held, self.not_found, self.refused, self.in_doubt, self.unseen, self.leftovers)
        return any((self.planned, self.listings, self.ratings, *wrong))


@dataclass(frozen=True, slots=True)
class Totals:
    """The counts of a whole run; in a dry run those of what would be sent.

    `considered`: the confirmed entries that were looked at. What is `_remaining` was to be sent and was not, for the
    run ended early. `leaving_watchlist`: shows and films that Trakt takes off the watchlist when it gets their plays.
    """

    plays: int = 0
    ratings_added: int = 0
    ratings_changed: int = 0
    listings: int = 0
    refused: int = 0
    in_doubt: int = 0
    not_found: int = 0
    unseen: int = 0
    in_sync: int = 0
    ratings_in_sync: int = 0
    ratings_kept: int = 0
    ratings_removed: int = 0
    ratings_unknown: int = 0
    gone: int = 0
    unseen_before: int = 0
    not_found_before: int = 0
    worn_out: int = 0
    held: int = 0
    leftovers: int = 0
    to_review: int = 0
    skipped: int = 0
    requests: int = 0
    considered: int = 0
    plays_remaining: int = 0
    ratings_remaining: int = 0
    listings_remaining: int = 0
    leaving_watchlist: int = 0


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """A whole run. `changes`: it sent something, or in a dry run would. `error` is what ended it early."""

    run: str | None
    user: str
    dry_run: bool
    entries: tuple[EntryResult, ...]
    totals: Totals
    notes: tuple[str, ...]
    exit_code: ExitCode
    changes: bool
    error: str | None = None

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`: only entries about which there is something to say."""
        return {
            "format": FORMAT,
            "run": self.run,
            "user": self.user,
            "dry_run": self.dry_run,
            "entries": [_said(entry) for entry in self.entries],
            "totals": asdict(self.totals),
            "notes": list(self.notes),
            "error": self.error,
            "changes": self.changes,
            "exit_code": int(self.exit_code),
        }


def _said(entry: EntryResult) -> Mapping[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value not in (0, None, (), [])}


# --- for people ---


def report(result: ApplyResult, *, quiet: bool = False) -> tuple[str, ...]:
    """Everything to print, line by line. `quiet`: only what is new and needs a person; nothing if there is none.

    Signs: `+` plays are added, `~` something is changed, `!` a person should look. They do not hang on colour.
    """
    notes = [*result.notes, *([f"Stopped: {result.error}"] if result.error else [])]
    if quiet:
        wrong = [line for entry in result.entries for line in _wrong(entry, result.dry_run)]
        stopped = [_totals_line(result)] if _remaining(result.totals) else []
        return (*wrong, *notes, *stopped)
    lines = [line for entry in result.entries for line in _entry_lines(entry, result.dry_run)]
    totals = [_totals_line(result), *_leaving_lines(result), *_standing_lines(result)]
    following = _next(result)
    return (*lines, *([""] if lines else []), *notes, *totals, *([f"Next: {following}"] if following else []))


def _entry_lines(entry: EntryResult, dry_run: bool) -> Iterator[str]:
    plays = entry.planned if dry_run else entry.sent
    done = [rating for rating in entry.ratings if rating.state in _DONE]
    what = [*_plays(entry, plays), *dict.fromkeys(_rating(rating, done) for rating in done)]
    what += entry.listings if dry_run else ()
    if what:
        is_added = any((plays, entry.listings, None in [rating.old for rating in done]))
        yield f"  {'+' if is_added else '~'} {entry.key}  {entry.title} → {entry.match}   {', '.join(what)}"
    yield from _wrong(entry, dry_run)


def _plays(entry: EntryResult, count: int) -> list[str]:
    dates = f" ({entry.dates})" if entry.dates and count == entry.planned else ""
    return [f"{plays}{dates}" for plays in _counts((count, "play"))]


_DONE = ("planned", "acknowledged", "seen")
_RULES = {"mean": "mean", "first": "first", "last": "last", "max": "best"}


def _rating(rating: RatingResult, among: Sequence[RatingResult]) -> str:
    """One rating in words; the same rating of several episodes is said once."""
    alike = [other for other in among if (other.value, other.old) == (rating.value, rating.old)]
    value = str(rating.value) if rating.old is None else f"{rating.old} → {rating.value}"
    if len(alike) > 1:
        return f"rating {value} ({_some(tuple(other.subject for other in alike))})"
    of = "" if rating.subject.startswith("movie") else f" ({rating.subject})"
    shared = f", the {_RULES[rating.rule]} of {len(rating.entries)} entries" if rating.rule else ""
    return f"rating {value}{of}{shared}"


def _wrong(entry: EntryResult, dry_run: bool) -> Iterator[str]:
    head = f"  ! {entry.key}  {entry.title} → {entry.match}   "
    if entry.held:
        yield f"{head}held back: {entry.held}"
    if entry.not_found:
        yield f"{head}Trakt does not know {_some(entry.not_found)}; held back until the match changes"
    for count, what in (
        (entry.refused, "refused"),
        (entry.in_doubt, "in doubt; the next apply settles it"),
        (0 if dry_run else entry.unseen, "acknowledged and not listed by Trakt"),
        (entry.leftovers, "of an earlier match left (`anitrakt undo --stale`)"),
    ):
        if count:
            yield f"{head}{pluralize(count, 'play')} {what}"
    for rating in entry.ratings:
        if rating.state in ("refused", "in-doubt", "not-found"):
            yield f"{head}rating {rating.value} ({rating.subject}): {rating.state.replace('-', ' ')}"


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _counts(*counts: tuple[int, str]) -> list[str]:
    """Each number with its noun, where it is not 0."""
    return [pluralize(count, noun) for count, noun in counts if count]


def _totals_line(result: ApplyResult) -> str:
    totals = result.totals
    verbs = ("to add", "to change") if result.dry_run else ("added", "changed")
    added = " and ".join(_counts((totals.plays, "play"), (totals.ratings_added, "rating")))
    pieces = (
        *([f"{added} {verbs[0]}"] if added else []),
        *(f"{count} {verbs[1]}" for count in _counts((totals.ratings_changed, "rating"))),
        *(f"{count} {verbs[0]}" for count in _counts((totals.listings, "list item"))),
    )
    said = ", ".join(pieces)
    if result.dry_run:
        return f"To send to `{result.user}`: {said}." if said else _nothing(result)
    if not said:
        return "Nothing was sent." if result.exit_code else _nothing(result)
    head = "Apply complete" if result.exit_code == 0 else "Applied in part"
    undo = f" Run {result.run} (`anitrakt undo` takes it back)." if result.run else ""
    remaining = _remaining(totals)
    return f"{head}: {said}{f'; {remaining} remain to be sent' if remaining else ''}.{undo}"


def _remaining(totals: Totals) -> str:
    return ", ".join(
        _counts(
            (totals.plays_remaining, "play"),
            (totals.ratings_remaining, "rating"),
            (totals.listings_remaining, "list item"),
        )
    )


def _nothing(result: ApplyResult) -> str:
    """Why there is nothing to send. All of it is on Trakt only where nothing confirmed is missing there."""
    totals, head = result.totals, f"Nothing to send to `{result.user}`"
    if not totals.considered and totals.to_review:
        wait = "waits" if totals.to_review == 1 else "wait"
        return f"{head}: nothing is confirmed yet; {pluralize(totals.to_review, 'entry')} {wait} in review."
    if not totals.considered:
        return f"{head}: none of these entries is confirmed and in the list."
    gone = _counts((totals.gone, "play"), (totals.ratings_removed, "rating"))
    if gone:
        were = "was" if totals.gone + totals.ratings_removed == 1 else "were"
        return (
            f"{head}: {' and '.join(gone)} {were} taken back, or removed on Trakt since; "
            "`--resend` sends what is gone."
        )
    waiting = totals.in_doubt + totals.unseen_before + totals.worn_out + totals.held
    if waiting + totals.not_found_before + totals.ratings_unknown:
        return f"{head}."
    return f"No changes: everything confirmed is already on Trakt (`{result.user}`)."


def _leaving_lines(result: ApplyResult) -> Iterator[str]:
    if result.dry_run and result.totals.leaving_watchlist:
        yield leaving_sentence(result.totals.leaving_watchlist)


def leaving_sentence(count: int) -> str:
    """Said before plays are sent of what stands on the watchlist (apis: Trakt takes it off by itself)."""
    leave = "leaves" if count == 1 else "leave"
    what = "1 show or film" if count == 1 else f"{count} shows and films"
    return f"{what} {leave} your watchlist, because Trakt takes off it what gets plays (`anitrakt undo` puts back)."


_REMOVED = "removed on Trakt since, or taken back (`--resend` sends)"
_UNKNOWN = "not known to Trakt, until the match changes"


def _standing_lines(result: ApplyResult) -> Iterator[str]:
    """What was not sent, one counted line each; nothing for what is not there, or was said as the reason above."""
    totals = result.totals
    if not result.changes and not result.exit_code:
        totals = replace(totals, gone=0, ratings_removed=0)
    ready = [
        f"{count} in sync" for count in _counts((totals.in_sync, "play"), (totals.ratings_in_sync, "rating"))
    ]
    ready += [
        f"{count} {what}"
        for count, what in ((totals.to_review, "to review"), (totals.skipped, "skipped"))
        if count
    ]
    if ready:
        yield f"{', '.join(ready)}."
    kept = "given otherwise on Trakt (`anitrakt plan --update --on-conflict replace` sends)"
    for count, head, noun, why in (
        (totals.ratings_kept, "Not sent", "rating", kept),
        (totals.ratings_removed, "Not sent", "rating", _REMOVED),
        (totals.gone, "Not sent", "play", _REMOVED),
        (totals.unseen_before, "Not sent", "play", "acknowledged earlier but not listed (`--resend` sends)"),
        (totals.worn_out, "Not sent", "play", "sent three times in vain (`--resend` sends)"),
        (totals.not_found_before, "Held back", "play", _UNKNOWN),
        (totals.ratings_unknown, "Held back", "rating", _UNKNOWN),
        (
            totals.leftovers,
            "Left on Trakt",
            "play",
            "of an earlier match (`anitrakt undo --stale` takes back)",
        ),
    ):
        if count:
            yield f"{head}: {pluralize(count, noun)}, {why}."


def _next(result: ApplyResult) -> str | None:
    totals = result.totals
    if result.exit_code:
        is_unfinished = any((totals.in_doubt, totals.refused, result.error, _remaining(totals)))
        return "run the same command again; it reads first and goes on from there." if is_unfinished else None
    if result.changes and result.dry_run:
        return "`anitrakt apply`."
    if not result.changes and (totals.gone or totals.ratings_removed):
        return "`anitrakt apply --resend`, if you want back on Trakt what is gone."
    return "`anitrakt review`." if totals.to_review else None
