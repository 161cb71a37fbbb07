"""Loads a plan file: text, tree, schema and meaning, with every mistake at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from anitrakt_plan.core.model import EntryKey, Plan, Policy
from anitrakt_plan.document.entries import Draft, read_entries
from anitrakt_plan.document.fields import check_keys
from anitrakt_plan.document.header import PLAN_FORMAT, check_complete, read_header, right_format
from anitrakt_plan.document.meaning import check_meaning
from anitrakt_plan.document.mistakes import Findings, Mistake, Place
from anitrakt_plan.document.recovery import tree_of
from anitrakt_plan.document.schema import check_schema
from anitrakt_plan.document.source_text import LARGEST_FILE, Encoding, NotText, SourceText, decode
from anitrakt_plan.document.tree import MapNode
from anitrakt_plan.errors import Failed

TOP_KEYS = ("format", "generated", "entries")


@dataclass(frozen=True)
class Loaded:
    """A plan file as it was read. `plan` is None where there is an error; `line_of` has each entry's line."""

    name: str
    plan: Plan | None
    mistakes: tuple[Mistake, ...]
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    encoding: Encoding = field(default_factory=Encoding)
    line_of: Mapping[EntryKey, int] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    root: MapNode | None = field(default=None, repr=False)
    drafts: tuple[Draft, ...] = field(default=(), repr=False)

    @property
    def errors(self) -> tuple[Mistake, ...]:
        """The mistakes for which nothing may be sent."""
        return tuple(mistake for mistake in self.mistakes if mistake.severity == "error")

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """What a person should know of, though the file holds."""
        return tuple(mistake for mistake in self.mistakes if mistake.severity == "warning")


def read_plan(path: Path) -> Loaded:
    """Load a plan from a file; raises Failed if it can't be read (what is wrong inside is in `mistakes`)."""
    return load_plan(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """What a plan file holds; raises Failed if it can't be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Failed(
            "there is no such file", where=str(path), todo=f"`anitrakt plan -o {path}` makes one."
        ) from None
    except OSError as error:
        raise Failed(f"the plan can't be read: {error.strerror or error}", where=str(path)) from None


def load_plan(raw: bytes, name: str, *, by_schema: bool = True) -> Loaded:
    """Load a plan from a file's bytes; `name` stands in the messages. Never raises on bad content.

    `by_schema`: check it against the JSON Schema too, which takes two thirds of the time and finds nothing that the
    readers do not; a text that anitrakt itself has just changed can do without.
    """
    source, findings, encoding = open_text(raw, name)
    root = tree_of(source, findings) if not findings.failed else None
    broken = findings.failed  # what a broken file lacks may stand where nothing could be read
    unnamed = broken and root is not None and root.find("format") is None
    if root is None or not (unnamed or right_format(findings, root, PLAN_FORMAT)):
        return Loaded(name, None, findings.in_order(), source.text, raw, encoding, root=root)
    top = root.items[0][0] if root.items else root
    check_keys(findings, root, TOP_KEYS, needed=() if broken else TOP_KEYS, what="the plan", at=top)
    generated, entries = root.find("generated"), root.find("entries")
    header = read_header(findings, *generated) if generated else None
    drafts = read_entries(findings, *entries) if entries else []
    if header and generated and entries and not broken:
        here = len(entries[1].items) if isinstance(entries[1], MapNode) else 0
        check_complete(findings, generated[1], header.source, here)
    statuses = header.source.statuses if header else ()
    settled = check_meaning(findings, drafts, statuses, header.policy if header else Policy())
    if by_schema and not findings.failed:
        check_schema(findings, root)
    plan = None
    if header is not None and not findings.failed:
        plan = Plan(header.tool, header.at, header.source, header.target_user, header.policy, tuple(settled))
    line_of = {draft.entry.key: source.line_number(draft.key.start) for draft in drafts}
    return Loaded(
        name,
        plan,
        findings.in_order(),
        source.text,
        raw,
        encoding,
        MappingProxyType(line_of),
        root,
        tuple(drafts),
    )


def open_text(raw: bytes, name: str) -> tuple[SourceText, Findings, Encoding]:
    """A file's text with what is wrong with it as a text: size, encoding, emptiness."""
    if len(raw) > LARGEST_FILE:
        findings = Findings(SourceText(name, ""))
        size, most = len(raw) // 2**20, LARGEST_FILE // 2**20
        findings.error("PLAN002", f"the file has {size} MB; a plan has at most {most}", Place(0, 0))
        return findings.source, findings, Encoding()
    try:
        text, encoding = decode(raw)
    except NotText as error:
        findings = Findings(SourceText(name, error.before))
        at = len(error.before)
        message = f"the file is not UTF-8 from here on ({error})"
        findings.error("PLAN001", message, Place(at, at), "save it as UTF-8 in the editor")
        return findings.source, findings, Encoding()
    findings = Findings(SourceText(name, text))
    if not text.strip():
        findings.error("PLAN004", "the file is empty; did `anitrakt plan` fail?", Place(0, 0))
    elif encoding.name != "utf-8":
        findings.warning(
            "PLAN062", "the file is in UTF-16; anitrakt writes it back as UTF-8", Place(0, 1), "use `-o FILE`"
        )
    return findings.source, findings, encoding
