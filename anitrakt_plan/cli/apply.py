"""`anitrakt apply`, `diff`, `undo`, `status` and `log`: options in, the report on stdout, the exit code out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.context import (
    DEFAULT_FILE,
    NOTHING_SENT,
    SIGNS,
    State,
    command,
    stop_on_interrupt,
    terminal_ask,
    yes_ask,
)
from anitrakt_plan.cli.files import (
    changed_since,
    file_and_keys,
    is_repair_file,
    load_valid,
    repair_beside,
    repairs_beside,
    valid_file,
)
from anitrakt_plan.cli.notify import NOTIFY
from anitrakt_plan.cli.options import (
    FILE,
    JSON,
    ONLY,
    PATH,
    keys_beside,
    known_runs,
    plan_and_keys,
    trakt_data,
)
from anitrakt_plan.cli.repair import run_repair
from anitrakt_plan.commands.apply import apply as apply_plan
from anitrakt_plan.commands.data_download import read_download
from anitrakt_plan.commands.export import ExportOptions, export
from anitrakt_plan.commands.news import news_of_apply
from anitrakt_plan.commands.overview import note_carried_out
from anitrakt_plan.commands.run import ApplyOptions, RunOptions, StopName
from anitrakt_plan.commands.show import select
from anitrakt_plan.commands.status import log_json, log_report, read_log, status_report
from anitrakt_plan.commands.status import status as standing
from anitrakt_plan.commands.undo import UndoOptions
from anitrakt_plan.commands.undo import undo as take_back
from anitrakt_plan.commands.upload_folder import UploadFolder
from anitrakt_plan.errors import BadUsage, ExitCode
from anitrakt_plan.model.sending import is_sent, subjects_of_match
from anitrakt_plan.planfile import load_plan, plan_cache, read_plan
from anitrakt_plan.planfile.repair import read_repair
from anitrakt_plan.reports.apply import IDS, report
from anitrakt_plan.reports.export import export_document, export_lines
from anitrakt_plan.reports.names import KnownNames
from anitrakt_plan.reports.undo import undo_report
from anitrakt_plan.settings import Way
from anitrakt_plan.trakt.errors import no_key
from anitrakt_plan.words import pluralize

if TYPE_CHECKING:
    from anitrakt_plan.commands.services import Ask
    from anitrakt_plan.model import Plan


_LIMIT = click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Only the first N entries with changes."
)

_CONFIRMED = click.option(
    "--confirmed-only", is_flag=True, help="Only what you have confirmed, nothing automatic."
)

_RESEND = click.option("--resend", is_flag=True, help="Also what was sent before and is gone from Trakt.")

_DETAILED = click.option("--detailed-exitcode", is_flag=True, help="Exit with 8 where there were changes.")

_TRAKT_DATA = trakt_data("By your data as downloaded from Trakt, instead of reading the account.")

_ACCOUNT = click.option(
    "--account", metavar="NAME", help="The Trakt account that is meant, if the plan names none."
)


@command(
    short_help="Send what is confirmed and not yet on Trakt.",
    epilog="Examples:\n\n  anitrakt apply plan.yaml\n\n  anitrakt apply -n --only 'attack on titan'\n\n"
    "  anitrakt apply --limit 1",
    groups={
        "What is sent": ("dry_run", "only", "limit", "confirmed_only", "resend", "accept_missing"),
        "Safety": ("account", "allow", "force", "yes"),
        "Automation": ("lock_timeout", "notify", "as_json", "detailed_exitcode"),
    },
)
@FILE
@click.option("-n", "--dry-run", is_flag=True, help="Only show what would be sent.")
@ONLY
@_LIMIT
@_CONFIRMED
@_RESEND
@click.option("--accept-missing", is_flag=True, help="Let rest what was sent three times in vain.")
@click.option("-y", "--yes", is_flag=True, help="Answer questions with yes; passes no safety stop.")
@click.option(
    "--allow",
    type=click.Choice([name.value for name in StopName if not name.is_of_export]),
    multiple=True,
    metavar="STOP",
    help="Pass the safety stop of this name; `anitrakt explain STOP` says what it is for.",
)
@click.option("--force", is_flag=True, help="Pass every safety stop but the wrong account and the lock.")
@click.option(
    "--lock-timeout", type=click.FloatRange(0), default=0.0, metavar="SECONDS", help="Wait for another apply."
)
@_ACCOUNT
@NOTIFY
@JSON
@_DETAILED
def apply(
    state: State,
    file: Path,
    dry_run: bool,
    only: tuple[str, ...],
    limit: int | None,
    confirmed_only: bool,
    resend: bool,
    accept_missing: bool,
    yes: bool,
    allow: tuple[str, ...],
    force: bool,
    lock_timeout: float,
    account: str | None,
    as_json: bool,
    detailed_exitcode: bool,
) -> int:
    """Check FILE (plan.yaml), read Trakt, and send what is confirmed there and not yet on Trakt.

    It may do less than the file says, never more. Applying again sends nothing; after an interruption it goes on. Of a
    repair file (`audit` writes one) it removes and redates what is decided there, and asks before it does.
    """
    if is_repair_file(file):
        _check_for_repair(limit is not None or confirmed_only or resend or accept_missing)
        repairing = RunOptions(dry_run, only, yes, frozenset(allow), force, account, lock_timeout)
        return run_repair(state, file, repairing, as_json=as_json, detailed=detailed_exitcode)
    options = ApplyOptions(
        dry_run=dry_run,
        only=only,
        limit=limit,
        confirmed_only=confirmed_only,
        yes=yes,
        allow=frozenset(allow),
        force=force,
        resend=resend,
        accept_missing=accept_missing,
        account=account,
        lock_timeout=lock_timeout,
    )
    return _run(state, file, options, as_json=as_json, detailed=detailed_exitcode)


@command(
    short_help="Show what apply would send.",
    epilog="Examples:\n\n  anitrakt diff plan.yaml\n\n  anitrakt diff --json --detailed-exitcode",
)
@FILE
@ONLY
@_LIMIT
@_CONFIRMED
@_RESEND
@_ACCOUNT
@_TRAKT_DATA
@JSON
@_DETAILED
def diff(
    state: State,
    file: Path,
    only: tuple[str, ...],
    limit: int | None,
    confirmed_only: bool,
    resend: bool,
    account: str | None,
    trakt_data: Path | None,
    as_json: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what `apply` would send for FILE (plan.yaml); sends nothing.

    With --trakt-data, or without a Trakt application: what `export-trakt` would write, by your data download and
    without a network.
    """
    if is_repair_file(file):
        _check_for_repair(limit is not None or confirmed_only or resend or trakt_data is not None)
        repairing = RunOptions(dry_run=True, only=only, account=account)
        return run_repair(state, file, repairing, as_json=as_json, detailed=detailed_exitcode)
    if trakt_data is not None or state.services().way is Way.FILES:
        if limit is not None or confirmed_only or resend:
            raise BadUsage(
                "--limit, --confirmed-only and --resend are apply's: they do not go with a data download"
            )
        exporting = ExportOptions(dry_run=True, only=only, account=account, trakt_data=trakt_data)
        return _diff_of_export(state, file, exporting, as_json=as_json, detailed=detailed_exitcode)
    options = ApplyOptions(
        dry_run=True,
        only=only,
        limit=limit,
        confirmed_only=confirmed_only,
        resend=resend,
        account=account,
    )
    return _run(state, file, options, as_json=as_json, detailed=detailed_exitcode)


