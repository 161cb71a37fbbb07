"""Arbitrary valid plans, for the properties of the plan file.

What is drawn again and again has a name here: Hypothesis checks each strategy once, and one that is put together
anew for every draw costs more than the draw.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from anitrakt_plan.model import (
    TITLE,
    USERS_SCOPES,
    Address,
    Candidate,
    ConflictPolicy,
    DatePolicy,
    Decision,
    EntryKey,
    Facts,
    Kind,
    MarkedAt,
    Match,
    MovieMatch,
    Part,
    PartialDate,
    Parts,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    RatingScope,
    RatingsPolicy,
    Ratio,
    RewatchPolicy,
    Run,
    ShowMatch,
    SourceInfo,
    Status,
    Straight,
    SyncKind,
    TmdbId,
    WorkId,
    title_word,
)
from anitrakt_plan.model.matches import format_match, list_length
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.planfile.dump import dump_plan, key_lines
from anitrakt_plan.planfile.fields import ENTRY
from anitrakt_plan.planfile.text import comment
from anitrakt_plan.sync.desired import marked_once
from tests.secret_search import secrets_in

drawn_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "86",
        "No",
        "K",
        ".hack//SIGN",
        "Re:Zero",
        "Fate/stay night: UBW",
        "#Compass",
        "null",
        "~",
        "- a",
        "'",
        '"',
        "\\",
    ]
)
texts = drawn_texts.filter(lambda text: not secrets_in(text.encode()))
"""Hypothesis draws words of our code, too: with the practice tokens among them, a plan would hold one."""
months = st.dates(date(1900, 1, 1), date(2100, 1, 1))
partial_dates = st.one_of(
    months.map(lambda day: PartialDate(day.year)),
    months.map(lambda day: PartialDate(day.year, day.month)),
    months.map(lambda day: PartialDate(day.year, day.month, day.day)),
)
maybe_text = st.none() | texts
maybe_date = st.none() | partial_dates
maybe_year = st.none() | st.integers(1900, 2100)
maybe_number = st.none() | st.integers(1, 9999)
maybe_rating = st.none() | st.integers(1, 10)
some_texts = st.lists(texts, max_size=3)
reasons = st.lists(texts | st.just("id-maps"), max_size=3)
decisions = st.sampled_from(Decision)
services = st.sampled_from(["mal", "anilist"])
kinds = st.sampled_from(Kind)
statuses = st.sampled_from(Status)
maybe_rates = st.none() | st.sampled_from(RatingScope)
sync_kinds = st.frozensets(st.sampled_from(SyncKind))
maybe_sync_kinds = st.none() | sync_kinds
maybe_rate_policy = st.none() | st.sampled_from(USERS_SCOPES)
date_policies = st.sampled_from(DatePolicy)
maybe_date_policy = st.none() | date_policies

marked = st.builds(
    lambda first, more, at: MarkedAt(first, first + more, at.replace(tzinfo=UTC)),
    st.integers(1, 40),
    st.integers(0, 5),
    st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1)),
)
marks = st.lists(marked, max_size=4)
run_lengths = st.lists(st.integers(1, 60), min_size=1, max_size=3)
part_seasons = st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True)
uneven = st.sampled_from([(2, 1), (1, 2), (3, 2), (1, 3)])


@st.composite
def runs(draw: st.DrawFn, total: int | None = None) -> tuple[Run, ...]:
    """Runs in seasons of their own, together of `total` episodes if that is given."""
    lengths = [total] if total else draw(run_lengths)
    seasons = draw(st.lists(st.integers(0, 40), min_size=len(lengths), max_size=len(lengths), unique=True))
    starts = [draw(st.integers(1, 900)) for _ in lengths]
    return tuple(
        Run(season, first, first + length - 1)
        for season, first, length in zip(seasons, starts, lengths, strict=True)
    )


@st.composite
def parts(draw: st.DrawFn) -> Parts:
    """Parts that are even and do not overlap."""
    found, at = [], 1
    seasons = draw(part_seasons)
    for season in seasons:
        first = at + draw(st.integers(0, 3))
        length, factor = draw(st.integers(1, 20)), draw(st.integers(1, 3))
        start = draw(st.integers(1, 500))
        found.append(Part(first, first + length - 1, (Run(season, start, start + length * factor - 1),)))
        at = first + length
    return Parts(tuple(found))


@st.composite
def ratios(draw: st.DrawFn) -> Ratio:
    """Ratios that come out even."""
    listed, on_trakt = draw(uneven)
    return Ratio(draw(runs(on_trakt * draw(st.integers(1, 12)))), listed, on_trakt)


mappings = st.none() | runs().map(Straight) | ratios() | parts()


@st.composite
def matches(draw: st.DrawFn, work: st.SearchStrategy[WorkId]) -> Match:
    """A film, or episodes of a show."""
    identity = draw(work)
    mapping = draw(mappings)
    return MovieMatch(identity) if mapping is None else ShowMatch(identity, mapping)


addresses = st.sampled_from(
    [
        Address("https://trakt.tv/shows/attack-on-titan/seasons/3"),
        Address("https://app.trakt.tv/shows/one-piece/seasons/21/episodes/3"),
        Address("trakt.tv/movies/a-film-2021"),
    ]
)


numbers = st.integers(1, 10**7)
any_match = matches(numbers | numbers.map(TmdbId))


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    """A candidate as it comes back from a file: with the decimals that a file keeps."""
    return Candidate(
        match=draw(any_match),
        title=draw(texts),
        year=draw(maybe_year),
        url=draw(texts),
        confidence=float(format_confidence(draw(st.floats(0, 1)))),
        why=tuple(draw(reasons)),
    )


def _hint(draw: st.DrawFn, decision: Decision, match: Match | Address | None) -> str | None:
    text = comment(draw(texts))
    if decision is Decision.AUTO:
        assert isinstance(match, ShowMatch | MovieMatch)
        return f"{format_match(match)} · {text}".strip() if text else format_match(match)
    return text or None


some_candidates = st.lists(candidates(), max_size=5)
own_works = matches(st.integers(0, 3) | st.integers(0, 3).map(TmdbId))


def _of_own(key: EntryKey, match: Match) -> Match:
    """The match on a work that no entry but this one's key has."""
    own = key.id if isinstance(key.id, int) else 60_001 + zlib.crc32(key.id.encode()) % 1_000_000
    first = own * 8 + 4 * (key.service == "mal")
    if isinstance(match, MovieMatch):
        return replace(match, movie=_number_after(first, match.movie))
    return replace(match, show=_number_after(first, match.show))


