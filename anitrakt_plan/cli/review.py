"""`anitrakt review`: settle what a plan is unsure of, one entry at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.context import State, command
from anitrakt_plan.cli.files import check_world, file_and_keys, is_repair_file, load_valid, remember_valid
from anitrakt_plan.cli.options import plan_and_keys
from anitrakt_plan.cli.repair import Page, review_repair
from anitrakt_plan.cli.review_dialog import Dialog
from anitrakt_plan.cli.review_ui import open_input, walked
from anitrakt_plan.commands.data_download import remembered_works
from anitrakt_plan.commands.explain import EvidenceFile, evidence_path
from anitrakt_plan.commands.lookup import Lookup
from anitrakt_plan.commands.overview import next_after_answers
from anitrakt_plan.commands.plan_file import PlanFile
from anitrakt_plan.commands.review import (
    Choosing,
    Seasons,
    Session,
    queue_of,
    review_document,
)
from anitrakt_plan.commands.review_repair import RepairSession
from anitrakt_plan.errors import BadUsage, ExitCode, PlanInvalid
from anitrakt_plan.planfile import write_plan

if TYPE_CHECKING:
    from anitrakt_plan.commands.services import Services
    from anitrakt_plan.model import Plan
    from anitrakt_plan.settings import Way


@command(
    short_help="Settle what is open, one entry at a time.",
    epilog="Examples:\n\n  anitrakt review\n\n  anitrakt review plan.yaml 'attack on titan'\n\n"
    "  anitrakt review --auto\n\n  printf 'a\\ns not on Trakt\\n' | anitrakt review plan.yaml",
)
@click.argument("words", metavar="[FILE] [KEY]...", nargs=-1, shell_complete=plan_and_keys)
@click.option("--auto", is_flag=True, help="Walk through the automatic ones, the least certain first.")
@click.option("--web", is_flag=True, help="On a page in the browser, served on this machine alone.")
@click.option("--no-browser", is_flag=True, help="With --web: only show the page's address.")
@click.option("--no-pictures", is_flag=True, help="With --web: fetch no covers and no posters.")
@click.option("--in-order", is_flag=True, help="In the order of the file, not the most watched first.")
@click.option("--json", "as_json", is_flag=True, help="Only print what is open and what it may be.")
def review(
    state: State,
    words: tuple[str, ...],
    auto: bool,
    web: bool,
    no_browser: bool,
    no_pictures: bool,
    in_order: bool,
    as_json: bool,
) -> int:
    """Walk through the entries of FILE (plan.yaml) that wait for a decision, or through those that KEY names.

    KEY is an entry's key, a glob, or part of one or more titles. Each answer is written to FILE at once; nothing is
    sent. At a terminal one key answers; from a pipe each line is one answer (`a`, `2`, `s too short`,
    `/ other words`, `i movie 97`), and its end quits. --json says what they would be about.
    """
    path, patterns = _named(words, auto=auto)
    state.file = path
    _check_page(web, chooses=any((auto, in_order, patterns, as_json)), of_page=no_browser or no_pictures)
    if is_repair_file(path):
        _check_for_repair(auto, in_order, as_json, no_pictures)
        return review_repair(state, path, patterns, page=_repair_page(state, web=web, quiet=no_browser))
    file = _opened(state, path)
    plan = file.plan
    queue = queue_of(plan, patterns=patterns, auto=auto, in_order=in_order)
    kept = EvidenceFile(evidence_path(state.settings.folders.state, plan.source))
    if as_json:
        state.json(review_document(Session(file, queue, Choosing(kept)), queue))
        return ExitCode.DONE
    if not queue and not web:
        state.info(f"Nothing in {path} {'is automatic' if auto else 'waits for a decision'}.")
        _tell_attention(state, plan)
        return ExitCode.DONE
    services = state.services()
    answers = None if web else open_input(state)
    is_watched = sys.stderr.isatty() if answers is None else answers.interactive
    lookup = _lookup(state, plan, services, interactive=is_watched)
    seasons = services.known_seasons if web else Seasons(lookup.catalogue, services.known_seasons)
    session = Session(file, queue, Choosing(kept, seasons, lookup.aliases, lookup.more))
    if answers is not None:
        walk = Dialog(state, session, answers, lookup).run
    else:
        quiet = no_browser or not is_watched
        walk = _page_of(state, (session, lookup, services), quiet=quiet, bare=no_pictures)
    try:
        code = walked(walk)
    finally:
        _sum_up(state, session, services.way)
    _tell_attention(state, plan)
    return code


_OfPlan = tuple[Session, Lookup, "Services"]


def _page_of(
    state: State, of: _OfPlan | RepairSession, *, quiet: bool, bare: bool = False
) -> Callable[[], None]:
    """The page: `quiet` opens no browser, `bare` has no pictures."""
    from anitrakt_plan.cli.review_web import serve_page, serve_repair_page  # Flask takes long to load

    if isinstance(of, RepairSession):
        return partial(serve_repair_page, state, of, browser=not quiet)
    return partial(serve_page, state, *of, browser=not quiet, with_pictures=not bare)


def _repair_page(state: State, *, web: bool, quiet: bool) -> Page | None:
    return partial(_page_of, state, quiet=quiet or not sys.stderr.isatty()) if web else None


def _named(words: tuple[str, ...], *, auto: bool) -> tuple[Path, tuple[str, ...]]:
    if "-" in words:
        raise BadUsage(
            "`review` writes each answer into FILE, so FILE can't be stdin",
            todo="Name the file: `anitrakt review plan.yaml`.",
        )
    path, patterns = file_and_keys(words)
    if auto and patterns:
        raise BadUsage("--auto chooses the entries itself", todo="Leave out either --auto or the keys.")
    return path, patterns


def _opened(state: State, path: Path) -> PlanFile:
    def write(path: Path, data: bytes, *, expected: bytes | None) -> None:
        write_plan(path, data, expected=expected)
        remember_valid(state, file.plan, data)

    try:
        file = PlanFile(path, write)
    except PlanInvalid:
        load_valid(state, path)  # shows each mistake at its place, and raises
        raise
    check_world(state, file.plan, path)
    return file


def _check_page(web: bool, *, chooses: bool, of_page: bool) -> None:
    """Raise BadUsage where an option of the page stands without it, or one that chooses entries with it."""
    if of_page and not web:
        raise BadUsage("--no-browser and --no-pictures belong to the page", todo="Add --web.")
    if web and chooses:
        raise BadUsage(
            "the page shows the whole plan",
            todo="Leave out --auto, --in-order, --json and KEY: it has filters.",
        )


def _check_for_repair(*is_asked: bool) -> None:
    """Raise BadUsage where an option asks for what a repair file has not: confidences, an order, pictures."""
    if any(is_asked):
        raise BadUsage(
            "--auto, --in-order, --no-pictures and --json are of a plan, and this is a repair file",
            todo="Leave them out; KEY and --web go with a repair file, too, and `anitrakt show --json` prints one.",
        )


def _lookup(state: State, plan: Plan, services: Services, *, interactive: bool) -> Lookup:
    if refused := services.go_on_without_application():
        state.info(f"{refused.what}. Going on without it.")
    catalogue = services.final_catalogue()
    folder, user = state.settings.folders.state, plan.target_user
    with state.console(sys.stderr).status("Reading the id maps ...") if interactive else nullcontext():
        known = services.known_works(
            plan, lambda: remembered_works(folder, user), at_need=catalogue is not None
        )
    if catalogue is None:
        state.info(
            f"There is no catalogue to ask. {'The search and addresses go' if known else 'Addresses go'} by the id "
            "maps on this machine and by the plan's candidates; no season list is looked at. `anitrakt login --tmdb` "
            "adds TMDB's catalogue, which is free for everybody."
        )
    return Lookup(catalogue, datetime.now(UTC), known)


def _sum_up(state: State, session: Session, way: Way) -> None:
    """What was answered, what is still open, and the next command."""
    summary, file = session.summary(), session.file
    words = [
        (summary.confirmed, "confirmed"),
        (summary.skipped, "skipped"),
        (summary.later, "left for later"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in words if count) or "nothing answered"
    state.info()
    state.info(f"{said[0].upper()}{said[1:]}; {summary.open or 'none'} still open in {file.path}.")
    state.info(next_after_answers(file.path, file.plan, state.settings.folders, way, summary.open))


def _tell_attention(state: State, plan: Plan) -> None:
    """Name the decided entries beneath which something has changed: they are not asked about by themselves."""
    changed = [
        str(entry.key) for entry in plan.entries if entry.attention and entry.decision.value != "review"
    ]
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        keys = " ".join(changed[:5])
        state.info(
            f"Something changed beneath {len(changed)} of your decisions: `anitrakt review FILE {keys}`{more}"
        )
