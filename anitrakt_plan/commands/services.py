"""The services as the commands see them: each built from the settings when first used, and closed at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from anitrakt_plan.commands.accounts import mal_token, tmdb_token
from anitrakt_plan.commands.explain import evidence_path, load_matches
from anitrakt_plan.commands.last_read import LastReads
from anitrakt_plan.commands.offline import OfflineCatalogue, works_of_plan
from anitrakt_plan.commands.side_by_side import Workers, result_of, together
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.http import OnRequest, RateLimit, ReadClient, time_words
from anitrakt_plan.idmaps import LoadedMaps, load_idmaps
from anitrakt_plan.model import (
    Account,
    Catalogue,
    Entry,
    EntryKey,
    Existing,
    Ids,
    Plan,
    PlanEntry,
    Play,
    Season,
    Status,
    SyncKind,
    TargetKind,
    TraktId,
    WorkId,
)
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.catalogue import KnownWork
from anitrakt_plan.model.resolving import Resolver, no_resolver
from anitrakt_plan.planfile import KnownService, services
from anitrakt_plan.reports.way import EXISTING_UNKNOWN
from anitrakt_plan.settings import Settings, Way, way_of
from anitrakt_plan.sources import SOURCES, Endpoint, Source, SourceList, anilist, mal, sort_out, source_of
from anitrakt_plan.sync.diff import needs_rewatch_plays
from anitrakt_plan.tmdb.catalogue import TmdbCatalogue, WorkIds
from anitrakt_plan.tmdb.client import Tmdb
from anitrakt_plan.trakt.account import TraktState, showing_pages
from anitrakt_plan.trakt.auth import SERVICE, Clock
from anitrakt_plan.trakt.catalogue import TraktCatalogue
from anitrakt_plan.trakt.client import Trakt, utc_now
from anitrakt_plan.trakt.send import Sender

_Closable = TypeVar("_Closable", ReadClient, Trakt, Tmdb)

KNOWN_SERVICES = {
    source.name: KnownService(f"{source.title}{source.about}.", source.entry_url)
    for source in reversed(SOURCES)
}
"""The list services that a plan may name."""


MANY_WORKS = 50
"""For so many works the whole history is read: one by one they take more requests than most accounts have pages."""


def page_of(entry: PlanEntry) -> str | None:
    """An entry's page at its list service, where it has one."""
    return entry.url or services.page_of(KNOWN_SERVICES, entry.key)