def _number_after(first: int, work: WorkId) -> WorkId:
    return TmdbId(first + work.number) if isinstance(work, TmdbId) else first + work


@st.composite
def entries(draw: st.DrawFn, key: EntryKey) -> PlanEntry:
    """An entry without mistakes; its works are its own, so that no two entries claim the same."""
    decision = draw(decisions)
    match: Match | Address | None = _of_own(key, draw(own_works))
    if decision is not Decision.AUTO and draw(st.booleans()):
        match = draw(addresses)
    if not decision.sends and draw(st.booleans()):
        match = None
    count = list_length(match.mapping) if isinstance(match, ShowMatch) else draw(st.integers(1, 30))
    known = draw(st.booleans())
    return PlanEntry(
        key=key,
        title=draw(texts),
        facts=Facts(draw(kinds), draw(maybe_number), count if known else None),
        progress=Progress(
            status=draw(statuses),
            watched=draw(st.integers(0, count)),
            started=draw(maybe_date),
            finished=draw(maybe_date),
            repeats=draw(st.integers(0, 9)),
            rating=draw(maybe_rating),
            times=marked_once(draw(marks)),
        ),
        decision=decision,
        match=match,
        sure=draw(st.booleans()) if isinstance(match, ShowMatch | MovieMatch) else False,
        english=draw(maybe_text),
        url=draw(maybe_text),
        candidates=tuple(draw(some_candidates)),
        rates=draw(maybe_rates),
        send=draw(maybe_sync_kinds),
        rate=draw(maybe_rate_policy),
        dates=draw(maybe_date_policy),
        note=draw(maybe_text),
        attention=tuple(draw(some_texts)),
        hint=_hint(draw, decision, match),
    )


