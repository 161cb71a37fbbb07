"""Looked up before anything is sent: pasted addresses, ids that a person typed, air dates, ids of gone episodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Protocol

from rapidfuzz import fuzz

from anitrakt_plan.commands.explain import Evidence
from anitrakt_plan.commands.services import Catalogue
from anitrakt_plan.errors import AnitraktError, PlanInvalid
from anitrakt_plan.matching.evidence import Circumstances, same_work
from anitrakt_plan.matching.propose import judge, options_for, propose
from anitrakt_plan.matching.seasons import read_layouts
from anitrakt_plan.model import (
    Address,
    Candidate,
    DatePolicy,
    Decision,
    Entry,
    EpisodeSubject,
    Kind,
    Match,
    Movie,
    MovieMatch,
    MovieSubject,
    PartialDate,
    Parts,
    Plan,
    PlanEntry,
    Ratio,
    Run,
    Season,
    Show,
    ShowMatch,
    Straight,
    TargetKind,
    Titles,
    Work,
)
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.matches import (
    format_match,
    format_run,
    format_runs,
    list_length,
    mapping_episodes,
    mapping_runs,
    parse_match,
)
from anitrakt_plan.model.sending import is_sent
from anitrakt_plan.planfile import names_match, parse_hint
from anitrakt_plan.planfile.check import length_mismatches
from anitrakt_plan.sync.desired import Desired
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.trakt.catalogue import parse_address

_ALIKE = 55.0
"""Per cent by which a typed id's title must resemble the entry's: low, for titles are translated, but a wrong digit
lands on something wholly different."""

_ALIAS_ALIKE = 70.0
"""The same for an alias: a work has dozens in all languages, so that one of them is a little alike by chance."""

_ALIAS_LENGTH = 6
"""Shorter ones are acronyms and single words, which stand in many a title."""


def resolve_addresses(plan: Plan, catalogue: Catalogue) -> Plan:
    """The plan with every sent entry's pasted address looked up. Raises PlanInvalid where one can't be sent."""
    return replace(plan, entries=tuple(resolve_entry(entry, catalogue) for entry in plan.entries))


def resolve_entry(entry: PlanEntry, catalogue: Catalogue) -> PlanEntry:
    """A sent entry with its pasted address looked up; others as they are. Raises PlanInvalid where it can't be sent."""
    if not isinstance(entry.match, Address) or not entry.decision.sends:
        return entry
    try:
        target = catalogue.resolve_address(entry.match.url)
    except ValueError as error:
        raise PlanInvalid(
            str(error), where=str(entry.key), todo="Paste another address, or take it out."
        ) from None
    if isinstance(target.work, Movie):
        return replace(entry, match=MovieMatch(target.work.id))
    runs = tuple(run for run in target.runs if isinstance(run, Run))
    if not runs:
        raise PlanInvalid(
            f"`{entry.match.url}` is a whole show; only episodes are ever sent",
            where=str(entry.key),
            todo="Paste the address of the season or the episode, or write {show: ID, episodes: S01E01-E12}.",
        )
    match = ShowMatch(target.work.id, Straight(runs))
    count = len(mapping_episodes(match.mapping))
    if entry.facts.episodes not in (None, count):
        raise PlanInvalid(
            f"`{entry.match.url}` has {count} episodes, and the entry has {entry.facts.episodes}",
            where=str(entry.key),
            todo=f"Write which ones: `match: {{show: {match.show}, episodes: ...}}`.",
        )
    return replace(entry, match=match)


def typed_entries(plan: Plan, knowledge: Knowledge) -> Iterator[tuple[PlanEntry, Match]]:
    """Sent entries whose match nobody but a person has named, and that were not looked up before."""
    for entry in plan.entries:
        match = _typed_match(entry)
        if match is not None and is_sent(plan, entry) and not _is_known(entry, match, knowledge):
            yield entry, match


