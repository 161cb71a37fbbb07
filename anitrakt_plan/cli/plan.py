"""`anitrakt plan`: options in, a plan on stdout or in a file, the summary on stderr."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anitrakt_plan.cli.files import counted, load_file, remember_valid
from anitrakt_plan.cli.plan_options import ASKABLE, chosen_policy, chosen_source, chosen_statuses
from anitrakt_plan.cli.state import State, command
from anitrakt_plan.core.model import ConflictPolicy, DatePolicy, RatingsPolicy, RewatchPolicy
from anitrakt_plan.errors import BadUsage, ExitCode, PlanInvalid

if TYPE_CHECKING:
    from anitrakt_plan.commands.plan import Planned, PlanRequest
    from anitrakt_plan.core.model import SourceInfo
    from anitrakt_plan.document import Loaded, MergeResult

_FILE = click.Path(path_type=Path)


def _values(policy: type[DatePolicy | RatingsPolicy | ConflictPolicy | RewatchPolicy]) -> click.Choice[str]:
    return click.Choice([member.value for member in policy])


@command(
    short_help="Read the list and Trakt, write the plan.",
    epilog="Examples:\n\n  anitrakt plan --anilist NAME -o plan.yaml\n\n  anitrakt plan --mal NAME > plan.yaml\n\n"
    "  anitrakt plan --update plan.yaml\n\n"
    "  anitrakt plan --list-file animelist.xml.gz --status completed,watching -o plan.yaml",
)
@click.option("--anilist", metavar="USER", help="Read this user's list from AniList.")
@click.option("--mal", metavar="USER", help="Read this user's list from MyAnimeList.")
@click.option(
    "--list-file", metavar="FILE", type=_FILE, help="Read an exported list, such as MyAnimeList's .xml.gz."
)
@click.option(
    "-o", "--output", metavar="FILE", type=_FILE, help="Write to FILE; a plan that is there is updated."
)
@click.option(
    "--update", metavar="FILE", type=_FILE, help="Plan FILE again in place, keeping every decision."
)
@click.option(
    "--from", "from_file", metavar="OLD", type=_FILE, help="Take decisions, notes and comments from OLD."
)
@click.option("--fresh", is_flag=True, help="Begin anew: take nothing from an earlier plan.")
@click.option(
    "--map",
    "maps",
    metavar="FILE",
    type=_FILE,
    multiple=True,
    help="Take matches from an exported map; repeatable.",
)
@click.option(
    "--status",
    default="completed",
    show_default=True,
    metavar="LIST",
    help=f"Which entries: {', '.join(ASKABLE)}, with commas between, or all.",
)
@click.option(
    "--auto-from",
    type=click.FloatRange(0.5, 1.0),
    default=0.99,
    show_default=True,
    help="The confidence from which a match needs no review.",
)
@click.option(
    "--dates", type=_values(DatePolicy), default="finish", show_default=True, help="When plays are dated."
)
@click.option(
    "--no-date", metavar="DAY", multiple=True, help="Send what finished on this day undated; repeatable."
)
@click.option(
    "--ratings", type=_values(RatingsPolicy), default="auto", show_default=True, help="What ratings go to."
)
@click.option(
    "--on-conflict",
    type=_values(ConflictPolicy),
    default="keep",
    show_default=True,
    help="Which rating stays where Trakt has another one.",
)
@click.option(
    "--rewatches", type=_values(RewatchPolicy), default="ignore", show_default=True, help="Count rewatches?"
)
@click.option("--include-private", is_flag=True, help="Take in AniList entries marked private.")
@click.option("--verify", is_flag=True, help="Read every show's seasons, also where the id maps agree.")
@click.option(
    "--refresh", is_flag=True, help="Ask Trakt again for what the cache holds; rewrite #> and candidates."
)
@click.option("--offline", is_flag=True, help="Use the list file and the caches, and nothing else.")
@click.option(
    "--trakt-export",
    metavar="ZIP",
    type=_FILE,
    help="Your data as downloaded from Trakt (no key needed), instead of reading the account.",
)
@click.option(
    "--report", metavar="FILE", type=_FILE, help="Also write what is new as Markdown, for a pull request."
)
@click.option("--allow", type=click.Choice(["shrunk-list"]), multiple=True, help="Pass this safety stop.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 8 where the plan changed.")
def plan(
    state: State,
    anilist: str | None,
    mal: str | None,
    list_file: Path | None,
    output: Path | None,
    update: Path | None,
    from_file: Path | None,
    fresh: bool,
    maps: tuple[Path, ...],
    status: str,
    report: Path | None,
    allow: tuple[str, ...],
    detailed_exitcode: bool,
    **rest: Any,
) -> int:
    """Read an anime list and Trakt, and write a plan: one entry for each entry of the list.

    The plan is for reading and correcting; nothing is sent. It needs no sign-in and no key, and says what it leaves
    out for lack of one. Planning again keeps every decision, note and comment of yours.
    """
    from anitrakt_plan.commands.plan import PlanRequest

    target = _target(output, update)
    old = _old_file(target, update, from_file, fresh=fresh)
    in_place = old.plan if old is not None and old.name == str(target) else None
    policy, said = chosen_policy(rest, in_place)
    for line in said:
        state.say(line)
    request = PlanRequest(
        source=chosen_source(anilist, mal, list_file, old.plan if old else None),
        statuses=chosen_statuses(status, in_place),
        policy=policy,
        include_private=rest["include_private"],
        verify=rest["verify"],
        refresh=rest["refresh"],
        offline=rest["offline"],
        trakt_export=rest["trakt_export"],
    )
    planned, merged = _make(state, request, old, maps, fresh=fresh, shrunk_allowed="shrunk-list" in allow)
    if report is not None:
        _write_report(planned, merged, report)
    changed = _write(state, planned, merged, target, expected=old.raw if old and in_place else None)
    return int(ExitCode.CHANGES if detailed_exitcode and changed else ExitCode.DONE)


def _target(output: Path | None, update: Path | None) -> Path | None:
    """The file to write; None for stdout."""
    if output is not None and update is not None and output != update:
        raise BadUsage("--update writes the file it reads", todo="Leave out -o, or use --from OLD -o NEW.")
    return update or output


def _old_file(
    target: Path | None, update: Path | None, from_file: Path | None, *, fresh: bool
) -> Loaded | None:
    """The plan whose decisions are to be kept, if a file names it. Raises PlanInvalid where it has mistakes."""
    if update is not None and (from_file is not None or fresh):
        raise BadUsage(
            "--update keeps what FILE says; --from and --fresh do not", todo="Use -o FILE with these instead."
        )
    if from_file is not None:
        _refuse_own_input(from_file)
    path = update or from_file or (target if target is not None and target.exists() and not fresh else None)
    if path is None:
        return None
    loaded = load_file(path)
    if loaded.plan is None:
        raise PlanInvalid(
            f"{path} has {counted(loaded)}, so its decisions can't be kept; it was left as it is",
            todo=f"Mend it (`anitrakt validate {path}`), or begin anew with --fresh.",
        )
    return loaded


def _refuse_own_input(from_file: Path) -> None:
    """`plan --from x > x`: the shell has emptied x by now; write nothing more into it, and say what to do."""
    try:
        same = os.path.samestat(os.fstat(sys.stdout.fileno()), from_file.stat())
    except (OSError, ValueError):
        return
    if same:
        raise BadUsage(
            f"{from_file} is both what --from reads and what `>` writes, and the shell empties it first",
            todo=f"Use `anitrakt plan --update {from_file}`. If it is empty now, plan again without --from: "
            "anitrakt remembers the last valid plan.",
        )


def _make(
    state: State,
    request: PlanRequest,
    old: Loaded | None,
    maps: tuple[Path, ...],
    *,
    fresh: bool,
    shrunk_allowed: bool,
) -> tuple[Planned, MergeResult | None]:
    """Plan, and bring the result into the old plan's text where there is one."""
    from anitrakt_plan.commands.evidence_file import evidence_path, save_evidence
    from anitrakt_plan.commands.plan import make_plan, read_list, source_info
    from anitrakt_plan.commands.replan import check_not_shrunk, replan
    from anitrakt_plan.commands.replan_maps import Decisions, load_maps
    from anitrakt_plan.commands.services import Services

    services = Services(state.settings)
    state.on_close(services.close)
    mapped = load_maps(maps)
    listed = read_list(request, services, state)
    if old is None and not fresh:
        old = _remembered(state, source_info(listed, request.statuses))
    decisions = Decisions.of(old.plan if old else None, mapped, listed.entries)
    planned = make_plan(request, listed, services, state, datetime.now(UTC), decided=decisions.matches)
    planned = decisions.laid_over(planned)
    folders = state.settings.folders
    save_evidence(
        evidence_path(folders.state, planned.plan.source),
        planned.proposals,
        {entry.key: entry.ids for entry in listed.entries},
    )
    if old is None or old.plan is None or old.plan.source.service is not listed.service:
        return planned, None
    check_not_shrunk(old.plan, planned, allowed=shrunk_allowed)
    return planned, replan(old, planned, folders.journal, refresh=request.refresh)


