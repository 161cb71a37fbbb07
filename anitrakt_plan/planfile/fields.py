"""Every key of a plan, once: whose it is, how it is read, written and described, and where the model keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from anitrakt_plan.model import (
    DEFAULT_SEND,
    MAX_REPEATS,
    USERS_SCOPES,
    Address,
    Candidate,
    ConflictPolicy,
    DatePolicy,
    Decision,
    Facts,
    Kind,
    Match,
    MovieMatch,
    Part,
    Parts,
    Plan,
    Policy,
    Progress,
    RatingScope,
    RatingsPolicy,
    Ratio,
    RewatchPolicy,
    Run,
    SourceInfo,
    Status,
    SyncKind,
)
from anitrakt_plan.model.matches import format_runs, format_span
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.planfile.read_match import (
    MAX_CANDIDATES,
    TMDB_ID,
    read_candidates,
    read_match,
    read_parts,
    read_ratio,
    read_runs,
    read_span,
    read_work_id,
)
from anitrakt_plan.planfile.text import quoted, word
from anitrakt_plan.planfile.values import (
    DATE,
    INSTANT,
    SERVICE,
    SHARE,
    SPAN_PATTERN,
    TEXT,
    TEXT_OR_NULL,
    TIMES,
    UNSET,
    YES_OR_NO,
    Field,
    Owner,
    ValueKind,
    flow_list,
    flow_map,
    names_of,
    number,
    only,
    record,
    several,
    word_of,
    written_fields,
)

PLAN_FORMAT = "anitrakt-plan/1"
MAX_ID = 10**12

# --- fixed words, with what they mean ---------------------------------------------------------------------

_KINDS = {
    Kind.TV: "A series.",
    Kind.TV_SHORT: "A series of short episodes.",
    Kind.MOVIE: "A film.",
    Kind.SPECIAL: "A special.",
    Kind.TV_SPECIAL: "A special shown on television.",
    Kind.OVA: "Published on disc or tape.",
    Kind.ONA: "Published on the net.",
    Kind.MUSIC: "A music video.",
    Kind.CM: "A commercial.",
    Kind.PV: "A promotional video.",
    Kind.UNKNOWN: "The list does not say.",
}
_ASKED_STATUSES = {
    Status.WATCHING: "Being watched: only the first `watched` episodes go.",
    Status.COMPLETED: "Watched to the end: all episodes, whatever number the list gives.",
    Status.REPEATING: "Watched to the end and being watched again: all episodes.",
    Status.PAUSED: "On hold: only the first `watched` episodes go.",
    Status.DROPPED: "Given up: only the first `watched` episodes go.",
    Status.PLANNED: "Not begun: has no plays.",
}
_STATUSES = _ASKED_STATUSES | {Status.GONE: "The list has it no more; not sent."}
_RATES = {
    RatingScope.MOVIE: "The film.",
    RatingScope.SHOW: "The whole show.",
    RatingScope.SEASON: "The season.",
    RatingScope.EPISODES: "Each of its episodes.",
    RatingScope.SEASON_AND_SHOW: "The season and the show.",
    RatingScope.OFF: "Nothing.",
}
_RATE = {scope: _RATES[scope] for scope in USERS_SCOPES}
_DATES = {
    DatePolicy.FINISH: "The day it was finished, at noon in the account's time zone; without a full date: unknown.",
    DatePolicy.SPREAD: "Evenly from the day it was started to the day it was finished.",
    DatePolicy.RELEASED: "Each episode on the day it was first aired; a film on its release date.",
    DatePolicy.UNKNOWN: "An unknown date, which Trakt shows as such.",
    DatePolicy.ACTIVITY: "The day on which the list service saw each episode being marked, where it tells.",
}
_RATINGS = {
    RatingsPolicy.AUTO: "A film the film, an entry that is a whole show the show, one of several its season, "
    "specials the episodes.",
    RatingsPolicy.SEASON: "The season.",
    RatingsPolicy.SHOW_FIRST: "The show, by the first entry's rating.",
    RatingsPolicy.SHOW_LAST: "The show, by the last entry's rating.",
    RatingsPolicy.SHOW_MEAN: "The show, by the mean of its entries.",
    RatingsPolicy.SHOW_MAX: "The show, by the best of its entries.",
    RatingsPolicy.BOTH: "The season, and the show by the mean.",
    RatingsPolicy.OFF: "Nothing.",
}
_CONFLICTS = {ConflictPolicy.KEEP: "Trakt's stays.", ConflictPolicy.REPLACE: "The list's replaces it."}
_REWATCHES = {
    RewatchPolicy.IGNORE: "One play for each episode.",
    RewatchPolicy.COUNT: "As many plays as the list counts.",
}
_SENT = {
    SyncKind.HISTORY: "Plays.",
    SyncKind.RATINGS: "Ratings.",
    SyncKind.WATCHLIST: "What is planned goes to the watchlist.",
    SyncKind.DROPPED: "Shows that were dropped get Trakt's mark of dropped shows.",
}
_DECISIONS = {
    Decision.AUTO: "Matched by anitrakt; is sent; looked at again at each re-plan.",
    Decision.CONFIRMED: "Decided by you; is sent; never changed by anitrakt.",
    Decision.REVIEW: "Not sent until you decide.",
    Decision.SKIP: "Never sent.",
}
DECIDED = {one: _DECISIONS[one] for one in (Decision.CONFIRMED, Decision.SKIP)}
DATES = word_of(_DATES)
DECISION = word_of(_DECISIONS)


def _write_kinds(kinds: Iterable[SyncKind]) -> str:
    return flow_list(kind.value for kind in SyncKind if kind in frozenset(kinds))


SEND = replace(several(word_of(_SENT), "thing to send", "[history, ratings]", frozenset), write=_write_kinds)

# --- `generated` ------------------------------------------------------------------------------------------

SOURCE = (
    Field("service", SERVICE, "The list service.", "service", needed=True, default=""),
    Field(
        "user",
        TEXT_OR_NULL,
        "Whose list it is; null for a list file that does not say.",
        needed=True,
        nullable=True,
        default=None,
        omit=UNSET,
    ),
    Field("file", TEXT, "The list file that the plan was made from."),
    Field(
        "entries",
        number(high=10**9),
        "How many entries the list had. A re-plan that finds far fewer stops.",
        needed=True,
        nullable=True,
        default=0,
    ),
    Field(
        "statuses",
        several(
            word_of(_ASKED_STATUSES), "status", "[completed, watching]", empty="so nothing could be sent"
        ),
        "The statuses whose entries are sent.",
        needed=True,
        default=(),
    ),
)
TARGET = (
    Field("service", only("trakt", "the target's service can only be trakt"), "Always trakt.", needed=True),
    Field(
        "user",
        TEXT_OR_NULL,
        "The account that the plan is for; null where it was made without a sign-in.",
        needed=True,
        nullable=True,
        omit=UNSET,
    ),
)
POLICY = (
    Field("auto_from", SHARE, "The confidence from which a match is `auto`."),
    Field("dates", DATES, "Which date the plays get.", "policy for dates"),
    Field("ratings", word_of(_RATINGS), "What the ratings of a show's entries rate.", "policy for ratings"),
    Field(
        "on_conflict",
        word_of(_CONFLICTS),
        "Which rating wins where Trakt has another one.",
        "policy for conflicts",
    ),
    Field(
        "rewatches",
        word_of(_REWATCHES),
        "Whether rewatches become plays of their own.",
        "policy for rewatches",
    ),
    Field(
        "no_date",
        several(DATE, "a day of `no_date`", '["2019-07-01"]'),
        "Days on which many entries were marked at once; plays of these days are sent without a date.",
        omit=(),
    ),
    Field("send", SEND, "Which kinds of things are sent. Left out: history and ratings.", omit=DEFAULT_SEND),
)


NOTHING_PLANNED = Plan("", datetime(1970, 1, 1, tzinfo=UTC), SourceInfo("", None, 0, ()), None, Policy())
"""Stands for what can't be read of `generated`: by it, nothing is sent."""


