"""What speaks against a choice before it is written: another title, another kind, watched before it was there."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from anitrakt_plan.matching.evidence import same_work
from anitrakt_plan.matching.propose import GUESSED_RUN
from anitrakt_plan.matching.titles import Likeness, best_likeness
from anitrakt_plan.model import Candidate, Kind, Match, MovieMatch, PartialDate, PlanEntry, Run
from anitrakt_plan.model.addresses import first_season
from anitrakt_plan.model.matches import format_mapping, format_runs, list_length, mapping_episodes
from anitrakt_plan.planfile.check import length_mismatches
from anitrakt_plan.words import percent, titled

ACCEPT_FROM = 0.5
"""What is less likely than not is nothing to accept: whoever means it chooses it, and is asked."""

_ALIKE = 0.31
"""How alike titles must be where the years agree: low, for they are translated, but a wrong digit lands on something
wholly different. On the benchmark's data this doubts 5 of 3,000 right ids, and lets 145 of 3,000 wrong ones pass."""

_UNLIKE_ALIAS = (Likeness.OTHER, Likeness.WEAK)
"""A work has dozens of aliases in all languages, so that one of them is a little alike by chance."""

_ALIAS_LENGTH = 6
"""Shorter ones are acronyms and single words, which stand in many a title."""

_CLOCKS_APART = timedelta(days=2)
"""A broadcast of Friday night is Saturday's in Japan, and a list knows days alone."""

_CLIPS = {Kind.MUSIC: "a music video", Kind.CM: "a commercial", Kind.PV: "a trailer"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to choose. `confidence` is None where nothing was weighed; `begins` and `ends` are air days (UTC).

    `own`: the entry has this match already. `lacking`: those of its episodes that the season list does not have; None
    where nobody here has that list.
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
    lacking: tuple[Run, ...] | None = None

    @classmethod
    def of(cls, candidate: Candidate) -> Offer:
        """What a plan's candidate offers."""
        weighed = candidate.confidence, candidate.why
        return cls(candidate.match, candidate.title, candidate.year, candidate.url, *weighed)

    @property
    def name(self) -> str:
        """The work's title with its year."""
        return titled(self.title, self.year)

    @property
    def place(self) -> str:
        """Film, or the runs of episodes, with what brings uneven counts together."""
        return "film" if isinstance(self.match, MovieMatch) else format_mapping(self.match.mapping)

    @property
    def on_trakt(self) -> int:
        """How many episodes it has on Trakt; 1 for a film."""
        return 1 if isinstance(self.match, MovieMatch) else len(mapping_episodes(self.match.mapping))

    @property
    def listed(self) -> int:
        """For how many of the list's episodes it has room."""
        return 1 if isinstance(self.match, MovieMatch) else list_length(self.match.mapping)


def misfit(entry: PlanEntry, match: Match) -> str | None:
    """Why a match can't be the entry's whatever a person says: the counts do not go together; None where they do."""
    wrong = length_mismatches(replace(entry, match=match))
    if not wrong:
        return None
    return f"{wrong[0].message}; {wrong[0].hint}" if wrong[0].hint else wrong[0].message


def doubts(entry: PlanEntry, offer: Offer, aliases: Callable[[], Iterable[str]] = tuple) -> tuple[str, ...]:
    """Each thing that speaks against this choice, as a sentence; none where nothing does.

    `aliases`: what else the work is called, asked only where its title alone is no answer.
    """
    return tuple(_doubts(entry, offer, aliases))


def _doubts(entry: PlanEntry, offer: Offer, aliases: Callable[[], Iterable[str]]) -> Iterator[str]:
    if offer.own and entry.sure:
        return  # the person has said so before
    if offer.confidence is not None and offer.confidence < ACCEPT_FROM:
        yield f"it is more likely something else: anitrakt gives it {percent(offer.confidence)}"
    is_named = "title" in offer.why or _is_in_likely_work(entry, offer.match)
    if not is_named and not has_like_title(entry, (offer.title,), offer.year, aliases):
        yield f"its title is another one: «{offer.title}»"
    if GUESSED_RUN in offer.why:
        yield from _of_guess(offer)
    if is_film_of_many(entry, offer.match):
        yield f"it is a film, and the entry has {entry.facts.episodes} episodes"
    yield from _of_kind(entry, offer.match)
    yield from _too_early(entry, offer)


def _is_in_likely_work(entry: PlanEntry, match: Match) -> bool:
    """Whether it is in the work of a likely candidate whose title agrees: other episodes of it need no like title."""
    likely = (one for one in entry.candidates if one.confidence >= ACCEPT_FROM and "title" in one.why)
    return any(same_work(one.match, match) for one in likely)


def _of_guess(offer: Offer) -> Iterator[str]:
    """A run of as many episodes as the list counts, which no map names and for which no season list was read."""
    if offer.lacking is None:
        yield (
            f"{offer.place} is only what the list counts: no map says which episodes, and nobody here has the season "
            "list, where so many are often several seasons. With a TMDB token (free: `anitrakt login --tmdb`) or a "
            "Trakt application `anitrakt plan --update FILE` reads it"
        )
    elif offer.lacking:
        yield f"{offer.place} is only what the list counts: the season list has no {format_runs(offer.lacking)}"


def is_film_of_many(entry: PlanEntry, match: Match) -> bool:
    """Whether an entry of several episodes would be a film."""
    return isinstance(match, MovieMatch) and (entry.facts.episodes or 1) > 1


def has_like_title(
    entry: PlanEntry, titles: Iterable[str], year: int | None, aliases: Callable[[], Iterable[str]]
) -> bool:
    """Whether a work may be called as the entry is.

    A list that has the romaji title alone says nothing of a show that Trakt knows by its English one.
    """
    ours = entry.titles
    likeness, value, _ = best_likeness(ours, titles)
    alike = value >= _ALIKE and _is_same_year(entry.facts.year, year)
    if not ours or likeness is not Likeness.OTHER or alike:
        return True
    others = (alias for alias in aliases() if len(alias) >= _ALIAS_LENGTH)
    return best_likeness(ours, others)[0] not in _UNLIKE_ALIAS


def _is_same_year(ours: int | None, theirs: int | None) -> bool:
    # give or take one: what is aired around New Year counts differently
    return ours is not None and theirs is not None and abs(ours - theirs) <= 1


def _of_kind(entry: PlanEntry, match: Match) -> Iterator[str]:
    kind = entry.facts.kind
    is_regular = not isinstance(match, MovieMatch) and first_season(match) > 0
    if kind in _CLIPS and (is_regular or isinstance(match, MovieMatch)):
        yield f"the list calls it {_CLIPS[kind]}, and this is {'an episode' if is_regular else 'a film'}"
    if kind is Kind.MOVIE and is_regular and (entry.facts.episodes or 1) == 1:
        yield "the list calls it a film, and this is an episode of a series"


def _too_early(entry: PlanEntry, offer: Offer) -> Iterator[str]:
    """Nobody has finished what was not there yet."""
    finished = entry.progress.finished
    if finished is None:
        return
    day = _last_day(finished)
    if offer.year is not None and day.year < offer.year:
        yield f"the list says it was finished {finished}, and this is of {offer.year}"
        return
    last = offer.ends if entry.progress.is_complete else offer.begins
    if last is not None and day + _CLOCKS_APART < last:
        yield f"the list says it was finished {finished}, and this was aired until {last}"


def _last_day(partial: PartialDate) -> date:
    month = partial.month or 12
    return date(partial.year, month, partial.day or monthrange(partial.year, month)[1])
