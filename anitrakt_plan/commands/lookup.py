"""What Trakt says before anything is sent: of pasted addresses, typed ids, and places in a show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from anitrakt_plan.commands.airing import listed_episodes
from anitrakt_plan.commands.data_download import remembered_works
from anitrakt_plan.commands.doubts import Offer, has_like_title, is_film_of_many, misfit
from anitrakt_plan.commands.offline import NOTHING_KNOWN, OfflineCatalogue
from anitrakt_plan.commands.services import Services
from anitrakt_plan.commands.side_by_side import SideBySide, side_by_side, together
from anitrakt_plan.errors import AnitraktError, PlanInvalid
from anitrakt_plan.idmaps import IdMaps
from anitrakt_plan.matching.asking import Asking, ReadSeasons, searches_for, shows_to_read
from anitrakt_plan.matching.evidence import MatchContext, same_work
from anitrakt_plan.matching.propose import judge, options_for, propose
from anitrakt_plan.matching.search import match_entries
from anitrakt_plan.matching.seasons import read_layouts
from anitrakt_plan.model import (
    Address,
    Candidate,
    Catalogue,
    Decision,
    Entry,
    EntryKey,
    EpisodeSubject,
    Kind,
    Match,
    Movie,
    MovieMatch,
    PartialDate,
    Plan,
    PlanEntry,
    Run,
    Season,
    SeasonsOf,
    Show,
    ShowMatch,
    Straight,
    TargetKind,
    Titles,
    TmdbId,
    Work,
    WorkId,
)
from anitrakt_plan.model.addresses import (
    AddressParts,
    BareId,
    Site,
    Typed,
    first_season,
    page_of_match,
    parse_address,
    site_of,
)
from anitrakt_plan.model.matches import (
    format_match,
    format_runs,
    kind_and_id,
    list_length,
    mapping_episodes,
    runs_of,
)
from anitrakt_plan.model.resolving import Resolver, resolved_text, resolver_of
from anitrakt_plan.model.sending import is_sent
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.tmdb.catalogue import TmdbCatalogue
from anitrakt_plan.words import pluralize, quoted

MAX_OFFERS = 9  # each is chosen by one digit

# --- addresses, and works by their ids ---


@dataclass(frozen=True, slots=True)
class Page:
    """The work that an address names, and its match; None for a whole show.

    `reckoned`: nobody has the season's list, so it is its first episodes, as many as the entry has.
    """

    work: Work
    match: Match | None
    reckoned: bool = False


def look_up_address(
    url: str, catalogue: Catalogue, *, known: OfflineCatalogue | None = None, count: int | None = None
) -> Page:
    """What a pasted address names; `count` is how many episodes the entry has.

    `known` is asked for the names in Trakt's addresses where the catalogue is TMDB's, which has none. Raises
    ValueError with a sentence where there is no such page, or nobody here knows it.
    """
    parts = parse_address(url)
    work = _work_at(url, parts, catalogue, known)
    if isinstance(work, Movie):
        return Page(work, MovieMatch(work.id))
    if parts.season is None:
        return Page(work, None)
    seasons = catalogue.seasons(work.id)
    if _is_unlisted(seasons, catalogue):
        return Page(work, ShowMatch(work.id, Straight((_reckoned(parts, count),))), reckoned=True)
    runs = runs_of(
        subject
        for subject, _ in listed_episodes(work.id, lambda _: seasons)
        if subject.season == parts.season and parts.episode in (None, subject.number)
    )
    if not runs:
        raise ValueError(
            f"{work.title} has no such season or episode on {name_of(catalogue)}: `{url.strip()}`"
        )
    return Page(work, ShowMatch(work.id, Straight(runs)))


def name_of(catalogue: Catalogue) -> str:
    """Who answers, as a person knows them."""
    return "TMDB" if isinstance(catalogue, TmdbCatalogue) else "Trakt"


def _is_unlisted(seasons: Sequence[Season] | None, catalogue: Catalogue) -> bool:
    """Whether a missing season list says nothing of the show's episodes: nobody was asked who must have one."""
    return seasons is None and isinstance(catalogue, OfflineCatalogue | TmdbCatalogue)


