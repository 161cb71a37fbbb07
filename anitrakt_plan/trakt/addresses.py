"""What a pasted trakt.tv address names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from anitrakt_plan.core.model import Run, TargetKind, Work

_HOSTS = frozenset({"trakt.tv", "www.trakt.tv", "app.trakt.tv"})
_SHAPE = re.compile(
    r"/(?P<kind>shows|movies)/(?P<slug>[^/]+)"
    r"(?:/seasons/(?P<season>\d{1,4})(?:/episodes/(?P<episode>\d{1,5}))?)?"
)
_EXAMPLE = (
    "it looks like https://trakt.tv/shows/attack-on-titan/seasons/3 or https://trakt.tv/movies/akira-1988"
)


@dataclass(frozen=True, slots=True)
class AddressParts:
    """An address taken apart: whose page it is, by slug (or number), and the season and episode where it has them."""

    kind: TargetKind
    slug: str
    season: int | None = None
    episode: int | None = None


@dataclass(frozen=True, slots=True)
class ResolvedAddress:
    """What an address names. `runs` is the season's episodes or the one episode; empty for a whole show or a film."""

    work: Work
    season: int | None = None
    episode: int | None = None
    runs: tuple[Run, ...] = ()


def parse_address(url: str) -> AddressParts:
    """Take a pasted trakt.tv address apart; raises ValueError with a sentence that says what is wrong with it."""
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        parts = urlsplit("")
    if (parts.hostname or "") not in _HOSTS:
        raise ValueError(f"`{text}` is not a trakt.tv address; {_EXAMPLE}")
    found = _SHAPE.fullmatch(parts.path.rstrip("/"))
    if found is None or (found["kind"] == "movies" and found["season"]):
        raise ValueError(f"`{text}` names no show, season, episode or film; {_EXAMPLE}")
    return AddressParts(
        kind=TargetKind.SHOW if found["kind"] == "shows" else TargetKind.MOVIE,
        slug=unquote(found["slug"]),
        season=int(found["season"]) if found["season"] else None,
        episode=int(found["episode"]) if found["episode"] else None,
    )
