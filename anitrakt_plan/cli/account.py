"""`anitrakt login`, `logout`, `whoami`: signing in by code, without opening anything by itself."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.state import State, command, need_terminal
from anitrakt_plan.errors import ExitCode

if TYPE_CHECKING:
    from anitrakt_plan.commands.account import SignedIn, WhoAmI
    from anitrakt_plan.trakt.client import Trakt

MAL = click.option("--mal", is_flag=True, help="MyAnimeList, for private lists, instead of Trakt.")


def _now() -> datetime:
    return datetime.now(UTC)


def _trakt(state: State) -> Trakt:
    from anitrakt_plan.trakt.client import Trakt

    trakt = Trakt(state.settings)
    state.on_close(trakt.close)
    return trakt


@command(
    short_help="Sign in to Trakt (or, with --mal, to MyAnimeList).",
    epilog="Examples:\n\n  anitrakt login\n\n  anitrakt login --mal",
)
@MAL
def login(state: State, mal: bool) -> None:
    """Sign in to Trakt: type a short code on its page, on any device. The sign-in is kept for this user alone."""
    if mal:
        _login_mal(state)
        return
    from anitrakt_plan.commands.account import BEFORE_LOGIN, begin_login, finish_login

    trakt = _trakt(state)
    for line in BEFORE_LOGIN:
        state.insist(line)
    code = begin_login(trakt)
    minutes = max(1, round((code.expires_at - _now()).total_seconds() / 60))
    state.insist(f"\nOpen {code.url} and type this code: {code.user_code}")
    state.insist(f"(or open {code.direct_url}). It is good for {minutes} minutes; Ctrl-C gives up.")
    with state.progress("Waiting for you") as progress:

        def waiting(passed: timedelta, whole: timedelta) -> None:
            progress(int(passed.total_seconds()), int(whole.total_seconds()))

        account = finish_login(trakt, code, time.sleep, waiting)
    state.say(f"Signed in to Trakt as {account.user}.")
    if state.settings.trakt_token:
        state.insist("ANITRAKT_TRAKT_TOKEN is set, and goes before this sign-in until you unset it.")


def _login_mal(state: State) -> None:
    from anitrakt_plan.commands.mal_account import keep_mal_tokens, mal_sign_in

    with mal_sign_in(state.settings, _now) as sign_in:
        need_terminal("signing in to MyAnimeList needs a person at a terminal", "ANITRAKT_MAL_TOKEN")
        request = sign_in.begin()
        state.insist(f"Open this address, on any device, and allow the access:\n\n  {request.address}\n")
        state.insist(
            "MyAnimeList then sends you to your application's own address. It need not load: copy it from the "
            "browser's address bar."
        )
        pasted = click.prompt("Paste that address here", err=True)
        keep_mal_tokens(state.settings, sign_in.finish(request, pasted))
    state.say("Signed in to MyAnimeList. `anitrakt plan --mal NAME` reads private lists now.")


@command(short_help="Take the sign-in back and delete it.")
@MAL
def logout(state: State, mal: bool) -> None:
    """Take the sign-in back at Trakt, and delete it here."""
    if mal:
        from anitrakt_plan.commands.mal_account import forget_mal_tokens

        gone = forget_mal_tokens(state.settings)
        state.say(
            "The MyAnimeList sign-in is deleted here. MyAnimeList lets only you take it back: in its account settings."
            if gone
            else "There is no MyAnimeList sign-in."
        )
        return
    from anitrakt_plan.commands.account import logout as take_back

    gone = take_back(_trakt(state))
    state.say(
        "Signed out of Trakt: the sign-in is taken back and deleted." if gone else "There is no sign-in."
    )
    if state.settings.trakt_token:
        state.insist("ANITRAKT_TRAKT_TOKEN is still set, and is still used.")


@command(short_help="Say whose accounts anitrakt speaks for.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def whoami(state: State, as_json: bool) -> int:
    """Say which Trakt account anitrakt is signed in to, and until when."""
    from anitrakt_plan.commands.account import who_am_i

    trakt = _trakt(state)
    found = who_am_i(trakt, trakt.tokens, from_environment=bool(state.settings.trakt_token))
    if as_json:
        state.data(json.dumps(_json(found), indent=2) + "\n")
    else:
        state.data("".join(f"{line}\n" for line in _lines(found)))
    return int(ExitCode.DONE if found.trakt else ExitCode.NOT_SIGNED_IN)


def _lines(found: WhoAmI) -> list[str]:
    lines = (
        [f"Trakt: {found.why_not}."]
        if found.trakt is None
        else [_trakt_line(found.trakt, found.from_environment)]
    )
    if found.mal_ends:
        lines.append(f"MyAnimeList: signed in until {found.mal_ends:%Y-%m-%d}.")
    return lines


def _trakt_line(signed_in: SignedIn, from_environment: bool) -> str:
    account = signed_in.account
    kind = "VIP" if account.vip else "free"
    until = (
        "by ANITRAKT_TRAKT_TOKEN"
        if from_environment
        else f"renewed before {signed_in.ends:%Y-%m-%d %H:%M} UTC"
    )
    return f"Trakt: {account.user} ({kind} account, time zone {account.time_zone}), {until}."


def _json(found: WhoAmI) -> dict[str, object]:
    trakt = None
    if found.trakt:
        account = found.trakt.account
        trakt = {
            "user": account.user,
            "uuid": account.uuid,
            "vip": account.vip,
            "time_zone": account.time_zone,
            "ends": found.trakt.ends.isoformat() if found.trakt.ends else None,
            "from_environment": found.from_environment,
        }
    mal = {"ends": found.mal_ends.isoformat()} if found.mal_ends else None
    return {"format": "anitrakt-whoami/1", "trakt": trakt, "mal": mal}
