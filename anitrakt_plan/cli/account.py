"""`anitrakt login`, `logout`, `whoami`, `doctor` and `sandbox`: accounts, this machine, and a place to practise."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.context import (
    DEFAULT_FILE,
    State,
    check_target,
    command,
    need_terminal,
    sandbox_folders,
)
from anitrakt_plan.cli.options import JSON, PATH
from anitrakt_plan.commands.accounts import (
    BEFORE_LOGIN,
    BEFORE_TMDB,
    NEED_NO_LOGIN,
    WITHOUT_LOGIN,
    SignedIn,
    WhoAmI,
    begin_login,
    finish_login,
    forget,
    keep_application,
    keep_mal_tokens,
    keep_tmdb_token,
    lacks_secret,
    mal_sign_in,
    who_am_i,
)
from anitrakt_plan.commands.accounts import logout as take_back
from anitrakt_plan.commands.last_read import LastReads
from anitrakt_plan.errors import AnitraktError, BadUsage, ExitCode, NotSignedIn
from anitrakt_plan.files import write_whole
from anitrakt_plan.tmdb import ATTRIBUTION
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.errors import KEYS_PAGE, ONLY_VIP, no_key
from anitrakt_plan.words import pluralize

if TYPE_CHECKING:
    from anitrakt_plan.commands.doctor import Diagnosis
    from anitrakt_plan.sandbox.data_page import DataPage
    from anitrakt_plan.settings import Settings


MAL = click.option("--mal", is_flag=True, help="MyAnimeList, for private lists, instead of Trakt.")
TMDB = click.option("--tmdb", is_flag=True, help="TMDB, a catalogue for people without a Trakt application.")


def _now() -> datetime:
    return datetime.now(UTC)


def _trakt(state: State) -> Trakt:
    trakt = Trakt(state.settings)
    state.on_close(trakt.close)
    return trakt


@command(
    short_help="Sign in to Trakt (--mal: MyAnimeList; --tmdb: TMDB).",
    epilog="Examples:\n\n  anitrakt login\n\n  anitrakt login --mal\n\n  anitrakt login --tmdb",
)
@MAL
@TMDB
def login(state: State, mal: bool, tmdb: bool) -> None:
    """Sign in to Trakt: type a short code on its page, on any device. The sign-in is kept for this user alone.

    It takes an application of your own, whose client id is asked for where it is missing. Only Trakt VIP members can
    make one; without, `plan --trakt-data` and `export-trakt` need no sign-in. With --tmdb paste TMDB's API Read Access
    Token, which is free for everybody.
    """
    _need_one(mal=mal, tmdb=tmdb)
    if mal:
        _login_mal(state)
        return
    if tmdb:
        _login_tmdb(state)
        return
    _ask_application(state)
    trakt = _trakt(state)
    for line in BEFORE_LOGIN:
        state.warn(line)
    code = begin_login(trakt)
    minutes = max(1, round((code.expires_at - _now()).total_seconds() / 60))
    state.warn(f"\nOpen {code.url} and type this code: {code.user_code}")
    state.warn(f"(or open {code.direct_url}). It is good for {minutes} minutes; Ctrl-C gives up.")
    with state.progress("Waiting for you") as progress:

        def waiting(passed: timedelta, whole: timedelta) -> None:
            progress(int(passed.total_seconds()), int(whole.total_seconds()))

        account = finish_login(trakt, code, time.sleep, waiting)
    state.info(f"Signed in to Trakt as {account.user}.")
    if state.settings.trakt_token and not state.sandbox:  # the sandbox itself gives one
        state.warn("ANITRAKT_TRAKT_TOKEN is set, and goes before this sign-in until you unset it.")


def _ask_application(state: State) -> None:
    """Ask for the client id and the secret that are missing; raises NotSignedIn where there are none to give."""
    if state.settings.trakt_client_id and not lacks_secret(state.settings):
        return
    may_ask = sys.stdin.isatty()
    client_id = None if state.settings.trakt_client_id else _ask_client_id(state, may_ask=may_ask)
    if not may_ask:
        return
    secret = click.prompt(
        "Client secret (Enter: it has none)", default="", show_default=False, hide_input=True, err=True
    ).strip()
    state.use(keep_application(state.settings, client_id, secret))
    if client_id or secret:
        state.info(f"Kept in {state.settings.folders.own_settings}, for you alone.")


def _ask_client_id(state: State, *, may_ask: bool) -> str:
    if not may_ask:
        raise no_key(
            f"{WITHOUT_LOGIN} Who has one sets ANITRAKT_TRAKT_CLIENT_ID, or runs this at a terminal."
        )
    state.warn(f"{ONLY_VIP}; {WITHOUT_LOGIN}")
    state.warn(f"An application's client id and secret stand at {KEYS_PAGE}")
    typed: str = click.prompt("Client id (Enter: there is none)", default="", show_default=False, err=True)
    if not typed.strip():
        raise NotSignedIn("not signed in: no client id was given", todo=NEED_NO_LOGIN)
    return typed.strip()


def _login_mal(state: State) -> None:
    with mal_sign_in(state.settings, _now) as sign_in:
        need_terminal("signing in to MyAnimeList needs a person at a terminal", "ANITRAKT_MAL_TOKEN")
        request = sign_in.begin()
        state.warn("Open this address, on any device, and allow the access:\n")
        state.warn(f"  {request.address}\n")
        state.warn(
            "MyAnimeList then sends you to your application's own address. It need not load: copy it from the "
            "browser's address bar."
        )
        pasted = click.prompt("Paste that address here", err=True)
        keep_mal_tokens(state.settings, sign_in.finish(request, pasted))
    state.info("Signed in to MyAnimeList. `anitrakt plan --mal NAME` reads private lists now.")


PRACTICE_TMDB = (
    "In the sandbox the practice TMDB's token is there from the start. Enter gives it, to see how that is done; your "
    "own is given without --sandbox."
)


def _login_tmdb(state: State) -> None:
    need_terminal("the TMDB token is asked for at a terminal", "ANITRAKT_TMDB_TOKEN")
    practice = state.settings.tmdb_token if state.sandbox else None
    state.warn(PRACTICE_TMDB if practice else BEFORE_TMDB)
    pasted = click.prompt(
        "Paste it here (it is not shown)", default=practice, show_default=False, hide_input=True, err=True
    )
    keep_tmdb_token(state.settings, pasted)
    state.info(
        "TMDB takes the token. Without a Trakt application, `anitrakt plan` and `review` ask TMDB now."
    )
    state.info(ATTRIBUTION)
    if state.settings.tmdb_token and not practice:
        state.warn("ANITRAKT_TMDB_TOKEN is set, and goes before this token until you unset it.")


def _need_one(*, mal: bool, tmdb: bool) -> None:
    if mal and tmdb:
        raise BadUsage("--mal and --tmdb are two services", todo="Run the command once for each.")


_NOT_TAKEN_BACK = {
    "mal": (
        "The MyAnimeList sign-in is deleted here. MyAnimeList lets only you take it back: in its account settings.",
        "There is no MyAnimeList sign-in.",
    ),
    "tmdb": (
        "The TMDB token is deleted here. TMDB lets only you take it back: in the API settings of your account.",
        "There is no stored TMDB token.",
    ),
}
"""What is said of services that have no request to take a sign-in back."""


@command(short_help="Take the sign-in back and delete it.")
@MAL
@TMDB
def logout(state: State, mal: bool, tmdb: bool) -> None:
    """Take the sign-in back at Trakt, and delete it here."""
    _need_one(mal=mal, tmdb=tmdb)
    if mal or tmdb:
        _forget(state, "mal" if mal else "tmdb")
        return
    gone = take_back(_trakt(state), LastReads(state.settings.folders.last_reads))
    state.info(
        "Signed out of Trakt: the sign-in is taken back and deleted." if gone else "There is no sign-in."
    )
    if state.settings.trakt_token:
        state.warn("ANITRAKT_TRAKT_TOKEN is still set, and is still used.")


def _forget(state: State, service: str) -> None:
    gone, there_was_none = _NOT_TAKEN_BACK[service]
    state.info(gone if forget(state.settings, service) else there_was_none)
    if service == "tmdb" and state.settings.tmdb_token:
        state.warn("ANITRAKT_TMDB_TOKEN is still set, and is still used.")


@command(short_help="Say whose accounts anitrakt speaks for.")
@JSON
def whoami(state: State, as_json: bool) -> int:
    """Say which Trakt account anitrakt is signed in to, and until when."""
    found = who_am_i(_trakt(state), state.settings)
    if as_json:
        state.json(_json(found), ascii_only=True)
    else:
        state.lines(_lines(found))
    return ExitCode.DONE if found.trakt else ExitCode.NOT_SIGNED_IN


def _lines(found: WhoAmI) -> list[str]:
    lines = (
        [f"Trakt: {found.why_not}."]
        if found.trakt is None
        else [_trakt_line(found.trakt, found.from_environment)]
    )
    if found.mal_ends:
        lines.append(f"MyAnimeList: signed in until {found.mal_ends:%Y-%m-%d}.")
    if found.tmdb:
        lines.append("TMDB: there is a token; `anitrakt doctor` checks it.")
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
    return {"format": "anitrakt-whoami/1", "trakt": trakt, "mal": mal, "tmdb": found.tmdb}


# --- `anitrakt doctor` ---


_COLOURS = {"ok": "green", "note": "cyan", "wrong": "red", "not checked": "bright_black"}

_WIDTH = len("not checked")


@command(
    short_help="Say what is wrong with keys, sign-in, services, files.",
    epilog="Examples:\n\n  anitrakt doctor\n\n  anitrakt doctor --paths",
)
@click.argument("file", type=PATH, required=False)
@click.option("--paths", is_flag=True, help="Only print every folder and what it holds.")
@JSON
def doctor(state: State, file: Path | None, paths: bool, as_json: bool) -> int:
    """Look at settings, folders, keys, sign-in, clock, time zone, services, journal and FILE (plan.yaml), in order.

    Changes nothing at any service. The first thing that is wrong is mostly the cause of what follows; the exit code
    is its.
    """
    from anitrakt_plan.commands.doctor import Patient, examine, first_wrong

    if paths:
        return _paths(state, as_json=as_json)
    chosen = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    checks = []
    for check in examine(Patient(_settings(state), chosen, _now)):
        checks.append(check)
        if not as_json:
            _print(state, check)
    wrong = first_wrong(tuple(checks))
    if as_json:
        state.json({"format": "anitrakt-doctor/1", "checks": [asdict(check) for check in checks]})
    else:
        state.info(f"\nMend this first: {wrong.name}." if wrong else "\nAll is well.")
    return wrong.code if wrong else ExitCode.DONE


def _settings(state: State) -> Settings | AnitraktError:
    try:
        return state.settings
    except AnitraktError as error:
        return error


def _print(state: State, check: Diagnosis) -> None:
    word = f"{check.health.value:<{_WIDTH}}"
    lines = [f"{word}  {check.name}: {check.what}"]
    lines += [f"{'':{_WIDTH}}  in {check.where}"] if check.where else []
    lines += [f"{'':{_WIDTH}}  {check.todo}"] if check.todo else []
    state.lines(lines, {word: _COLOURS[check.health.value]})


def _paths(state: State, *, as_json: bool) -> int:
    from anitrakt_plan.commands.doctor import folder_infos

    found = folder_infos(state.settings.folders)
    if as_json:
        state.json({"format": "anitrakt-paths/1", "paths": [asdict(place) for place in found]})
        return ExitCode.DONE
    for place in found:
        size = "not there yet" if place.bytes is None else _size(place.bytes)
        state.data(f"{place.name:<8} {place.path}  ({size})\n         {place.holds}\n")
    return ExitCode.DONE


def _size(count: int) -> str:
    if count >= 2**20:
        return f"{count / 2**20:.1f} MB"
    return f"{max(1, round(count / 1024))} kB" if count else "empty"


# --- `anitrakt sandbox`: serve the practice services until stopped ---


@command(
    short_help="Serve the practice services; practise up- and download.",
    epilog="Examples:\n\n  anitrakt sandbox\n\n  anitrakt sandbox --download data.zip\n\n"
    "  anitrakt sandbox --upload trakt-upload",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on (default: a free one)."
)
@click.option(
    "--download",
    metavar="ZIP",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the practice account's data, as Trakt's data download.",
)
@click.option(
    "--upload",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Upload what `export-trakt` wrote there to the practice account, as Trakt's import page would.",
)
@click.option("--reset", is_flag=True, help="Forget all that was practised, and begin anew.")
@click.option(
    "--spoilt", is_flag=True, help="Let a title-matching script loose on the practice account, twice."
)
def sandbox(
    state: State, port: int, download: Path | None, upload: Path | None, reset: bool, spoilt: bool
) -> None:
    """Serve a practice AniList, MyAnimeList, Trakt and TMDB on a loopback port until stopped with Ctrl-C.

    Prints the `export` lines that point anitrakt, in another terminal, at it. `--sandbox` on any other command uses
    the same account. With --download or --upload it serves nothing: they are what you would do on Trakt's pages when
    you have no Trakt application. Nor with --spoilt: `audit` has something to find then.
    """
    from anitrakt_plan.settings import load_settings

    folders = sandbox_folders(load_settings(os.environ, Path.cwd())).folders
    if reset:
        for own in (folders.config, folders.cache, folders.state):  # each is a folder of the sandbox's alone
            shutil.rmtree(own, ignore_errors=True)
        state.info("The practice account is as it was at first.")
    if spoilt:
        _data_page(folders.state).spoil()
        state.info(
            "A title-matching script ran twice over the practice account. Next: `anitrakt --sandbox plan --anilist "
            "sample --status all -o whole.yaml`, then `anitrakt --sandbox audit whole.yaml -o repair.yaml`."
        )
    if upload is not None:
        _upload(state, folders.state, upload)
    if download is not None:
        check_target(download, sign="PK", what="data download")
        write_whole(download, _data_page(folders.state).download())
        state.info(f"Wrote {download}, the data of the practice account.")
    if not (reset or spoilt or upload or download):
        _serve_sandbox(state, folders.state, port)


def _data_page(practice: Path) -> DataPage:
    from anitrakt_plan.sandbox.data_page import DataPage

    return DataPage(practice)


def _upload(state: State, practice: Path, folder: Path) -> None:
    files = list(_data_page(practice).upload(folder))
    if not files:
        raise BadUsage(
            f"there is nothing to upload in {folder}",
            todo="`anitrakt --sandbox export-trakt FILE` writes it.",
        )
    for imported in files:
        announced = ", ".join(f"{count:,} {words}" for words, count in imported.announced.items())
        came = f"{imported.failed} items failed" if imported.failed else "imported"
        said = imported.refused or f"{announced or 'nothing in it'}: {came}"
        if imported.doubled:
            twice = f"{pluralize(imported.doubled, 'play')} for the second time"
            said += f", {twice}: Trakt's page does not look at what is there"
        state.info(f"{imported.name} (tab {imported.tab}): {said}.")


def _serve_sandbox(state: State, folder: Path, port: int) -> None:
    from anitrakt_plan.sandbox import environment, serve

    gc.enable()  # unlike the other commands, this one lives for long
    stopped = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stopped.set())
    with serve(folder, port=port) as addresses:
        variables = {**environment(addresses), "ANITRAKT_HOME": str(folder / "home")}
        state.data("".join(f"export {name}='{value}'\n" for name, value in sorted(variables.items())))
        state.info(
            "The practice services are up; Ctrl-C stops them. The practice account lasts between runs."
        )
        state.info(
            "To practise without a Trakt application, leave out the lines of ANITRAKT_TRAKT_* but the addresses, and "
            "without TMDB's token that of ANITRAKT_TMDB_TOKEN: `anitrakt login --tmdb` takes that line's token then."
        )
        while not stopped.wait(0.5):
            pass
    state.info("Stopped.")
