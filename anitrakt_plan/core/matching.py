"""Matching: proposes a match for an entry, or candidates for a person to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from anitrakt_plan.core.calibration import SETTLED, calibrated, format_confidence
from anitrakt_plan.core.evidence import Judged, Option, Proposal, SignalValue
from anitrakt_plan.core.hints import auto_hint, reasons, review_hint
from anitrakt_plan.core.model import Candidate, Decision, Entry, Kind, Movie
from anitrakt_plan.core.signals import SERIES
from anitrakt_plan.core.weighing import Verdict, Weighed, judge, options_for

__all__ = [
    "Judged",
    "Option",
    "Proposal",
    "SignalValue",
    "is_certain",
    "judge",
    "nothing_found",
    "options_for",
    "propose",
]

MOST_CANDIDATES = 5
MOST_JUDGED = 12
LEAST_GAP = 0.05  # how far a second candidate must be behind in belief
NEGLIGIBLE = 0.005  # candidates with less belief than this are no help to a person
ALWAYS_OFFERED = 3  # but so many are offered in any case


def propose(entry: Entry, verdict: Verdict, *, auto_from: float, settled: bool = False) -> Proposal:
    """The proposal for one entry: auto if the best option is certain enough and nothing caps it, else review.

    `settled`: two id maps agree so well on the best option that only a demand for more than SETTLED holds it back.
    """
    rows = [row for row in verdict.options if row.option.match is not None]
    if not rows:
        return nothing_found(entry)
    judged = tuple(_judged(entry, row, verdict, best=row is rows[0]) for row in rows[:MOST_JUDGED])
    best = judged[0]
    if settled:
        sure = replace(best.candidate, confidence=max(best.candidate.confidence, SETTLED))
        best = Judged(sure, best.signals)
        judged = (best, *judged[1:])
    confidence = best.candidate.confidence
    wanted = list(best.caps)
    if confidence < auto_from:
        wanted.insert(0, f"a confidence of {auto_from:g} (it is {format_confidence(confidence)})")
    offered = tuple(
        item.candidate
        for index, item in enumerate(judged[:MOST_CANDIDATES])
        if index < ALWAYS_OFFERED or rows[index].belief >= NEGLIGIBLE
    )
    if not wanted:
        return Proposal(
            entry.key,
            Decision.AUTO,
            best.candidate.match,
            confidence,
            best.candidate.why,
            auto_hint(best.candidate),
            judged=judged[:MOST_CANDIDATES],
        )
    return Proposal(
        entry.key,
        Decision.REVIEW,
        None,
        confidence,
        best.candidate.why,
        review_hint(offered, best, auto_from),
        offered,
        judged,
        "; ".join(wanted),
    )


def is_certain(entry: Entry, verdict: Verdict, *, auto_from: float) -> bool:
    """Whether `propose` would make an unsettled entry auto; for who has to decide whether to ask more."""
    best = next((row for row in verdict.options if row.option.match is not None), None)
    if best is None or _confidence(best) < auto_from:
        return False
    return not any((*_caps(entry, best), *_rivals(best, verdict)))


def nothing_found(entry: Entry) -> Proposal:
    """The proposal for an entry that has no candidate at all."""
    named = bool(entry.titles.all())
    why = "nothing on Trakt looks like it" if named else "no id map knows it, and the list gives no title"
    return Proposal(entry.key, Decision.REVIEW, None, 0.0, (), why, wanted="a candidate")


def _judged(entry: Entry, row: Weighed, verdict: Verdict, *, best: bool) -> Judged:
    option = row.option
    assert option.match is not None  # for the type checker: rows hold no others
    candidate = Candidate(
        option.match,
        option.work.title,
        option.work.year,
        option.work.url,
        _confidence(row),
        reasons(entry, row),
    )
    caps = list(_caps(entry, row))
    if best:
        caps += _rivals(row, verdict)
    return Judged(candidate, row.signals, tuple(caps))


def _confidence(row: Weighed) -> float:
    return calibrated(row.belief, dated=row.level("air-dates") != "unknown")


def _rivals(row: Weighed, verdict: Verdict) -> Iterator[str]:
    """What other options hold against the best one."""
    second = next((other.belief for other in verdict.options if other is not row), 0.0)
    if row.belief - second < LEAST_GAP:
        yield "a second candidate is as good"
    if not row.mapped and any(_could_be_meant(other) for other in verdict.options):
        yield "a show of the same name was not looked at"


def _could_be_meant(other: Weighed) -> bool:
    """Whether a show whose seasons were not read could as well be meant, by its name and year."""
    unread = other.option.match is None
    return unread and other.level("title") == "same" and other.level("year") not in ("off", "far")


def _caps(entry: Entry, row: Weighed) -> Iterator[str]:
    """What forbids auto whatever the number says."""
    film = isinstance(row.option.work, Movie)
    if entry.key.is_title:
        yield "the list has no id for it"
    if entry.kind in SERIES and film and (entry.episodes or 2) > 1:
        yield "a series is not a film"
    several = row.level("episodes") == "film of several" and entry.kind is not Kind.MOVIE
    if row.level("episodes") == "differs" or several:
        yield "the number of episodes differs"
    if not row.mapped and row.likeness in ("weak", "another title", "other language", "no title"):
        yield "no title says so"
    if not row.mapped and row.level("season-words") == "against":
        yield "the title names another season"
    if row.level("year") == "far":
        yield "the year is another"
    if row.level("air-dates") == "years apart":
        yield "it aired in other years"
    if row.level("order") in ("taken", "out of order"):
        yield "another entry of the list is in the way"
    if row.level("mal-link") == "against" and not row.mapped:
        yield "Trakt links it to another MyAnimeList entry"