def _remembered(state: State, source: SourceInfo) -> Loaded | None:
    """The last valid plan of this list, for a plan that goes to stdout or to a new file."""
    from anitrakt_plan.commands.memory import recall
    from anitrakt_plan.document import load_plan

    raw = recall(state.settings.folders.state, source)
    if raw is None:
        return None
    loaded = load_plan(raw, "the remembered plan")
    if loaded.plan is None:
        return None
    decided = sum(entry.decision.value in ("confirmed", "skip") for entry in loaded.plan.entries)
    state.say(
        f"Decisions, notes and comments come from the plan of this list last seen, made {loaded.plan.at:%Y-%m-%d} "
        f"({decided} decided by you). --fresh begins anew."
    )
    return loaded


def _write(
    state: State, planned: Planned, merged: MergeResult | None, target: Path | None, *, expected: bytes | None
) -> bool:
    """Write the whole document at once, then the summary; returns whether the plan changed."""
    from anitrakt_plan.commands.plan_summary import change_lines, entry_lines, summarise, summary_lines
    from anitrakt_plan.document import dump_plan, write_plan

    data = merged.text if merged is not None else dump_plan(planned.plan).encode()
    shown = merged.plan if merged is not None else planned.plan
    changed = merged is None or data != expected
    if target is None:
        state.data_bytes(data)
    elif changed:
        write_plan(target, data, expected=expected)
    remember_valid(state, shown.source, data)
    name = str(target) if target else None
    for line in change_lines(merged, quiet=state.quiet):
        state.insist(line)
    if target is not None:
        state.say(f"Wrote {target}." if changed else f"Nothing new: {target} was left as it is.")
    for line in summary_lines(
        summarise(planned, shown, entry_lines(data.decode("utf-8-sig", "replace"))), name
    ):
        state.say(line)
    return changed


def _write_report(planned: Planned, merged: MergeResult | None, path: Path) -> None:
    from anitrakt_plan.commands.plan_report import report_markdown

    shown = merged.plan if merged is not None else planned.plan
    path.write_text(report_markdown(shown, merged), encoding="utf-8", newline="\n")
