"""Doubt about what was sent already: plays lie on Trakt by an old match, and only a person may send them by another."""

from __future__ import annotations

from dataclasses import replace

from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.model import Address, Candidate, Decision, Match, MovieMatch, PlanEntry, ShowMatch
from anitrakt_plan.document.matches import MOST_CANDIDATES

SENT = "already-sent"
"""The reason code of the candidate whose plays are on Trakt: as long as it stands there, only a person decides."""


def best_of(entry: PlanEntry) -> Match | None:
    """What anitrakt thinks of first."""
    if entry.match is not None and not isinstance(entry.match, Address):
        return entry.match
    return entry.candidates[0].match if entry.candidates else None


def sent_match(before: PlanEntry, *, sent: bool) -> Candidate | None:
    """The match by which plays were sent: that of the file, or the one that an earlier re-plan put into doubt."""
    if before.decision is Decision.AUTO and sent and isinstance(before.match, ShowMatch | MovieMatch):
        return candidate_of(before, before.match, SENT)
    if before.decision in (Decision.AUTO, Decision.REVIEW) and before.match is None:
        return next((one for one in before.candidates if SENT in one.why), None)
    return None


def doubted(was_sent: Candidate, facts: PlanEntry) -> PlanEntry:
    """Plays were sent by the old match, so a new one may not send them a second time without a person's word."""
    best = best_of(facts)
    now = f"now it looks like {format_match(best)}" if best is not None else "now nothing fits well"
    return replace(
        facts,
        decision=Decision.REVIEW,
        match=None,
        sure=False,
        hint=f"was sent as {format_match(was_sent.match)}; {now}",
        candidates=candidates_with(facts, was_sent),
    )


def candidates_with(entry: PlanEntry, first: Candidate | None) -> tuple[Candidate, ...]:
    """The candidates of an entry, the one that was sent before all others, and its own match among them."""
    found = [first] if first else []
    match = entry.match
    known = [one.match for one in (*found, *entry.candidates)]
    if match is not None and not isinstance(match, Address) and match not in known:
        found.append(candidate_of(entry, match, "planned-anew"))
    found += [one for one in entry.candidates if first is None or one.match != first.match]
    return tuple(found[:MOST_CANDIDATES])


def candidate_of(entry: PlanEntry, match: Match, why: str) -> Candidate:
    """A candidate made of what the file's `#>` says of a match."""
    pieces = (entry.hint or "").split(" · ")
    title = pieces[1] if len(pieces) > 1 and pieces[0].strip() == format_match(match) else entry.title
    confidence = next((float(piece) for piece in pieces if _is_share(piece)), 0.0)
    page = f"movies/{match.movie}" if isinstance(match, MovieMatch) else f"shows/{match.show}"
    return Candidate(match, title, None, f"https://trakt.tv/{page}", confidence, (why,))


def _is_share(text: str) -> bool:
    return text[:2] in ("0.", "1.") and text.replace(".", "", 1).isdigit() and float(text) <= 1
