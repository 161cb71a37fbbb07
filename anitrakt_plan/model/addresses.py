"""What a person types or pastes for a match: an address on trakt.tv, an id, or a match as a plan writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from anitrakt_plan.model.catalogue import TargetKind, TmdbId
from anitrakt_plan.model.matches import Address, Match, MovieMatch, ShowMatch, mapping_runs, parse_match

_HOSTS = frozenset({"trakt.tv", "www.trakt.tv", "app.trakt.tv"})

_PATH = re.compile(
    r"/(?P<kind>shows|movies)/(?P<slug>[^/]+)"
    r"(?:/seasons/(?P<season>\d{1,4})(?:/episodes/(?P<episode>\d{1,5}))?)?"
)

_EXAMPLE = (
    "it looks like https://trakt.tv/shows/attack-on-titan/seasons/3 or https://trakt.tv/movies/akira-1988"
)

_BARE = re.compile(r"(?:(?P<kind>show|movie)\s+)?(?P<id>[1-9]\d{0,11})", re.IGNORECASE)

_PASTED = re.compile(
    r"(?:match:\s*)?(?:-\s*)?\{\s*(?P<kind>show|movie):\s*(?P<id>\d{1,12})"
    r"(?:,\s*episodes:\s*(?P<quote>[\"']?)(?P<runs>S[^\"'}]*?)(?P=quote))?"
    r"(?:,\s*ratio:\s*[\"'](?P<ratio>[^\"']*)[\"'])?\s*(?:,\s*(?!parts)[a-z]+:.*)?\}\s*(?:#.*)?"
)


@dataclass(frozen=True, slots=True)
class AddressParts:
    """An address taken apart: whose page it is, by slug (or number), and the season and episode where it has them."""

    kind: TargetKind
    slug: str
    season: int | None = None
    episode: int | None = None


def parse_address(url: str) -> AddressParts:
    """Take a pasted trakt.tv address apart; raises ValueError with a sentence that says what is wrong with it."""
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        parts = urlsplit("")
    if parts.hostname not in _HOSTS:
        raise ValueError(f"`{text}` is not a trakt.tv address; {_EXAMPLE}")
    found = _PATH.fullmatch(parts.path.rstrip("/"))
    if found is None or (found["kind"] == "movies" and found["season"]):
        raise ValueError(f"`{text}` names no show, season, episode or film; {_EXAMPLE}")
    return AddressParts(
        kind=TargetKind.SHOW if found["kind"] == "shows" else TargetKind.MOVIE,
        slug=unquote(found["slug"]),
        season=int(found["season"]) if found["season"] else None,
        episode=int(found["episode"]) if found["episode"] else None,
    )


@dataclass(frozen=True, slots=True)
class BareId:
    """A bare id: a show whose episodes still have to be chosen, or, where `kind` is None, a show or a film."""

    kind: TargetKind | None
    id: int


Typed = Match | Address | BareId


def read_typed(text: str) -> Typed:
    """Read `1420 S03E13-E22`, `movie 97`, `1420`, a trakt.tv address, or a candidate pasted from the plan.

    Raises ValueError with a sentence that says how to write it.
    """
    text = text.strip()
    if not text:
        raise ValueError("nothing was typed; write `1420 S03E13-E22`, `movie 97` or a trakt.tv address")
    if "trakt.tv" in text.lower() or "://" in text:
        url = text.strip("\"'<>")
        parse_address(url)
        return Address(url)
    if pasted := _PASTED.fullmatch(text):
        text = _short_form(pasted)
    bare = _BARE.fullmatch(text)
    if bare is not None and (bare["kind"] or "").lower() != "movie":
        return BareId(TargetKind.SHOW if bare["kind"] else None, int(bare["id"]))
    return parse_match(text)


def _short_form(pasted: re.Match[str]) -> str:
    head = f"{pasted['kind']} {int(pasted['id'])}"
    runs = f" {pasted['runs'].strip()}" if pasted["runs"] else ""
    return head + runs + (f" ratio {pasted['ratio']}" if pasted["ratio"] else "")


def without_lookup(typed: Typed) -> Match | Address:
    """What can be written as it is, for `apply` to look up; raises ValueError where somebody must look first."""
    if isinstance(typed, BareId):
        raise ValueError(
            f"without a Trakt key, say which episodes: `{typed.id} S01E01-E12`, or `movie {typed.id}`"
        )
    if isinstance(typed, Address):
        parts = parse_address(typed.url)
        if parts.kind is TargetKind.SHOW and parts.season is None:
            raise ValueError(
                "this is the address of a whole show; open the season there and copy that address"
            )
    return typed


def page_of_work(match: Match) -> str:
    """The page of a match's show or film, by its id."""
    if isinstance(match, MovieMatch):
        return TargetKind.MOVIE.page(match.movie)
    return TargetKind.SHOW.page(match.show)


def page_of_match(match: Match, work_page: str | None = None) -> str:
    """The page of the film, or of the season that a match begins in, below its work's page."""
    page = work_page or page_of_work(match)
    if isinstance(match, MovieMatch):
        return page
    return f"{page}/{'season' if isinstance(match.show, TmdbId) else 'seasons'}/{first_season(match)}"


def first_season(match: ShowMatch) -> int:
    """The season that a match begins in."""
    return mapping_runs(match.mapping)[0].season
