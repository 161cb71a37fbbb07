"""The repair file: text to values and back, by the same machinery as a plan's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from anitrakt_plan.errors import Failed
from anitrakt_plan.home import REPAIR_SCHEMA
from anitrakt_plan.model.account import PlaySubject, format_subject, parse_play_subject
from anitrakt_plan.model.dates import Undated, format_instant, parse_when
from anitrakt_plan.model.entries import PartialDate
from anitrakt_plan.model.repair import (
    RedateTo,
    Repair,
    RepairAccount,
    RepairDecision,
    RepairGroup,
    RepairKind,
    RepairPlay,
)
from anitrakt_plan.planfile.dump import INDENT, MODELINE
from anitrakt_plan.planfile.edit import Form, Formatter
from anitrakt_plan.planfile.load import LoadedFile, open_tree, read_bytes
from anitrakt_plan.planfile.problems import Diagnostics
from anitrakt_plan.planfile.read import right_format
from anitrakt_plan.planfile.text import SourceText, quoted
from anitrakt_plan.planfile.values import (
    INSTANT,
    TEXT,
    UNSET,
    Field,
    Given,
    Owner,
    ValueKind,
    as_written,
    check_keys,
    describe,
    flow_map,
    number,
    object_schema,
    read_map,
    record,
    word_of,
    written_fields,
)
from anitrakt_plan.planfile.yaml import MapNode, ScalarNode, is_null
from anitrakt_plan.words import pluralize

REPAIR_FORMAT = "anitrakt-repair/1"
REPAIR_SIGN = "format: anitrakt-repair/"

HELP = """\
#
# What in your Trakt account looks like a script's work. Nothing is changed yet: anitrakt apply FILE carries out what
# you decide here, and anitrakt undo takes it back. Look through it: anitrakt review FILE   Check it: anitrakt validate
#
# You own decision, to and note, and may move plays between `plays` and `keeps`.
#   decision: review      nothing happens until you decide
#             keep        the plays stay as they are
#             remove      the plays are removed, each only while it stands as it is written here
#             redate      the plays get the day of `to` ("2019-07-01", or unknown)
# Your comments stay.
"""

_KINDS = {
    RepairKind.DOUBLED: "The same episode or film stands there more often than it was watched.",
    RepairKind.WHOLE_SHOW: "Seasons or specials came with a listed entry's plays; no entry explains them.",
    RepairKind.WRONG_WORK: "Plays of a work that only has a title like a listed entry's.",
    RepairKind.MISDATED: "Plays dated by the time at which they were written.",
}
_SUGGESTIONS = {
    RepairDecision.KEEP: "The plays stay as they are.",
    RepairDecision.REMOVE: "The plays are removed.",
    RepairDecision.REDATE: "The plays get the day of `to`.",
}
_DECISIONS = {RepairDecision.REVIEW: "Nothing happens until you decide."} | _SUGGESTIONS


def _read_item(given: Given) -> PlaySubject:
    return given.parsed(parse_play_subject, "REPAIR02", "write 1420 S02E01, or movie 97")


def _read_minute(given: Given) -> datetime:
    when = given.parsed(parse_when, "PLAN023", 'write "2025-03-02T18:04:00.000Z"')
    if isinstance(when, Undated):
        raise given.other_than("the minute at which the play stands", code="PLAN023")
    return when


def _read_to(given: Given) -> RedateTo:
    if given.value == Undated.UNKNOWN:
        return Undated.UNKNOWN
    day = given.parsed(PartialDate.parse, "PLAN023", 'write "2019-07-01", or unknown').exact
    if day is None:
        raise given.other_than("a whole day, or unknown", code="PLAN023")
    return day


def _write_to(to: RedateTo) -> str:
    return quoted(str(to)) if isinstance(to, date) else str(to)


PLAY = (
    Field("id", number(1, 10**18 - 1), "The play's own id in Trakt's history.", needed=True, default=0),
    Field(
        "item",
        ValueKind(_read_item, format_subject, {"type": "string", "examples": ["1420 S02E01", "movie 97"]}),
        "The episode or film by Trakt's ids; the play is touched only while it is of this.",
        attributes=("subject",),
        needed=True,
    ),
    Field("title", TEXT, "The episode's or film's title."),
    Field(
        "watched_at",
        ValueKind(
            _read_minute,
            lambda at: quoted(format_instant(at)),
            {"type": "string", "examples": ["2025-03-02T18:04:00.000Z"]},
        ),
        "The minute at which the play stands; it is touched only while it stands there.",
        needed=True,
    ),
)


def _read_plays(given: Given) -> tuple[RepairPlay, ...]:
    example = '[{id: 9000000123, item: 1420 S02E01, watched_at: "2025-03-02T18:04:00.000Z"}]'
    found = []
    for node in given.items(example):
        if not isinstance(node, MapNode):
            given.diagnostics.error(
                "PLAN020", f"a play must be a map of keys, not {describe(node)}", node, example
            )
            continue
        values, unsound = read_map(given.diagnostics, node.named, PLAY, what="the play", at=node)
        if not unsound:
            found.append(RepairPlay(**values))
    return tuple(found)


def _write_play(play: RepairPlay) -> str:
    return flow_map(written_fields(PLAY, play))


_PLAYS: ValueKind[Any] = ValueKind(
    _read_plays, lambda _: "", {"type": "array", "items": {"$ref": "#/definitions/play"}}
)

GROUP = (
    Field("kind", word_of(_KINDS), "What is wrong with the plays.", needed=True, default=RepairKind.DOUBLED),
    Field("about", TEXT, "The work on Trakt.", needed=True, default=""),
    Field("why", TEXT, "Why the plays look like a script's work.", needed=True, default=""),
    Field("against", TEXT, "What speaks against the suggestion."),
    Field(
        "plays",
        _PLAYS,
        "What the decision acts on, and nothing else.",
        owner=Owner.USER,
        needed=True,
        default=(),
        omit=UNSET,
    ),
    Field(
        "keeps",
        _PLAYS,
        "Plays that stay; where none of an item's stands any more, its others are left alone, too.",
        owner=Owner.USER,
        default=(),
        omit=UNSET,
    ),
    Field(
        "to",
        ValueKind(_read_to, _write_to, {"type": "string", "examples": ["2019-07-01", "unknown"]}),
        "For redate: the day that the plays get, or unknown.",
        owner=Owner.USER,
    ),
    Field(
        "suggest", word_of(_SUGGESTIONS), "What anitrakt would do.", needed=True, default=RepairDecision.KEEP
    ),
    Field(
        "decision",
        word_of(_DECISIONS),
        "What becomes of the plays; nothing is decided by itself.",
        "decision",
        owner=Owner.USER,
        needed=True,
        default=RepairDecision.REVIEW,
    ),
    Field("note", TEXT, "Text of yours that lasts.", owner=Owner.USER),
)
ACCOUNT = (
    Field("user", TEXT, "The account's name.", needed=True, default=""),
    Field("uuid", TEXT, "The account's own id, which outlives its name.", needed=True, default=""),
)
_GROUPS: ValueKind[Any] = ValueKind(
    lambda given: given.map("G001: and the group's keys, indented, below it"),
    str,
    {"type": "object", "additionalProperties": {"$ref": "#/definitions/group"}},
)
REPAIR = (
    Field(
        "format",
        ValueKind(lambda given: as_written(given.node), str, {"const": REPAIR_FORMAT}),
        "What this file is.",
        needed=True,
    ),
    Field("tool", TEXT, "The version of anitrakt that wrote the file.", needed=True, default=""),
    Field("at", INSTANT, "When the account was read, in UTC.", needed=True),
    Field(
        "account",
        record(RepairAccount, ACCOUNT, '{user: "yourname", uuid: "..."}'),
        "The Trakt account that is to be repaired.",
        needed=True,
    ),
    Field("groups", _GROUPS, "What looks like a script's work, group by group.", needed=True),
)


# --- the schema -------------------------------------------------------------------------------------------

ADDRESS = REPAIR_SCHEMA


def repair_schema() -> dict[str, Any]:
    """The JSON Schema of the repair file."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ADDRESS,
        "title": "anitrakt repair",
        "description": "What in a Trakt account looks like a script's work, in groups. You own decision, to and note, "
        "and may move plays between plays and keeps; nothing happens to a group until you decide.",
        **object_schema(REPAIR),
        "definitions": {
            "group": {"description": "Some plays of one work and one reason.", **object_schema(GROUP)},
            "play": {"description": "One play by its history id.", **object_schema(PLAY)},
        },
    }


