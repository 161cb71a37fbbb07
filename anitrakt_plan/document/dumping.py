"""Writes a plan as text: the canonical form of the file, and of each entry and key in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC

from anitrakt_plan.core.calibration import format_confidence
from anitrakt_plan.core.dates import format_minute
from anitrakt_plan.core.episodes import format_match, format_runs, format_span
from anitrakt_plan.core.model import (
    DEFAULT_SEND,
    Address,
    Candidate,
    Decision,
    Facts,
    Match,
    MovieMatch,
    Parts,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    Ratio,
    Run,
    ShowMatch,
    SourceInfo,
    Status,
    SyncKind,
)
from anitrakt_plan.document.entries import ENTRY_KEYS
from anitrakt_plan.document.header import PLAN_FORMAT
from anitrakt_plan.document.matches import MOST_CANDIDATES
from anitrakt_plan.document.quoting import comment, quoted, word
from anitrakt_plan.document.schema import schema_address

INDENT = "  "

HELP = """\
#
# What anitrakt will send to Trakt, for you to read, correct and keep. Send it: anitrakt apply
# Check it: anitrakt validate   Settle what is open: anitrakt review   Plan again: anitrakt plan --update
#
# You own decision, match, send, rate, dates and note; anitrakt rewrites the other keys when it plans again.
#   decision: auto        matched by anitrakt; is sent; looked at again at each re-plan
#             confirmed   decided by you; is sent; never changed by anitrakt
#             review      not sent until you decide
#             skip        never sent (an entry that is deleted comes back with the next plan)
#   match:    copy a candidate, or write {show: ID, episodes: S03E13-E22}, {movie: ID},
#             or a trakt.tv address in quotes
# Comments that begin with #> are anitrakt's and get rewritten; all others are yours and stay.
"""


def dump_plan(plan: Plan) -> str:
    """The whole file anew: modeline, help, format, generated, and the entries by service and id."""
    head = f"# yaml-language-server: $schema={schema_address()}\n{HELP}\n"
    return head + dump_header(plan) + "\n" + dump_entries(plan.entries)


def dump_header(plan: Plan) -> str:
    """The keys `format` and `generated`."""
    lines = [
        f"format: {PLAN_FORMAT}",
        "generated:",
        *(f"{INDENT}{line}" for line in generated_lines(plan)),
    ]
    return "\n".join(lines) + "\n"


def generated_lines(plan: Plan) -> list[str]:
    """The lines below `generated:`, without their indentation."""
    instant = plan.at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    return [
        f"tool: {quoted(plan.tool)}",
        f"at: {quoted(f'{instant}Z')}",
        f"source: {_source(plan.source)}",
        f"target: {{service: trakt, user: {_text_or_null(plan.target_user)}}}",
        f"policy: {_policy(plan.policy)}",
    ]


def dump_entries(entries: Iterable[PlanEntry]) -> str:
    """The key `entries` with every entry, an empty line between them."""
    blocks = [dump_entry(entry) for entry in sorted(entries, key=lambda entry: entry.key)]
    return "entries:\n" + "\n".join(blocks) if blocks else "entries: {}\n"


def dump_entry(entry: PlanEntry, indent: str = INDENT) -> str:
    """One entry from its key on, in canonical form, its key indented by `indent`."""
    lines = [f"{indent}{entry.key}:"]
    for name in ENTRY_KEYS:
        lines += [f"{indent}{INDENT}{line}" for line in key_lines(entry, name)]
    return "\n".join(lines) + "\n"


def key_lines(entry: PlanEntry, name: str) -> list[str]:
    """The lines of one key of an entry without their indentation; none where the entry has no such value."""
    if name == "candidates":
        lines = [f"- {format_candidate(candidate)}" for candidate in entry.candidates[:MOST_CANDIDATES]]
        return ["candidates:", *lines] if lines else []
    value = _value(entry, name)
    if value is None:
        return []
    hint = hint_text(entry, name)
    return [f"{name}: {value}  #> {hint}" if hint else f"{name}: {value}"]


def hint_text(entry: PlanEntry, name: str) -> str:
    """What stands behind `#>` on a key's line, empty where nothing does.

    Behind an `auto` match that is at least the match itself: without it, the match would count as the user's.
    """
    if name != ("decision" if entry.decision is Decision.REVIEW else "match"):
        return ""
    hint = comment(entry.hint or "")
    if entry.decision is Decision.AUTO and isinstance(entry.match, ShowMatch | MovieMatch):
        short = format_match(entry.match)
        if hint.split(" · ")[0].strip() != short:
            return f"{short} · {hint}" if hint else short
    return hint


def _value(entry: PlanEntry, name: str) -> str | None:
    """The text of a key's value, None where the key is left out."""
    match name:
        case "title":
            return quoted(entry.title)
        case "english" | "url" | "note":
            text = getattr(entry, name)
            return None if text is None else quoted(text)
        case "source":
            return _facts(entry.facts)
        case "list":
            return _progress(entry.progress)
        case "decision":
            return entry.decision.value
        case "rates" | "rate" | "dates":
            chosen = getattr(entry, name)
            return None if chosen is None else _switch(chosen.value)
        case "send":
            return None if entry.send is None else _kinds(entry.send)
        case "match":
            return format_match_value(entry.match, sure=entry.sure)
        case "attention":
            return _flow([quoted(text) for text in entry.attention]) if entry.attention else None
        case _:
            raise AssertionError(name)