def _work_at(
    url: str, parts: AddressParts, catalogue: Catalogue, known: OfflineCatalogue | None = None
) -> Work:
    offline = isinstance(catalogue, OfflineCatalogue)
    match parts.site, parts.kind:
        case Site.TRAKT, TargetKind() as kind:
            if isinstance(catalogue, TmdbCatalogue):  # the names in Trakt's addresses are Trakt's own
                offline, catalogue = True, known or NOTHING_KNOWN
            work = catalogue.by_slug(kind, parts.name)
        case Site.TMDB, TargetKind() as kind:
            work = catalogue.by_tmdb(kind, int(parts.name))
            if work is None and offline:  # its address has the id in it
                work = nameless(kind, TmdbId(int(parts.name)))
        case _:
            work = catalogue.by_imdb(parts.name)
    if work is None and offline:
        raise ValueError(
            f"nothing on this machine knows `{url.strip()}`; paste the page on themoviedb.org, such as "
            f"{_TMDB_FORMS[parts.kind]}, or type the match with ids"
        )
    if work is None and parts.site is not Site.TRAKT:
        raise ValueError(f"no show or film is known by `{url.strip()}`; paste its page on trakt.tv")
    if work is None:
        raise ValueError(f"Trakt has no page `{url.strip()}`")
    return work


_TMDB_FORMS = {
    TargetKind.SHOW: "https://www.themoviedb.org/tv/1429/season/3",
    TargetKind.MOVIE: "https://www.themoviedb.org/movie/149",
    None: "https://www.themoviedb.org/tv/1429/season/3",
}


def nameless(kind: TargetKind, work_id: WorkId) -> Work:
    """A work of which nothing is known but its id."""
    title = f"{kind.word} {work_id}"
    tmdb = work_id.number if isinstance(work_id, TmdbId) else None
    if kind is TargetKind.MOVIE:
        return Movie(work_id, title, tmdb=tmdb)
    return Show(work_id, title, tmdb=tmdb)


def _reckoned(parts: AddressParts, count: int | None) -> Run:
    """The run of a season, or the one episode, where nobody has the season's list."""
    assert parts.season is not None  # a show's address without one names no match
    if parts.episode is not None:
        return Run(parts.season, parts.episode, parts.episode)
    if count is None:
        raise ValueError("the list does not say how many episodes it has; write which ones: `ID S01E01-E12`")
    return Run(parts.season, 1, count)


def find_work(match: Match, catalogue: Catalogue) -> Work:
    """The show or film of a match. Raises ValueError with a sentence where the catalogue has none."""
    kind, number = kind_and_id(match)
    work = work_by_id(kind, number, catalogue)
    if work is None:
        raise ValueError(f"{name_of(catalogue)} has no {kind.word} {number}")
    return work


def work_by_id(kind: TargetKind, number: WorkId, catalogue: Catalogue) -> Work | None:
    """The show or film with an id; None where the catalogue has none."""
    return catalogue.movie(number) if kind is TargetKind.MOVIE else catalogue.show(number)


# --- what a person pasted or typed as a match, before it is sent ---


def resolve_addresses(plan: Plan, catalogue: Catalogue, known: OfflineCatalogue | None = None) -> Plan:
    """The plan with every sent entry's pasted address looked up. Raises PlanInvalid where one can't be sent.

    `known` as for `look_up_address`.
    """
    resolved, unresolved = resolve_known(plan, catalogue, known)
    for error in unresolved.values():
        others = f" (and {len(unresolved) - 1} more such)" if len(unresolved) > 1 else ""
        raise PlanInvalid(f"{error.what}{others}", where=error.where, todo=error.todo)
    return resolved


