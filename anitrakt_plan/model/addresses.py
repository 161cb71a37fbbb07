"""What a person types or pastes for a match: an address, an id, or a match as a plan writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from anitrakt_plan.model.catalogue import WORK_ID, TargetKind, WorkId, parse_work_id
from anitrakt_plan.model.matches import (
    Address,
    Match,
    MovieMatch,
    ShowMatch,
    kind_and_id,
    mapping_runs,
    parse_match,
)


class Site(StrEnum):
    """Whose page an address is."""

    TRAKT = "trakt.tv"
    TMDB = "themoviedb.org"
    IMDB = "imdb.com"
    TVDB = "thetvdb.com"


_HOST = re.compile(rf"(?:[a-z]+\.)?({'|'.join(map(re.escape, Site))})")

_TRAKT = re.compile(
    r"/(?P<kind>shows|movies)/(?P<name>[^/]+)"
    r"(?P<rest>/seasons/(?P<season>\d{1,4})(?:/episodes/(?P<episode>\d{1,5}))?)?",
    re.IGNORECASE,
)

_TMDB = re.compile(
    r"(?:/[a-z]{2}(?:-[a-z]{2})?)?/(?P<kind>tv|movie)/(?P<name>[1-9]\d{0,11})(?:-[^/]*)?"
    r"(?P<rest>/season/(?P<season>\d{1,4})(?:/episode/(?P<episode>\d{1,5}))?)?",
    re.IGNORECASE,
)

_IMDB = re.compile(
    r"(?:/[a-z]{2}(?:-[a-z]{2})?)?/title/(?P<name>tt\d{5,10})(?P<rest>/episodes)?", re.IGNORECASE
)

_SHOW_WORDS = ("shows", "tv")

FORMS = (
    "https://trakt.tv/shows/attack-on-titan/seasons/3, https://trakt.tv/movies/akira-1988 or "
    "https://www.themoviedb.org/tv/1429/season/3"
)
"""The forms to paste, for a sentence."""


@dataclass(frozen=True, slots=True)
class AddressParts:
    """An address taken apart: whose page it is, by slug or number, and the season and episode where it has them.

    `kind` is None on imdb.com, where a film's address looks like a show's.
    """

    kind: TargetKind | None
    name: str
    season: int | None = None
    episode: int | None = None
    site: Site = Site.TRAKT

    @property
    def is_whole_show(self) -> bool:
        """Whether it does not say which of a show's episodes are meant."""
        return self.kind is TargetKind.SHOW and self.season is None

    @property
    def season_page(self) -> str:
        """What the address of the show's first season looks like there."""
        if self.site is Site.TMDB:
            return f"https://www.themoviedb.org/tv/{self.name}/season/1"
        return f"https://trakt.tv/shows/{self.name}/seasons/1"


def site_of(text: str) -> Site | None:
    """Whose page a text is the address of; None where it is no address that could be a match."""
    host = (_split(text).hostname or "").lower()
    found = _HOST.fullmatch(host)
    return Site(found[1]) if found else None


def parse_address(url: str) -> AddressParts:
    """Take a pasted address apart; raises ValueError with a sentence that says what is wrong with it."""
    text = url.strip()
    address = _split(text)
    match site_of(text):
        case Site.TRAKT:
            return _of_trakt(text, address)
        case Site.TMDB:
            found = _TMDB.fullmatch(address.path.rstrip("/"))
            return _parts(text, found, Site.TMDB)
        case Site.IMDB:
            return _of_imdb(text, address)
        case Site.TVDB:
            raise ValueError(
                f"`{text}`: an address on thetvdb.com names no season as Trakt has it; paste {FORMS}"
            )
        case None:
            raise ValueError(f"`{text}` is not an address that can be a match; paste {FORMS}")


def _split(text: str) -> SplitResult:
    text = text.strip()
    try:
        return urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return urlsplit("")


def _of_trakt(text: str, address: SplitResult) -> AddressParts:
    """Seasons and episodes stand in the path, or, as the pages open them today, behind it: `?view=season&season=3`."""
    parts = _parts(text, _TRAKT.fullmatch(address.path.rstrip("/")), Site.TRAKT)
    asked = parse_qs(address.query)
    view = asked.get("view", [""])[0]
    if not parts.is_whole_show or view not in ("season", "seasons", "episode"):
        return parts
    season, episode = (_number(asked.get(name, [""])[0]) for name in ("season", "episode"))
    if view == "episode" and (season is None or episode is None):
        raise ValueError(f"`{text}` names no episode; paste {FORMS}")
    return AddressParts(parts.kind, parts.name, season, episode if view == "episode" else None)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,5}", text) else None


