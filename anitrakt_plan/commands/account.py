"""`login`, `logout`, `whoami`: whose accounts anitrakt speaks for, and what a person should know before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from anitrakt_plan.core.model import Account
from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.signin import DeviceCode
from anitrakt_plan.trakt.state import TraktState
from anitrakt_plan.trakt.tokens import TokenFile

APPS_PAGE = "https://trakt.tv/settings/apps/connected"
BEFORE_LOGIN = (
    "Before you sign in: a free Trakt account can be connected to one app at a time (VIP: 50). Connecting anitrakt may "
    f"end the connection of the app that you use now, such as your media centre; {APPS_PAGE} shows which.",
    "Without a connection: `anitrakt plan --trakt-export` and `anitrakt export-trakt` need none.",
)
"""Said before anything begins (free accounts: one connected app since 22 July 2026, trakt/trakt-web PR 2960)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that works, and whose it is. `ends` is UTC, None where nobody knows (ANITRAKT_TRAKT_TOKEN)."""

    account: Account
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """Whom anitrakt speaks for. `trakt` None: nobody, for the reason in `why_not`. `mal_ends` is UTC."""

    trakt: SignedIn | None
    why_not: str | None
    from_environment: bool
    mal_ends: datetime | None


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


def logout(trakt: Trakt) -> bool:
    """Take the sign-in back at Trakt and delete it here; False where there was none.

    Raises Failed where Trakt could not be told: here it is deleted all the same.
    """
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


def who_am_i(trakt: Trakt, tokens: TokenFile, *, from_environment: bool) -> WhoAmI:
    """Whom the sign-ins belong to; only Trakt is asked. Raises what reading the account raises."""
    mal = tokens.load("mal")
    stored = tokens.load("trakt")
    ends = None if from_environment or stored is None else stored.expires_at
    why_not = None
    if not trakt.has_key:
        why_not = "there is no Trakt client id (ANITRAKT_TRAKT_CLIENT_ID)"
    elif not trakt.signed_in:
        why_not = "not signed in (`anitrakt login`)"
    return WhoAmI(
        trakt=None if why_not else SignedIn(TraktState(trakt).read_account(), ends),
        why_not=why_not,
        from_environment=from_environment,
        mal_ends=mal.expires_at if mal else None,
    )
