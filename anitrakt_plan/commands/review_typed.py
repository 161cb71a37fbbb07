"""What a person types or pastes in a review: a match, an id, or an address on trakt.tv."""

from __future__ import annotations

import re
from dataclasses import dataclass

from anitrakt_plan.core.episodes import parse_match
from anitrakt_plan.core.model import Address, Match, TargetKind
from anitrakt_plan.trakt.addresses import parse_address

_BARE = re.compile(r"(?:(?P<kind>show|movie)\s+)?(?P<id>[1-9]\d{0,11})", re.IGNORECASE)
_PASTED = re.compile(
    r"(?:match:\s*)?(?:-\s*)?\{\s*(?P<kind>show|movie):\s*(?P<id>\d{1,12})"
    r"(?:,\s*episodes:\s*(?P<quote>[\"']?)(?P<runs>S[^\"'}]*?)(?P=quote))?"
    r"(?:,\s*ratio:\s*[\"'](?P<ratio>[^\"']*)[\"'])?\s*(?:,\s*(?!parts)[a-z]+:.*)?\}\s*(?:#.*)?"
)


@dataclass(frozen=True, slots=True)
class WorkId:
    """A bare id: a show whose episodes still have to be chosen, or, where `kind` is None, a show or a film."""

    kind: TargetKind | None
    id: int


Typed = Match | Address | WorkId


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
    pasted = _PASTED.fullmatch(text)
    if pasted is not None:
        text = _short_form(pasted)
    bare = _BARE.fullmatch(text)
    if bare is not None and (bare["kind"] or "").lower() != "movie":
        return WorkId(TargetKind.SHOW if bare["kind"] else None, int(bare["id"]))
    return parse_match(text)


def _short_form(pasted: re.Match[str]) -> str:
    head = f"{pasted['kind']} {int(pasted['id'])}"
    runs = f" {pasted['runs'].strip()}" if pasted["runs"] else ""
    return head + runs + (f" ratio {pasted['ratio']}" if pasted["ratio"] else "")


def without_lookup(typed: Typed) -> Match | Address:
    """What can be written as it is, for `apply` to look up; raises ValueError where somebody must look first."""
    if isinstance(typed, WorkId):
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