def resolve_known(
    plan: Plan, catalogue: Catalogue, known: OfflineCatalogue | None = None
) -> tuple[Plan, Mapping[EntryKey, PlanInvalid]]:
    """The plan with each pasted address looked up that can be, and for each other one why it can't."""
    entries, unresolved = [], {}
    for entry in plan.entries:
        try:
            entries.append(resolve_entry(entry, catalogue, known))
        except PlanInvalid as error:
            entries.append(entry)
            unresolved[entry.key] = error
    return replace(plan, entries=tuple(entries)), unresolved


def beyond_help(plan: Plan, services: Services) -> Mapping[EntryKey, PlanInvalid]:
    """The sent entries whose pasted address nobody can look up, without a request: Trakt's key could, as TMDB's token.

    A token is for IMDb's ids; for the names in trakt.tv's addresses there is only what this machine knows.
    """
    sent = {one.key: one.match for one in plan.entries if one.decision.sends}
    pasted = {key: site_of(match.url) for key, match in sent.items() if isinstance(match, Address)}
    if not pasted or services.trakt_catalogue() is not None:
        return {}
    folder = services.settings.folders.state
    known = services.known_works(plan, lambda: remembered_works(folder, plan.target_user))
    can_ask = {Site.IMDB} if services.tmdb_catalogue() is not None else set()
    return {key: why for key, why in resolve_known(plan, known)[1].items() if pasted[key] not in can_ask}


def resolve_entry(entry: PlanEntry, catalogue: Catalogue, known: OfflineCatalogue | None = None) -> PlanEntry:
    """A sent entry with its pasted address looked up; others as they are. Raises PlanInvalid where it can't be sent."""
    if not isinstance(entry.match, Address) or not entry.decision.sends:
        return entry
    url, where = entry.match.url, str(entry.key)
    try:
        match = look_up_address(url, catalogue, known=known, count=count_of(entry)).match
    except ValueError as error:
        todo = f"Paste another address, or take it out; `anitrakt review FILE {where}` looks for it with you."
        raise PlanInvalid(str(error), where=where, todo=todo) from None
    if match is None:
        raise PlanInvalid(
            f"`{url}` is a whole show; only episodes are ever sent",
            where=where,
            todo="Paste the address of the season or the episode, or write which ones: "
            f"{{show: ID, episodes: S01E01-E{count_of(entry) or 12}}}.",
        )
    if isinstance(match, ShowMatch) and not _has_as_many(entry, match):
        raise PlanInvalid(
            f"`{url}` has {pluralize(list_length(match.mapping), 'episode')}, and the entry has {entry.facts.episodes}",
            where=where,
            todo=f"Write which ones: `match: {{show: {match.show}, episodes: ...}}`.",
        )
    return replace(entry, match=match)


def count_of(entry: PlanEntry) -> int | None:
    """How many episodes an entry has: the list's count, else what was watched of it; None where neither is known."""
    return entry.facts.episodes or entry.progress.watched or None


def _has_as_many(entry: PlanEntry, match: ShowMatch) -> bool:
    return entry.facts.episodes in (None, list_length(match.mapping))


def typed_entries(
    plan: Plan,
    knowledge: Knowledge,
    weighed: Mapping[EntryKey, Collection[str]],
    selection: Collection[EntryKey] | None = None,
) -> Iterator[tuple[PlanEntry, Match]]:
    """Sent entries (of a `selection`) whose match nobody but a person has named, and that were not looked up before.

    `weighed` are the matches that `plan` weighed on this machine: an editor's replace-all changes `#>` as well. Of an
    entry that it did not plan, `#>` decides.
    """
    resolve = resolver_of(knowledge.identified)
    for entry in (one for one in plan.entries if selection is None or one.key in selection):
        match = _changed_alike(entry, weighed, resolve) or _typed_match(entry)
        if match is not None and is_sent(plan, entry) and not _is_known(entry, match, knowledge):
            yield entry, match


def _typed_match(entry: PlanEntry) -> Match | None:
    if entry.decision is not Decision.CONFIRMED or entry.sure or entry.resolved is None:
        return None
    is_hinted = (entry.hint or "").startswith(format_match(entry.resolved))
    return None if is_hinted or _is_candidate(entry, entry.resolved) else entry.resolved