def _write_target(user: str | None) -> str:
    return flow_map(["service: trakt", f"user: {TEXT_OR_NULL.write(user)}"])


_TARGET = replace(
    record(lambda user=None, **_: user, TARGET, '{service: trakt, user: "yourname"}'),
    write=_write_target,
)
GENERATED = (
    Field("tool", TEXT, "The version of anitrakt that wrote the file.", needed=True),
    Field("at", INSTANT, "When the file was last planned, in UTC.", needed=True),
    Field(
        "source",
        record(SourceInfo, SOURCE, '{service: mal, user: "yourname", entries: 412, statuses: [completed]}'),
        "The list that the plan was made from.",
        needed=True,
    ),
    Field("target", _TARGET, "The Trakt account.", attributes=("target_user",), needed=True, omit=UNSET),
    Field(
        "policy",
        record(Policy, POLICY, "{auto_from: 0.99, dates: finish, ratings: auto}"),
        "The rules of this plan.",
        needed=True,
    ),
)
HEADER = replace(
    record(partial(replace, NOTHING_PLANNED), GENERATED, "tool, at, source, target and policy below it"),
    schema={"$ref": "#/definitions/generated"},
)

# --- a match and the candidates ---------------------------------------------------------------------------


def _write_runs(runs: Sequence[Run]) -> str:
    text = format_runs(runs)
    return quoted(text) if len(runs) > 1 else text


