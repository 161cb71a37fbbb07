"""Changes the user's keys of one entry in a plan's text; every other byte stays as it was."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum
from typing import Final

from anitrakt_plan.core.episodes import format_match
from anitrakt_plan.core.model import Address, Decision, EntryKey, Match, PlanEntry
from anitrakt_plan.document.entry_text import EntryText
from anitrakt_plan.document.loading import Loaded, load_plan
from anitrakt_plan.document.mistakes import Mistake
from anitrakt_plan.document.quoting import comment
from anitrakt_plan.errors import Failed, PlanInvalid

_MEANING = re.compile(r"PLAN04\d")
_WAITS = "PLAN063"  # confirmed, but the match does not fit what the list says by now


class Keep(Enum):
    """Stands for a key that an edit leaves alone."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


class EntryRefused(PlanInvalid):
    """The wanted match can't stand in this plan; `mistakes` say why: a count that differs, an episode claimed twice."""

    def __init__(self, key: EntryKey, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(mistakes[0].message, where=str(key), todo=mistakes[0].hint)
        self.mistakes = mistakes


class EntryGone(Failed):
    """The entry to change is no more in the file."""


def edit_entry(
    loaded: Loaded,
    key: EntryKey,
    *,
    decision: Decision,
    match: Match | Address | Keep | None = KEEP,
    note: str | Keep | None = KEEP,
    sure: bool = False,
    hint: str | None = None,
) -> bytes:
    """The file's bytes with the user's answer for one entry written in: what `edited` gives, to be written."""
    return edited(loaded, key, decision=decision, match=match, note=note, sure=sure, hint=hint).raw


def edited(
    loaded: Loaded,
    key: EntryKey,
    *,
    decision: Decision,
    match: Match | Address | Keep | None = KEEP,
    note: str | Keep | None = KEEP,
    sure: bool = False,
    hint: str | None = None,
) -> Loaded:
    """The file with the user's answer for one entry written in; the same object where it says so already.

    `sure` and `hint` belong to a new `match`: `hint` is what stands behind `#>` after the match in short form (whose
    page it is). A `#>` that no longer holds goes; the user's comments stay. Raises PlanInvalid where the file has
    errors, EntryGone where it has no such entry, and EntryRefused where the result would have errors.
    """
    if decision is Decision.AUTO:
        raise ValueError("only the matcher decides `auto`")
    if loaded.plan is None:
        raise PlanInvalid(f"{loaded.name} has errors", todo=f"See `anitrakt validate {loaded.name}`.")
    index = next((i for i, draft in enumerate(loaded.drafts) if draft.entry.key == key), None)
    if index is None:
        raise EntryGone(f"{key} is no more in the file", where=loaded.name)
    before = loaded.plan.entries[index]
    wanted = _wanted(before, decision, match, note, sure, hint)
    if wanted == before == loaded.drafts[index].entry:
        return loaded
    text = EntryText(loaded, loaded.drafts[index]).changed_to(wanted)
    after = load_plan(loaded.encoding.to_bytes(text), loaded.name, by_schema=False)
    _check(after, loaded, wanted)
    return after


def _wanted(
    before: PlanEntry,
    decision: Decision,
    match: Match | Address | Keep | None,
    note: str | Keep | None,
    sure: bool,
    hint: str | None,
) -> PlanEntry:
    after = replace(before, decision=decision, note=before.note if note is KEEP else note)
    if match is not KEEP:
        after = replace(after, match=match, sure=sure)
    return replace(after, hint=_hint_of(before, after, hint))


def _hint_of(before: PlanEntry, after: PlanEntry, given: str | None) -> str | None:
    """What stands behind `#>` afterwards: the given words, or the old ones where they still tell of the match."""
    if after.match is None or isinstance(after.match, Address) or after.decision is Decision.REVIEW:
        return None
    short = format_match(after.match)
    if given is not None:
        words = comment(given)
        return f"{short} · {words}" if words else short
    kept = before.hint if before.decision is not Decision.REVIEW else None
    return kept if kept is not None and kept.split(" · ")[0].strip() == short else None


def _check(after: Loaded, before: Loaded, wanted: PlanEntry) -> None:
    """The result must read back as exactly what was wanted. Raises EntryRefused where the answer itself can't hold."""
    if after.plan is None:
        refusals = tuple(mistake for mistake in after.errors if _MEANING.fullmatch(mistake.code))
        if len(refusals) == len(after.errors):
            raise EntryRefused(wanted.key, refusals)
        raise AssertionError(f"an edit of {wanted.key} broke the file: {after.errors[0].render()}")
    assert before.plan is not None
    at = next(index for index, entry in enumerate(before.plan.entries) if entry.key == wanted.key)
    waits = [
        one for one in after.warnings if one.code == _WAITS and one.message.startswith(f"`{wanted.key}`")
    ]
    if waits and wanted.decision is Decision.CONFIRMED:
        raise EntryRefused(wanted.key, tuple(waits))
    if after.plan.entries[at].hint is None:
        wanted = replace(wanted, hint=None)  # a comment of the user's stands where it would have stood
    expected = (*before.plan.entries[:at], wanted, *before.plan.entries[at + 1 :])
    if after.plan != replace(before.plan, entries=expected):
        raise AssertionError(f"an edit of {wanted.key} changed more, or less, than it should")