def _changed_alike(
    entry: PlanEntry, weighed: Mapping[EntryKey, Collection[str]], resolve: Resolver
) -> Match | None:
    """The match of an `auto` entry that was changed together with its `#>`."""
    match, known = entry.resolved, weighed.get(entry.key)
    if entry.decision is not Decision.AUTO or entry.sure or match is None or known is None:
        return None
    text = format_match(match)
    is_weighed = text in known or text in {resolved_text(one, resolve) for one in known}
    return None if is_weighed or _is_candidate(entry, match) else match


def _is_candidate(entry: PlanEntry, match: Match) -> bool:
    return any(candidate.match == match for candidate in entry.candidates)


def _is_known(entry: PlanEntry, match: Match, knowledge: Knowledge) -> bool:
    text = format_match(match)
    read_back = (play for play in knowledge.plays_for[entry.key] if play.id is not None)
    return (entry.key, text) in knowledge.checked or any(play.match == text for play in read_back)


def check_typed(entry: PlanEntry, match: Match, catalogue: Catalogue) -> str | None:
    """Look up a typed id: a sentence where kind, title or episode count do not agree, else None.

    A show or film in which the entry has a candidate needs no like title: other episodes of it were typed.
    """
    try:
        work = find_work(match, catalogue)
    except ValueError as error:
        return str(error)
    if not any(same_work(candidate.match, match) for candidate in entry.candidates):
        if is_film_of_many(entry, match):
            return f"{work.id} is the film «{work.title}», and the entry has {entry.facts.episodes} episodes"
        titles = (work.title, work.original_title or "")
        if not has_like_title(entry, titles, work.year, lambda: catalogue.aliases(work.kind, work.id)):
            return f"{work.kind.word} {work.id} is {quoted(work.title, work.year)} on {name_of(catalogue)}"
    return _lacking_episodes(match, work.title, catalogue) if isinstance(match, ShowMatch) else None


def checked_typed(
    typed: Iterable[tuple[PlanEntry, Match]], asked: Callable[[Match], Catalogue | None], *, undone: str
) -> Iterator[tuple[PlanEntry, Match, bool]]:
    """Look up ids that a person typed, each with whom it is `asked` of: those that agree, and whether anybody said so.

    Raises PlanInvalid in the end where one does not agree with its entry; `undone` says what was not done.
    """
    wrong = []
    for entry, match in typed:
        catalogue = asked(match)
        sentence = check_typed(entry, match, catalogue) if catalogue is not None else None
        if sentence is not None:
            wrong.append(f"{entry.key} ({entry.title}): {sentence}{_likely_instead(entry)}")
        else:
            yield entry, match, catalogue is not None
    if wrong:
        todo = f"{undone} Correct `match`, or add `sure: true` to it if it is right."
        raise PlanInvalid("; ".join(wrong), todo=todo)


def knows_work(match: Match, catalogue: Catalogue) -> bool:
    """Whether a catalogue has the show or film of a match."""
    return work_by_id(*kind_and_id(match), catalogue) is not None


def _lacking_episodes(match: ShowMatch, title: str, catalogue: Catalogue) -> str | None:
    seasons = catalogue.seasons(match.show)
    if _is_unlisted(seasons, catalogue):
        return None
    listed = {subject for subject, _ in listed_episodes(match.show, lambda _: seasons)}
    lacking = [subject for subject in _episodes_in(match) if subject not in listed]
    if not lacking:
        return None
    first = lacking[0]
    where = f"S{first.season:02d}E{first.number:02d}"
    return f"«{title}» has no {where} on {name_of(catalogue)} ({len(lacking)} missing)"


def _episodes_in(match: ShowMatch) -> list[EpisodeSubject]:
    return [EpisodeSubject(match.show, one.season, one.number) for one in mapping_episodes(match.mapping)]


def _likely_instead(entry: PlanEntry) -> str:
    """The candidate that a person probably meant, as the end of a sentence; empty where the entry has none."""
    if not entry.candidates:
        return ""
    best = entry.candidates[0]
    return f"; did you mean `{format_match(best.match)}`, {quoted(best.title, best.year)}?"


