"""Reads a match and the candidates of an entry from the tree."""

from __future__ import annotations

import re

from anitrakt_plan.core.episodes import parse_ratio, parse_runs, parse_span
from anitrakt_plan.core.model import (
    Address,
    Candidate,
    Mapping,
    Match,
    MovieMatch,
    Part,
    Parts,
    Ratio,
    Run,
    ShowMatch,
    Straight,
)
from anitrakt_plan.document.fields import (
    LARGEST_ID,
    check_keys,
    describe,
    given,
    list_of,
    map_of,
    share,
    text_of,
    whole_number,
    yes_or_no,
)
from anitrakt_plan.document.mistakes import Findings, shorten
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode, SeqNode, is_null, scalar_value

CANDIDATE_ONLY = ("title", "year", "url", "confidence", "why")
MATCH_KEYS = ("movie", "show", "episodes", "ratio", "parts", "sure", *CANDIDATE_ONLY)
MOST_CANDIDATES = 5

_RUN_LIKE = re.compile(r"S\d+E\d+.*", re.IGNORECASE)
_SHORT_SHOW = re.compile(r"(\d{1,12})\s+(S\d+E\d+[-\dSE, ]*)", re.IGNORECASE)
_SHORT_MOVIE = re.compile(r"movie\s+(\d{1,12})", re.IGNORECASE)
ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|app\.)?trakt\.tv/"
    r"(?:movies/(?P<movie>[^/?#\s]+)|shows/(?P<show>[^/?#\s]+)(?P<rest>/[^?#\s]*)?)/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
_SEASON = re.compile(r"/seasons/\d{1,4}(?:/episodes/\d{1,5})?/?", re.IGNORECASE)


class Unreadable(Exception):
    """The value was no match; what is wrong has been noted."""


def read_match(findings: Findings, key: ScalarNode, node: Node) -> tuple[Match | Address | None, bool]:
    """The match and whether it carries `sure: true`; raises Unreadable after noting why there is none."""
    if is_null(node):
        return None, False
    if isinstance(node, ScalarNode):
        return _read_text(findings, node), False
    if isinstance(node, SeqNode):
        findings.error(
            "PLAN030",
            "a match is one candidate, not a list",
            node if node.flow else key,
            "copy the candidate without its leading `- `",
        )
        raise Unreadable
    return read_place(findings, key, node, MATCH_KEYS, "the match")


def read_place(
    findings: Findings, key: ScalarNode | MapNode, node: MapNode, known: tuple[str, ...], what: str
) -> tuple[Match, bool]:
    """A film or the episodes of a show from a map of keys, and its `sure`; raises Unreadable."""
    before = len(findings.mistakes)
    _report_unquoted_runs(findings, node)
    names = tuple(name.text for name, _ in node.items if not _RUN_LIKE.fullmatch(name.text))
    kept = tuple(item for item in node.items if item[0].text in names)
    check_keys(findings, node._replace(items=kept), known, what=what, at=key)
    at = node if node.flow else key
    match: Match | None = None
    movie, show = node.find("movie"), node.find("show")
    if movie and show:
        findings.error("PLAN030", f"{what} names a film and a show", show[0], "keep one of the two")
    elif movie:
        identity = whole_number(findings, movie[1], "`movie`", 1, LARGEST_ID)
        for name in ("episodes", "ratio", "parts"):
            extra = node.find(name)
            if extra:
                findings.error("PLAN030", f"a film has no `{name}`", extra[0], "delete it")
        match = MovieMatch(identity) if identity else None
    elif show:
        identity = whole_number(findings, show[1], "`show`", 1, LARGEST_ID)
        mapping = _read_mapping(findings, node, what)
        match = ShowMatch(identity, mapping) if identity and mapping else None
    else:
        findings.error(
            "PLAN030",
            f"{what} names neither a show nor a film",
            at,
            "write {show: ID, episodes: S01E01-E12} or {movie: ID}",
        )
    sure_node = node.value("sure")
    sure = bool(yes_or_no(findings, sure_node, "`sure`")) if sure_node is not None else False
    if match is None or len(findings.mistakes) > before:
        raise Unreadable
    return match, sure


