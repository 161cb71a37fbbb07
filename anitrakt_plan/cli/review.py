"""`anitrakt review`: settle what a plan is unsure of, one entry at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.files import DEFAULT_FILE, load_valid, remember_valid
from anitrakt_plan.cli.state import State, command
from anitrakt_plan.errors import BadUsage, ExitCode, Failed, PlanInvalid

if TYPE_CHECKING:
    from anitrakt_plan.cli.review_dialog import Dialog
    from anitrakt_plan.commands.evidence_file import Evidence
    from anitrakt_plan.commands.review import Session, Summary
    from anitrakt_plan.core.model import EntryKey, Plan


@command(
    short_help="Settle what is open, one entry at a time.",
    epilog="Examples:\n\n  anitrakt review\n\n  anitrakt review plan.yaml 'attack on titan'\n\n"
    "  anitrakt review --auto\n\n  printf 'a\\ns not on Trakt\\n' | anitrakt review plan.yaml",
)
@click.argument("words", metavar="[FILE] [KEY]...", nargs=-1)
@click.option("--auto", is_flag=True, help="Walk through the automatic ones, the least certain first.")
@click.option("--in-order", is_flag=True, help="In the order of the file, not the most watched first.")
def review(state: State, words: tuple[str, ...], auto: bool, in_order: bool) -> int:
    """Walk through the entries of FILE (plan.yaml) that wait for a decision, or through those that KEY names.

    KEY is an entry's key, a glob, or part of one or more titles. Each answer is written to FILE at once; nothing is
    sent. At a terminal one key answers; from a pipe each line is one answer (`a`, `2`, `s too short`,
    `/ other words`, `i movie 97`), and its end quits.
    """
    from anitrakt_plan.cli.review_dialog import Quit
    from anitrakt_plan.commands.review import Session, queue_of
    from anitrakt_plan.commands.review_file import PlanFile
    from anitrakt_plan.document import write_plan

    def write(path: Path, data: bytes, *, expected: bytes | None) -> None:
        write_plan(path, data, expected=expected)
        remember_valid(state, file.plan.source, data)

    path, patterns = _file_and_keys(words)
    if auto and patterns:
        raise BadUsage("--auto chooses the entries itself", todo="Leave out either --auto or the keys.")
    try:
        file = PlanFile(path, write)
    except PlanInvalid:
        load_valid(state, path)  # shows each mistake at its place, and raises
        raise
    plan = file.plan
    queue = queue_of(plan, patterns=patterns, auto=auto, in_order=in_order)
    if not queue:
        state.say(f"Nothing in {path} {'is automatic' if auto else 'waits for a decision'}.")
        _tell_attention(state, plan, path)
        return int(ExitCode.DONE)
    session = Session(file, queue)
    code = ExitCode.DONE
    try:
        _dialog(state, session, plan).run()
    except (Quit, EOFError):
        pass
    except (KeyboardInterrupt, click.Abort):
        code = ExitCode.INTERRUPTED
    finally:
        _sum_up(state, session.summary(), path)
    _tell_attention(state, plan, path)
    return int(code)


def _file_and_keys(words: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """The first word is a file if there is one of that name, or if it is named like one."""
    if "-" in words:
        raise BadUsage(
            "`review` writes each answer into FILE, so FILE can't be stdin",
            todo="Name the file: `anitrakt review plan.yaml`.",
        )
    if words and (words[0].endswith((".yaml", ".yml")) or Path(words[0]).is_file()):
        return Path(words[0]), words[1:]
    return DEFAULT_FILE, words


def _dialog(state: State, session: Session, plan: Plan) -> Dialog:
    from anitrakt_plan.cli.review_dialog import Dialog
    from anitrakt_plan.cli.review_input import open_input
    from anitrakt_plan.commands.evidence_file import evidence_path, load_evidence
    from anitrakt_plan.commands.review_lookup import Lookup, Seasons
    from anitrakt_plan.commands.services import Services

    answers = open_input(state)
    services = Services(state.settings)
    state.on_close(services.close)
    catalogue = services.catalogue()
    if catalogue is None:
        state.say(
            "Without a Trakt key (ANITRAKT_TRAKT_CLIENT_ID) nothing can be searched or looked up here; typed ids are "
            "taken as they are, and `apply` looks them up."
        )
    path = evidence_path(state.settings.folders.state, plan.source)

    def evidence_of(key: EntryKey) -> Evidence | None:
        try:
            return load_evidence(path, key)
        except Failed:
            return None

    lookup = Lookup(catalogue, datetime.now(UTC)) if catalogue is not None else None
    return Dialog(state, session, answers, lookup, evidence_of, Seasons(catalogue, services.known_seasons))


def _sum_up(state: State, summary: Summary, path: Path) -> None:
    """What was answered, what is still open, and the next command."""
    words = [
        (summary.confirmed, "confirmed"),
        (summary.skipped, "skipped"),
        (summary.later, "left for later"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in words if count) or "nothing answered"
    state.say()
    state.say(f"{said[0].upper()}{said[1:]}; {summary.open or 'none'} still open in {path}.")
    if summary.open:
        state.say(
            f"Next: `anitrakt review {path}` goes on; `anitrakt apply {path}` sends what is confirmed by now."
        )
    else:
        state.say(f"Next: `anitrakt diff {path}` shows what would be sent, `anitrakt apply {path}` sends it.")


def _tell_attention(state: State, plan: Plan, path: Path) -> None:
    """Name the decided entries beneath which something has changed: they are not asked about by themselves."""
    changed = [
        str(entry.key) for entry in plan.entries if entry.attention and entry.decision.value != "review"
    ]
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        keys = " ".join(changed[:5])
        state.say(
            f"Something changed beneath {len(changed)} of your decisions: `anitrakt review {path} {keys}`{more}"
        )
