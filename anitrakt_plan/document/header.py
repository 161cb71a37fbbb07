"""Reads what stands above the entries: the format and the block `generated`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from anitrakt_plan.core.model import (
    ConflictPolicy,
    DatePolicy,
    PartialDate,
    Policy,
    RatingsPolicy,
    RewatchPolicy,
    Service,
    SourceInfo,
    Status,
)
from anitrakt_plan.document.fields import (
    Word,
    check_keys,
    date_of,
    describe,
    each,
    given,
    kinds_of,
    map_of,
    share,
    text_of,
    whole_number,
    word_of,
)
from anitrakt_plan.document.mistakes import Findings, did_you_mean, shorten
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode, scalar_value

PLAN_FORMAT = "anitrakt-plan/1"
MAP_FORMAT = "anitrakt-map/1"
GENERATED_KEYS = ("tool", "at", "source", "target", "policy")
SOURCE_KEYS = ("service", "user", "file", "entries", "statuses")
POLICY_KEYS = ("auto_from", "dates", "ratings", "on_conflict", "rewatches", "no_date", "send")

_FEW_MISSING = 2
_SHARE_MISSING = 0.1
_FORMAT = re.compile(r"anitrakt-(plan|map)/(\d{1,6})")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


@dataclass(frozen=True, slots=True)
class Header:
    """The block `generated`, with defaults in the place of what could not be read."""

    tool: str
    at: datetime
    source: SourceInfo
    target_user: str | None
    policy: Policy


def right_format(findings: Findings, root: MapNode, wanted: str) -> bool:
    """Whether the file says that it is of the format `wanted`; else notes what it is instead."""
    found = root.find("format")
    if found is None:
        at = root.items[0][0] if root.items else root
        near = next((key for key, _ in root.items if did_you_mean(key.text, ["format"])), None)
        hint = f"`{near.text}` should be `format`" if near else f"it begins with format: {wanted}"
        findings.error("PLAN010", "this is not a plan: the key `format` is missing", near or at, hint)
        return False
    text = found[1].text if isinstance(found[1], ScalarNode) else describe(found[1])
    if text == wanted:
        return True
    known = _FORMAT.fullmatch(text)
    if known and text == MAP_FORMAT:
        message, hint = "this is a map, not a plan", "use it with `anitrakt plan --map FILE`"
    elif known and int(known[2]) > 1:
        findings.error(
            "PLAN011", f"the format {text} is newer than this anitrakt", found[1], "upgrade anitrakt"
        )
        return False
    else:
        message, hint = f"`{shorten(text)}` is not a format that anitrakt knows", f"write format: {wanted}"
    findings.error("PLAN010", message, found[1], hint)
    return False


def read_header(findings: Findings, key: ScalarNode, node: Node) -> Header:
    """The block `generated`."""
    block = map_of(findings, node, key, "`generated`", "tool, at, source, target and policy below it")
    if block is None:
        return Header("", datetime(1970, 1, 1, tzinfo=UTC), _no_source(), None, Policy())
    check_keys(findings, block, GENERATED_KEYS, needed=GENERATED_KEYS, what="`generated`", at=key)
    tool, at, source, target, policy = (block.find(name) for name in GENERATED_KEYS)
    return Header(
        tool=(text_of(findings, tool[1], "`tool`") if tool else None) or "",
        at=(_instant(findings, at[1]) if at else None) or datetime(1970, 1, 1, tzinfo=UTC),
        source=_source(findings, *source) if source else _no_source(),
        target_user=_target_user(findings, *target) if target else None,
        policy=_policy(findings, *policy) if policy else Policy(),
    )


def _instant(findings: Findings, node: Node) -> datetime | None:
    text = text_of(findings, node, "`at`")
    if text is None:
        return None
    try:
        if _INSTANT.fullmatch(text) is None:
            raise ValueError
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        hint = 'write "2026-11-22T09:12:44Z"'
        findings.error("PLAN023", f"`{shorten(text, 40)}` is not an instant in UTC", node, hint)
        return None


def _no_source() -> SourceInfo:
    return SourceInfo(Service.MAL, None, 0, (Status.COMPLETED,))


def _source(findings: Findings, key: ScalarNode, node: Node) -> SourceInfo:
    example = '{service: mal, user: "yourname", entries: 412, statuses: [completed]}'
    block = map_of(findings, node, key, "`source`", example)
    if block is None:
        return _no_source()
    needed = ("service", "user", "entries", "statuses")
    check_keys(findings, block, SOURCE_KEYS, needed=needed, what="`source`", at=key)
    service, user, file, entries, statuses = (block.value(name) for name in SOURCE_KEYS)
    words = _statuses(findings, statuses) if statuses is not None else ()
    return SourceInfo(
        service=(word_of(findings, service, Service, "service") if service is not None else None)
        or Service.MAL,
        user=given(user, lambda value: text_of(findings, value, "`user`")),
        entries=given(entries, lambda value: whole_number(findings, value, "`entries`", high=10**9)) or 0,
        statuses=words,
        file=given(file, lambda value: text_of(findings, value, "`file`")),
    )


def check_complete(findings: Findings, block: Node, source: SourceInfo, here: int) -> None:
    """Note where a file has far fewer entries than its list had: it was cut, or a person deleted some.

    Two or three that a person took out are their business, and the next plan brings them back anyway.
    """
    missing = source.entries - here
    node = block.value("source") if isinstance(block, MapNode) else None
    place = node.value("entries") if isinstance(node, MapNode) else None
    if place is None or missing <= _FEW_MISSING or missing <= source.entries * _SHARE_MISSING:
        return
    message = f"the list had {source.entries} entries when this plan was made, and {here} are here"
    hint = "is the file cut off? An entry that you deleted comes back with the next plan; skip it instead"
    findings.warning("PLAN066", message, place, hint)


def _statuses(findings: Findings, node: Node) -> tuple[Status, ...]:
    known = len(findings.mistakes)
    items = each(findings, node, "`statuses`", "[completed, watching]")
    words = [word_of(findings, item, Status, "status", without=(Status.GONE,)) for item in items]
    if not words and len(findings.mistakes) == known:
        findings.error("PLAN020", "`statuses` is empty, so nothing could be sent", node, "write [completed]")
    return tuple(word for word in words if word is not None)


def _target_user(findings: Findings, key: ScalarNode, node: Node) -> str | None:
    block = map_of(findings, node, key, "`target`", '{service: trakt, user: "yourname"}')
    if block is None:
        return None
    check_keys(findings, block, ("service", "user"), needed=("service", "user"), what="`target`", at=key)
    service, user = block.value("service"), block.value("user")
    if service is not None and not (isinstance(service, ScalarNode) and scalar_value(service) == "trakt"):
        findings.error("PLAN021", "the target's service can only be trakt", service, "write trakt")
    return given(user, lambda value: text_of(findings, value, "`user`"))


def _policy(findings: Findings, key: ScalarNode, node: Node) -> Policy:
    block = map_of(findings, node, key, "`policy`", "{auto_from: 0.99, dates: finish, ratings: auto}")
    if block is None:
        return Policy()
    check_keys(findings, block, POLICY_KEYS, what="`policy`", at=key)
    default = Policy()
    auto_from = given(block.value("auto_from"), lambda value: share(findings, value, "`auto_from`"))
    send = given(block.value("send"), lambda value: kinds_of(findings, value))

    def word(name: str, words: type[Word], what: str) -> Word | None:
        return given(block.value(name), lambda value: word_of(findings, value, words, what))

    return Policy(
        auto_from=default.auto_from if auto_from is None else auto_from,
        dates=word("dates", DatePolicy, "policy for dates") or default.dates,
        ratings=word("ratings", RatingsPolicy, "policy for ratings") or default.ratings,
        on_conflict=word("on_conflict", ConflictPolicy, "policy for conflicts") or default.on_conflict,
        rewatches=word("rewatches", RewatchPolicy, "policy for rewatches") or default.rewatches,
        no_date=given(block.value("no_date"), lambda value: _days(findings, value)) or (),
        send=default.send if send is None else send,
    )


def _days(findings: Findings, node: Node) -> tuple[PartialDate, ...]:
    items = each(findings, node, "`no_date`", '["2019-07-01"]')
    days = (date_of(findings, item, "a day of `no_date`") for item in items)
    return tuple(day for day in days if day is not None)
