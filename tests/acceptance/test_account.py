"""Signing in and out at the practice Trakt, and at a MyAnimeList that answers as its documentation says."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import responses

from anitrakt_plan.commands.accounts import keep_mal_tokens, mal_token
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.settings import Settings, load_settings
from tests.acceptance.conftest import Run
from tests.practice import Sandbox

MAL = "https://myanimelist.net/v1/oauth2/token"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def signed_out(anitrakt: Run, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Run:
    """`anitrakt` with a client id, but no token, and a clock that sleeping moves on."""
    monkeypatch.delenv("ANITRAKT_TRAKT_TOKEN")
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    return anitrakt


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    given = {"ANITRAKT_HOME": str(tmp_path / "anitrakt-home"), "ANITRAKT_MAL_CLIENT_ID": "hush-id"}
    return load_settings(given, tmp_path)


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets a person sit at the terminal, who types this."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda typed: monkeypatch.setattr(sys, "stdin", Terminal(typed + "\n"))


def test_login_says_the_one_app_rule_then_the_code_and_then_who_it_is(
    signed_out: Run, sandbox: Sandbox
) -> None:
    sandbox.faults.polling(400, 400)
    result = signed_out("login")

    assert result.code == 0
    assert result.out == ""
    rule, address, done = (
        result.err.index(text) for text in ("one app at a time", "/activate", "Signed in to Trakt")
    )
    assert rule < address < done
    assert "as sandbox" in result.err
    assert signed_out("whoami").code == 0


def test_logout_takes_the_sign_in_back_and_deletes_it(
    signed_out: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    signed_out("login")
    result = signed_out("logout")

    assert result.code == 0
    assert len(sandbox.sent("POST", "/oauth/revoke", "auth")) == 1
    assert not (tmp_path / "anitrakt-home" / "config" / "tokens.json").exists()
    assert "There is no sign-in" in signed_out("logout").err


@pytest.mark.parametrize(("status", "said"), [(418, "refused on Trakt's page"), (410, "not typed in time")])
def test_a_sign_in_that_fails_leaves_nothing_behind(
    status: int, said: str, signed_out: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.faults.polling(status)
    result = signed_out("login")

    assert result.code == 4
    assert said in result.err
    assert not (tmp_path / "anitrakt-home" / "config" / "tokens.json").exists()


def test_login_without_a_client_id_says_who_can_have_one_and_what_needs_none(
    signed_out: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANITRAKT_TRAKT_CLIENT_ID")
    result = signed_out("login")

    assert result.code == 4
    for words in ("Only Trakt VIP members", "`anitrakt export-trakt plan.yaml`", "ANITRAKT_TRAKT_CLIENT_ID"):
        assert words in result.err


@pytest.mark.parametrize("kind", ["with a secret", "public"])
def test_login_asks_for_the_application_that_is_missing_and_keeps_it(
    kind: str,
    signed_out: Run,
    sandbox: Sandbox,
    at_a_terminal: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    keys = sandbox.addresses
    client, secret = (
        (keys.trakt_public_client_id, "")
        if kind == "public"
        else (keys.trakt_client_id, keys.trakt_client_secret)
    )
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"ANITRAKT_TRAKT_{name}")
    config = tmp_path / "anitrakt-home" / "config"
    config.mkdir(parents=True)
    (config / "anitrakt.toml").write_text("# mine\nmal_limit = '60/60'\n")
    at_a_terminal(client)
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: secret)
    result = signed_out("login")

    assert result.code == 0, result.err
    assert result.err.index("Only Trakt VIP members") < result.err.index("one app at a time")
    kept = (config / "anitrakt.toml").read_text()
    assert f'trakt_client_id = "{client}"' in kept
    assert ("trakt_client_secret" in kept) is bool(secret)
    assert kept.endswith("# mine\nmal_limit = '60/60'\n")
    at_a_terminal("")
    assert signed_out("whoami").code == 0


def test_who_has_no_application_leaves_the_question_unanswered(
    signed_out: Run, at_a_terminal: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ANITRAKT_TRAKT_CLIENT_ID")
    at_a_terminal("")
    result = signed_out("login")

    assert result.code == 4
    assert "`anitrakt export-trakt plan.yaml`" in result.err
    assert not (tmp_path / "anitrakt-home" / "config" / "anitrakt.toml").exists()


def test_login_with_a_deleted_application_says_so(signed_out: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANITRAKT_TRAKT_CLIENT_ID", "of-a-deleted-application")
    result = signed_out("login")

    assert result.code == 4
    assert "no longer knows your application" in result.err


def test_whoami_names_the_account_and_where_the_sign_in_comes_from(anitrakt: Run) -> None:
    result = anitrakt("whoami")
    said = json.loads(anitrakt("whoami", "--json").out)

    assert result.code == 0
    assert "sandbox (free account, time zone Europe/Berlin), by ANITRAKT_TRAKT_TOKEN" in result.out
    assert (said["format"], said["trakt"]["user"]) == ("anitrakt-whoami/1", "sandbox")


def test_whoami_without_a_sign_in_says_what_to_do(signed_out: Run) -> None:
    result = signed_out("whoami")

    assert result.code == 4
    assert "anitrakt login" in result.out


@responses.activate
def test_login_to_my_anime_list_takes_a_pasted_address(
    anitrakt: Run, at_a_terminal: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("ANITRAKT_MAL_URL", "https://api.myanimelist.net/v2")
    responses.post(MAL, json={"expires_in": 2678400, "access_token": "hush-a", "refresh_token": "hush-r"})
    at_a_terminal("http://localhost/?code=abc")
    result = anitrakt("login", "--mal")

    assert result.code == 0, result.err
    assert "https://myanimelist.net/v1/oauth2/authorize?" in result.err
    assert "hush" not in result.err
    stored = TokenFile(settings.folders.tokens).load("mal")
    assert stored is not None
    assert stored.access == "hush-a"
    assert "is deleted here" in anitrakt("logout", "--mal").err
    assert TokenFile(settings.folders.tokens).load("mal") is None


def test_login_to_my_anime_list_without_a_terminal_names_the_variable(anitrakt: Run) -> None:
    result = anitrakt("login", "--mal")

    assert result.code == 2
    assert "ANITRAKT_MAL_TOKEN" in result.err


@pytest.fixture
def pasting(monkeypatch: pytest.MonkeyPatch, at_a_terminal: Callable[[str], None]) -> Callable[[str], None]:
    """Lets a person at the terminal paste this where nothing is shown."""
    monkeypatch.delenv("ANITRAKT_TMDB_TOKEN")

    def paste(text: str) -> None:
        at_a_terminal("")
        monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _prompt: text)

    return paste


@pytest.mark.parametrize("form", ["{}", "  {}\n", "Bearer {}", "'{}'"])
def test_login_to_tmdb_takes_a_pasted_token_that_tmdb_takes(
    form: str, anitrakt: Run, sandbox: Sandbox, pasting: Callable[[str], None], tmp_path: Path
) -> None:
    pasting(form.format(sandbox.addresses.tmdb_token))
    result = anitrakt("login", "--tmdb")

    assert (result.code, result.out) == (0, "")
    assert "https://www.themoviedb.org/settings/api" in result.err
    assert "This product uses TMDB" in result.err
    assert [record.path for record in sandbox.wire] == ["/authentication"]
    file = tmp_path / "anitrakt-home" / "config" / "tokens.json"
    assert file.stat().st_mode & 0o077 == 0
    assert "TMDB: there is a token" in anitrakt("whoami").out
    assert json.loads(anitrakt("whoami", "--json").out)["tmdb"] is True
    assert json.loads(anitrakt("doctor", "--json").out)["checks"][8]["what"] == "it takes the token"
    gone, none_left = anitrakt("logout", "--tmdb"), anitrakt("logout", "--tmdb")
    assert "is deleted here" in gone.err
    assert "no stored TMDB token" in none_left.err
    assert not file.exists()
    assert json.loads(anitrakt("whoami", "--json").out)["tmdb"] is False


def test_in_the_sandbox_enter_gives_the_practice_token(anitrakt: Run, pasting: Callable[[str], None]) -> None:
    pasting("")
    result = anitrakt("--sandbox", "login", "--tmdb")
    assert result.code == 0, result.err
    assert "In the sandbox the practice TMDB's token is there from the start" in result.err
    assert "goes before this token" not in result.err
    assert "themoviedb.org/settings" not in result.err


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("0123456789abcdef0123456789abcdef", "API Read Access Token is needed"),
        ("two words", "can't be a TMDB token"),
        ("hush-hush-hush", "does not accept the token"),
    ],
)
def test_what_is_no_token_of_tmdbs_is_not_stored(
    pasted: str, words: str, anitrakt: Run, pasting: Callable[[str], None], tmp_path: Path
) -> None:
    pasting(pasted)
    result = anitrakt("login", "--tmdb")

    assert result.code == 4
    assert words in result.err
    assert "hush-hush" not in result.err
    assert not (tmp_path / "anitrakt-home" / "config" / "tokens.json").exists()


def test_the_variable_goes_before_the_stored_token(
    anitrakt: Run, sandbox: Sandbox, pasting: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pasting(sandbox.addresses.tmdb_token)
    monkeypatch.setenv("ANITRAKT_TMDB_TOKEN", "hush")
    result = anitrakt("login", "--tmdb")

    assert "ANITRAKT_TMDB_TOKEN is set, and goes before this token" in result.err
    assert "does not accept the token" in anitrakt("doctor").out
    assert "ANITRAKT_TMDB_TOKEN is still set" in anitrakt("logout", "--tmdb").err


def test_login_to_tmdb_without_a_terminal_names_the_variable(anitrakt: Run) -> None:
    result = anitrakt("login", "--tmdb")

    assert result.code == 2
    assert "ANITRAKT_TMDB_TOKEN" in result.err
    assert anitrakt("login", "--tmdb", "--mal").code == 2
    assert anitrakt("logout", "--tmdb", "--mal").code == 2


def test_the_version_bears_tmdbs_sentence_where_more_is_asked_for(anitrakt: Run) -> None:
    assert len(anitrakt("--version").out.splitlines()) == 1
    for arguments in (("--version", "-v"), ("-v", "--version")):
        assert "not endorsed, certified, or otherwise approved by TMDB" in anitrakt(*arguments).out


def test_a_stored_sign_in_reads_a_private_list(anitrakt: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    tokens = Tokens(sandbox.addresses.mal_token, None, datetime.now(UTC) + timedelta(days=20))
    TokenFile(tmp_path / "anitrakt-home" / "config" / "tokens.json").save("mal", tokens)

    assert anitrakt("plan", "--mal", "private").code == 0


@responses.activate
def test_a_sign_in_to_my_anime_list_is_renewed_before_it_ends(settings: Settings) -> None:
    responses.post(MAL, json={"expires_in": 2678400, "access_token": "new", "refresh_token": "new-r"})
    keep_mal_tokens(settings, Tokens("old", "old-r", NOW + timedelta(days=2)))

    assert mal_token(settings, lambda: NOW) == "new"
    assert mal_token(settings, lambda: NOW) == "new"
    assert len(responses.calls) == 1


@responses.activate
def test_a_refused_renewal_matters_only_once_the_sign_in_has_ended(settings: Settings) -> None:
    responses.post(MAL, json={"error": "invalid_grant"}, status=400)
    keep_mal_tokens(settings, Tokens("old", "old-r", NOW + timedelta(days=2)))

    assert mal_token(settings, lambda: NOW) == "old"
