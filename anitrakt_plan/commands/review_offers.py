"""What a person can choose from in a review: the entry's own match and its candidates, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from anitrakt_plan.commands.evidence_file import Evidence
from anitrakt_plan.core.episodes import (
    format_match,
    format_runs,
    list_length,
    mapping_episodes,
    mapping_runs,
    parse_match,
)
from anitrakt_plan.core.model import (
    Candidate,
    Match,
    Movie,
    MovieMatch,
    Parts,
    PlanEntry,
    Ratio,
    Season,
    ShowMatch,
    Work,
)
from anitrakt_plan.document import names_match, parse_hint

MOST_OFFERS = 9  # each is chosen by one digit


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to choose. `confidence` is None where nothing was weighed; `begins` and `ends` are air days (UTC).

    `own`: the entry has this match already.
    """

    match: Match
    title: str
    year: int | None
    url: str
    confidence: float | None = None
    why: tuple[str, ...] = ()
    begins: date | None = None
    ends: date | None = None
    own: bool = False

    @property
    def name(self) -> str:
        """The work's title with its year."""
        return f"{self.title} ({self.year})" if self.year else self.title

    @property
    def place(self) -> str:
        """Film, or the runs of episodes, with what brings uneven counts together."""
        if isinstance(self.match, MovieMatch):
            return "film"
        mapping = self.match.mapping
        if isinstance(mapping, Parts):
            return format_match(self.match).partition(" ")[2]
        runs = format_runs(mapping_runs(mapping))
        return (
            f"{runs} ratio {mapping.list_count}:{mapping.trakt_count}" if isinstance(mapping, Ratio) else runs
        )

    @property
    def on_trakt(self) -> int:
        """How many episodes it has on Trakt; 1 for a film."""
        return 1 if isinstance(self.match, MovieMatch) else len(mapping_episodes(self.match.mapping))

    @property
    def listed(self) -> int:
        """For how many of the list's episodes it has room."""
        return 1 if isinstance(self.match, MovieMatch) else list_length(self.match.mapping)


SeasonsOf = Callable[[int], tuple[Season, ...] | None]
"""A show's seasons where they are known already, without a request."""


def offers_of(entry: PlanEntry, evidence: Evidence | None, known_seasons: SeasonsOf) -> tuple[Offer, ...]:
    """What the file, and the evidence that `plan` kept on this machine, have to choose from; the best first."""
    found = [_offer(candidate) for candidate in entry.candidates]
    if not found and evidence is not None:
        found = _of_evidence(evidence)
    if isinstance(entry.match, ShowMatch | MovieMatch):
        same = next((offer for offer in found if offer.match == entry.match), None)
        own = same or _own(entry, entry.match, found)
        found = [replace(own, own=True), *(offer for offer in found if offer.match != entry.match)]
    return tuple(with_days(offer, known_seasons) for offer in found[:MOST_OFFERS])


def offer_of_work(match: Match, work: Work) -> Offer:
    """A match in a work that was looked up."""
    return Offer(match, work.title, work.year, page_of(work, match))


def page_of(work: Work, match: Match) -> str:
    """The page of the film, or of the season that the match begins in."""
    if isinstance(work, Movie) or isinstance(match, MovieMatch):
        return work.url
    return f"{work.url}/seasons/{mapping_runs(match.mapping)[0].season}"


def with_days(offer: Offer, seasons_of: SeasonsOf) -> Offer:
    """The same offer with the days its first and last episode aired, where they are known."""
    if isinstance(offer.match, MovieMatch):
        return offer
    wanted = {(episode.season, episode.number) for episode in mapping_episodes(offer.match.mapping)}
    days = [
        episode.first_aired.date()
        for season in seasons_of(offer.match.show) or ()
        for episode in season.episodes
        if (season.number, episode.number) in wanted and episode.first_aired is not None
    ]
    return replace(offer, begins=min(days), ends=max(days)) if days else offer


def _offer(candidate: Candidate) -> Offer:
    return Offer(
        candidate.match,
        candidate.title,
        candidate.year,
        candidate.url,
        candidate.confidence,
        candidate.why,
    )


def _of_evidence(evidence: Evidence) -> list[Offer]:
    offers = []
    for line in evidence.candidates:
        try:
            match = parse_match(line.match)
        except ValueError:
            continue  # written by another version; it is only a help
        reasons = tuple(signal.name for signal in line.signals if signal.weight > 1)
        offers.append(Offer(match, line.title, line.year, line.url, line.confidence, reasons))
    return offers


def _own(entry: PlanEntry, match: Match, others: Sequence[Offer]) -> Offer:
    """The entry's own match, named by what stands behind it in the file, or by another place in the same show."""
    kind, work = ("movies", match.movie) if isinstance(match, MovieMatch) else ("shows", match.show)
    url = f"https://trakt.tv/{kind}/{work}"
    hint = parse_hint(entry.hint)
    if hint.title and names_match(entry.hint, match):
        return Offer(match, hint.title, hint.year, url, hint.confidence)
    for other in others:
        if (
            isinstance(match, ShowMatch)
            and isinstance(other.match, ShowMatch)
            and other.match.show == match.show
        ):
            return Offer(match, other.title, other.year, other.url)
    return Offer(match, f"{'film' if kind == 'movies' else 'show'} {work}", None, url)
