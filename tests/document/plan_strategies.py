"""Arbitrary valid plans, for the properties of the plan file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from anitrakt_plan.core.dates import marked_once
from anitrakt_plan.core.episodes import format_match, list_length
from anitrakt_plan.core.model import (
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
    RatePolicy,
    Rates,
    RatingsPolicy,
    Ratio,
    RewatchPolicy,
    Run,
    Service,
    ShowMatch,
    SourceInfo,
    Status,
    Straight,
    SyncKind,
)
from anitrakt_plan.document.dumping import dump_plan, format_confidence, key_lines
from anitrakt_plan.document.entries import ENTRY_KEYS
from anitrakt_plan.document.quoting import comment

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
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
months = st.dates(date(1900, 1, 1), date(2100, 1, 1))
partial_dates = st.one_of(
    months.map(lambda day: PartialDate(day.year)),
    months.map(lambda day: PartialDate(day.year, day.month)),
    months.map(lambda day: PartialDate(day.year, day.month, day.day)),
)

marked = st.builds(
    lambda first, more, at: MarkedAt(first, first + more, at.replace(tzinfo=UTC)),
    st.integers(1, 40),
    st.integers(0, 5),
    st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1)),
)


@st.composite
def runs(draw: st.DrawFn, total: int | None = None) -> tuple[Run, ...]:
    """Runs in seasons of their own, together of `total` episodes if that is given."""
    lengths = [total] if total else draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))
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
    seasons = draw(st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True))
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
    listed, on_trakt = draw(st.sampled_from([(2, 1), (1, 2), (3, 2), (1, 3)]))
    return Ratio(draw(runs(on_trakt * draw(st.integers(1, 12)))), listed, on_trakt)


@st.composite
def matches(draw: st.DrawFn, work: st.SearchStrategy[int]) -> Match:
    """A film, or episodes of a show."""
    identity = draw(work)
    mapping = draw(st.none() | runs().map(Straight) | ratios() | parts())
    return MovieMatch(identity) if mapping is None else ShowMatch(identity, mapping)


addresses = st.sampled_from(
    [
        Address("https://trakt.tv/shows/attack-on-titan/seasons/3"),
        Address("https://app.trakt.tv/shows/one-piece/seasons/21/episodes/3"),
        Address("trakt.tv/movies/a-film-2021"),
    ]
)


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    """A candidate as it comes back from a file: with the decimals that a file keeps."""
    return Candidate(
        match=draw(matches(st.integers(1, 10**7))),
        title=draw(texts),
        year=draw(st.none() | st.integers(1900, 2100)),
        url=draw(texts),
        confidence=float(format_confidence(draw(st.floats(0, 1)))),
        why=tuple(draw(st.lists(texts | st.just("id-maps"), max_size=3))),
    )


def _hint(draw: st.DrawFn, decision: Decision, match: Match | Address | None) -> str | None:
    text = comment(draw(texts))
    if decision is Decision.AUTO:
        assert isinstance(match, ShowMatch | MovieMatch)
        return f"{format_match(match)} · {text}".strip() if text else format_match(match)
    return text or None


@st.composite
def entries(draw: st.DrawFn, key: EntryKey) -> PlanEntry:
    """An entry without mistakes; its works are its own, so that no two entries claim the same."""
    decision = draw(st.sampled_from(Decision))
    own = st.integers(0, 3).map(lambda number: key.id * 8 + number + 4 * (key.service is Service.MAL))
    match: Match | Address | None = draw(matches(own))
    if decision is not Decision.AUTO:
        match = draw(st.just(match) | addresses)
    if not decision.sends:
        match = draw(st.just(match) | st.none())
    count = list_length(match.mapping) if isinstance(match, ShowMatch) else draw(st.integers(1, 30))
    known = draw(st.booleans())
    return PlanEntry(
        key=key,
        title=draw(texts),
        facts=Facts(
            draw(st.sampled_from(Kind)), draw(st.none() | st.integers(1, 9999)), count if known else None
        ),
        progress=Progress(
            status=draw(st.sampled_from(Status)),
            watched=draw(st.integers(0, count)),
            started=draw(st.none() | partial_dates),
            finished=draw(st.none() | partial_dates),
            repeats=draw(st.integers(0, 9)),
            rating=draw(st.none() | st.integers(1, 10)),
            times=marked_once(draw(st.lists(marked, max_size=4))),
        ),
        decision=decision,
        match=match,
        sure=draw(st.booleans()) if isinstance(match, ShowMatch | MovieMatch) else False,
        english=draw(st.none() | texts),
        url=draw(st.none() | texts),
        candidates=tuple(draw(st.lists(candidates(), max_size=5))),
        rates=draw(st.none() | st.sampled_from(Rates)),
        send=draw(st.none() | st.frozensets(st.sampled_from(SyncKind))),
        rate=draw(st.none() | st.sampled_from(RatePolicy)),
        dates=draw(st.none() | st.sampled_from(DatePolicy)),
        note=draw(st.none() | texts),
        attention=tuple(draw(st.lists(texts, max_size=3))),
        hint=_hint(draw, decision, match),
    )


@st.composite
def plans(draw: st.DrawFn, most: int = 5) -> Plan:
    """A whole plan without mistakes."""
    keys = draw(
        st.lists(
            st.builds(EntryKey, st.sampled_from(Service), st.integers(1, 60_000)), max_size=most, unique=True
        )
    )
    statuses = st.sampled_from([status for status in Status if status is not Status.GONE])
    return Plan(
        tool=draw(texts),
        at=draw(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1))).replace(microsecond=0, tzinfo=UTC),
        source=SourceInfo(
            service=draw(st.sampled_from(Service)),
            user=draw(st.none() | texts),
            entries=draw(st.integers(0, 10**5)),
            statuses=tuple(draw(st.lists(statuses, min_size=1, unique=True))),
            file=draw(st.none() | texts),
        ),
        target_user=draw(st.none() | texts),
        policy=Policy(
            auto_from=draw(st.floats(0, 1)),
            dates=draw(st.sampled_from(DatePolicy)),
            ratings=draw(st.sampled_from(RatingsPolicy)),
            on_conflict=draw(st.sampled_from(ConflictPolicy)),
            rewatches=draw(st.sampled_from(RewatchPolicy)),
            no_date=tuple(draw(st.lists(partial_dates, max_size=3, unique=True))),
            send=draw(st.frozensets(st.sampled_from(SyncKind))),
        ),
        entries=tuple(draw(entries(key)) for key in sorted(keys)),
    )


@st.composite
def styled(draw: st.DrawFn, plan: Plan) -> bytes:
    """A plan's bytes as some person keeps them: comments everywhere, keys in another order, other spaces and ends."""
    counter = iter(range(10_000))

    def remark() -> str:
        return f"# mine {next(counter)}" + draw(
            st.sampled_from(["", " #> not anitrakt's", ": {", ' "', " é"])
        )

    def perhaps(indent: str) -> str:
        return draw(st.sampled_from(["", "", "\n", f"{indent}{remark()}\n"]))

    outer = " " * draw(st.integers(1, 4))
    text = dump_plan(replace(plan, entries=())).replace("entries: {}\n", f"entries:  {remark()}\n")
    for entry in plan.entries:
        inner = outer + " " * draw(st.integers(1, 5))
        names = draw(st.permutations(ENTRY_KEYS)) if draw(st.booleans()) else ENTRY_KEYS
        text += perhaps(outer) + perhaps("")
        text += f"{outer}{entry.key}:" + (f" {remark()}\n" if draw(st.booleans()) else "\n")
        for name in names:
            for line in key_lines(entry, name):
                text += inner + line
                text += f"  {remark()}" if "#>" not in line and draw(st.booleans()) else ""
                text += "\n" + perhaps(inner)
    text += perhaps("") + draw(st.sampled_from(["", "# mine, the last\n", "# mine, the last"]))
    newline, mark = draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from(["", "\ufeff"]))
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return (mark + text.replace("\n", newline)).encode()
