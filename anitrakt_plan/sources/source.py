"""What a list service brings along to be one: names, an endpoint, how a list is read, and how its health is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from anitrakt_plan.http import Pace, RateLimit, ReadClient
from anitrakt_plan.sources.source_list import FoundList

OnProgress = Callable[[int, int | None], None]
"""Hears how many entries are read, and of how many where that is known."""

UNHEARD: OnProgress = lambda _done, _total: None  # noqa: E731


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service is, how often it may be asked, and the user's keys; each can be set (`ANITRAKT_MAL_URL`)."""

    url: str
    limit: RateLimit
    client_id: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """What `doctor` says of a service that answers; `lacks_key` is worth knowing, and no fault."""

    what: str
    lacks_key: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A list service.

    `name` is one word of small letters: the option, the first half of an entry's key and part of the settings' names.
    `entry_url` has `{id}` in it. `keys` are those of the endpoint's keys that the service knows, `about` is what the
    plan's schema says of it beyond its title, `profiles` how the addresses of a user's pages begin, before the name:
    `anilist.co/user/`. `read` reads the whole list of a user. Both it and `check` raise Failed
    where the service fails, NotSignedIn where it needs a key.
    """

    name: str
    title: str
    entry_url: str
    endpoint: Endpoint
    read: Callable[[ReadClient, Endpoint, str, OnProgress], FoundList]
    check: Callable[[ReadClient, Endpoint], Checked]
    keys: tuple[str, ...] = ()
    about: str = ""
    profiles: tuple[str, ...] = ()

    def user_in(self, text: str) -> str | None:
        """The user whose page has this address; None where the text is no address of such a page."""
        address = urlsplit(text if "//" in text else f"https://{text}")
        place = f"{(address.hostname or '').removeprefix('www.')}{address.path}"
        found = (place.removeprefix(start) for start in self.profiles if place.startswith(start))
        return next((name for rest in found if (name := unquote(rest.partition("/")[0]))), None)

    def client(self, endpoint: Endpoint, **options: Any) -> ReadClient:
        """A client of the service at `endpoint`; `options` are those of ReadClient."""
        return ReadClient(self.title, endpoint.url, pace=Pace(self.title, endpoint.limit), **options)