def read_candidates(findings: Findings, key: ScalarNode, node: Node) -> tuple[Candidate, ...]:
    """The candidates, best first; what is wrong with one is noted and the rest read on."""
    if is_null(node):
        return ()
    items = list_of(findings, node, "`candidates`", "one line for each, beginning with `- {`") or ()
    if len(items) > MOST_CANDIDATES:
        message = f"there are {len(items)} candidates; at most {MOST_CANDIDATES} are kept"
        findings.error("PLAN022", message, key, "`anitrakt plan --update FILE --refresh` writes them anew")
    found = []
    for item in items:
        candidate_map = map_of(findings, item, item, "a candidate", "{show: ID, episodes: …}")
        if candidate_map is None:
            continue
        try:
            found.append(_read_candidate(findings, candidate_map))
        except Unreadable:
            continue
    return tuple(found)


def _read_candidate(findings: Findings, node: MapNode) -> Candidate:
    known = tuple(name for name in MATCH_KEYS if name != "sure")
    match, _ = read_place(findings, node, node, known, "the candidate")
    at = node if node.flow else node.items[0][0]
    check_keys(findings, node, known, needed=("title", "url", "confidence"), what="the candidate", at=at)
    title, url, year = node.value("title"), node.value("url"), node.value("year")
    confidence = node.value("confidence")
    reasons = given(node.value("why"), lambda value: list_of(findings, value, "`why`", "[title, year]"))
    return Candidate(
        match=match,
        title=given(title, lambda value: text_of(findings, value, "the title")) or "",
        year=given(year, lambda value: whole_number(findings, value, "the year", 1, 9999)),
        url=given(url, lambda value: text_of(findings, value, "the address")) or "",
        confidence=given(confidence, lambda value: share(findings, value, "the confidence")) or 0.0,
        why=tuple(text_of(findings, reason, "a reason") or "" for reason in reasons or ()),
    )


def _read_text(findings: Findings, node: ScalarNode) -> Address:
    value = scalar_value(node)
    text = node.text.strip()
    address = ADDRESS.fullmatch(text)
    if isinstance(value, str) and address:
        _check_address(findings, node, address)
        return Address(text)
    short_show, short_movie = _SHORT_SHOW.fullmatch(text), _SHORT_MOVIE.fullmatch(text)
    if short_show:
        runs = short_show[2].strip()
        runs = f'"{runs}"' if "," in runs else runs
        hint = f"write {{show: {short_show[1]}, episodes: {runs}}}"
    elif short_movie:
        hint = f"write {{movie: {short_movie[1]}}}"
    elif _RUN_LIKE.fullmatch(text):
        runs = f'"{text}"' if "," in text else text
        hint = f"write {{show: ID, episodes: {runs}}}"
    elif isinstance(value, int) and not isinstance(value, bool):
        hint = f"write {{show: {text}, episodes: S01E01-E12}} or {{movie: {text}}}"
    elif "://" in text:
        hint = "only addresses on trakt.tv can be a match"
    else:
        hint = "write {show: ID, episodes: S01E01-E12}, {movie: ID}, a trakt.tv address in quotes, or null"
    findings.error("PLAN030", f"`{shorten(text, 40)}` is not a match", node, hint)
    raise Unreadable


def _check_address(findings: Findings, node: ScalarNode, address: re.Match[str]) -> None:
    if address["movie"]:
        return
    if not (address["rest"] or "").strip("/"):
        message = "this is the address of a whole show; it does not say which of its episodes are meant"
        findings.error(
            "PLAN034",
            message,
            node,
            f"open the season and copy its address: …/shows/{shorten(address['show'], 30)}/seasons/1",
        )
        raise Unreadable
    if not _SEASON.fullmatch(address["rest"]):
        message = "this is not the address of a season or an episode"
        findings.error("PLAN034", message, node, "it ends in /seasons/1 or /seasons/1/episodes/3")
        raise Unreadable


def _report_unquoted_runs(findings: Findings, node: MapNode) -> None:
    """`episodes: S01E01-E13, S02E01-E11` without quotes: YAML takes the second run for a key."""
    strays = [key for key, value in node.items if _RUN_LIKE.fullmatch(key.text) and is_null(value)]
    others = [key for key, value in node.items if _RUN_LIKE.fullmatch(key.text) and not is_null(value)]
    if strays:
        first = node.value("episodes")
        begin = [first.text] if isinstance(first, ScalarNode) and first.text else []
        runs = ", ".join([*begin, *(key.text for key in strays)])
        findings.error(
            "PLAN032", "a list of runs needs quotes", strays[0], f'write episodes: "{shorten(runs, 80)}"'
        )
    for key in others:
        findings.error(
            "PLAN012",
            f"`{shorten(key.text)}` is a run, not a key",
            key,
            f"write episodes: {shorten(key.text)}",
        )


