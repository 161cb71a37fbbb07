"""Writes a plan as text: the canonical form of the file, and of each entry and key in it."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from anitrakt_plan.home import SCHEMA
from anitrakt_plan.model import Decision, Plan, PlanEntry
from anitrakt_plan.planfile.fields import ENTRY, GENERATED, PLAN_FORMAT, write_candidate
from anitrakt_plan.planfile.read import carrier_of_hint, hint_of, names_match
from anitrakt_plan.planfile.read_match import MAX_CANDIDATES
from anitrakt_plan.planfile.text import comment
from anitrakt_plan.planfile.values import Field, written_fields

INDENT = "  "
MODELINE = "# yaml-language-server: $schema="

LINT = "# yamllint disable rule:line-length rule:document-start rule:comments rule:indentation"
"""The rules of yamllint's default that a plan breaks: its lines hold what belongs together."""

HELP = f"""\
{LINT}
#
# What is to come to Trakt: read, correct, keep. Then anitrakt apply (with a Trakt application) or anitrakt export-trakt
# Check it: anitrakt validate   Settle what is open: anitrakt review   Plan again: anitrakt plan --update
#
# You own decision, match, send, rate, dates and note; anitrakt rewrites the other keys when it plans again.
#   decision: auto        matched by anitrakt; is sent; looked at again at each re-plan
#             confirmed   decided by you; is sent; never changed by anitrakt
#             review      not sent until you decide
#             skip        never sent (an entry that is deleted comes back with the next plan)
#   match:    copy a candidate, or write {{show: ID, episodes: S03E13-E22}}, {{movie: ID}},
#             or a trakt.tv address in quotes
# Comments that begin with #> are anitrakt's and get rewritten; all others are yours and stay.
"""


def dump_plan(plan: Plan, *, modeline: bool = True) -> str:
    """The whole file anew: modeline, help, format, generated, and the entries by service and id."""
    lines = [f"{INDENT * (len(path) - 1)}{line}\n" for path, lines, _ in plan_lines(plan) for line in lines]
    first = f"{MODELINE}{SCHEMA}\n" if modeline else ""
    return f"{first}{HELP}\n{''.join(lines)}"


Path = tuple[str, ...]
"""The keys that lead to a key; an empty one at its end stands for the place below a block's last key."""


def plan_lines(plan: Plan) -> Iterator[tuple[Path, list[str], bool]]:
    """The path of each key in order, its lines without indentation, and whether `#>` ends them."""
    yield ("format",), [f"format: {PLAN_FORMAT}"], False
    yield ("generated",), ["generated:"], False
    for field, line in zip(GENERATED, generated_lines(plan), strict=True):
        yield ("generated", field.name), [line], False
    yield ("generated", ""), [], False
    yield (), [""], False
    yield ("entries",), ["entries:" if plan.entries else "entries: {}"], False
    for number, entry in enumerate(sorted(plan.entries, key=attrgetter("key"))):
        path = ("entries", str(entry.key))
        yield (), [""] if number else [], False
        yield path, [f"{entry.key}:"], False
        for field in ENTRY:
            yield (*path, field.name), key_lines(entry, field), hint_text(entry, field.name) != ""
        yield (*path, ""), [], False
    yield ("entries", ""), [], False
    yield ("",), [], False


def generated_lines(plan: Plan) -> list[str]:
    """The lines below `generated:`, without their indentation."""
    return written_fields(GENERATED, plan)


def dump_entry(entry: PlanEntry, indent: str = INDENT) -> str:
    """One entry from its key on, in canonical form, its key indented by `indent`."""
    lines = (f"{indent}{INDENT}{line}\n" for field in ENTRY for line in key_lines(entry, field))
    return f"{indent}{entry.key}:\n{''.join(lines)}"


def key_lines(entry: PlanEntry, field: Field) -> list[str]:
    """The lines of one key of an entry without their indentation; none where the entry has no such value."""
    if field.name == "candidates":
        lines = [f"- {write_candidate(candidate)}" for candidate in entry.candidates[:MAX_CANDIDATES]]
        return ["candidates:", *lines] if lines else []
    text, hint = field.text(entry), hint_text(entry, field.name)
    tail = f"  #> {hint}" if hint else ""
    return [] if text is None else [f"{field.name}: {text}{tail}"]


def hint_text(entry: PlanEntry, name: str) -> str:
    """What stands behind `#>` on a key's line, empty where nothing does.

    Behind an `auto` match that is at least the match itself: without it, the match would count as the user's.
    """
    if name != carrier_of_hint(entry.decision):
        return ""
    hint, match = comment(entry.hint or ""), entry.resolved
    if entry.decision is Decision.AUTO and match and not names_match(hint, match):
        return hint_of(match, hint)
    return hint