class Services:
    """Everything outside that a command may ask. Close it at the end.

    `on_request` hears of each request that went out: service, method and path, status.
    """

    def __init__(self, settings: Settings, *, on_request: OnRequest | None = None) -> None:
        self.settings = settings
        self._on_request = on_request
        self._open = ExitStack()
        self._catalogue: TraktCatalogue | TmdbCatalogue | None = None
        self._loaded: LoadedMaps | None = None
        self._learned: list[WorkIds] = []
        self._maps_coming: Future[LoadedMaps] | None = None
        self._account_coming: Future[Account] | None = None

    def close(self) -> None:
        """Let go of every connection."""
        self._open.close()

    def read_ahead(self, *, refresh: bool, account: bool) -> None:
        """Begin to read the id maps, and whose account it is, while something else goes on.

        Whoever asks for them gets what came, or the error.
        """
        workers = Workers(2)
        self._open.callback(workers.close)
        self._maps_coming = workers.submit(partial(self._load_maps, offline=False, refresh=refresh))
        if account:
            self._account_coming = workers.submit(TraktState(self.trakt).read_account)

    # --- the list ---

    def read_list(
        self, name: str, user: str, statuses: Collection[Status], *, include_private: bool, reporter: Reporter
    ) -> SourceList:
        """A user's list from the service `name` of SOURCES. Raises BadUsage, Failed or NotSignedIn."""
        source = source_of(name)
        endpoint = self._signed_in(source)
        client = self._kept(source.client(endpoint, on_request=self._on_request))
        with reporter.progress(f"Reading {source.title}") as progress:
            found = source.read(client, endpoint, user, lambda done, total: progress(done, total or 0))
        return sort_out(found, statuses, include_private=include_private)

    def _signed_in(self, source: Source) -> Endpoint:
        """The endpoint with the stored MyAnimeList sign-in, where that list is asked for: it may be private."""
        endpoint = self.settings.endpoint(source)
        if source.name != mal.SOURCE.name or self.settings.sandbox:
            return endpoint
        return replace(endpoint, token=mal_token(self.settings, utc_now))

    def complete(self, entries: Sequence[Entry], reporter: Reporter) -> tuple[Entry, ...]:
        """The same entries with what AniList knows of them: titles, dates, counts. Raises Failed."""
        with reporter.progress("Asking AniList") as progress:
            return anilist.complete(
                self._anilist, entries, on_progress=lambda done, total: progress(done, total or 0)
            )

    def covers(self, ids: Sequence[Ids]) -> Mapping[Ids, str]:
        """The addresses of AniList's cover pictures of a few works. Raises Failed."""
        return anilist.covers(self._anilist, ids)

    @cached_property
    def _anilist(self) -> ReadClient:
        endpoint = self.settings.endpoint(anilist.SOURCE)
        return self._kept(anilist.SOURCE.client(endpoint, on_request=self._on_request))

    # --- the id maps ---

    def id_maps(self, *, offline: bool, refresh: bool = False) -> LoadedMaps:
        """The id maps that can be had, their ages, and a sentence for each that can't."""
        coming, self._maps_coming = self._maps_coming, None
        if coming is not None and not offline:
            self._loaded = result_of(coming)
        else:
            self._loaded = self._load_maps(offline=offline, refresh=refresh)
        return self._loaded

    def _load_maps(self, *, offline: bool, refresh: bool) -> LoadedMaps:
        opener = partial(open_id_map, self.settings, on_request=self._on_request)
        where = self.settings.idmap_url
        return load_idmaps(opener, folder=where, refresh=refresh, offline=offline, each=together)

    def learn_ids(self, ids: WorkIds) -> None:
        """Take in who else knows both ids of works, as a data download does; it is asked before the id maps."""
        self._learned.append(ids)

    def trakt_id(self, kind: TargetKind, tmdb: int) -> TraktId | None:
        """Trakt's id for TMDB's, where a data download or an id map knows it."""
        return next(filter(None, (ids.trakt_id(kind, tmdb) for ids in self._who_knows_ids())), None)

    def tmdb_id(self, kind: TargetKind, trakt: TraktId) -> int | None:
        """TMDB's id for Trakt's, where a data download or an id map knows it."""
        return next(filter(None, (ids.tmdb_id(kind, trakt) for ids in self._who_knows_ids())), None)

    def _who_knows_ids(self) -> Iterator[WorkIds]:
        yield from self._learned
        # without a catalogue there is nobody to name the works to: then the maps at hand are enough
        yield (self._loaded or self.id_maps(offline=self._catalogue is None)).maps

    # --- Trakt and TMDB ---

    @cached_property
    def trakt(self) -> Trakt:
        """The Trakt client."""
        return self._kept(Trakt(self.settings, on_request=self._on_request))

    @cached_property
    def _tmdb_token(self) -> str | None:
        return tmdb_token(self.settings)

    @cached_property
    def _tmdb(self) -> Tmdb:
        return self._kept(Tmdb(self.settings, self._tmdb_token, on_request=self._on_request))

    def catalogue(
        self, *, refresh: bool = False, fresh_seasons: bool = False
    ) -> TraktCatalogue | TmdbCatalogue | None:
        """What a whole list is matched by: TMDB's works with a token, else Trakt's with a client id, else None.

        TMDB answers forty times as fast, and Trakt numbers its episodes as TMDB does. Both flags pass by the cache.
        """
        self._catalogue = self.tmdb_catalogue(
            refresh=refresh, fresh_shows=fresh_seasons
        ) or self.trakt_catalogue(refresh=refresh, fresh_seasons=fresh_seasons)
        return self._catalogue

    def final_catalogue(self) -> TraktCatalogue | TmdbCatalogue | None:
        """Who is asked about single works: Trakt, whose word is final, with a client id, else TMDB, else None."""
        self._catalogue = self.trakt_catalogue() or self.tmdb_catalogue()
        return self._catalogue

    def tmdb_catalogue(self, *, refresh: bool = False, fresh_shows: bool = False) -> TmdbCatalogue | None:
        """TMDB's shows and films; None without a token."""
        if not self._tmdb_token:
            return None
        return TmdbCatalogue(self._tmdb, self, refresh=refresh, fresh_shows=fresh_shows)

    @property
    def catalogue_limit(self) -> RateLimit:
        """The pace at which a whole list is asked about."""
        return self.settings.tmdb_limit if self._tmdb_token else self.settings.trakt_get_limit

    def trakt_catalogue(self, *, refresh: bool = False, fresh_seasons: bool = False) -> TraktCatalogue | None:
        """Trakt's own shows and films, by its own ids; None without a client id."""
        if not self.trakt.has_key:
            return None
        return TraktCatalogue(self.trakt, refresh=refresh, fresh_seasons=fresh_seasons)

    def kept_trakt_id(self, kind: TargetKind, tmdb: int) -> TraktId | None:
        """Trakt's id for TMDB's, where it has said so before and the cache still knows it."""
        with suppress(AnitraktError):  # what was kept is no answer of Trakt's
            return self._trakt_cache.kept_id(kind, tmdb)
        return None

    @property
    def lookups_without_a_wait(self) -> int:
        """How many questions Trakt takes now: half of what its limit leaves, so that the next command can ask, too."""
        return (self.trakt.reads.free_turns or 0) // 2

    def time_of_lookups(self, count: int) -> str:
        """How long so many questions to Trakt take, in words."""
        return time_words(count, self.settings.trakt_get_limit)

    def known_seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """A show's season list where this run has read it, or a cache has it; never a request."""
        if self._catalogue is not None and self._catalogue.has_seasons(show_id):
            return self._catalogue.seasons(show_id)
        try:
            return next(filter(None, (cache.seasons(show_id) for cache in self._caches)), None)
        except AnitraktError:
            return None

    @cached_property
    def _caches(self) -> tuple[Catalogue, ...]:
        return self._trakt_cache, TmdbCatalogue(self._tmdb, self, offline=True)

    @cached_property
    def _trakt_cache(self) -> TraktCatalogue:
        return TraktCatalogue(self.trakt, offline=True)

    @property
    def way(self) -> Way:
        """Which way the person is on."""
        return way_of(self.settings)

    def go_on_without_application(self) -> AnitraktError | None:
        """Take the way without an application where Trakt refuses the one that is set; what it says then."""
        refused = self.trakt.application_refused() if self.trakt.has_key else None
        if refused is not None:
            self.settings = replace(
                self.settings, trakt_client_id=None, trakt_client_secret=None, trakt_token=None
            )
            del self.trakt
        return refused

    def known_works(
        self, plan: Plan | None, more: Callable[[], Iterable[KnownWork]] = tuple, *, at_need: bool = False
    ) -> OfflineCatalogue:
        """What this machine knows of works without a request: from the id maps it has, and the plan's candidates.

        `more`: a data download's, which is read only where these know nothing. `at_need`: the maps, too, which take a
        second or two.
        """

        def known() -> Iterator[KnownWork]:
            yield from (self._loaded or self.id_maps(offline=True)).maps.works()
            yield from works_of_plan(plan) if plan is not None else ()

        if at_need:
            return OfflineCatalogue((), self.known_seasons, lambda: (*known(), *more()))
        return OfflineCatalogue(known(), self.known_seasons, more)

    def why_no_account(self) -> str | None:
        """A sentence on what is missing for reading the Trakt account; None where nothing is."""
        if self.way is Way.FILES:
            return EXISTING_UNKNOWN
        if not self.trakt.signed_in:
            return (
                "You are not signed in to Trakt (`anitrakt login`). So the plan can't say what is already on Trakt; "
                "`anitrakt apply FILE` reads it before it sends."
            )
        return None

    def read_account(self) -> Account:
        """Whose Trakt account it is. Raises Failed or NotSignedIn."""
        coming, self._account_coming = self._account_coming, None
        return TraktState(self.trakt).read_account() if coming is None else result_of(coming)

    def read_plays(self, works: Sequence[ListSubject], reporter: Reporter) -> tuple[Play, ...]:
        """The account's plays of these works, read live: by work where that takes fewer requests. Raises as above."""
        if not works:
            return ()
        reporter.info("Automatic matches would change: reading what Trakt has of them ...")
        with self._reading(reporter) as state:
            if len(works) > MANY_WORKS:
                return state.read_history().rows
            return tuple(play for work in works for play in state.read_history_of(work).rows)

    def read_existing(self, kinds: Collection[SyncKind], reporter: Reporter) -> Existing:
        """What the Trakt account holds of these kinds, read live. Raises Failed or NotSignedIn."""
        with self._reading(reporter) as state:
            return state.read_existing(kinds)

    @contextmanager
    def _reading(self, reporter: Reporter) -> Iterator[TraktState]:
        with reporter.progress("Reading Trakt") as progress:
            yield TraktState(self.trakt, on_page=showing_pages(progress))

    def ports(
        self,
        plan: Plan | None,
        reporter: Reporter,
        *,
        stop: Stop,
        ask: Ask | None,
        changed_entries: Callable[[], Collection[EntryKey]] = tuple,
    ) -> Ports:
        """The outside of one run of apply."""
        state = self.settings.folders.state
        return Ports(
            reader=TraktState(self.trakt),
            catalogue=TraktCatalogue(self.trakt, asks_again=True),
            sender=Sender(self.trakt, one_play_each=plan is None or not needs_rewatch_plays(plan)),
            journals=self.settings.folders.journal,
            last_reads=LastReads(self.settings.folders.last_reads),
            reporter=reporter,
            clock=utc_now,
            sleep=time.sleep,
            settle=self.settings.trakt_settle,
            stop=stop,
            ask=ask,
            changed_entries=changed_entries,
            sandbox=self.settings.sandbox,
            sign_in=lambda: self.trakt.tokens.load(SERVICE),
            weighed=partial(load_matches, evidence_path(state, plan.source)) if plan is not None else dict,
            kept_id=self.kept_trakt_id,
            time_for=self.time_of_lookups,
        )

    def _kept(self, one: _Closable) -> _Closable:
        self._open.callback(one.close)
        return one