# --- what a review asks of Trakt ---


def offer_of_work(match: Match, work: Work) -> Offer:
    """A match in a work that was looked up."""
    return Offer(match, work.title, work.year, page_of_match(match, work.url))


def with_days(offer: Offer, seasons_of: SeasonsOf) -> Offer:
    """The same offer with the days its first and last episode aired, and what its show lacks of it, where known."""
    seasons = None if isinstance(offer.match, MovieMatch) else seasons_of(offer.match.show)
    if isinstance(offer.match, MovieMatch) or seasons is None:
        return offer
    wanted = dict.fromkeys(_episodes_in(offer.match))
    listed = dict(listed_episodes(offer.match.show, lambda _: seasons))
    moments = (listed[subject].first_aired for subject in wanted if subject in listed)
    days = [moment.date() for moment in moments if moment is not None]
    lacking = runs_of(subject for subject in wanted if subject not in listed)
    begins, ends = (min(days), max(days)) if days else (offer.begins, offer.ends)
    return replace(offer, begins=begins, ends=ends, lacking=lacking)


@dataclass(frozen=True, slots=True)
class Fits:
    """A typed match as it stands on Trakt; `doubt` is a sentence where it may not be there at all.

    `reckoned`: it is a season from its first episode on, by the entry's own count, as nobody here has its list.
    """

    offer: Offer
    doubt: str | None = None
    reckoned: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """A show was named, but not where in it: the places that fit the entry, best first.

    `seasons` says what the show has, for a person to type the place where none fits. `reckoned`: nobody here has its
    season lists, so each place is as long as the list's entry.
    """

    show: Show
    offers: tuple[Offer, ...]
    seasons: str
    reckoned: bool = False


_NEVER_AUTO = 2.0  # a confidence that nothing reaches: the person decides

_SPEAKS_FOR_IT = ("title", "year", "episodes", "air-dates", "id-maps", "other-maps", "episode-name")
"""Reasons that tell a person something; a title without season words fits every first season there is."""


