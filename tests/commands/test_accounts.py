"""Whose accounts anitrakt speaks for: what a person types is kept for them alone, and what goes before what."""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest

from anitrakt_plan.commands.accounts import (
    forget,
    keep_application,
    keep_mal_tokens,
    keep_tmdb_token,
    lacks_secret,
    logout,
    mal_token,
    tmdb_token,
    who_am_i,
)
from anitrakt_plan.commands.last_read import LastReads
from anitrakt_plan.errors import BadUsage, Failed, NotSignedIn
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.settings import Settings
from anitrakt_plan.sources import Endpoint
from anitrakt_plan.tmdb.client import Tmdb
from anitrakt_plan.trakt.client import Trakt
from tests.faults.bench import Bench
from tests.practice import START, Clock

ID, SECRET = "an-id-of-mine", "a-secret-of-mine"


# --- the person's application ---


@pytest.mark.parametrize(
    ("client_id", "secret", "lacks"),
    [(None, None, False), ("", None, False), (ID, None, True), (ID, SECRET, False)],
)
def test_only_an_application_of_ones_own_may_lack_a_secret(
    settings: Settings, client_id: str | None, secret: str | None, lacks: bool
) -> None:
    settings = replace(settings, trakt_client_id=client_id, trakt_client_secret=secret)
    assert lacks_secret(settings) is lacks


def test_an_application_is_kept_for_its_owner_alone_beside_what_is_set_already(settings: Settings) -> None:
    file = settings.folders.own_settings
    file.parent.mkdir(parents=True)
    file.write_text('# mine\ntmdb_url = "https://example.org"\ntrakt_client_id = "old"\n', encoding="utf-8")
    kept = keep_application(settings, ID, SECRET)
    assert (kept.trakt_client_id, kept.trakt_client_secret) == (ID, SECRET)
    text = file.read_text(encoding="utf-8")
    assert "# mine\n" in text
    assert tomllib.loads(text) == {
        "trakt_client_id": ID,
        "trakt_client_secret": SECRET,
        "tmdb_url": "https://example.org",
    }
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_that_is_typed_later_leaves_the_id(settings: Settings) -> None:
    keep_application(settings, ID, None)
    kept = keep_application(replace(settings, trakt_client_id=ID), None, SECRET)
    assert (kept.trakt_client_id, kept.trakt_client_secret) == (ID, SECRET)
    text = settings.folders.own_settings.read_text(encoding="utf-8")
    assert tomllib.loads(text) == {"trakt_client_id": ID, "trakt_client_secret": SECRET}


@pytest.mark.parametrize("typed", [None, ""])
def test_where_nothing_is_typed_no_file_is_made(settings: Settings, typed: str | None) -> None:
    assert keep_application(settings, typed, typed) == settings
    assert not settings.folders.own_settings.exists()


def test_what_can_not_be_a_key_is_refused_and_not_shown(settings: Settings) -> None:
    with pytest.raises(BadUsage) as refused:
        keep_application(settings, "my key", None)
    assert "my key" not in str(refused.value)
    assert not settings.folders.own_settings.exists()


# --- TMDB's token ---


@pytest.mark.parametrize(
    ("given", "stored", "token"),
    [(None, None, None), ("given", None, "given"), (None, "stored", "stored"), ("given", "stored", "given")],
)
def test_the_token_that_is_given_goes_before_the_stored_one(
    settings: Settings, given: str | None, stored: str | None, token: str | None
) -> None:
    if stored:
        TokenFile(settings.folders.tokens).save("tmdb", Tokens(stored, None, START))
    assert tmdb_token(replace(settings, tmdb_token=given)) == token


@pytest.mark.parametrize("pasted", ["eyJa.b", "  eyJa.b\n", "Bearer eyJa.b", '"eyJa.b"', "Bearer 'eyJa.b' "])
def test_a_pasted_token_is_stored_as_it_is_meant(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, pasted: str
) -> None:
    monkeypatch.setattr(Tmdb, "check", lambda _: None)
    keep_tmdb_token(settings, pasted)
    assert tmdb_token(settings) == "eyJa.b"


@pytest.mark.parametrize(
    ("pasted", "why"), [("0123456789abcdef" * 2, "API key"), ("two words", "spaces"), ("", "can't be")]
)
def test_what_is_no_token_is_refused_before_anybody_is_asked(
    settings: Settings, pasted: str, why: str
) -> None:
    with pytest.raises(NotSignedIn, match=why):
        keep_tmdb_token(settings, pasted)
    assert tmdb_token(settings) is None