def repair_schema_text() -> str:
    """The text of the published file."""
    return json.dumps(repair_schema(), indent=2, ensure_ascii=False) + "\n"


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GroupDraft:
    """A group as it was read, with its place in the file."""

    group: RepairGroup
    key: ScalarNode
    node: MapNode


@dataclass(frozen=True, kw_only=True)
class LoadedRepair(LoadedFile):
    """A repair file as it was read. `repair` is None where there is an error."""

    repair: Repair | None
    drafts: tuple[GroupDraft, ...] = field(default=(), repr=False)

    @property
    def counted(self) -> str:
        """How much is in it: `37 groups`."""
        return pluralize(len(self.drafts), "group")


def is_repair(raw: bytes) -> bool:
    """Whether these bytes say that they are a repair file, of whatever version."""
    text = raw.replace(b"\0", b"")  # UTF-16 without its zeros, near enough for one line
    return any(line.startswith(REPAIR_SIGN.encode()) for line in text.splitlines())


def read_repair(path: Path) -> LoadedRepair:
    """Load a repair from a file; raises Failed if it can't be read (what is wrong inside is in `diagnostics`)."""
    return load_repair(read_bytes(path), str(path))


def load_repair(raw: bytes, name: str) -> LoadedRepair:
    """Load a repair from a file's bytes; `name` stands in the messages. Never raises on bad content."""
    source, diagnostics, encoding, root = open_tree(raw, name)
    is_one = root is not None and right_format(diagnostics, root, REPAIR_FORMAT)
    repair, drafts = _read_root(diagnostics, root) if root is not None and is_one else (None, ())
    return LoadedRepair(
        name=name,
        repair=None if diagnostics.failed else repair,
        diagnostics=diagnostics.in_order(),
        text=source.text,
        raw=raw,
        encoding=encoding,
        root=root,
        drafts=drafts,
    )


