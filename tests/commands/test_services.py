"""The services as the commands see them: which catalogue there is, who knows ids, and why there is no account."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from anitrakt_plan.commands.services import Services
from anitrakt_plan.errors import NotSignedIn
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.idmaps import IdMaps, LoadedMaps
from anitrakt_plan.model import TargetKind, TraktId
from anitrakt_plan.model.catalogue import KnownWork
from anitrakt_plan.reports.way import EXISTING_UNKNOWN
from anitrakt_plan.settings import DOWNLOADS, Settings, Way
from anitrakt_plan.sources import SOURCES
from anitrakt_plan.tmdb.catalogue import TmdbCatalogue
from anitrakt_plan.trakt.catalogue import TraktCatalogue
from anitrakt_plan.trakt.client import Trakt, utc_now
from tests.commands.running import ACCOUNT
from tests.practice import START

ID, TOKEN = "an-id-of-mine", "eyJmine.tmdb.token"

Open = Callable[..., Services]


@pytest.fixture
def opened(settings: Settings) -> Iterator[Open]:
    """Services with some settings; nothing in these tests asks any of them."""
    found: list[Services] = []

    def one(**more: object) -> Services:
        found.append(Services(replace(settings, **more)))  # type: ignore[arg-type]
        return found[-1]

    yield one
    for services in found:
        services.close()


@pytest.mark.parametrize(
    ("client_id", "token", "of_lists", "final"),
    [
        (ID, None, TraktCatalogue, TraktCatalogue),
        (ID, TOKEN, TmdbCatalogue, TraktCatalogue),
        (None, TOKEN, TmdbCatalogue, TmdbCatalogue),
        ("", TOKEN, TmdbCatalogue, TmdbCatalogue),
        (None, None, type(None), type(None)),
    ],
)
def test_a_list_is_matched_by_tmdb_where_it_can_be_asked_and_trakt_has_the_last_word(
    opened: Open, client_id: str | None, token: str | None, of_lists: type, final: type
) -> None:
    services = opened(trakt_client_id=client_id, tmdb_token=token)
    assert type(services.catalogue()) is of_lists
    settings = services.settings
    assert services.catalogue_limit == (settings.tmdb_limit if token else settings.trakt_get_limit)
    assert type(services.final_catalogue()) is final


def test_a_stored_token_of_tmdb_counts_like_a_given_one(opened: Open) -> None:
    services = opened()
    TokenFile(services.settings.folders.tokens).save("tmdb", Tokens(TOKEN, None, START))
    assert type(services.catalogue()) is TmdbCatalogue


@pytest.mark.parametrize(
    ("client_id", "token", "said"),
    [
        (None, None, EXISTING_UNKNOWN),
        (None, "of-no-use", EXISTING_UNKNOWN),
        (ID, None, "You are not signed in to Trakt"),
        (ID, "a-token", None),
    ],
)
def test_why_there_is_no_account(
    opened: Open, client_id: str | None, token: str | None, said: str | None
) -> None:
    why = opened(trakt_client_id=client_id, trakt_token=token).why_no_account()
    assert why == said if said is None else (why is not None and why.startswith(said))


def test_in_the_sandbox_a_kept_download_means_the_way_by_files(opened: Open) -> None:
    services = opened(trakt_client_id=ID, trakt_token="a-token", sandbox=True)
    assert services.way is Way.API
    folder = services.settings.folders.state / DOWNLOADS
    folder.mkdir(parents=True)
    (folder / "yourname.zip").write_bytes(b"")
    assert (services.way, services.why_no_account()) == (Way.FILES, EXISTING_UNKNOWN)


@pytest.mark.parametrize("is_refused", [True, False])
def test_an_application_that_trakt_refuses_is_left_aside(
    opened: Open, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    error = NotSignedIn("Trakt does not know the client id") if is_refused else None
    monkeypatch.setattr(Trakt, "application_refused", lambda _: error)
    services = opened(trakt_client_id=ID, trakt_client_secret="s", trakt_token="t", tmdb_token=TOKEN)
    assert services.go_on_without_application() is error
    assert services.way is (Way.FILES if is_refused else Way.API)
    assert type(services.final_catalogue()) is (TmdbCatalogue if is_refused else TraktCatalogue)


def test_without_an_application_nobody_is_asked_whether_it_is_refused(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_: Trakt) -> None:
        raise AssertionError("Trakt was asked")

    monkeypatch.setattr(Trakt, "application_refused", ask)
    assert opened().go_on_without_application() is None


# --- who knows ids ---


class Download:
    """A data download that knows one show."""

    def trakt_id(self, kind: TargetKind, tmdb: int) -> TraktId | None:
        return 1420 if (kind, tmdb) == (TargetKind.SHOW, 1429) else None

    def tmdb_id(self, kind: TargetKind, trakt: TraktId) -> int | None:
        return 1429 if (kind, trakt) == (TargetKind.SHOW, 1420) else None


def test_a_data_download_is_asked_for_ids_before_the_maps(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[bool] = []

    def id_maps(_: Services, *, offline: bool, refresh: bool = False) -> LoadedMaps:
        reads.append(offline)
        return LoadedMaps(IdMaps(()), ())

    monkeypatch.setattr(Services, "id_maps", id_maps)
    services = opened()
    services.learn_ids(Download())
    assert services.trakt_id(TargetKind.SHOW, 1429) == 1420
    assert services.tmdb_id(TargetKind.SHOW, 1420) == 1429
    assert reads == []
    assert services.trakt_id(TargetKind.MOVIE, 1429) is None
    assert reads == [True]  # without a catalogue, the maps at hand are enough


def test_what_a_download_knows_is_read_only_where_the_maps_know_nothing(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    works: list[KnownWork] = []
    loaded: list[int] = []

    def more() -> list[KnownWork]:
        loaded.append(1)
        return works

    monkeypatch.setattr(Services, "id_maps", lambda *_, **__: LoadedMaps(IdMaps(()), ()))
    known = opened().known_works(None, more)
    assert loaded == []
    assert known.by_imdb("tt0000001") is None
    assert loaded == [1]


def test_season_lists_that_no_cache_has_are_not_asked_for(opened: Open) -> None:
    assert opened(trakt_client_id=ID, tmdb_token=TOKEN).known_seasons(1420) is None


# --- list services ---


def test_mals_stored_sign_in_is_used_for_its_list_alone_and_never_in_the_sandbox(opened: Open) -> None:
    services = opened()
    far = utc_now().replace(year=utc_now().year + 1, day=1)
    TokenFile(services.settings.folders.tokens).save("mal", Tokens("stored", "refresh", far))
    mal, others = [s for s in SOURCES if s.name == "mal"], [s for s in SOURCES if s.name != "mal"]
    assert [services._signed_in(source).token for source in mal] == ["stored"]
    assert all(services._signed_in(source) == source.endpoint for source in others)
    services.settings = replace(services.settings, sandbox=True)
    assert services._signed_in(mal[0]).token is None


def test_maps_and_account_are_read_while_the_list_is(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(3, timeout=30)
    threads: set[str] = set()

    def read(what: object) -> object:
        both.wait()  # nobody goes on until the list is being read, too
        threads.add(threading.current_thread().name)
        return what

    monkeypatch.setattr(Services, "_load_maps", lambda *_, **__: read(LoadedMaps(notes=("of now",))))
    monkeypatch.setattr("anitrakt_plan.trakt.account.TraktState.read_account", lambda _: read(ACCOUNT))
    services = opened(trakt_client_id=ID, trakt_token="a-token")
    services.read_ahead(refresh=False, account=True)
    both.wait()
    assert services.read_account() == ACCOUNT
    assert services.id_maps(offline=False).notes == ("of now",)
    assert threading.main_thread().name not in threads


def test_what_failed_ahead_fails_where_it_is_asked_for(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise NotSignedIn("not signed in to Trakt")

    monkeypatch.setattr(Services, "_load_maps", lambda *_, **__: LoadedMaps())
    monkeypatch.setattr("anitrakt_plan.trakt.account.TraktState.read_account", fail)
    services = opened(trakt_client_id=ID, trakt_token="a-token")
    services.read_ahead(refresh=False, account=True)
    with pytest.raises(NotSignedIn):
        services.read_account()