class Lookup:
    """Asks for one review. `now` is aware UTC: what has not aired by then is no place.

    `known`: what this machine knows by itself, which is asked where `catalogue` is None, or can't tell.
    """

    def __init__(
        self, catalogue: Catalogue | None, now: datetime, known: OfflineCatalogue | None = None
    ) -> None:
        self._known = NOTHING_KNOWN if known is None else known
        self.catalogue = catalogue
        self._catalogue: Catalogue = self._known if catalogue is None else catalogue
        self._now = now
        self.offline = catalogue is None
        self._more: dict[EntryKey, tuple[Offer, ...]] = {}

    @property
    def asks(self) -> str:
        """Whom it asks, as a person knows them."""
        return "the id maps" if self.offline else name_of(self._catalogue)

    @property
    def can_search(self) -> bool:
        """Whether a search may find something."""
        return not self.offline or bool(self._known)

    def search(self, entry: PlanEntry, words: str) -> tuple[Work, ...]:
        """The shows and films that are found for some words; the likelier kind first."""
        first, second = (self._catalogue.search(words, kind) for kind in _likelier_first(entry))
        room = MAX_OFFERS - min(len(second), MAX_OFFERS // 3)
        return (*first[:room], *second)[:MAX_OFFERS]

    def ask_more(self, entry: PlanEntry) -> None:
        """Ask all that may help about an entry for which `plan`, which asks little, found nothing; once a review.

        Raises what the catalogue raises.
        """
        if self.offline or entry.key in self._more:
            return
        listed = _as_listed(entry)
        with side_by_side(self._catalogue) as several:
            _ask_ahead(listed, several)
            (found,) = match_entries(
                [listed],
                IdMaps(),
                several,
                auto_from=_NEVER_AUTO,
                now=self._now,
                asking=Asking.EVERYTHING,
            )
        self._more[entry.key] = tuple(map(Offer.of, found.candidates))

    def more(self, key: EntryKey) -> tuple[Offer, ...]:
        """What `ask_more` has brought."""
        return self._more.get(key, ())

    def places(self, entry: PlanEntry, work: Show, *, season: int | None = None) -> Choices:
        """Where in a show an entry may be, best first; those that begin in `season` before all others."""
        listed = self._catalogue.seasons(work.id)
        if _is_unlisted(listed, self._catalogue):
            return self._reckoned_places(entry, work, season)
        seasons = listed or ()
        asked = _as_listed(entry)
        layouts = {work.id: read_layouts(seasons, self._now)}
        options = options_for(asked, [work], layouts, ended=asked.is_over(self._now.date()))
        weighed = propose(asked, judge(asked, options, MatchContext()), auto_from=_NEVER_AUTO)
        offers = [self._weighed(judged.candidate, work) for judged in weighed.judged]
        if season is not None:
            offers.sort(key=lambda o: not isinstance(o.match, ShowMatch) or first_season(o.match) != season)
        return Choices(work, tuple(offers[:MAX_OFFERS]), _describe(seasons))

    def _reckoned_places(self, entry: PlanEntry, work: Show, season: int | None) -> Choices:
        """The seasons of a show that anything here names, each from its first episode on."""
        named = self._known.seasons_named(work.id)
        count = count_of(entry)
        if count is None:
            return Choices(work, (), "no season list that anybody here has")
        ordered = sorted(named, key=lambda number: number != season)
        offers = tuple(
            offer_of_work(ShowMatch(work.id, Straight((Run(number, 1, count),))), work) for number in ordered
        )
        return Choices(
            work, offers[:MAX_OFFERS], f"the {pluralize(len(named), 'season')} that maps name", True
        )

    def _weighed(self, candidate: Candidate, work: Show) -> Offer:
        offer = with_days(offer_of_work(candidate.match, work), self._catalogue.seasons)
        return replace(offer, why=tuple(reason for reason in candidate.why if reason in _SPEAKS_FOR_IT))

    def resolve(self, entry: PlanEntry, typed: Typed) -> Fits | Choices:
        """What something typed stands for. Raises ValueError with a sentence where there is no such thing.

        A match whose work nobody here knows, as there is no catalogue that could tell, fits with a doubt.
        """
        work: Work
        match: Match | None
        match typed:
            case BareId():
                work = self._work_with_id(entry, typed)
                match = MovieMatch(work.id) if isinstance(work, Movie) else None
            case Address(url):
                return self._at_address(entry, url)
            case MovieMatch() | ShowMatch():
                kind, number = kind_and_id(typed)
                if (known := self._known_work(kind, number)) is None and self._is_beyond_asking(number):
                    return self._unknown(entry, typed)
                work, match = known or find_work(typed, self._catalogue), typed
        if match is None:
            assert isinstance(work, Show)  # a film's page and id say all
            return self.places(entry, work)
        return self._checked(entry, offer_of_work(match, work))

    def _at_address(self, entry: PlanEntry, url: str) -> Fits | Choices:
        page = look_up_address(url, self._catalogue, known=self._known, count=count_of(entry))
        match page.work, page.match:
            case Show() as show, None:
                return self.places(entry, show)
            case Show() as show, ShowMatch() as found if not (page.reckoned or _has_as_many(entry, found)):
                return self.places(entry, show, season=first_season(found))
            case work, found:
                assert found is not None  # a film's page says all
                return replace(self._checked(entry, offer_of_work(found, work)), reckoned=page.reckoned)

    def _is_beyond_asking(self, number: WorkId) -> bool:
        """Whether nobody could say that there is no such work: TMDB does not know Trakt's ids."""
        return self.offline or (isinstance(self._catalogue, TmdbCatalogue) and not isinstance(number, TmdbId))

    def _known_work(self, kind: TargetKind, number: WorkId) -> Work | None:
        """A work by its id, by what this machine knows where the catalogue can't tell."""
        found = work_by_id(kind, number, self._catalogue)
        if found is None and self._is_beyond_asking(number):
            found = work_by_id(kind, number, self._known)
        return found

    def _unknown(self, entry: PlanEntry, match: Match) -> Fits:
        _check_length(entry, match)
        kind, number = kind_and_id(match)
        name = f"{kind.word} {number}"
        return Fits(Offer(match, name, None, page_of_match(match)), f"nobody here knows {name}")

    def _checked(self, entry: PlanEntry, offer: Offer) -> Fits:
        _check_length(entry, offer.match)
        lacking = None
        if isinstance(offer.match, ShowMatch) and not _is_candidate(entry, offer.match):
            lacking = _lacking_episodes(offer.match, offer.title, self._catalogue)
        return Fits(with_days(offer, self._catalogue.seasons), lacking)

    def work(self, match: Match) -> Work | None:
        """A match's show or film; None where nobody can say."""
        with suppress(AnitraktError):
            return self._known_work(*kind_and_id(match))
        return None

    def works(self, matches: Sequence[Match]) -> dict[str, Work | None]:
        """The shows and films of some matches by their short forms, asked for at one time."""
        return dict(zip(map(format_match, matches), together(self.work, matches), strict=True))

    def aliases(self, match: Match) -> tuple[str, ...]:
        """What else the work of a match is called; empty where nobody can say."""
        kind, number = kind_and_id(match)
        with suppress(AnitraktError):
            return self._catalogue.aliases(kind, number)
        return ()

    def _work_with_id(self, entry: PlanEntry, wanted: BareId) -> Work:
        """The show or film with a bare id; ids of shows and films overlap, so the entry's kind decides."""
        for kind in (wanted.kind,) if wanted.kind else _likelier_first(entry):
            if (found := self._known_work(kind, wanted.id)) is not None:
                return found
        if self._is_beyond_asking(wanted.id):
            raise ValueError(
                f"nothing on this machine knows {wanted.id}; say which episodes, `{wanted.id} S01E01-E12`, or "
                f"`movie {wanted.id}`"
            )
        raise ValueError(f"{self.asks} has no show or film {wanted.id}")


def _ask_ahead(listed: Entry, several: SideBySide) -> None:
    """Have on their way at one time what is asked about an entry that nothing was found for: a person waits for it.

    It is two rounds, the searches and then the likeliest shows, instead of up to five questions one after another.
    """
    first, *others = searches_for(listed)[:_SEARCHES_AHEAD] or (None,)
    if first is None:
        return
    several.expect([first, *filter(None, others)])
    works = several.search(first.query, first.kind)
    several.expect([first, *map(ReadSeasons, shows_to_read(listed, works, ())[:_SHOWS_AHEAD])])


_SEARCHES_AHEAD = 2

_SHOWS_AHEAD = 3


def _check_length(entry: PlanEntry, match: Match) -> None:
    # where the counts do not go together, no answer to a doubt would make them
    if why := misfit(entry, match):
        raise ValueError(f"that can't be: {why}")


def _likelier_first(entry: PlanEntry) -> tuple[TargetKind, TargetKind]:
    is_film = entry.facts.kind is Kind.MOVIE
    return (TargetKind.MOVIE, TargetKind.SHOW) if is_film else (TargetKind.SHOW, TargetKind.MOVIE)


def _describe(seasons: tuple[Season, ...]) -> str:
    """A show's seasons in a line, as runs: `S01E01-E24, S02E25-E36`."""
    filled = (season for season in seasons if season.episodes)
    runs = (Run(s.number, s.episodes[0].number, s.episodes[-1].number) for s in filled)
    return format_runs(runs) or "no episodes"


def _as_listed(entry: PlanEntry) -> Entry:
    """The list entry behind a plan's entry, as far as the file tells of it."""
    romaji, *others = entry.titles or ("",)
    return Entry(
        key=entry.key,
        ids=entry.key.ids,
        titles=Titles(romaji, others[0] if others else None),
        kind=entry.facts.kind,
        progress=entry.progress,
        episodes=entry.facts.episodes,
        aired_from=PartialDate(entry.facts.year) if entry.facts.year else None,
    )