title_words = (
    st.text(min_size=1, max_size=20)
    .map(title_word)
    .filter(lambda text: text and not secrets_in(text.encode()))
)
entry_keys = st.builds(EntryKey, services, st.integers(1, 60_000)) | st.builds(
    EntryKey, st.just(TITLE), title_words
)
listed_statuses = st.lists(
    st.sampled_from([status for status in Status if status is not Status.GONE]), min_size=1, unique=True
)
policies = st.builds(
    Policy,
    auto_from=st.floats(0, 1),
    dates=date_policies,
    ratings=st.sampled_from(RatingsPolicy),
    on_conflict=st.sampled_from(ConflictPolicy),
    rewatches=st.sampled_from(RewatchPolicy),
    no_date=st.lists(partial_dates, max_size=3, unique=True).map(tuple),
    send=sync_kinds,
)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
sources = st.builds(
    SourceInfo,
    service=services,
    user=maybe_text,
    entries=st.integers(0, 10**5),
    statuses=listed_statuses.map(tuple),
    file=maybe_text,
)


@st.composite
def plans(draw: st.DrawFn, most: int = 5) -> Plan:
    """A whole plan without mistakes."""
    keys = draw(st.lists(entry_keys, max_size=most, unique=True))
    return Plan(
        tool=draw(texts),
        at=draw(moments),
        source=draw(sources),
        target_user=draw(maybe_text),
        policy=draw(policies),
        entries=tuple(draw(entries(key)) for key in sorted(keys)),
    )


tails = st.sampled_from(["", " #> not anitrakt's", ": {", ' "', " é"])
between = st.sampled_from(["", "", "\n", "remark"])
last_lines = st.sampled_from(["", "# mine, the last\n", "# mine, the last"])
line_ends = st.sampled_from(["\n", "\r\n"])
byte_order_marks = st.sampled_from(["", "\ufeff"])
key_orders = st.permutations(ENTRY)


@st.composite
def styled(draw: st.DrawFn, plan: Plan) -> bytes:
    """A plan's bytes as some person keeps them: comments everywhere, keys in another order, other spaces and ends."""
    counter = iter(range(10_000))

    def remark() -> str:
        return f"# mine {next(counter)}" + draw(tails)

    def perhaps(indent: str) -> str:
        what = draw(between)
        return f"{indent}{remark()}\n" if what == "remark" else what

    outer = " " * draw(st.integers(1, 4))
    text = dump_plan(replace(plan, entries=())).replace("entries: {}\n", f"entries:  {remark()}\n")
    for entry in plan.entries:
        inner = outer + " " * draw(st.integers(1, 5))
        fields = draw(key_orders) if draw(st.booleans()) else ENTRY
        text += perhaps(outer) + perhaps("")
        text += f"{outer}{entry.key}:" + (f" {remark()}\n" if draw(st.booleans()) else "\n")
        for field in fields:
            for line in key_lines(entry, field):
                text += inner + line
                text += f"  {remark()}" if "#>" not in line and draw(st.booleans()) else ""
                text += "\n" + perhaps(inner)
    text += perhaps("") + draw(last_lines)
    newline, mark = draw(line_ends), draw(byte_order_marks)
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return (mark + text.replace("\n", newline)).encode()


SPLINTERS = [
    b"\t", b": ", b"- ", b"#>", b'"', b"{", b"}", b"[", b",", b"\n", b"\r\n", b"&a ", b"*a", b"!!x ", b"---\n",
    b"null", b"S01E01", b"decision: confirmed", b"\xff", b"\x00", b"\xe2\x80\xa8", b"%YAML 1.1", b"? ", b"| ",
    b"  mal:1:\n", b"<<<<<<< x\n", b"99999999999999999999", b"'", b"\xef\xbb\xbf",
]  # fmt: skip


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """A valid file with bytes, lines and splinters of YAML put in, taken out and moved."""
    raw = dump_plan(draw(plans(most=3))).encode()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        until = min(len(raw), at + draw(st.integers(0, 40)))
        what = draw(st.sampled_from(["splinter", "bytes", "delete", "copy", "line"]))
        if what == "splinter":
            raw = raw[:at] + draw(st.sampled_from(SPLINTERS)) + raw[at:]
        elif what == "bytes":
            raw = raw[:at] + draw(st.binary(max_size=5)) + raw[until:]
        elif what == "delete":
            raw = raw[:at] + raw[until:]
        elif what == "copy":
            raw = raw[:at] + raw[at:until] + raw[at:]
        else:
            lines = raw.splitlines(keepends=True)
            del lines[draw(st.integers(0, len(lines) - 1))]
            raw = b"".join(lines) or b"x"
    return raw