def _read_root(diagnostics: Diagnostics, root: MapNode) -> tuple[Repair | None, tuple[GroupDraft, ...]]:
    head = [one for one in REPAIR if one.name not in ("format", "groups")]
    check_keys(diagnostics, root.named, REPAIR, what="the repair", at=next(iter(root.keys), root))
    values: dict[str, Any] = {}
    for one in head:
        item = root.named.get(one.name)
        values |= one.attributes_for(one.read(diagnostics, *item) if item else None)
    drafts = tuple(_read_groups(diagnostics, root))
    _check_ids(diagnostics, drafts)
    if diagnostics.failed:
        return None, drafts
    return Repair(**values, groups=tuple(draft.group for draft in drafts)), drafts


def _read_groups(diagnostics: Diagnostics, root: MapNode) -> Iterator[GroupDraft]:
    item = root.find("groups")
    if item is None or is_null(item[1]):
        return
    block = Given(item[1], "`groups`", item[0], diagnostics).read(_GROUPS)
    for key, node in block.items if block else ():
        if not isinstance(node, MapNode):
            diagnostics.error("PLAN020", f"the group must be a map of keys, not {describe(node)}", key)
            continue
        values, unsound = read_map(diagnostics, node.named, GROUP, what="the group", at=key)
        group = RepairGroup(key.text, **values)
        if not unsound:
            _check_group(diagnostics, group, key, node)
            yield GroupDraft(group, key, node)


def _check_group(diagnostics: Diagnostics, group: RepairGroup, key: ScalarNode, node: MapNode) -> None:
    place = (node.find("decision") or (key, key))[1]
    if lacks_day(group):
        diagnostics.error("REPAIR11", no_day(group), place, NO_DAY)
    kept = {play.subject for play in group.keeps}
    is_removal = group.kind is RepairKind.DOUBLED and group.decision is RepairDecision.REMOVE
    alone = [play for play in group.plays if play.subject not in kept] if is_removal else []
    if alone:
        message = f"`{group.key}`: none of the plays of {format_subject(alone[0].subject)} is among `keeps`"
        hint = "so these plays are left alone; move one of them to `keeps`"
        diagnostics.warning("REPAIR12", message, place, hint)


NO_DAY = 'write to: "2019-07-01", or to: unknown'