def _typed_match(entry: PlanEntry) -> Match | None:
    if entry.decision is not Decision.CONFIRMED or entry.sure or not isinstance(entry.match, Match):
        return None
    is_offered = any(candidate.match == entry.match for candidate in entry.candidates)
    is_hinted = (entry.hint or "").startswith(format_match(entry.match))
    return None if is_offered or is_hinted else entry.match


def _is_known(entry: PlanEntry, match: Match, knowledge: Knowledge) -> bool:
    text = format_match(match)
    read_back = (play for play in knowledge.plays_for(entry.key) if play.id is not None)
    return (entry.key, text) in knowledge.checked or any(play.match == text for play in read_back)


def check_typed(entry: PlanEntry, match: Match, catalogue: Catalogue) -> str | None:
    """Look up a typed id: a sentence where kind, title or episode count do not agree, else None.

    A show or film in which the entry has a candidate needs no like title: other episodes of it were typed.
    """
    is_offered = any(same_work(candidate.match, match) for candidate in entry.candidates)
    if isinstance(match, MovieMatch):
        return _check_film(entry, match.movie, catalogue, is_offered=is_offered)
    show = catalogue.show(match.show)
    if show is None:
        return f"Trakt has no show {match.show}"
    differs = None if is_offered else _title_differs(entry, show, catalogue)
    return differs or _lacking_episodes(match, show.title, catalogue)


def _check_film(entry: PlanEntry, movie_id: int, catalogue: Catalogue, *, is_offered: bool) -> str | None:
    movie = catalogue.movie(movie_id)
    if movie is None:
        return f"Trakt has no film {movie_id}"
    if is_offered:
        return None
    if (entry.facts.episodes or 1) > 1:
        return f"{movie_id} is the film «{movie.title}», and the entry has {entry.facts.episodes} episodes"
    return _title_differs(entry, movie, catalogue)


def _lacking_episodes(match: ShowMatch, title: str, catalogue: Catalogue) -> str | None:
    listed = {(season, number) for season, number, _, _ in _listed(catalogue.seasons(match.show))}
    lacking = [e for e in mapping_episodes(match.mapping) if (e.season, e.number) not in listed]
    if not lacking:
        return None
    first = lacking[0]
    return f"«{title}» has no S{first.season:02d}E{first.number:02d} on Trakt ({len(lacking)} missing)"


def likely_instead(entry: PlanEntry) -> str:
    """The candidate that a person probably meant, as the end of a sentence; empty where the entry has none."""
    if not entry.candidates:
        return ""
    best = entry.candidates[0]
    return f"; did you mean `{format_match(best.match)}`, «{best.title}» ({best.year or 'year unknown'})?"


def _title_differs(entry: PlanEntry, work: Work, catalogue: Catalogue) -> str | None:
    """A sentence where none of a work's titles is like the entry's; its aliases are asked for only where they matter.

    A list that has the romaji title alone says nothing of a show that Trakt knows by its English one.
    """
    if not (entry.title or entry.english) or _likeness(entry, (work.title, work.original_title)) >= (
        _ALIKE / 2 if _is_same_year(entry, work) else _ALIKE
    ):
        return None
    kind = TargetKind.MOVIE if isinstance(work, Movie) else TargetKind.SHOW
    aliases = (alias for alias in catalogue.aliases(kind, work.id) if len(alias) >= _ALIAS_LENGTH)
    if _likeness(entry, aliases) >= _ALIAS_ALIKE:
        return None
    what = "film" if kind is TargetKind.MOVIE else "show"
    return f"{what} {work.id} is «{work.title}» ({work.year or 'year unknown'}) on Trakt"


def _is_same_year(entry: PlanEntry, work: Work) -> bool:
    """Give or take one: what is aired around New Year counts differently."""
    ours, theirs = entry.facts.year, work.year
    return ours is not None and theirs is not None and abs(ours - theirs) <= 1


def _likeness(entry: PlanEntry, names: Iterable[str | None]) -> float:
    """By how many per cent the likest of some names is like a title of the entry; 0 where there are none."""
    ours = [name.casefold() for name in (entry.title, entry.english) if name]
    theirs = [name.casefold() for name in names if name]
    return max((fuzz.token_set_ratio(a, b) for a in ours for b in theirs), default=0.0)


