"""What `doctor` asks the services: do they answer, do they take our keys, and what time do they have?"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from anitrakt_plan.commands.doctor_words import Trouble
from anitrakt_plan.errors import AnitraktError, ExitCode, Failed, NotSignedIn
from anitrakt_plan.http import Answer, ReadClient, RetryPolicy
from anitrakt_plan.idmaps import ID_MAPS, load_idmaps
from anitrakt_plan.settings import Settings
from anitrakt_plan.sources.mal import GET_A_CLIENT_ID
from anitrakt_plan.trakt.client import Trakt, json_of
from anitrakt_plan.trakt.refusals import no_key, refusal

MOST_OFF = timedelta(minutes=5)
"""More than this, and finish dates, the age of reads and the end of sign-ins are taken for others."""

_PATIENCE = RetryPolicy(tries=1, backoff=1, longest_wait=2)
"""A person is waiting: one more try tells a hiccup from a fault."""

_PROBE = "/search/trakt/1"
"""The cheapest question that needs the client id, and nothing else."""

_LATER = "Look at your connection; if only this service is away, try again later."


@dataclass(frozen=True, slots=True)
class TraktLook:
    """What Trakt said to the client id alone. `date` is its clock, UTC; None where it gave no answer."""

    key_trouble: AnitraktError | None = None
    trouble: AnitraktError | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountLook:
    """What Trakt said to the sign-in; all None where it could not be asked."""

    trouble: AnitraktError | None = None
    user: str | None = None
    time_zone: str | None = None


def look_at_trakt(settings: Settings, clock: Callable[[], datetime]) -> TraktLook:
    """Ask Trakt something with the client id: what is wrong, the key or the service, and what time it has."""
    with Trakt(settings, clock=clock, retry_policy=_PATIENCE) as trakt:
        try:
            answer = trakt.reads.get(_PROBE, {"type": "movie"})
        except AnitraktError as error:
            return TraktLook(None if trakt.has_key else no_key(), error)
    date = answer.moment("date")
    if not settings.trakt_client_id:
        return TraktLook(no_key(), None, date)
    if answer.ok:
        return TraktLook(date=date)
    refused = refusal(answer, request=f"GET {_PROBE}")
    if isinstance(refused, NotSignedIn):
        return TraktLook(refused, None, date)
    return TraktLook(None, refused, date)


def look_at_account(settings: Settings, trakt: TraktLook, clock: Callable[[], datetime]) -> AccountLook:
    """Ask Trakt whose sign-in it is; not where it does not answer or does not know the client id."""
    if trakt.trouble is not None or trakt.key_trouble is not None:
        return AccountLook()
    with Trakt(settings, clock=clock, retry_policy=_PATIENCE) as client:
        try:
            said = json_of(client.private("/users/settings"), "GET /users/settings")
        except AnitraktError as error:
            return AccountLook(error)
    try:
        user, account = said["user"]["username"], said.get("account")
    except (KeyError, TypeError, AttributeError):
        return AccountLook(Failed("Trakt's answer can't be understood", where="Trakt, GET /users/settings"))
    zone = account.get("timezone") if isinstance(account, dict) else None
    return AccountLook(None, str(user), zone if isinstance(zone, str) and zone else None)


def wrong_clock(theirs: datetime, ours: datetime) -> Trouble | None:
    """Whether this machine's clock is more than five minutes off (both UTC)."""
    off = ours - theirs
    if abs(off) <= MOST_OFF:
        return None
    minutes = round(abs(off).total_seconds() / 60)
    how_much = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return Trouble(
        f"this machine's clock is {how_much} {'fast' if off > timedelta(0) else 'slow'}",
        f"here {ours:%Y-%m-%d %H:%M} UTC, Trakt {theirs:%Y-%m-%d %H:%M} UTC",
        "Set it, or switch on setting it by the network. Plays dated by a wrong clock can't be told from right ones.",
    )


def unknown_zone(name: str) -> Trouble | None:
    """Whether this machine knows a time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return Trouble(
            f"this machine does not know your Trakt account's time zone, {name}: finish dates are taken at noon UTC",
            None,
            "Install the zones (`python -m pip install tzdata`), or choose another zone in Trakt's settings.",
        )
    return None


def anilist_trouble(settings: Settings) -> AnitraktError | Trouble | None:
    """Whether AniList answers, and takes the token where one is set."""
    reader = ReadClient("AniList", settings.anilist_url, retry_policy=_PATIENCE)
    headers = {"Authorization": f"Bearer {settings.anilist_token}"} if settings.anilist_token else {}
    question = "query ($ids: [Int]) { Page(perPage: 1) { media(id_in: $ids, type: ANIME) { id } } }"
    try:
        answer = reader.query({"query": question, "variables": {"ids": [1]}}, headers=headers)
    except AnitraktError as error:
        return error
    finally:
        reader.close()
    if settings.anilist_token and answer.status in (400, 401) and b"token" in answer.body.lower():
        return Trouble(
            "AniList does not accept the token",
            "ANITRAKT_ANILIST_TOKEN",
            "Make a new one, or unset it: public lists need none.",
            ExitCode.NOT_SIGNED_IN,
        )
    return None if answer.ok else _out_of_order("AniList", settings.anilist_url, answer)


def mal_trouble(settings: Settings) -> AnitraktError | Trouble | None:
    """Whether MyAnimeList answers, and knows the client id where one is set."""
    reader = ReadClient("MyAnimeList", settings.mal_url, retry_policy=_PATIENCE)
    headers = {"X-MAL-CLIENT-ID": settings.mal_client_id} if settings.mal_client_id else {}
    try:
        answer = reader.get("/anime/1", {"fields": "id"}, headers=headers)
    except AnitraktError as error:
        return error
    finally:
        reader.close()
    if settings.mal_client_id and answer.status in (400, 401, 403) and b"{" in answer.body[:20]:
        return Trouble(
            "MyAnimeList does not know the client id",
            "ANITRAKT_MAL_CLIENT_ID",
            GET_A_CLIENT_ID,
            ExitCode.NOT_SIGNED_IN,
        )
    answers = answer.ok or answer.status in (400, 401, 403, 404)
    return None if answers else _out_of_order("MyAnimeList", settings.mal_url, answer)


def look_at_id_maps(settings: Settings, now: datetime) -> tuple[Trouble | None, str]:
    """Whether the id maps can be had, from their addresses or from the cache, and how old each is; `now` is UTC."""

    def open_reader(title: str, address: str) -> ReadClient:
        return ReadClient(
            title,
            address,
            cache_file=settings.folders.http_cache,
            follow_redirects=True,
            retry_policy=_PATIENCE,
        )

    loaded = load_idmaps(open_reader, folder=settings.idmap_url)
    ages = "; ".join(f"{age.title}: {age.words(now)}" for age in loaded.ages)
    if len(loaded.maps.maps) == len(ID_MAPS):
        return None, ages
    return Trouble(
        "; ".join(loaded.notes) or "an id map is missing",
        settings.idmap_url,
        "Look at your connection (github.com, raw.githubusercontent.com and unpkg.com) and at ANITRAKT_IDMAP_URL. "
        "Plans can be made without the maps, but leave more to review.",
    ), ages


def _out_of_order(service: str, address: str, answer: Answer) -> Trouble:
    return Trouble(f"{service} answers with an error (HTTP {answer.status})", address, _LATER)