def lacks_day(group: RepairGroup) -> bool:
    """Whether a group is to be redated, and nobody knows to when."""
    return group.decision is RepairDecision.REDATE and group.to is None


def no_day(group: RepairGroup) -> str:
    """The sentence on a group that lacks its day."""
    return f"`{group.key}` is to be redated, and has no day `to`"


DECIDED_UNLIKE = "take it out of one of the two"


def is_alike(one: RepairGroup, other: RepairGroup) -> bool:
    """Whether the same becomes of the plays of two groups, which may then have some in common."""
    return _verdict(one) == _verdict(other)


def _verdict(group: RepairGroup) -> tuple[RepairDecision, RedateTo | None]:
    return group.decision, group.to if group.decision is RepairDecision.REDATE else None


def decided_unlike(play: int, one: str, other: str) -> str:
    """The sentence on a play of two groups that are decided unlike."""
    return f"play {play} is in `{one}` and in `{other}`, which are decided unlike"


def _check_ids(diagnostics: Diagnostics, drafts: Iterable[GroupDraft]) -> None:
    """One play, one decision: an id that stands in two groups must be decided alike, and in one group stands once."""
    seen: dict[int, GroupDraft] = {}
    for draft in drafts:
        group = draft.group
        here: set[int] = set()
        for play in (*group.plays, *group.keeps):
            if play.id in here:
                message = f"play {play.id} stands twice in `{group.key}`"
                diagnostics.error(
                    "REPAIR13", message, draft.key, "it goes or it stays: delete one of the two"
                )
            here.add(play.id)
        for play in group.plays:
            other = seen.setdefault(play.id, draft)
            if not is_alike(other.group, group):
                diagnostics.error(
                    "REPAIR10",
                    decided_unlike(play.id, other.group.key, group.key),
                    draft.key,
                    DECIDED_UNLIKE,
                    [(other.key, f"`{other.group.key}` has it here")],
                )


# --- writing ----------------------------------------------------------------------------------------------


def dump_repair(repair: Repair) -> str:
    """The whole file anew, in its one form."""
    lines = (f"{INDENT * (len(path) - 1)}{line}\n" for path, some, _ in repair_lines(repair) for line in some)
    return f"{MODELINE}{ADDRESS}\n{HELP}\n{''.join(lines)}"


def repair_lines(repair: Repair) -> Iterator[tuple[tuple[str, ...], list[str], bool]]:
    """The path of each key in order and its lines without indentation, as a plan's `plan_lines`."""
    yield ("format",), [f"format: {REPAIR_FORMAT}"], False
    for one in REPAIR:
        if one.name not in ("format", "groups"):
            yield (one.name,), [f"{one.name}: {one.text(repair)}"], False
    yield (), [""], False
    yield ("groups",), ["groups:" if repair.groups else "groups: {}"], False
    for number_, group in enumerate(repair.groups):
        path = ("groups", group.key)
        yield (), [""] if number_ else [], False
        yield path, [f"{group.key}:"], False
        for one in GROUP:
            yield (*path, one.name), _key_lines(group, one), False
        yield (*path, ""), [], False
    yield ("groups", ""), [], False
    yield ("",), [], False


def _key_lines(group: RepairGroup, one: Field) -> list[str]:
    if one.kind is _PLAYS:
        plays = one.of(group)
        head = f"{one.name}:" if plays else f"{one.name}: []"
        return [head, *(f"- {_write_play(play)}" for play in plays)]
    text = one.text(group)
    return [] if text is None else [f"{one.name}: {text}"]


REPAIR_FORM = Form(ADDRESS, HELP, "groups", (("groups",),))


def format_repair(loaded: LoadedRepair) -> str:
    """The canonical text of a repair with the user's comments. Raises Failed where the file has errors."""
    if loaded.repair is None or loaded.root is None:
        raise Failed(
            "the repair has mistakes, so it can't be formatted",
            where=loaded.name,
            todo=f"`anitrakt validate {loaded.name}` names them.",
        )
    formatter = Formatter(SourceText(loaded.name, loaded.text), loaded.root, REPAIR_FORM)
    lines = formatter.lines(repair_lines(loaded.repair))
    return "".join(f"{line}{loaded.encoding.newline}" for line in lines)
