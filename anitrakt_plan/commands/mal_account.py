"""The MyAnimeList sign-in: made by a person, kept in the file with the others, renewed before it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from anitrakt_plan.errors import NotSignedIn
from anitrakt_plan.http import WriteClient
from anitrakt_plan.settings import Settings
from anitrakt_plan.sources.mal import NAME
from anitrakt_plan.sources.mal_signin import MalSignIn, MalTokens, sign_in_url
from anitrakt_plan.trakt.tokens import TokenFile, Tokens

SERVICE = "mal"
"""The name under which MyAnimeList's tokens stand in the file."""

_EARLY = timedelta(days=3)
"""A sign-in lasts a month; renewing so long before its end keeps it alive for who plans weekly."""

Clock = Callable[[], datetime]


@contextmanager
def mal_sign_in(settings: Settings, clock: Clock) -> Iterator[MalSignIn]:
    """The sign-in at the address that belongs to the API's. Raises NotSignedIn without a client id."""
    writer = WriteClient(NAME, sign_in_url(settings.mal_url))
    try:
        yield MalSignIn(writer, client_id=settings.mal_client_id, clock=clock)
    finally:
        writer.close()


def keep_mal_tokens(settings: Settings, tokens: MalTokens) -> None:
    """Store a sign-in. Raises Failed."""
    TokenFile(settings.folders.tokens).save(SERVICE, _stored(tokens))


def forget_mal_tokens(settings: Settings) -> bool:
    """Delete the stored sign-in; False where there was none. MyAnimeList has no request to take one back."""
    file = TokenFile(settings.folders.tokens)
    if file.load(SERVICE) is None:
        return False
    file.remove(SERVICE)
    return True


def mal_token(settings: Settings, clock: Clock) -> str | None:
    """The access token for private lists: ANITRAKT_MAL_TOKEN as it is, else the stored one, renewed if need be.

    None where there is neither. Raises NotSignedIn where MyAnimeList will not renew it, else Failed.
    """
    if settings.mal_token:
        return settings.mal_token
    file = TokenFile(settings.folders.tokens)
    stored = file.load(SERVICE)
    if stored is None:
        return None
    if clock() < stored.expires_at - _EARLY or stored.refresh is None:
        return stored.access
    return _renewed(settings, clock, file, stored).access


def _renewed(settings: Settings, clock: Clock, file: TokenFile, stale: Tokens) -> Tokens:
    with file.locked():
        stored = file.load(SERVICE)
        if stored is None or stored.refresh is None or stored.access != stale.access:
            return stored or stale
        with mal_sign_in(settings, clock) as sign_in:
            try:
                fresh = _stored(sign_in.refresh(stored.refresh))
            except NotSignedIn:
                if clock() < stored.expires_at:
                    return stored
                raise
        file.save(SERVICE, fresh)
        return fresh


def _stored(tokens: MalTokens) -> Tokens:
    return Tokens(tokens.access, tokens.refresh, tokens.expires_at)
