"""`anitrakt explain`: the evidence for an entry, or what an error code means."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from anitrakt_plan.cli.files import DEFAULT_FILE, load_valid
from anitrakt_plan.cli.state import State, command
from anitrakt_plan.core.model import PlanEntry
from anitrakt_plan.errors import BadUsage


@command(
    short_help="Why an entry is matched so; what an error code means.",
    epilog="Examples:\n\n  anitrakt explain mal:38524\n\n  anitrakt explain other.yaml 'attack on titan'\n\n"
    "  anitrakt explain PLAN021",
)
@click.argument("words", metavar="[FILE] KEY | CODE", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the evidence as JSON.")
def explain(state: State, words: tuple[str, ...], as_json: bool) -> None:
    """Show why an entry of FILE (plan.yaml) is matched as it is: each signal and its weight, for each candidate.

    KEY is an entry's key or part of its title. With the CODE of a mistake, say what it means. Reads no network.
    """
    from anitrakt_plan.commands.evidence_file import evidence_path, load_evidence
    from anitrakt_plan.commands.explain import explanation
    from anitrakt_plan.document import CODES

    if len(words) == 1 and words[0].upper() in CODES:
        state.data(f"{words[0].upper()}: {CODES[words[0].upper()]}\n")
        return
    if len(words) > 2:
        raise BadUsage("explain takes one KEY", todo="Put a title with spaces in quotes.")
    file = Path(words[0]) if len(words) == 2 else DEFAULT_FILE
    plan = load_valid(state, file)
    entry = one_entry(plan.entries, words[-1])
    evidence = load_evidence(evidence_path(state.settings.folders.state, plan.source), entry.key)
    if as_json:
        document = {"format": "anitrakt-explain/1", **asdict(evidence), "key": str(entry.key)}
        state.data(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        state.data("\n".join(explanation(entry, evidence)) + "\n")


def one_entry(entries: tuple[PlanEntry, ...], word: str) -> PlanEntry:
    """The one entry that `word` means. Raises BadUsage where it means none, or several."""
    from anitrakt_plan.commands.selecting import select

    keys = select(entries, [word])
    if len(keys) > 1:
        raise BadUsage(f"`{word}` fits {len(keys)} entries", todo="Name one by its key, such as mal:38524.")
    return next(entry for entry in entries if entry.key in keys)
