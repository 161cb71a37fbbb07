"""Reads a match and the candidates of an entry: what their keys mean together, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
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
)
from anitrakt_plan.model.matches import parse_ratio, parse_runs, parse_span
from anitrakt_plan.planfile.problems import Diagnostics, Spanned, shorten
from anitrakt_plan.planfile.values import (
    Field,
    Item,
    as_written,
    check_keys,
    describe,
    list_of,
    map_of,
    parsed,
    read_fields,
)
from anitrakt_plan.planfile.yaml import MapNode, Node, ScalarNode, SeqNode, is_null, value_of

MAX_CANDIDATES = 5

_RUN_LIKE = re.compile(r"(S\d+E\d+.*)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|app\.)?trakt\.tv/"
    r"(?:movies/(?P<movie>[^/?#\s]+)|shows/(?P<show>[^/?#\s]+)(?P<rest>/[^?#\s]*)?)/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
_SEASON = re.compile(r"/seasons/\d{1,4}(?:/episodes/\d{1,5})?/?", re.IGNORECASE)
_MEANT = (
    (
        re.compile(r"(\d{1,12})\s+(S\d+E\d+[-\dSE, ]*)", re.IGNORECASE),
        "write {{show: {0}, episodes: {1}}}",
    ),
    (re.compile(r"movie\s+(\d{1,12})", re.IGNORECASE), "write {{movie: {0}}}"),
    (_RUN_LIKE, "write {{show: ID, episodes: {0}}}"),
    (re.compile(r"(\d+)"), "write {{show: {0}, episodes: S01E01-E12}} or {{movie: {0}}}"),
    (re.compile(r".*://.*"), "only addresses on trakt.tv can be a match"),
    (
        re.compile(r"(?s:.*)"),
        "write {{show: ID, episodes: S01E01-E12}}, {{movie: ID}}, a trakt.tv address in quotes, or null",
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


def read_match(
    diagnostics: Diagnostics, node: Node, what: str, at: Spanned, *, fields: Sequence[Field]
) -> tuple[Match | Address | None, bool] | None:
    """The match and whether it carries `sure: true`; None after noting why it can't be read."""
    if is_null(node):
        return None, False
    if isinstance(node, ScalarNode):
        address = _read_address(diagnostics, node)
        return (address, False) if address else None
    if isinstance(node, SeqNode):
        place, hint = node if node.flow else at, "copy the candidate without its leading `- `"
        diagnostics.error("PLAN030", "a match is one candidate, not a list", place, hint)
        return None
    values = _read_place(diagnostics, node, what, at, fields)
    return (values["match"], values.get("sure", False)) if values else None


def read_candidates(
    diagnostics: Diagnostics, node: Node, what: str, at: Spanned, *, fields: Sequence[Field]
) -> tuple[Candidate, ...]:
    """The candidates, best first; what is wrong with one is noted and the rest read on."""
    items = list_of(diagnostics, node, what, "one line for each, beginning with `- {`") or ()
    if len(items) > MAX_CANDIDATES:
        diagnostics.error(
            "PLAN022",
            f"there are {len(items)} candidates; at most {MAX_CANDIDATES} are kept",
            at,
            "`anitrakt plan --update FILE --refresh` writes them anew",
        )
    return tuple(filter(None, (_read_candidate(diagnostics, item, fields) for item in items)))


def _read_candidate(diagnostics: Diagnostics, item: Node, fields: Sequence[Field]) -> Candidate | None:
    node = map_of(diagnostics, item, item, "a candidate", "{show: ID, episodes: …}")
    if node is None:
        return None
    values = _read_place(diagnostics, node, "the candidate", _begin_of(node), fields)
    return Candidate(**values) if values else None


def _begin_of(node: MapNode) -> Spanned:
    return node.items[0][0] if node.items and not node.flow else node


def _read_place(
    diagnostics: Diagnostics, node: MapNode, what: str, at: Spanned, fields: Sequence[Field]
) -> dict[str, Any] | None:
    """A film or the episodes of a show as `match`, and the keys beside it; None after noting what is wrong."""
    known = len(diagnostics.found)
    where = node if node.flow else at
    check_keys(diagnostics, _keys_but_runs(diagnostics, node), fields, what=what, at=where)
    _report_contradictions(diagnostics, node, what, where)
    values, _ = read_fields(diagnostics, node, fields)
    if len(diagnostics.found) > known:
        return None
    movie, show = values.pop("movie", None), values.pop("show", None)
    runs, ratio, parts = (values.pop(name, None) for name in ("episodes", "ratio", "parts"))
    if movie is not None:
        return values | {"match": MovieMatch(movie)}
    mapping = Parts(parts) if parts else Ratio(runs, *ratio) if ratio else Straight(runs)
    return values | {"match": ShowMatch(show, mapping)}


def _report_contradictions(diagnostics: Diagnostics, node: MapNode, what: str, at: Spanned) -> None:
    """Note keys that exclude each other, and the lack of one that another needs."""
    found = node.named
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
            "add episodes: S01E01-E12",
        )


def _together(found: Collection[str], rows: Sequence[_Row]) -> list[_Row]:
    return [row for row in rows if row[0] in found and row[1] in found]