def test_a_token_that_tmdb_refuses_is_not_stored(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Tmdb) -> None:
        raise NotSignedIn("TMDB does not accept the token")

    monkeypatch.setattr(Tmdb, "check", refuse)
    with pytest.raises(NotSignedIn):
        keep_tmdb_token(settings, "eyJa.b")
    assert tmdb_token(settings) is None


# --- MyAnimeList's sign-in ---


@pytest.mark.parametrize(
    ("left", "refresh", "renewed"),
    [
        (timedelta(days=4), "refresh", False),
        (timedelta(days=3), "refresh", True),
        (timedelta(days=1), None, False),
    ],
)
def test_a_sign_in_is_renewed_three_days_before_its_end_where_it_can_be(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    left: timedelta,
    refresh: str | None,
    renewed: bool,
) -> None:
    TokenFile(settings.folders.tokens).save("mal", Tokens("old", refresh, START + left))
    monkeypatch.setattr(
        "anitrakt_plan.sources.mal.MalSignIn.refresh",
        lambda *_: Tokens("new", "refresh-2", START + timedelta(days=31)),
    )
    clock = Clock()
    given = replace(settings, endpoints=_with_client_id(settings))
    assert mal_token(given, clock) == ("new" if renewed else "old")
    assert mal_token(given, clock) == ("new" if renewed else "old")


def _with_client_id(settings: Settings) -> dict[str, Endpoint]:
    return {**settings.endpoints, "mal": replace(settings.endpoints["mal"], client_id="mine")}


@pytest.mark.parametrize(("hours", "token"), [(-1, None), (1, "old")])
def test_a_sign_in_that_is_not_renewed_is_good_to_its_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, hours: int, token: str | None
) -> None:
    TokenFile(settings.folders.tokens).save("mal", Tokens("old", "refresh", START + timedelta(hours=hours)))

    def refuse(*_: object) -> Tokens:
        raise NotSignedIn("MyAnimeList will not renew it")

    monkeypatch.setattr("anitrakt_plan.sources.mal.MalSignIn.refresh", refuse)
    given = replace(settings, endpoints=_with_client_id(settings))
    if token is None:
        with pytest.raises(NotSignedIn):
            mal_token(given, Clock())
    else:
        assert mal_token(given, Clock()) == token


def test_what_is_stored_is_forgotten_once(settings: Settings) -> None:
    keep_mal_tokens(settings, Tokens("access", "refresh", START))
    TokenFile(settings.folders.tokens).save("tmdb", Tokens("other", None, START))
    assert forget(settings, "mal")
    assert not forget(settings, "mal")
    assert tmdb_token(settings) == "other"


# --- Trakt's ---


@pytest.mark.parametrize(
    ("client_id", "token", "why"),
    [
        (None, None, "there is no Trakt client id"),
        ("", "of-no-use", "there is no Trakt client id"),
        (ID, None, "not signed in"),
    ],
)
def test_nobody_is_asked_who_i_am_where_nobody_could_tell(
    settings: Settings, client_id: str | None, token: str | None, why: str
) -> None:
    settings = replace(settings, trakt_client_id=client_id, trakt_token=token, tmdb_token="eyJa.b")
    with Trakt(settings) as trakt:
        found = who_am_i(trakt, settings)
    assert found.trakt is None
    assert found.why_not is not None
    assert why in found.why_not
    assert (found.tmdb, found.mal_ends) == (True, None)


def test_a_sign_in_by_the_environment_has_no_end_that_is_known(world: Bench) -> None:
    settings = world.settings()
    TokenFile(world.folders.tokens).save("trakt", Tokens("stored-before", None, START))
    with Trakt(settings, clock=world.clock) as trakt:
        found = who_am_i(trakt, settings)
    assert found.trakt is not None
    assert (found.trakt.account.user, found.trakt.ends, found.from_environment) == ("sandbox", None, True)


def test_a_stored_sign_in_is_deleted_even_where_trakt_can_not_be_told(world: Bench) -> None:
    world.token = ""
    token = world.sandbox.world.issue_token(timedelta(days=7))
    TokenFile(world.folders.tokens).save("trakt", Tokens(token.access, token.refresh, START))
    world.sandbox.faults.answer("POST", "/oauth/revoke$", 500, service="auth")
    with Trakt(world.settings(), clock=world.clock) as trakt:
        with pytest.raises(Failed, match="deleted here, but Trakt could not be told"):
            logout(trakt, LastReads(world.folders.last_reads))
        assert not logout(trakt, LastReads(world.folders.last_reads))
