"""Reads a match and the candidates of an entry: what their keys mean together, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from anitrakt_plan.model import (
    Address,
    Candidate,
    Match,
    MovieMatch,
    Part,
    Parts,
    Ratio,
    Run,
    ShowMatch,
    Straight,
    WorkId,
)
from anitrakt_plan.model.addresses import parse_address, site_of
from anitrakt_plan.model.catalogue import WORK_ID, parse_work_id
from anitrakt_plan.model.matches import MAX_EPISODES, parse_ratio, parse_runs, parse_span
from anitrakt_plan.planfile.problems import Diagnostics, Spanned, shorten
from anitrakt_plan.planfile.values import (
    Field,
    Given,
    Item,
    Misread,
    ValueKind,
    as_written,
    describe,
    read_map,
)
from anitrakt_plan.planfile.yaml import MapNode, Node, ScalarNode, SeqNode, is_null

MAX_CANDIDATES = 5
TMDB_ID = r"tmdb:[1-9]\d{0,11}"

_RUN_LIKE = re.compile(r"(S\d+E\d+.*)", re.IGNORECASE)
_MEANT = (
    (
        re.compile(rf"({WORK_ID})\s+(S\d+E\d+[-\dSE, ]*)", re.IGNORECASE),
        "write {{show: {0}, episodes: {1}}}",
    ),
    (re.compile(rf"movie\s+({WORK_ID})", re.IGNORECASE), "write {{movie: {0}}}"),
    (_RUN_LIKE, "write {{show: ID, episodes: {0}}}"),
    (
        re.compile(rf"({WORK_ID}|\d+)", re.IGNORECASE),
        "write {{show: {0}, episodes: S01E01-E12}} or {{movie: {0}}}",
    ),
    (re.compile(r".*://.*"), "only addresses on trakt.tv, themoviedb.org and imdb.com can be a match"),
    (
        re.compile(r"(?s:.*)"),
        "write {{show: ID, episodes: S01E01-E12}}, {{movie: ID}}, an address in quotes, or null",
    ),
)
"""Texts that are no match, and the match that was probably meant by them."""

_Row = tuple[str, str, str, str]
_ONE_OF: tuple[_Row, ...] = (
    ("movie", "show", "PLAN030", "{what} names a film and a show"),
    ("episodes", "parts", "PLAN036", "{what} has both `episodes` and `parts`"),
)
_NOT_BESIDE: tuple[_Row, ...] = (
    ("movie", "episodes", "PLAN030", "a film has no `episodes`"),
    ("movie", "ratio", "PLAN030", "a film has no `ratio`"),
    ("movie", "parts", "PLAN030", "a film has no `parts`"),
    ("parts", "ratio", "PLAN035", "`ratio` can't stand beside `parts`"),
)
_PART = "{list: 2-24, episodes: S01E03-E25}"
_PARTS = "[{list: 1, episodes: S01E01-E02}, {list: 2-24, episodes: S01E03-E25}]"


def read_match(given: Given, *, fields: Sequence[Field]) -> tuple[Match | Address | None, bool] | None:
    """The match and whether it carries `sure: true`."""
    node = given.node
    if is_null(node):
        return None, False
    if isinstance(node, ScalarNode):
        return _read_address(node), False
    if isinstance(node, SeqNode):
        place, hint = node if node.flow else given.key, "copy the candidate without its leading `- `"
        raise Misread("PLAN030", "a match is one candidate, not a list", place, hint)
    values = _read_place(given, node, fields)
    return (values["match"], values.get("sure", False)) if values else None


def read_candidates(given: Given, *, fields: Sequence[Field]) -> tuple[Candidate, ...]:
    """The candidates, best first; what is wrong with one is noted and the rest read on."""
    items = given.items("one line for each, beginning with `- {`")
    if len(items) > MAX_CANDIDATES:
        given.diagnostics.error(
            "PLAN022",
            f"there are {len(items)} candidates; at most {MAX_CANDIDATES} are kept",
            given.key,
            "`anitrakt plan --update FILE --refresh` writes them anew",
        )
    kind: ValueKind[Candidate] = ValueKind(partial(_read_candidate, fields=fields), str, {})
    places = (given._replace(node=item, what="a candidate", key=item) for item in items)
    return tuple(filter(None, (place.read(kind) for place in places)))


def _read_candidate(given: Given, *, fields: Sequence[Field]) -> Candidate | None:
    node = given.map("{show: ID, episodes: …}")
    values = _read_place(given._replace(what="the candidate", key=_begin_of(node)), node, fields)
    return Candidate(**values) if values else None


def _begin_of(node: MapNode) -> Spanned:
    return node.items[0][0] if node.items and not node.flow else node


def _read_place(given: Given, node: MapNode, fields: Sequence[Field]) -> dict[str, Any] | None:
    diagnostics, at = given.diagnostics, node if node.flow else given.key
    known = len(diagnostics.found)
    items = _without_runs(diagnostics, node)
    _report_contradictions(diagnostics, items, given.what, at)
    values, _ = read_map(diagnostics, items, fields, what=given.what, at=at)
    if len(diagnostics.found) > known:
        return None
    movie, show = values.pop("movie", None), values.pop("show", None)
    runs, ratio, parts = (values.pop(name, None) for name in ("episodes", "ratio", "parts"))
    if movie is not None:
        return values | {"match": MovieMatch(movie)}
    mapping = Parts(parts) if parts else Ratio(runs, *ratio) if ratio else Straight(runs)
    return values | {"match": ShowMatch(show, mapping)}


def _report_contradictions(
    diagnostics: Diagnostics, found: Mapping[str, Item], what: str, at: Spanned
) -> None:
    both = _together(found, _ONE_OF)
    hint = "keep one of the two" if both else "delete it"
    for _, name, code, message in both or _together(found, _NOT_BESIDE):
        diagnostics.error(code, message.format(what=what), found[name][0], hint)
    if found.keys().isdisjoint(("movie", "show")):
        diagnostics.error(
            "PLAN030",
            f"{what} names neither a show nor a film",
            at,
            "write {show: ID, episodes: S01E01-E12} or {movie: ID}",
        )
    elif found.keys().isdisjoint(("movie", "episodes", "parts")):
        diagnostics.error(
            "PLAN033",
            f"{what} names a show, but not which of its episodes",
            found["show"][0],
            "add the ones that you mean, as in episodes: S01E01-E12",
        )


def _together(found: Collection[str], rows: Sequence[_Row]) -> list[_Row]:
    return [row for row in rows if row[0] in found and row[1] in found]


def _without_runs(diagnostics: Diagnostics, node: MapNode) -> dict[str, Item]:
    # the keys of a map, without what YAML takes for keys where `episodes: S01E01-E13, S02E01-E11` has no quotes
    items = node.named
    runs = [items.pop(name) for name in node.named if _RUN_LIKE.fullmatch(name)]
    strays = [key for key, value in runs if is_null(value)]
    for key, _ in runs:
        if key not in strays:
            run = shorten(key.text)
            diagnostics.error("PLAN012", f"`{run}` is a run, not a key", key, f"write episodes: {run}")
    if strays:
        first = node.value("episodes")
        texts = [one.text for one in (first, *strays) if isinstance(one, ScalarNode) and one.text]
        hint = f'write episodes: "{shorten(", ".join(texts), 80)}"'
        diagnostics.error("PLAN032", "a list of runs needs quotes", strays[0], hint)
    return items


def _read_address(node: ScalarNode) -> Address:
    text = node.text.strip()
    if site_of(text) is None:
        raise Misread("PLAN030", f"`{shorten(text, 40)}` is not a match", node, _hint_for(text))
    try:
        parts = parse_address(text)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise Misread("PLAN034", message, node, hint or None) from None
    if parts.is_whole_show:
        message = "this is the address of a whole show; it does not say which of its episodes are meant"
        season = shorten(parts.season_page.replace("https://trakt.tv", "…"), 80)
        raise Misread("PLAN034", message, node, f"open the season and copy its address: {season}")
    return Address(text)


def _hint_for(text: str) -> str:
    found, hint = next((found, hint) for pattern, hint in _MEANT if (found := pattern.fullmatch(text)))
    groups = (group.strip() for group in found.groups())
    return hint.format(*(f'"{group}"' if "," in group else group for group in groups))


def read_work_id(given: Given, *, trakt: ValueKind[int]) -> WorkId | None:
    """A show's or a film's id: Trakt's as a number, or TMDB's as `tmdb:95479`."""
    text = as_written(given.node)
    if isinstance(given.value, str) and re.fullmatch(TMDB_ID, text):
        return parse_work_id(text)
    meant = _meant_by_tmdb(given.node)
    if meant is None:
        return trakt.read(given)
    message = f"{given.what} must be Trakt's number, or TMDB's as tmdb:95479, not {describe(given.node)}"
    known = re.fullmatch(r"0*([1-9]\d{0,11})", meant)
    hint = f"write tmdb:{known[1]}" if known else "the number stands in the address of the work's page there"
    raise Misread("PLAN030", message, given.key if isinstance(given.node, MapNode) else given.node, hint)


def _meant_by_tmdb(node: Node) -> str | None:
    # what stands behind `tmdb` where it is not written as it must be: `TMDB-12`, `tmdb:x`, or a map
    if isinstance(node, MapNode):
        inside = node.value("tmdb")
        return None if inside is None else as_written(inside)
    found = re.fullmatch(r"(?i)\s*tmdb\W*(.*?)\s*", as_written(node))
    return found[1] if found else None


def read_runs(given: Given) -> tuple[Run, ...]:
    """Runs of episodes from their text."""
    node = given.node
    if isinstance(given.value, str):
        return given.parsed(parse_runs, "PLAN031")
    if is_null(node):
        message = f"{given.what} is empty, so nobody knows which of the show's episodes are meant"
        raise Misread(
            "PLAN033", message, given.key, "write the ones that you mean, as in episodes: S01E01-E12"
        )
    if isinstance(node, SeqNode):
        pieces = shorten(", ".join(map(as_written, node.items)), 80)
        raise Misread("PLAN031", "runs stand in one quoted text, not in a list", node, f'write "{pieces}"')
    number = re.fullmatch(r"[1-9]\d{0,3}", as_written(node))
    hint = f"write S01E{int(number[0]):02d}" if number else "write S01E01-E12"
    raise given.other_than("a run", hint, "PLAN031")


def read_ratio(given: Given) -> tuple[int, int]:
    """How many of the list's episodes are how many of Trakt's."""
    if isinstance(given.value, str):
        return given.parsed(parse_ratio, "PLAN035")
    raise given.other_than("a text", 'write "2:1"', "PLAN035")


def read_span(given: Given) -> tuple[int, int]:
    """The first and the last of some of the list's episodes."""
    return given.parsed(parse_span, "PLAN036")


def read_parts(given: Given, *, fields: Sequence[Field]) -> tuple[Part, ...]:
    """Which of the list's episodes are which on Trakt, part by part."""
    items = given.items(_PARTS)
    if not items:
        message = f"{given.what} is empty, so the match has no episodes"
        raise Misread("PLAN036", message, given.key, f"write {_PARTS}")
    parts = tuple(filter(None, (_read_part(given.diagnostics, item, fields) for item in items)))
    if sum(len(run) for part in parts for run in part.runs) > MAX_EPISODES:
        message = f"the parts name more than {MAX_EPISODES} episodes; no match has so many"
        raise Misread("PLAN036", message, given.key, "take out what is too much")
    return parts


def _read_part(diagnostics: Diagnostics, node: Node, fields: Sequence[Field]) -> Part | None:
    known = len(diagnostics.found)
    if not isinstance(node, MapNode):
        message = f"a part must be a map of keys, not {describe(node)}"
        diagnostics.error("PLAN036", message, node, f"write {_PART}")
        return None
    items = _without_runs(diagnostics, node)
    values, _ = read_map(diagnostics, items, fields, what="the part", at=_begin_of(node))
    return Part(**values) if len(diagnostics.found) == known else None