def _check_for_repair(is_asked_otherwise: bool) -> None:
    if is_asked_otherwise:
        raise BadUsage(
            "of a repair file, `--only`, `--account` and the safety stops can be named",
            todo="`--only G001` takes one group; what is to happen is decided in the file.",
        )


def _diff_of_export(
    state: State, file: Path, options: ExportOptions, *, as_json: bool, detailed: bool
) -> int:
    plan, folder = load_valid(state, file), UploadFolder.beside(file, state.as_commands)
    exported = export(plan, options, folder, state.services(), state, datetime.now(UTC), ask=None)
    if as_json:
        state.json(export_document(exported))
    else:
        state.lines(export_lines(exported), SIGNS, dim=IDS)
    return ExitCode.CHANGES if detailed and exported.files.files else ExitCode.DONE


def _run(state: State, file: Path, options: ApplyOptions, *, as_json: bool, detailed: bool) -> int:
    state.interrupted = NOTHING_SENT
    plan, raw = valid_file(state, file)
    state.only = options.only
    _need_application(state, "apply")
    services = state.services()
    ask = yes_ask if options.yes else terminal_ask(allowed=not as_json)
    with stop_on_interrupt(state, sends=not options.dry_run) as stop:
        changed = partial(changed_since, file, plan, raw)
        ports = services.ports(plan, state, stop=stop, ask=ask, changed_entries=changed)
        result = apply_plan(plan, ports, options)
    state.news = news_of_apply(str(file), result)
    if options.is_whole and result.exit_code is ExitCode.DONE:
        note_carried_out(state.settings.folders.state, plan.source, raw)
    if as_json:
        state.json(result.as_json())
    else:
        state.lines(report(result, quiet=state.quiet, way=services.way), SIGNS, dim=IDS)
        _tell_repair(state, file, plan)
    if result.exit_code is ExitCode.DONE and detailed and result.changes:
        return ExitCode.CHANGES
    return result.exit_code