def aired_of(
    plan: Plan, desired: Iterable[Desired], catalogue: Catalogue
) -> Mapping[PlaySubject, datetime | None]:
    """When the plays' episodes aired and films came out, read only where a date policy needs it."""
    aired: dict[PlaySubject, datetime | None] = {}
    shows: set[int] = set()
    for item in desired:
        policy = item.entry.dates or plan.policy.dates
        match item.match:
            case MovieMatch(movie) if policy is DatePolicy.RELEASED and item.watched:
                aired[MovieSubject(movie)] = _released(catalogue.movie(movie))
            case ShowMatch(show) if policy is DatePolicy.SPREAD and item.watched:
                shows.add(show)
            case _:
                pass
    for show in shows:
        for season, number, _, first_aired in _listed(catalogue.seasons(show)):
            aired[EpisodeSubject(show, season, number)] = first_aired
    return aired


def _released(movie: Movie | None) -> datetime | None:
    day = movie.released if movie else None
    return datetime.combine(day, time(12), tzinfo=UTC) if day else None


def episode_ids_of(shows: Iterable[int], catalogue: Catalogue) -> Mapping[PlaySubject, int]:
    """Trakt's ids of these shows' episodes by the numbers they have today."""
    return {
        EpisodeSubject(show, season, number): episode
        for show in shows
        for season, number, episode, _ in _listed(catalogue.seasons(show))
    }


def _listed(seasons: tuple[Season, ...] | None) -> Iterable[tuple[int, int, int, datetime | None]]:
    for season in seasons or ():
        for episode in season.episodes:
            yield season.number, episode.number, episode.id, episode.first_aired


# --- what a review asks of Trakt ---


_NEVER_AUTO = 2.0  # a confidence that nothing reaches: the person decides

_SPEAKS_FOR_IT = ("title", "year", "episodes", "air-dates", "id-maps", "other-maps", "episode-name")
"""Reasons that tell a person something; a title without season words fits every first season there is."""

_FILMS_FIRST = (Kind.MOVIE,)


class Seasons:
    """The seasons of shows, from Trakt until that fails once, from then on from what is known already."""

    def __init__(self, catalogue: Catalogue | None, known_seasons: SeasonsOf) -> None:
        self._catalogue = catalogue
        self._known_seasons = known_seasons

    def __call__(self, show_id: int) -> tuple[Season, ...] | None:
        """A show's seasons, None where nobody can say; they only adorn a review, so nothing is raised."""
        if self._catalogue is not None:
            try:
                return self._catalogue.seasons(show_id)
            except AnitraktError:
                self._catalogue = None
        return self._known_seasons(show_id)


class SearchableCatalogue(Catalogue, Protocol):
    """Trakt's catalogue with its search. Everything raises NotSignedIn or Failed."""

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """The shows or films that Trakt finds for a title, best first."""


@dataclass(frozen=True, slots=True)
class Fits:
    """A typed match as it stands on Trakt; `doubt` is a sentence where it does not look like the entry."""

    offer: Offer
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """A show was named, but not where in it: the places that fit the entry, best first.

    `seasons` says what the show has, for a person to type the place where none fits.
    """

    show: Show
    offers: tuple[Offer, ...]
    seasons: str