def format_match_value(match: Match | Address | None, *, sure: bool = False) -> str:
    """A match as the plan file has it: a flow map, a quoted address, or null."""
    if match is None:
        return "null"
    if isinstance(match, Address):
        return quoted(match.url)
    return "{" + ", ".join([*_match_fields(match), *(["sure: true"] if sure else [])]) + "}"


def format_candidate(candidate: Candidate) -> str:
    """A candidate as one flow map, which can be copied behind `match:` as it is."""
    fields = [*_match_fields(candidate.match), f"title: {quoted(candidate.title)}"]
    if candidate.year is not None:
        fields.append(f"year: {candidate.year}")
    fields += [f"url: {quoted(candidate.url)}", f"confidence: {format_confidence(candidate.confidence)}"]
    if candidate.why:
        fields.append(f"why: {_flow([word(reason) for reason in candidate.why])}")
    return "{" + ", ".join(fields) + "}"


def _match_fields(match: Match) -> list[str]:
    if isinstance(match, MovieMatch):
        return [f"movie: {match.movie}"]
    fields = [f"show: {match.show}"]
    mapping = match.mapping
    if isinstance(mapping, Parts):
        parts = [
            f"{{list: {format_span(part.first, part.last)}, episodes: {_runs(part.runs)}}}"
            for part in mapping.parts
        ]
        return [*fields, f"parts: {_flow(parts)}"]
    fields.append(f"episodes: {_runs(mapping.runs)}")
    if isinstance(mapping, Ratio):
        fields.append(f'ratio: "{mapping.list_count}:{mapping.trakt_count}"')
    return fields


def _runs(runs: tuple[Run, ...]) -> str:
    text = format_runs(runs)
    return quoted(text) if len(runs) > 1 else text


def _facts(facts: Facts) -> str:
    fields = [f"kind: {word(facts.kind.value)}"]
    if facts.year is not None:
        fields.append(f"year: {facts.year}")
    if facts.episodes is not None:
        fields.append(f"episodes: {facts.episodes}")
    return "{" + ", ".join(fields) + "}"


def _progress(progress: Progress) -> str:
    fields = [f"status: {progress.status.value}"]
    if progress.watched or progress.status not in (Status.PLANNED, Status.GONE):
        fields.append(f"watched: {progress.watched}")
    fields += [
        f"{name}: {quoted(str(day))}"
        for name, day in (("started", progress.started), ("finished", progress.finished))
        if day is not None
    ]
    if progress.repeats:
        fields.append(f"repeats: {progress.repeats}")
    if progress.rating is not None:
        fields.append(f"rating: {progress.rating}")
    if progress.times:
        times = (f"{format_span(s.first, s.last)}: {quoted(format_minute(s.at))}" for s in progress.times)
        fields.append(f"times: {{{', '.join(times)}}}")
    return "{" + ", ".join(fields) + "}"


def _source(source: SourceInfo) -> str:
    fields = [f"service: {source.service.value}", f"user: {_text_or_null(source.user)}"]
    if source.file is not None:
        fields.append(f"file: {quoted(source.file)}")
    statuses = _flow([status.value for status in source.statuses])
    return "{" + ", ".join([*fields, f"entries: {source.entries}", f"statuses: {statuses}"]) + "}"


def _policy(policy: Policy) -> str:
    fields = [
        f"auto_from: {policy.auto_from}",
        f"dates: {policy.dates.value}",
        f"ratings: {_switch(policy.ratings.value)}",
        f"on_conflict: {policy.on_conflict.value}",
        f"rewatches: {policy.rewatches.value}",
    ]
    if policy.no_date:
        fields.append(f"no_date: {_flow([quoted(str(day)) for day in policy.no_date])}")
    if policy.send != DEFAULT_SEND:
        fields.append(f"send: {_kinds(policy.send)}")
    return "{" + ", ".join(fields) + "}"


def _kinds(kinds: Collection[SyncKind]) -> str:
    return _flow([kind.value for kind in SyncKind if kind in kinds])


def _switch(text: str) -> str:
    """`off` is quoted: to a reader of YAML 1.1 it would be false."""
    return text if text.replace("+", "").isalpha() and text != "off" else quoted(text)


def _text_or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)


def _flow(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"