def _tell_repair(state: State, file: Path, plan: Plan) -> None:
    """What a script left counts as there: say how much of it is in a repair that waits beside the plan."""
    found = repair_beside(state, file)
    if found is None:
        return
    path, groups = found
    wanted = {
        subject
        for entry in plan.entries
        if entry.resolved is not None and is_sent(plan, entry)
        for subject in subjects_of_match(entry, entry.resolved)[1]
    }
    doubtful = {play.subject for group in groups for play in group.plays if play.subject in wanted}
    if doubtful:
        state.info(
            f"Of what is on Trakt already, {pluralize(len(doubtful), 'item')} of this plan "
            f"{'is' if len(doubtful) == 1 else 'are'} in an audit group: settle {path} first, with "
            f"`anitrakt review {path}` and `anitrakt apply {path}`."
        )


_WITHOUT_APPLICATION = {
    "apply": "`anitrakt export-trakt FILE` writes what is confirmed as files that you upload to Trakt yourself.",
    "undo": "what you uploaded from `anitrakt export-trakt` can be removed only on Trakt's own pages, in your history.",
    "status": (
        "`anitrakt status FILE --trakt-data ZIP`, with a new data download, says what has arrived of what "
        "`anitrakt export-trakt FILE` wrote."
    ),
}
"""What does the same as a command, or comes nearest to it, for those who have no application."""


def _need_application(state: State, command_name: str) -> None:
    """Say, before anything is read, what to do instead where there is no application. Raises NotSignedIn."""
    if not state.settings.trakt_client_id:
        raise no_key(f"without one, {_WITHOUT_APPLICATION[command_name]}")


# --- `anitrakt undo`, `status` and `log`: what the journal knows, and taking it back ---


@command(
    short_help="Take back what a run, or an entry, has sent.",
    epilog="Examples:\n\n  anitrakt undo -n\n\n  anitrakt undo 2026-11-22-1 --only mal:38524\n\n"
    "  anitrakt undo --stale plan.yaml",
)
@click.argument("runs", metavar="[RUN]...", nargs=-1, shell_complete=known_runs)
@click.option(
    "--only",
    metavar="KEY",
    multiple=True,
    shell_complete=keys_beside,
    help="Only this entry's plays and ratings.",
)
@click.option(
    "--stale",
    metavar="FILE",
    type=PATH,
    help="What the entries of FILE no longer point at, since their match was corrected.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Only show what would go.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--account", metavar="NAME", help="The Trakt account that is meant.")