class Lookup:
    """Asks Trakt for one review. `now` is aware UTC: what has not aired by then is no place."""

    def __init__(self, catalogue: SearchableCatalogue, now: datetime) -> None:
        self._catalogue = catalogue
        self._now = now

    def search(self, entry: PlanEntry, words: str) -> tuple[Work, ...]:
        """The shows and films that Trakt finds for some words; the likelier kind first."""
        kinds = [TargetKind.SHOW, TargetKind.MOVIE]
        if entry.facts.kind in _FILMS_FIRST:
            kinds.reverse()
        first, second = (self._catalogue.search(words, kind) for kind in kinds)
        room = MOST_OFFERS - min(len(second), MOST_OFFERS // 3)
        return (*first[:room], *second)[:MOST_OFFERS]

    def places(self, entry: PlanEntry, work: Show, *, season: int | None = None) -> Choices:
        """Where in a show an entry may be, best first; those that begin in `season` before all others."""
        seasons = self._catalogue.seasons(work.id) or ()
        asked = _as_listed(entry)
        layouts = {work.id: read_layouts(seasons, self._now)}
        options = options_for(asked, [work], layouts, ended=asked.is_over(self._now.date()))
        weighed = propose(asked, judge(asked, options, Circumstances()), auto_from=_NEVER_AUTO)
        offers = [
            with_days(
                Offer(
                    one.candidate.match,
                    work.title,
                    work.year,
                    offer_of_work(one.candidate.match, work).url,
                    why=tuple(reason for reason in one.candidate.why if reason in _SPEAKS_FOR_IT),
                ),
                self._catalogue.seasons,
            )
            for one in weighed.judged
        ]
        if season is not None:
            offers.sort(key=lambda offer: _begins_in(offer.match) != season)
        return Choices(work, tuple(offers[:MOST_OFFERS]), _describe(seasons))

    def resolve(self, entry: PlanEntry, typed: Typed) -> Fits | Choices:
        """What something typed stands for. Raises ValueError with a sentence where Trakt has no such thing."""
        if isinstance(typed, WorkId):
            named = self._work(entry, typed)
            if isinstance(named, Show):
                return self.places(entry, named)
            return self._checked(entry, offer_of_work(MovieMatch(named.id), named))
        if isinstance(typed, Address):
            return self._resolve_address(entry, typed)
        work = self._work_of(typed)
        if work is None:
            kind, identity = ("film", typed.movie) if isinstance(typed, MovieMatch) else ("show", typed.show)
            raise ValueError(f"Trakt has no {kind} {identity}")
        return self._checked(entry, offer_of_work(typed, work))

    def _resolve_address(self, entry: PlanEntry, address: Address) -> Fits | Choices:
        target = self._catalogue.resolve_address(address.url)
        if isinstance(target.work, Movie):
            return self._checked(entry, offer_of_work(MovieMatch(target.work.id), target.work))
        runs = tuple(run for run in target.runs if isinstance(run, Run))
        if not runs:
            return self.places(entry, target.work)
        if entry.facts.episodes not in (None, sum(len(run) for run in runs)):
            return self.places(entry, target.work, season=runs[0].season)
        return self._checked(entry, offer_of_work(ShowMatch(target.work.id, Straight(runs)), target.work))

    def _checked(self, entry: PlanEntry, offer: Offer) -> Fits:
        """With the rule by which `apply` looks at typed ids; what is among the candidates needs none.

        Raises ValueError where the counts do not go together: no answer to a doubt would make them.
        """
        wrong = length_mismatches(replace(entry, match=offer.match))
        if wrong:
            hint = f"; {wrong[0].hint}" if wrong[0].hint else ""
            raise ValueError(f"that can't be: {wrong[0].message}{hint}")
        known = any(candidate.match == offer.match for candidate in entry.candidates)
        doubt = None if known else check_typed(entry, offer.match, self._catalogue)
        return Fits(with_days(offer, self._catalogue.seasons), doubt)

    def _work_of(self, match: Match) -> Work | None:
        if isinstance(match, MovieMatch):
            return self._catalogue.movie(match.movie)
        return self._catalogue.show(match.show)

    def _work(self, entry: PlanEntry, wanted: WorkId) -> Work:
        """The show or film with a bare id; ids of shows and films overlap, so the entry's kind decides."""
        kinds: Iterable[TargetKind] = (TargetKind.SHOW, TargetKind.MOVIE)
        if wanted.kind is not None:
            kinds = (wanted.kind,)
        elif entry.facts.kind in _FILMS_FIRST:
            kinds = (TargetKind.MOVIE, TargetKind.SHOW)
        for kind in kinds:
            found: Show | Movie | None
            found = (
                self._catalogue.show(wanted.id)
                if kind is TargetKind.SHOW
                else self._catalogue.movie(wanted.id)
            )
            if found is not None:
                return found
        raise ValueError(f"Trakt has no show or film {wanted.id}")


def _describe(seasons: tuple[Season, ...]) -> str:
    """A show's seasons in a line, as runs: `S01E01-E24, S02E25-E36`."""
    runs = (
        format_run(Run(season.number, season.episodes[0].number, season.episodes[-1].number))
        for season in seasons
        if season.episodes
    )
    return ", ".join(runs) or "no episodes"


def _begins_in(match: Match) -> int | None:
    return None if isinstance(match, MovieMatch) else mapping_runs(match.mapping)[0].season


def _as_listed(entry: PlanEntry) -> Entry:
    """The list entry behind a plan's entry, as far as the file tells of it."""
    key = entry.key
    return Entry(
        key=key,
        ids=key.ids,
        titles=Titles(entry.title, entry.english),
        kind=entry.facts.kind,
        progress=entry.progress,
        episodes=entry.facts.episodes,
        aired_from=PartialDate(entry.facts.year) if entry.facts.year else None,
    )


# --- what a person can choose from in a review ---


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


# --- what a person types or pastes in a review: a match, an id, or an address on trakt.tv ---


_BARE = re.compile(r"(?:(?P<kind>show|movie)\s+)?(?P<id>[1-9]\d{0,11})", re.IGNORECASE)

_PASTED = re.compile(
    r"(?:match:\s*)?(?:-\s*)?\{\s*(?P<kind>show|movie):\s*(?P<id>\d{1,12})"
    r"(?:,\s*episodes:\s*(?P<quote>[\"']?)(?P<runs>S[^\"'}]*?)(?P=quote))?"
    r"(?:,\s*ratio:\s*[\"'](?P<ratio>[^\"']*)[\"'])?\s*(?:,\s*(?!parts)[a-z]+:.*)?\}\s*(?:#.*)?"
)


@dataclass(frozen=True, slots=True)
class WorkId:
    """A bare id: a show whose episodes still have to be chosen, or, where `kind` is None, a show or a film."""

    kind: TargetKind | None
    id: int


Typed = Match | Address | WorkId


def read_typed(text: str) -> Typed:
    """Read `1420 S03E13-E22`, `movie 97`, `1420`, a trakt.tv address, or a candidate pasted from the plan.

    Raises ValueError with a sentence that says how to write it.
    """
    text = text.strip()
    if not text:
        raise ValueError("nothing was typed; write `1420 S03E13-E22`, `movie 97` or a trakt.tv address")
    if "trakt.tv" in text.lower() or "://" in text:
        url = text.strip("\"'<>")
        parse_address(url)
        return Address(url)
    pasted = _PASTED.fullmatch(text)
    if pasted is not None:
        text = _short_form(pasted)
    bare = _BARE.fullmatch(text)
    if bare is not None and (bare["kind"] or "").lower() != "movie":
        return WorkId(TargetKind.SHOW if bare["kind"] else None, int(bare["id"]))
    return parse_match(text)


def _short_form(pasted: re.Match[str]) -> str:
    head = f"{pasted['kind']} {int(pasted['id'])}"
    runs = f" {pasted['runs'].strip()}" if pasted["runs"] else ""
    return head + runs + (f" ratio {pasted['ratio']}" if pasted["ratio"] else "")


def without_lookup(typed: Typed) -> Match | Address:
    """What can be written as it is, for `apply` to look up; raises ValueError where somebody must look first."""
    if isinstance(typed, WorkId):
        raise ValueError(
            f"without a Trakt key, say which episodes: `{typed.id} S01E01-E12`, or `movie {typed.id}`"
        )
    if isinstance(typed, Address):
        parts = parse_address(typed.url)
        if parts.kind is TargetKind.SHOW and parts.season is None:
            raise ValueError(
                "this is the address of a whole show; open the season there and copy that address"
            )
    return typed