def open_id_map(settings: Settings, title: str, address: str, **options: Any) -> ReadClient:
    """A client of the id map at this address; `options` are those of ReadClient."""
    return ReadClient(
        title, address, cache_file=settings.folders.http_cache, follow_redirects=True, **options
    )


# --- what apply, undo and status need of the outside ---


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person may decide. `choices` are words; the first is recommended. `flag` answers it unasked.

    `--yes` answers it with yes, unless `is_whose_account`: that is no matter of agreeing.
    """

    text: str
    choices: tuple[str, ...]
    flag: str
    is_whose_account: bool = False


Ask = Callable[[Question], str]
"""Asks a person and gives back one of the question's choices."""


class Stop(Protocol):
    """Set by the first Ctrl-C: finish the request, then sum up."""

    def is_set(self) -> bool:
        """Whether to stop."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside of one run. `ask` is None where nobody can answer. `settle` is in seconds.

    `sign_in` gives a value that changes when another sign-in is stored, such as a digest of the access token. `weighed`
    are the matches that `plan` weighed here. `kept_id` knows the ids that Trakt has said before, `time_for` how long so
    many questions to it take, in words.
    """

    reader: TraktState
    catalogue: Catalogue
    sender: Sender
    journals: Path
    last_reads: LastReads
    reporter: Reporter
    clock: Clock
    sleep: Callable[[float], None]
    settle: float
    stop: Stop
    ask: Ask | None = None
    changed_entries: Callable[[], Collection[EntryKey]] = tuple
    sandbox: bool = False
    sign_in: Callable[[], object] = lambda: None
    weighed: Callable[[], Mapping[EntryKey, Collection[str]]] = dict
    kept_id: Resolver = no_resolver
    time_for: Callable[[int], str] = lambda _: "less than a minute"

    @contextmanager
    def reading(self, what: str) -> Iterator[TraktState]:
        """The account's reader while `what` is read of it; its pages are counted before the person's eyes."""
        with self.reporter.progress(f"Reading {what}") as progress:
            yield self.reader.telling(showing_pages(progress))


# --- how a command tells a person what it is doing, without knowing of terminals ---


class Reporter(Protocol):
    """The command line's side of a conversation; the tests have their own."""

    def info(self, text: str = "") -> None:
        """A message, unless the user wants quiet."""

    def debug(self, text: str) -> None:
        """A message for those who asked for more."""

    def progress(
        self, title: str, *, each: bool = False
    ) -> AbstractContextManager[Callable[[int, int], None]]:
        """Show a step's progress; yields a function of (done, total).

        Where no bar can be drawn there is a line now and then; with `each`, one for each call.
        """