def _of_imdb(text: str, address: SplitResult) -> AddressParts:
    found = _IMDB.fullmatch(address.path.rstrip("/"))
    if found is None:
        raise ValueError(
            f"`{text}` names no film; on imdb.com it looks like https://www.imdb.com/title/tt0094625/"
        )
    if found["rest"]:
        raise ValueError(f"`{text}`: a show on imdb.com names no season as Trakt has it; paste {FORMS}")
    return AddressParts(None, found["name"].lower(), site=Site.IMDB)


def _parts(text: str, found: re.Match[str] | None, site: Site) -> AddressParts:
    kind = None
    if found is not None:
        kind = TargetKind.SHOW if found["kind"].lower() in _SHOW_WORDS else TargetKind.MOVIE
    if found is None or (kind is TargetKind.MOVIE and found["rest"]):
        raise ValueError(f"`{text}` names no show, season, episode or film; paste {FORMS}")
    season, episode = (int(found[name]) if found[name] else None for name in ("season", "episode"))
    return AddressParts(kind, unquote(found["name"]), season, episode, site)


_BARE = re.compile(rf"(?:(?P<kind>show|movie)\s+)?(?P<id>{WORK_ID})", re.IGNORECASE)

_PASTED = re.compile(
    r"(?:match:\s*)?(?:-\s*)?\{\s*(?P<kind>show|movie):\s*(?P<id>(?:tmdb:)?\d{1,12})"
    r"(?:,\s*episodes:\s*(?P<quote>[\"']?)(?P<runs>S[^\"'}]*?)(?P=quote))?"
    r"(?:,\s*ratio:\s*[\"'](?P<ratio>[^\"']*)[\"'])?\s*(?:,\s*(?!parts)[a-z]+:.*)?\}\s*(?:#.*)?"
)


@dataclass(frozen=True, slots=True)
class BareId:
    """A bare id: a show whose episodes still have to be chosen, or, where `kind` is None, a show or a film."""

    kind: TargetKind | None
    id: WorkId


Typed = Match | Address | BareId


def read_typed(text: str) -> Typed:
    """Read `1420 S03E13-E22`, `movie 97`, `1420`, an address, or a candidate pasted from the plan.

    Raises ValueError with a sentence that says how to write it.
    """
    text = text.strip()
    if not text:
        raise ValueError("nothing was typed; write `1420 S03E13-E22`, `movie 97` or an address")
    if "trakt.tv" in text.lower() or "://" in text or site_of(text) is not None:
        url = text.strip("\"'<>")
        parse_address(url)
        return Address(url)
    if pasted := _PASTED.fullmatch(text):
        text = _short_form(pasted)
    bare = _BARE.fullmatch(text)
    if bare is not None and (bare["kind"] or "").lower() != "movie":
        return BareId(TargetKind.SHOW if bare["kind"] else None, parse_work_id(bare["id"].lower()))
    return parse_match(text)


def _short_form(pasted: re.Match[str]) -> str:
    head = f"{pasted['kind']} {pasted['id']}"
    runs = f" {pasted['runs'].strip()}" if pasted["runs"] else ""
    return head + runs + (f" ratio {pasted['ratio']}" if pasted["ratio"] else "")


def page_of_work(match: Match) -> str:
    """The page of a match's show or film, by its id."""
    kind, number = kind_and_id(match)
    return kind.page(number)


def page_of_match(match: Match, work_page: str | None = None) -> str:
    """The page of the film, or of the season that a match begins in, below its work's page."""
    page = work_page or page_of_work(match)
    if isinstance(match, MovieMatch):
        return page
    is_tmdb = urlsplit(page).netloc.endswith(Site.TMDB)
    return f"{page}/{'season' if is_tmdb else 'seasons'}/{first_season(match)}"


def first_season(match: ShowMatch) -> int:
    """The season that a match begins in."""
    return mapping_runs(match.mapping)[0].season
