"""`login`, `logout`, `whoami`: whose accounts anitrakt speaks for, and what a person should know before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from anitrakt_plan.commands.last_read import LastReads
from anitrakt_plan.errors import AnitraktError, Failed, NotSignedIn
from anitrakt_plan.files import write_own
from anitrakt_plan.http import WriteClient
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.model import Account
from anitrakt_plan.settings import PACKAGED_TRAKT_CLIENT_ID, Settings, parse_key
from anitrakt_plan.sources import mal
from anitrakt_plan.sources.mal import NAME, MalSignIn, sign_in_url
from anitrakt_plan.tmdb.client import Tmdb
from anitrakt_plan.tmdb.errors import KEYS_PAGE, why_no_token
from anitrakt_plan.trakt.account import TraktState
from anitrakt_plan.trakt.auth import Clock, DeviceCode
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.errors import ONLY_VIP

APPS_PAGE = "https://trakt.tv/settings/apps/connected"

NEED_NO_LOGIN = (
    "`anitrakt plan --anilist NAME --trakt-data ZIP -o FILE` and `anitrakt export-trakt FILE` need no sign-in: they "
    "read your data download, and write what you upload."
)

BEFORE_LOGIN = (
    "Before you sign in: a free Trakt account can be connected to one app at a time (VIP: 50). Connecting anitrakt may "
    f"end the connection of the app that you use now, such as your media centre; {APPS_PAGE} shows which.",
    NEED_NO_LOGIN,
)
"""Said before anything begins (free accounts: one connected app since 22 July 2026, trakt/trakt-web PR 2960)."""


WITHOUT_LOGIN = f"without one, there is nothing to sign in to: {NEED_NO_LOGIN}"


def lacks_secret(settings: Settings) -> bool:
    """Whether the application is the person's own, and no secret of it is known; it may have none."""
    own = settings.trakt_client_id not in (None, PACKAGED_TRAKT_CLIENT_ID)
    return own and settings.trakt_client_secret is None


def keep_application(settings: Settings, client_id: str | None, client_secret: str | None) -> Settings:
    """Write what was typed of the person's application into their own settings, for them alone.

    Returns the settings with it. Raises BadUsage for what can't be a key, and OSError.
    """
    typed = {"trakt_client_id": client_id, "trakt_client_secret": client_secret}
    keys = {name: parse_key(name, key) for name, key in typed.items() if key}
    file = settings.folders.own_settings
    if keys:
        lines = file.read_text(encoding="utf-8-sig").splitlines() if file.exists() else []
        kept = [line for line in lines if line.partition("=")[0].strip() not in keys]
        new = [f"{name} = {json.dumps(key)}" for name, key in keys.items()]
        write_own(file, "".join(f"{line}\n" for line in [*new, *kept]).encode())
    return replace(
        settings,
        trakt_client_id=client_id or settings.trakt_client_id,
        trakt_client_secret=client_secret or settings.trakt_client_secret,
    )


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that works, and whose it is. `ends` is UTC, None where nobody knows (ANITRAKT_TRAKT_TOKEN)."""

    account: Account
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """Whom anitrakt speaks for. `trakt` None: nobody, for the reason in `why_not`. `mal_ends` is UTC.

    `tmdb`: whether there is a token for TMDB, which says nothing of whose it is.
    """

    trakt: SignedIn | None
    why_not: str | None
    from_environment: bool
    mal_ends: datetime | None
    tmdb: bool


def begin_login(trakt: Trakt) -> DeviceCode:
    """Ask Trakt for a code for the person to type. Raises NotSignedIn without a client id that works, else Failed."""
    return trakt.signin.request_code()


def finish_login(
    trakt: Trakt,
    code: DeviceCode,
    sleep: Callable[[float], None],
    on_wait: Callable[[timedelta, timedelta], None] | None = None,
) -> Account:
    """Wait until the person has typed the code, store the sign-in, and read whose it is.

    `on_wait` hears before each question how much of the code's time has passed, and how much there was. The stored
    sign-in stays where reading the account fails. Raises NotSignedIn where the code has ended, else Failed.
    """
    began = trakt.clock()

    def waiting(seconds: float) -> None:
        if on_wait:
            on_wait(trakt.clock() - began, code.expires_at - began)
        sleep(seconds)

    trakt.sign_in(trakt.signin.poll(code, waiting))
    return TraktState(trakt).read_account()


def logout(trakt: Trakt, last_reads: LastReads) -> bool:
    """Take the sign-in back at Trakt, delete it here and what was read by it; False where there was none.

    Raises Failed where Trakt could not be told: here it is deleted all the same.
    """
    last_reads.forget_all()
    try:
        return trakt.sign_out()
    except AnitraktError as error:
        if trakt.tokens.load("trakt") is not None:
            raise
        raise Failed(
            f"the sign-in is deleted here, but Trakt could not be told: {error.what}",
            where=error.where,
            todo=f"Take it back yourself at {APPS_PAGE}.",
        ) from None


def who_am_i(trakt: Trakt, settings: Settings) -> WhoAmI:
    """Whom the sign-ins belong to; only Trakt is asked. Raises what reading the account raises."""
    tokens, from_environment = trakt.tokens, bool(settings.trakt_token)
    mal, stored = tokens.load("mal"), tokens.load("trakt")
    ends = stored.expires_at if stored and not from_environment else None
    why_not = None
    if not trakt.has_key:
        why_not = f"there is no Trakt client id. {ONLY_VIP}; `anitrakt export-trakt FILE` needs none"
    elif not trakt.signed_in:
        why_not = "not signed in (`anitrakt login`)"
    return WhoAmI(
        trakt=None if why_not else SignedIn(TraktState(trakt).read_account(), ends),
        why_not=why_not,
        from_environment=from_environment,
        mal_ends=mal.expires_at if mal else None,
        tmdb=tmdb_token(settings) is not None,
    )


def forget(settings: Settings, service: str) -> bool:
    """Delete what is stored of a service that has no request to take it back; False where there was nothing."""
    file = TokenFile(settings.folders.tokens)
    if file.load(service) is None:
        return False
    file.remove(service)
    return True


# --- the MyAnimeList sign-in ---


MAL_SERVICE = "mal"
"""The name under which MyAnimeList's tokens stand in the file."""