def _write_part(part: Part) -> str:
    return flow_map(written_fields(PART, part))


def write_match(match: Match | Address | None, *, sure: bool = False) -> str:
    """A match as the plan has it: a map on one line, a quoted address, or null."""
    if match is None:
        return "null"
    if isinstance(match, Address):
        return quoted(match.url)
    return flow_map([*_match_parts(match), *(["sure: true"] if sure else [])])


def _match_parts(match: Match) -> list[str]:
    if isinstance(match, MovieMatch):
        return [f"movie: {match.movie}"]
    mapping = match.mapping
    if isinstance(mapping, Parts):
        return [f"show: {match.show}", f"parts: {flow_list(map(_write_part, mapping.parts))}"]
    ratio = [f'ratio: "{mapping.list_count}:{mapping.trakt_count}"'] if isinstance(mapping, Ratio) else []
    return [f"show: {match.show}", f"episodes: {_write_runs(mapping.runs)}", *ratio]


def write_candidate(candidate: Candidate) -> str:
    """A candidate as a map on one line, which can be copied behind `match:` as it is."""
    return flow_map([*_match_parts(candidate.match), *written_fields(CANDIDATE, candidate)])


_EPISODES = Field(
    "episodes",
    ValueKind(read_runs, _write_runs, {"$ref": "#/definitions/runs"}),
    "The episodes on Trakt.",
    nullable=False,
)
PART = (
    Field(
        "list",
        ValueKind(
            read_span,
            lambda span: format_span(*span),
            {
                "oneOf": [
                    {"type": "integer", "minimum": 1, "maximum": 99999},
                    {"type": "string", "pattern": SPAN_PATTERN},
                ]
            },
        ),
        "The list's episodes: 2-24, or 1 for a single one.",
        attributes=("first", "last"),
        needed=True,
    ),
    replace(_EPISODES, attributes=("runs",), needed=True),
)
_TRAKT_ID = number(1, MAX_ID)
_WORK_ID: ValueKind[Any] = ValueKind(
    partial(read_work_id, trakt=_TRAKT_ID),
    str,
    {
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": MAX_ID,
        "pattern": f"^{TMDB_ID}$",
        "examples": [1420, "tmdb:95479"],
    },
)
MOVIE = (
    Field(
        "movie",
        _WORK_ID,
        "The film that the entry is: its Trakt id, or its TMDB id as tmdb:372058.",
        nullable=False,
        needed=True,
    ),
)
SHOW = (
    Field(
        "show",
        _WORK_ID,
        "The show in which the entry's episodes are: its Trakt id, or its TMDB id as tmdb:95479.",
        needed=True,
    ),
    _EPISODES,
    Field(
        "ratio",
        ValueKind(
            read_ratio,
            str,
            {
                "type": "string",
                "pattern": r"^\s*[1-9]\d{0,2}\s*:\s*[1-9]\d{0,2}\s*$",
                "examples": ["2:1", "1:2"],
            },
        ),
        "How the list's episodes go onto Trakt's where the counts differ: \"2:1\" if two of the list's are one on "
        'Trakt, "1:2" if one of the list\'s is two there.',
        nullable=False,
    ),
    Field(
        "parts",
        ValueKind(
            partial(read_parts, fields=PART),
            str,
            {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/part"}},
        ),
        "An uneven match, part by part. The list's episodes that no part names are not sent.",
        nullable=False,
    ),
)
SURE = Field(
    "sure",
    YES_OR_NO,
    "True: the id was typed by hand and is meant, even if its title, kind or episode count look different.",
    nullable=False,
)
CANDIDATE = (
    Field("title", TEXT, "The title on Trakt.", "the title", needed=True),
    Field(
        "year",
        number(1, 9999),
        "The year on Trakt: of the film, or of the show's beginning.",
        "the year",
        default=None,
    ),
    Field("url", TEXT, "The page on trakt.tv, or on themoviedb.org.", "the address", needed=True),
    Field(
        "confidence",
        replace(SHARE, write=format_confidence),
        "How sure anitrakt is, from 0 to 1: of candidates at 0.90, 90 in 100 are right.",
        "the confidence",
        needed=True,
    ),
    Field(
        "why",
        several(replace(TEXT, write=word), "a reason", "[title, year]", unique=False),
        "What speaks for and against it, in short codes; `anitrakt explain KEY` tells more.",
        omit=(),
    ),
)
_ANYTHING: ValueKind[None] = ValueKind(lambda _: None, str, {})
IGNORED = tuple(
    Field(field.name, _ANYTHING, "Carried over from a candidate; ignored.", nullable=False)
    for field in CANDIDATE
)
_PLACE = tuple(replace(field, needed=False, nullable=False) for field in (*MOVIE, *SHOW))
_MATCH = ValueKind(
    partial(read_match, fields=(*_PLACE, SURE, *IGNORED)),
    lambda place: write_match(place[0], sure=place[1]),
    {"$ref": "#/definitions/match"},
)
MATCH = Field(
    "match",
    _MATCH,
    "Where the entry is on Trakt.",
    "the match",
    owner=Owner.USER,
    attributes=("match", "sure"),
    nullable=False,
    default=(None, False),
    omit=UNSET,
)
_CANDIDATES = ValueKind(
    partial(read_candidates, fields=(*_PLACE, *CANDIDATE)),
    lambda candidates: flow_list(map(write_candidate, candidates)),
    {"type": "array", "maxItems": MAX_CANDIDATES, "items": {"$ref": "#/definitions/candidate"}},
)

# --- an entry ---------------------------------------------------------------------------------------------

LIST = (
    Field(
        "status",
        word_of(_STATUSES),
        "Where the entry stands in the list.",
        "status",
        needed=True,
        default=Status.GONE,
    ),
    Field("watched", number(), "How many of the list's episodes were watched."),
    Field("started", DATE, "When it was begun; may lack the day, or the month and day."),
    Field("finished", DATE, "When it was finished; may lack the day, or the month and day."),
    Field("repeats", number(high=MAX_REPEATS), "How often it was watched again.", omit=0),
    Field("rating", number(1, 10, "PLAN024"), "Your rating on Trakt's scale, 1 to 10.", "a rating"),
    Field(
        "times",
        TIMES,
        "When AniList saw episodes being marked, in UTC, from its export; only with `dates: activity`.",
        omit=(),
    ),
)
FACTS = (
    Field("kind", word_of(_KINDS), "What kind of work it is.", "kind", needed=True, default=Kind.UNKNOWN),
    Field("year", number(1, 9999), "The year in which it began.", "the year"),
    Field(
        "episodes",
        number(1),
        "How many episodes it has; left out where the list does not say.",
    ),
)


def _write_progress(progress: Progress) -> str:
    silent = not progress.watched and progress.status in (Status.PLANNED, Status.GONE)
    return flow_map(
        written_fields((field for field in LIST if not silent or field.name != "watched"), progress)
    )


def _ours(name: str, kind: ValueKind[Any], said: str, what: str = "", **more: Any) -> Field:
    return Field(name, kind, f"{said} anitrakt's.", what, **more)


def _yours(name: str, kind: ValueKind[Any], said: str, what: str = "", **more: Any) -> Field:
    return Field(name, kind, f"Yours: {said}", what, Owner.USER, **more)


ENTRY = (
    _ours("title", TEXT, "The title on the list service.", needed=True, default=""),
    _ours("english", TEXT, "The English title, where it is another one."),
    _ours("url", TEXT, "The entry's page on the list service."),
    _ours(
        "source",
        record(Facts, FACTS, "{kind: TV, year: 2019, episodes: 12}"),
        "What the list service says of the work.",
        attributes=("facts",),
        needed=True,
        default=Facts(Kind.UNKNOWN),
    ),
    _ours(
        "list",
        replace(record(Progress, LIST, "{status: completed, watched: 12}"), write=_write_progress),
        "What your list says of it: never more than this is sent.",
        attributes=("progress",),
        needed=True,
        default=Progress(Status.GONE),
    ),
    Field(
        "rates",
        word_of(_RATES),
        "What the entry's rating goes to. anitrakt's; fixed once it was sent.",
        "thing to rate",
    ),
    _yours(
        "send",
        SEND,
        "which of these the entry may send, in the place of the plan's rule; as far as its status has them. Left out: "
        "what the plan's rules send.",
    ),
    _yours(
        "rate", word_of(_RATE), "what the entry's rating goes to, in the place of `rates`.", "thing to rate"
    ),
    _yours(
        "dates",
        DATES,
        "which date this entry's plays get, in the place of the plan's rule.",
        "policy for dates",
    ),
    _yours(
        "decision",
        DECISION,
        "whether the entry may be sent.",
        "decision",
        needed=True,
        default=Decision.REVIEW,
    ),
    MATCH,
    _yours("note", TEXT, "text that must last."),
    _ours(
        "attention",
        several(TEXT, "a line of `attention`", '["…"]', unique=False),
        "What changed beneath a decision of yours.",
        omit=(),
    ),
    _ours(
        "candidates",
        _CANDIDATES,
        "Where the entry might be on Trakt, best first; copy one behind `match:` as it is.",
        omit=(),
    ),
)
"""The keys of an entry, in the order in which anitrakt writes them."""

ENTRY_KEYS = names_of(ENTRY)
USERS_KEYS = names_of(field for field in ENTRY if field.owner is Owner.USER)
NOT_IN_ENTRY = dict.fromkeys(names_of((*_PLACE, SURE, *IGNORED)), "it belongs inside `match: {…}`")
NOT_IN_ENTRY |= dict.fromkeys(names_of(LIST), "it belongs inside `list: {…}`")
NOT_IN_ENTRY = {name: hint for name, hint in NOT_IN_ENTRY.items() if name not in ENTRY_KEYS}
"""Keys that stand elsewhere in the file, and where."""

# --- the whole file ---------------------------------------------------------------------------------------

_ENTRIES = replace(
    _ANYTHING,
    schema={
        "type": ["object", "null"],
        "additionalProperties": False,
        "patternProperties": {
            "^[a-z]+:[1-9][0-9]{0,12}$": {"$ref": "#/definitions/entry"},
            r"^title:[^\s:]{1,100}$": {"$ref": "#/definitions/entry"},
        },
    },
)
PLAN = (
    Field("format", only(PLAN_FORMAT, ""), "The format of this file, with its version.", needed=True),
    Field("generated", HEADER, "What the plan was made from.", needed=True),
    Field(
        "entries",
        _ENTRIES,
        "The entries, by service and id, in the order of their numbers; those of which the list has no id come last, "
        "by their title. `decision: skip` leaves one out; a deleted one comes back with the next plan.",
        needed=True,
    ),
)