def _read_mapping(findings: Findings, node: MapNode, what: str) -> Mapping | None:
    episodes, ratio, parts = node.find("episodes"), node.find("ratio"), node.find("parts")
    if episodes and parts:
        findings.error("PLAN036", f"{what} has both `episodes` and `parts`", parts[0], "keep one of the two")
        return None
    if parts:
        if ratio:
            findings.error("PLAN035", "`ratio` can't stand beside `parts`", ratio[0], "delete it")
        return _read_parts(findings, *parts)
    if episodes is None or is_null(episodes[1]):
        show = node.find("show")
        findings.error(
            "PLAN033",
            f"{what} names a show, but not which of its episodes",
            episodes[0] if episodes else (show or node.items[0])[0],
            "add episodes: S01E01-E12",
        )
        return None
    runs = read_runs(findings, episodes[1])
    if runs is None:
        return None
    return _read_ratio(findings, ratio[1], runs) if ratio else Straight(runs)


def _read_ratio(findings: Findings, node: Node, runs: tuple[Run, ...]) -> Ratio | None:
    value = scalar_value(node) if isinstance(node, ScalarNode) else None
    if not isinstance(value, str):
        findings.error("PLAN035", f"`ratio` must be a text, not {describe(node)}", node, 'write "2:1"')
        return None
    try:
        return Ratio(runs, *parse_ratio(value))
    except ValueError as error:
        findings.error("PLAN035", shorten(str(error), 160), node)
        return None


def read_runs(findings: Findings, node: Node) -> tuple[Run, ...] | None:
    """Runs of episodes from their text."""
    if isinstance(node, SeqNode):
        pieces = ", ".join(item.text for item in node.items if isinstance(item, ScalarNode))
        findings.error(
            "PLAN031",
            "runs stand in one quoted text, not in a list",
            node,
            f'write "{shorten(pieces, 80)}"',
        )
        return None
    value = scalar_value(node) if isinstance(node, ScalarNode) else None
    if not isinstance(value, str):
        hint = f"write S01E{value:02d}" if type(value) is int and 0 < value < 10_000 else "write S01E01-E12"
        findings.error("PLAN031", f"`episodes` must be a run, not {describe(node)}", node, hint)
        return None
    try:
        return parse_runs(value)
    except ValueError as error:
        findings.error("PLAN031", shorten(str(error), 160), node)
        return None


def _read_parts(findings: Findings, key: ScalarNode, node: Node) -> Parts | None:
    example = "[{list: 1, episodes: S01E01-E02}, {list: 2-24, episodes: S01E03-E25}]"
    items = list_of(findings, node, "`parts`", example)
    if items is None:
        return None
    if not items:
        findings.error("PLAN036", "`parts` is empty, so the match has no episodes", key, f"write {example}")
        return None
    parts = [_read_part(findings, item) for item in items]
    found = tuple(part for part in parts if part is not None)
    return Parts(found) if len(found) == len(parts) else None


def _read_part(findings: Findings, node: Node) -> Part | None:
    if not isinstance(node, MapNode):
        findings.error(
            "PLAN036",
            f"a part must be a map of keys, not {describe(node)}",
            node,
            "write {list: 2-24, episodes: S01E03-E25}",
        )
        return None
    _report_unquoted_runs(findings, node)
    kept = tuple(item for item in node.items if not _RUN_LIKE.fullmatch(item[0].text))
    at = node if node.flow or not node.items else node.items[0][0]
    check_keys(
        findings,
        node._replace(items=kept),
        ("list", "episodes"),
        needed=("list", "episodes"),
        what="the part",
        at=at,
    )
    span_node, runs_node = node.value("list"), node.value("episodes")
    runs = read_runs(findings, runs_node) if runs_node is not None else None
    span = None
    if span_node is not None:
        try:
            text = span_node.text if isinstance(span_node, ScalarNode) else describe(span_node)
            span = parse_span(text)
        except ValueError as error:
            findings.error("PLAN036", shorten(str(error), 160), span_node)
    return Part(*span, runs) if span and runs else None