_EARLY = timedelta(days=3)
"""A sign-in lasts a month; renewing so long before its end keeps it alive for who plans weekly."""


@contextmanager
def mal_sign_in(settings: Settings, clock: Clock) -> Iterator[MalSignIn]:
    """The sign-in at the address that belongs to the API's. Raises NotSignedIn without a client id."""
    endpoint = settings.endpoint(mal.SOURCE)
    writer = WriteClient(NAME, sign_in_url(endpoint.url))
    try:
        yield MalSignIn(writer, client_id=endpoint.client_id, clock=clock)
    finally:
        writer.close()


def keep_mal_tokens(settings: Settings, tokens: Tokens) -> None:
    """Store a sign-in. Raises Failed."""
    TokenFile(settings.folders.tokens).save(MAL_SERVICE, tokens)


def mal_token(settings: Settings, clock: Clock) -> str | None:
    """The access token for private lists: ANITRAKT_MAL_TOKEN as it is, else the stored one, renewed if need be.

    None where there is neither. Raises NotSignedIn where MyAnimeList will not renew it, else Failed.
    """
    given = settings.endpoint(mal.SOURCE).token
    if given:
        return given
    file = TokenFile(settings.folders.tokens)
    stored = file.load(MAL_SERVICE)
    if stored is None:
        return None
    if clock() < stored.expires_at - _EARLY or stored.refresh is None:
        return stored.access
    return _renewed(settings, clock, file, stored).access


def _renewed(settings: Settings, clock: Clock, file: TokenFile, stale: Tokens) -> Tokens:
    with file.locked():
        stored = file.load(MAL_SERVICE)
        if stored is None or stored.refresh is None or stored.access != stale.access:
            return stored or stale
        with mal_sign_in(settings, clock) as sign_in:
            try:
                fresh = sign_in.refresh(stored.refresh)
            except NotSignedIn:
                if clock() < stored.expires_at:
                    return stored
                raise
        file.save(MAL_SERVICE, fresh)
        return fresh


# --- TMDB's token, which a person pastes ---


TMDB_SERVICE = "tmdb"
"""The name under which TMDB's token stands in the file."""

BEFORE_TMDB = f"Open {KEYS_PAGE} and copy the API Read Access Token (it is free, and begins with eyJ)."
"""Said before the token is asked for."""

_NEVER = datetime.max.replace(tzinfo=UTC)


def tmdb_token(settings: Settings) -> str | None:
    """TMDB's token: ANITRAKT_TMDB_TOKEN as it is, else the stored one; None where there is neither. Raises Failed."""
    if settings.tmdb_token:
        return settings.tmdb_token
    stored = TokenFile(settings.folders.tokens).load(TMDB_SERVICE)
    return stored.access if stored else None


def keep_tmdb_token(settings: Settings, pasted: str) -> None:
    """Store a pasted token that TMDB takes. Raises NotSignedIn where it is none or is refused, else Failed."""
    token = pasted.strip().removeprefix("Bearer ").strip("'\" ")
    if (wrong := why_no_token(token)) is not None:
        raise wrong
    with closing(Tmdb(settings, token)) as tmdb:
        tmdb.check()
    TokenFile(settings.folders.tokens).save(TMDB_SERVICE, Tokens(token, None, _NEVER))
