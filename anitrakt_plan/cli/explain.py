"""`anitrakt explain`: the evidence for an entry, or what a code means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from anitrakt_plan.cli.context import DEFAULT_FILE, State, command
from anitrakt_plan.cli.files import load_valid
from anitrakt_plan.cli.options import JSON, keys_and_codes
from anitrakt_plan.commands.codes import explained_codes
from anitrakt_plan.commands.explain import evidence_path, explanation, load_evidence
from anitrakt_plan.commands.show import select
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import PlanEntry
from anitrakt_plan.words import printable


@command(
    short_help="Why an entry is matched so; what a code means.",
    epilog="Examples:\n\n  anitrakt explain mal:38524\n\n  anitrakt explain other.yaml 'attack on titan'\n\n"
    "  anitrakt explain PLAN021\n\n  anitrakt explain first-apply",
)
@click.argument("words", metavar="[FILE] KEY | CODE", nargs=-1, required=True, shell_complete=keys_and_codes)
@JSON
def explain(state: State, words: tuple[str, ...], as_json: bool) -> None:
    """Show why an entry of FILE (plan.yaml) is matched as it is: each signal and its weight, for each candidate.

    KEY is an entry's key or part of its title. With the CODE of a mistake, a safety stop or an exit code, say what it
    means. Reads no network.
    """
    if len(words) == 1 and (said := _said_of_code(words[0], explained_codes())) is not None:
        code, text = said
        if as_json:
            state.json({"format": "anitrakt-explain/1", "code": code, "text": text})
        else:
            state.lines([f"{code}: {text}"])
        return
    if len(words) > 2:
        raise BadUsage("explain takes one KEY", todo="Put a title with spaces in quotes.")
    file = Path(words[0]) if len(words) == 2 else DEFAULT_FILE
    plan = load_valid(state, file)
    entry = one_entry(plan.entries, words[-1])
    evidence = load_evidence(evidence_path(state.settings.folders.state, plan.source), entry.key)
    if as_json:
        state.json({"format": "anitrakt-explain/1", **asdict(evidence), "key": str(entry.key)})
    else:
        state.data("".join(f"{printable(line)}\n" for line in explanation(entry, evidence)))


_LIKE_A_CODE = re.compile(r"PLAN\d+|\d{1,3}", re.IGNORECASE)


def _said_of_code(word: str, known: Mapping[str, str]) -> tuple[str, str] | None:
    """The code that is meant, and what it means; None where the word is none. Raises BadUsage for one nobody knows."""
    code = next((code for code in known if code.casefold() == word.casefold()), None)
    if code is not None:
        return code, known[code]
    if _LIKE_A_CODE.fullmatch(word):
        near = difflib.get_close_matches(word.upper(), known, n=1)
        raise BadUsage(
            f"there is no code `{word}`",
            todo=f"Did you mean `anitrakt explain {near[0]}`?"
            if near
            else "Exit codes are 0 to 8, 70 and 130.",
        )
    return None


def one_entry(entries: tuple[PlanEntry, ...], word: str) -> PlanEntry:
    """The one entry that `word` means. Raises BadUsage where it means none, or several."""
    keys = select(entries, [word])
    if len(keys) > 1:
        raise BadUsage(f"`{word}` fits {len(keys)} entries", todo="Name one by its key, such as mal:38524.")
    return next(entry for entry in entries if entry.key in keys)