@click.option(
    "--lock-timeout", type=click.FloatRange(0), default=0.0, metavar="SECONDS", help="Wait for another run."
)
@JSON
def undo(
    state: State,
    runs: tuple[str, ...],
    only: tuple[str, ...],
    stale: Path | None,
    dry_run: bool,
    yes: bool,
    account: str | None,
    lock_timeout: float,
    as_json: bool,
) -> int:
    """Take back exactly what RUN has added; without one, the newest run, after asking.

    Plays go by their own history ids, so nothing else does; ratings and watchlist become what they were. What you
    changed on Trakt since is left alone and named. What was taken back stays away until `apply --resend`.
    """
    state.interrupted = NOTHING_SENT
    plan = load_valid(state, stale) if stale else _plan_for_titles(only)
    options = UndoOptions(
        runs=runs,
        only=only,
        stale=stale is not None,
        dry_run=dry_run,
        yes=yes,
        account=account,
        lock_timeout=lock_timeout,
    )
    _need_application(state, "undo")
    ask: Ask | None = yes_ask if yes else terminal_ask(allowed=not as_json)
    services = state.services()
    with stop_on_interrupt(state, sends=not options.dry_run) as stop:
        names = _known_names(state)
        result = take_back(services.ports(plan, state, stop=stop, ask=ask), options, plan, names)
    if as_json:
        state.json(result.as_json())
    else:
        state.lines(undo_report(result, names), SIGNS, dim=IDS)
    return result.exit_code


def _known_names(state: State) -> KnownNames:
    """The names in the plan and repairs beside us, and in plans that were valid here before: the journal has ids."""
    beside = read_plan(DEFAULT_FILE).plan if DEFAULT_FILE.exists() else None
    kept = (
        load_plan(raw, "", by_schema=False).plan for raw in plan_cache.load_all(state.settings.folders.state)
    )
    names = KnownNames.of(filter(None, (beside, *kept)))
    for path in repairs_beside(DEFAULT_FILE):
        repair = read_repair(path).repair
        names = names.with_repair(repair) if repair is not None else names
    return names


def _plan_for_titles(only: tuple[str, ...]) -> Plan | None:
    """`--only` may name a title; the plan beside us knows it, where there is one that can be read."""
    return read_plan(DEFAULT_FILE).plan if only and DEFAULT_FILE.exists() else None


@command(
    short_help="Compare sent, on Trakt, and wanted, by entry.",
    epilog="Examples:\n\n  anitrakt status\n\n  anitrakt status plan.yaml --json",
)
@click.argument("words", metavar="[FILE] [KEY]...", nargs=-1, shell_complete=plan_and_keys)
@_TRAKT_DATA
@JSON
def status(state: State, words: tuple[str, ...], trakt_data: Path | None, as_json: bool) -> None:
    """Show for each entry of FILE (plan.yaml) what anitrakt sent, what is on Trakt now, and what is wanted.

    Also what was written for Trakt's importer, and what of it arrived. KEY is an entry's key, a glob, or part of one
    or more titles.
    """
    file, patterns = file_and_keys(words)
    plan = load_valid(state, file)
    if patterns:
        wanted = select(plan.entries, patterns, several=True)
        plan = replace(plan, entries=tuple(entry for entry in plan.entries if entry.key in wanted))
    if trakt_data is None:
        _need_application(state, "status")
    services = state.services()
    download = (
        read_download(trakt_data, state, datetime.now(UTC), state.settings)
        if trakt_data is not None
        else None
    )
    with stop_on_interrupt(state) as stop:
        result = standing(plan, services.ports(plan, state, stop=stop, ask=None), download)
    if as_json:
        state.json(result.as_json())
    else:
        lines = status_report(result, plan, quiet=state.quiet, verbose=state.verbose, way=services.way)
        state.lines(lines, SIGNS)
        if (found := repair_beside(state, file)) is not None:
            groups = pluralize(len(found[1]), "group")
            state.info(f"{found[0]}: {groups} of plays that look like a script's work.")


@command(short_help="List the runs, with counts and failures.")
@JSON
def log(state: State, as_json: bool) -> None:
    """List every run of apply, undo and export-trakt on this machine, with counts and failures. Reads no network."""
    found = read_log(state.settings.folders.journal)
    if as_json:
        state.json(log_json(found))
    else:
        state.lines(log_report(found), SIGNS)