def _keys_but_runs(diagnostics: Diagnostics, node: MapNode) -> list[ScalarNode]:
    """The keys of a map, without what YAML takes for keys where `episodes: S01E01-E13, S02E01-E11` has no quotes."""
    runs = dict(filter(_is_run, node.items))
    strays = [key for key, value in runs.items() if is_null(value)]
    for key in runs.keys() - set(strays):
        run = shorten(key.text)
        diagnostics.error("PLAN012", f"`{run}` is a run, not a key", key, f"write episodes: {run}")
    if strays:
        _report_strays(diagnostics, strays, node.value("episodes"))
    return [key for key in node.keys if key not in runs]


def _is_run(item: Item) -> bool:
    return _RUN_LIKE.fullmatch(item[0].text) is not None


def _report_strays(diagnostics: Diagnostics, strays: Sequence[ScalarNode], first: Node | None) -> None:
    runs = [*([first] if isinstance(first, ScalarNode) and first.text else []), *strays]
    hint = f'write episodes: "{shorten(", ".join(run.text for run in runs), 80)}"'
    diagnostics.error("PLAN032", "a list of runs needs quotes", strays[0], hint)


def _read_address(diagnostics: Diagnostics, node: ScalarNode) -> Address | None:
    text = node.text.strip()
    address = _ADDRESS.fullmatch(text)
    if address is None:
        diagnostics.error("PLAN030", f"`{shorten(text, 40)}` is not a match", node, _hint_for(text))
    elif address["show"] and not (address["rest"] or "").strip("/"):
        message = "this is the address of a whole show; it does not say which of its episodes are meant"
        season = f"…/shows/{shorten(address['show'], 30)}/seasons/1"
        diagnostics.error("PLAN034", message, node, f"open the season and copy its address: {season}")
    elif address["show"] and not _SEASON.fullmatch(address["rest"]):
        message, hint = "this is not the address of a season or an episode", "it ends in /seasons/1"
        diagnostics.error("PLAN034", message, node, f"{hint} or /seasons/1/episodes/3")
    else:
        return Address(text)
    return None


def _hint_for(text: str) -> str:
    found, hint = next((found, hint) for pattern, hint in _MEANT if (found := pattern.fullmatch(text)))
    groups = (group.strip() for group in found.groups())
    return hint.format(*(f'"{group}"' if "," in group else group for group in groups))


def read_runs(diagnostics: Diagnostics, node: Node, what: str, at: Spanned) -> tuple[Run, ...] | None:
    """Runs of episodes from their text."""
    value = value_of(node)
    if isinstance(value, str):
        return parsed(diagnostics, "PLAN031", parse_runs, node)
    if is_null(node):
        diagnostics.error(
            "PLAN033",
            f"{what} is empty, so nobody knows which of the show's episodes are meant",
            at,
            "write episodes: S01E01-E12",
        )
    elif isinstance(node, SeqNode):
        pieces = ", ".join(map(as_written, node.items))
        diagnostics.error(
            "PLAN031",
            "runs stand in one quoted text, not in a list",
            node,
            f'write "{shorten(pieces, 80)}"',
        )
    else:
        number = re.fullmatch(r"[1-9]\d{0,3}", as_written(node))
        hint = f"write S01E{int(number[0]):02d}" if number else "write S01E01-E12"
        diagnostics.error("PLAN031", f"{what} must be a run, not {describe(node)}", node, hint)
    return None


def read_ratio(diagnostics: Diagnostics, node: Node, what: str, _at: Spanned) -> tuple[int, int] | None:
    """How many of the list's episodes are how many of Trakt's."""
    if isinstance(value_of(node), str):
        return parsed(diagnostics, "PLAN035", parse_ratio, node)
    diagnostics.error("PLAN035", f"{what} must be a text, not {describe(node)}", node, 'write "2:1"')
    return None


def read_span(diagnostics: Diagnostics, node: Node, _what: str, _at: Spanned) -> tuple[int, int] | None:
    """The first and the last of some of the list's episodes."""
    return parsed(diagnostics, "PLAN036", parse_span, node)


def read_parts(
    diagnostics: Diagnostics, node: Node, what: str, at: Spanned, *, fields: Sequence[Field]
) -> tuple[Part, ...] | None:
    """Which of the list's episodes are which on Trakt, part by part."""
    items = list_of(diagnostics, node, what, _PARTS)
    if items == ():
        diagnostics.error("PLAN036", f"{what} is empty, so the match has no episodes", at, f"write {_PARTS}")
    return tuple(part for item in items or () if (part := _read_part(diagnostics, item, fields)))


def _read_part(diagnostics: Diagnostics, node: Node, fields: Sequence[Field]) -> Part | None:
    if not isinstance(node, MapNode):
        diagnostics.error(
            "PLAN036", f"a part must be a map of keys, not {describe(node)}", node, f"write {_PART}"
        )
        return None
    known = len(diagnostics.found)
    keys = _keys_but_runs(diagnostics, node)
    check_keys(diagnostics, keys, fields, what="the part", at=_begin_of(node))
    values, _ = read_fields(diagnostics, node, fields)
    return Part(**values) if len(diagnostics.found) == known else None
