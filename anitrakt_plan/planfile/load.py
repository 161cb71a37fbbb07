"""Loads a plan file: text, tree, schema and meaning, with all that is wrong at once."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from anitrakt_plan.errors import AnitraktError, BadUsage, Failed
from anitrakt_plan.model import EntryKey, Plan, PlanEntry
from anitrakt_plan.planfile.check import check_complete, check_entries
from anitrakt_plan.planfile.fields import HEADER, NOTHING_PLANNED, PLAN, PLAN_FORMAT
from anitrakt_plan.planfile.problems import Diagnostic, Diagnostics, Span
from anitrakt_plan.planfile.read import Draft, read_entries, right_format
from anitrakt_plan.planfile.schema import check_schema
from anitrakt_plan.planfile.services import Services
from anitrakt_plan.planfile.text import Encoding, NotText, SourceText, decode
from anitrakt_plan.planfile.values import Given, check_keys
from anitrakt_plan.planfile.yaml import MapNode, tree_of
from anitrakt_plan.words import pluralize


@dataclass(frozen=True, kw_only=True)
class LoadedFile(ABC):
    """A file of ours as it was read: a plan, or a repair."""

    name: str
    diagnostics: tuple[Diagnostic, ...]
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    encoding: Encoding = field(default_factory=Encoding)
    root: MapNode | None = field(default=None, repr=False)

    @property
    @abstractmethod
    def counted(self) -> str:
        """How much is in it, in words."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """That for which nothing may be sent or changed."""
        return tuple(one for one in self.diagnostics if one.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What a person should know of, though the file holds."""
        return tuple(one for one in self.diagnostics if one.severity == "warning")


@dataclass(frozen=True, kw_only=True)
class Loaded(LoadedFile):
    """A plan file as it was read. `plan` is None where there is an error; `line_of` has each entry's line."""

    plan: Plan | None
    line_of: Mapping[EntryKey, int] = field(default_factory=dict, repr=False)
    drafts: tuple[Draft, ...] = field(default=(), repr=False)

    @property
    def written(self) -> dict[EntryKey, PlanEntry]:
        """The entries as they are written, which is not always as they count."""
        return {draft.entry.key: draft.entry for draft in self.drafts}

    def with_unresolved(self, why: Mapping[EntryKey, AnitraktError]) -> Loaded:
        """The same with an error at the match of each entry whose address nobody can look up, and why."""
        found = Diagnostics(SourceText(self.name, self.text))
        for draft in self.drafts:
            if (error := why.get(draft.entry.key)) is not None:
                found.error("PLAN068", error.what, draft.place("match"), error.todo)
        every = sorted(
            (*self.diagnostics, *found.found), key=lambda one: (one.position.line, one.position.column)
        )
        return replace(self, diagnostics=tuple(every))

    @property
    def counted(self) -> str:
        """How much is in it: `412 entries`."""
        return pluralize(len(self.drafts), "entry")


def read_plan(path: Path, *, services: Services | None = None) -> Loaded:
    """Load a plan from a file; raises Failed if it can't be read (what is wrong inside is in `diagnostics`)."""
    return load_plan(read_bytes(path), str(path), services=services)


def read_bytes(path: Path) -> bytes:
    """What a plan file holds; raises Failed if it can't be read, and BadUsage where it is the export of a list."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Failed("there is no such file", where=str(path), todo=_instead_of(path)) from None
    except OSError as error:
        raise Failed(f"the plan can't be read: {error.strerror or error}", where=str(path)) from None
    if raw.lstrip(b"\xef\xbb\xbf \r\n").startswith(_OF_EXPORTS):
        raise BadUsage(
            "this is no plan; it looks like a list's own export",
            where=str(path),
            todo=f"`anitrakt plan --list-file {shlex.quote(str(path))} -o plan.yaml` makes a plan of it.",
        )
    return raw


_OF_EXPORTS = (b"<", b"\x1f\x8b", b"PK\x03\x04")
"""How XML, its .gz and a zip begin; no plan does."""


def _instead_of(path: Path) -> str:
    name = shlex.quote(str(path))
    others = (path.with_suffix(ending) for ending in (".yaml", ".yml") if ending != path.suffix)
    if (other := next((one for one in others if one.is_file()), None)) is not None:
        return f"{other} is there: name that one."
    if path.suffix in (".yaml", ".yml"):
        return f"`anitrakt plan --anilist NAME -o {name}` makes one (or --mal NAME, or --list-file LIST)."
    return f"The name of a plan ends in .yaml. If it is an entry that you mean: `anitrakt show plan.yaml {name}`."


def load_plan(raw: bytes, name: str, *, by_schema: bool = False, services: Services | None = None) -> Loaded:
    """Load a plan from a file's bytes; `name` stands in the messages. Never raises on bad content.

    `services` are those whose entries may stand in it (None: any). `by_schema`: check it against the JSON Schema too,
    which takes half of the time and finds nothing that the readers do not (a property of the tests).
    """
    source, diagnostics, encoding, root = open_tree(raw, name, services)
    plan, drafts = _read_root(diagnostics, root) if root else (None, ())
    if by_schema and root and plan:
        check_schema(diagnostics, root)
    return Loaded(
        name=name,
        plan=None if diagnostics.failed else plan,
        diagnostics=diagnostics.in_order(),
        text=source.text,
        raw=raw,
        encoding=encoding,
        line_of={draft.entry.key: source.line_number(draft.key.start) for draft in drafts},
        root=root,
        drafts=drafts,
    )


def _read_root(diagnostics: Diagnostics, root: MapNode) -> tuple[Plan | None, tuple[Draft, ...]]:
    broken = diagnostics.failed  # what a broken file lacks may stand where nothing could be read
    unnamed = broken and root.find("format") is None
    if not unnamed and not right_format(diagnostics, root, PLAN_FORMAT):
        return None, ()
    fields = [replace(field, needed=False) for field in PLAN] if broken else PLAN
    check_keys(diagnostics, root.named, fields, what="the plan", at=next(iter(root.keys), root))
    generated, entries = root.find("generated"), root.find("entries")
    found = generated and Given(generated[1], "`generated`", generated[0], diagnostics).read(HEADER)
    header = found or NOTHING_PLANNED
    drafts = tuple(read_entries(diagnostics, entries)) if entries else ()
    if not broken:
        check_complete(diagnostics, root, header.source)
    settled = check_entries(diagnostics, drafts, header.source.statuses, header.policy)
    return None if diagnostics.failed else replace(header, entries=settled), drafts


def open_tree(
    raw: bytes, name: str, services: Services | None = None
) -> tuple[SourceText, Diagnostics, Encoding, MapNode | None]:
    """A file's text and its tree, as far as there is one, with what is wrong with its bytes and its syntax."""
    try:
        text, encoding = decode(raw)
    except NotText as error:
        source = SourceText(name, error.before)
        diagnostics, at = Diagnostics(source), len(error.before)
        diagnostics.error(error.code, str(error), Span(at, at), error.hint)
        return source, diagnostics, Encoding(), None
    source = SourceText(name, text)
    diagnostics = Diagnostics(source, services=services)
    if not text.strip():
        diagnostics.error("PLAN004", "the file is empty; did `anitrakt plan` fail?", Span(0, 0))
        return source, diagnostics, encoding, None
    if encoding.name != "utf-8":
        message = "the file is in UTF-16; anitrakt writes it back as UTF-8"
        diagnostics.warning("PLAN062", message, Span(0, 1), "use `-o FILE`")
    return source, diagnostics, encoding, tree_of(source, diagnostics)
