"""`anitrakt plan`: options in, a plan on stdout or in a file, the summary on stderr."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anitrakt_plan.cli.files import DEFAULT_FILE, remember_valid
from anitrakt_plan.cli.plan_files import EMPTIED_FIRST, bytes_of, old_plan, target_of, writes_a_file
from anitrakt_plan.cli.plan_options import ASKABLE, chosen_policy, chosen_source, chosen_statuses
from anitrakt_plan.cli.state import State, command
from anitrakt_plan.core.model import ConflictPolicy, DatePolicy, RatingsPolicy, RewatchPolicy
from anitrakt_plan.errors import BadUsage, ExitCode, Failed

if TYPE_CHECKING:
    from anitrakt_plan.commands.plan_run import PlanRun
    from anitrakt_plan.commands.plan_summary import Summary

_FILE = click.Path(path_type=Path)


def _values(policy: type[DatePolicy | RatingsPolicy | ConflictPolicy | RewatchPolicy]) -> click.Choice[str]:
    return click.Choice([member.value for member in policy])


@command(
    short_help="Read the list and Trakt, write the plan.",
    epilog="Examples:\n\n  anitrakt plan --anilist NAME -o plan.yaml\n\n  anitrakt plan --mal NAME -o plan.yaml\n\n"
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
    "--update",
    metavar="[FILE]",
    type=_FILE,
    is_flag=False,
    flag_value=str(DEFAULT_FILE),
    help=f"Plan FILE ({DEFAULT_FILE}) again in place, keeping every decision.",
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
@click.option(
    "--send",
    default="history,ratings",
    show_default=True,
    metavar="KINDS",
    help="What is sent: history, ratings, watchlist (of what is planned), dropped (shows).",
)
@click.option("--include-private", is_flag=True, help="Take in AniList entries marked private.")
@click.option("--verify", is_flag=True, help="Ask for all season lists anew.")
@click.option("--quick", is_flag=True, help="Read only the season lists where the id maps leave a risk.")
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
@click.option(
    "--json", "as_json", is_flag=True, help="Print the summary as one JSON document; needs -o or --update."
)
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
    from anitrakt_plan.commands.gathering import Reading
    from anitrakt_plan.commands.plan import PlanRequest
    from anitrakt_plan.commands.plan_run import PreviousPlan, run_plan
    from anitrakt_plan.commands.services import Services

    target = target_of(output, update)
    if rest["as_json"] and target is None:
        raise BadUsage("stdout holds either the plan or its summary", todo="Add -o FILE to --json.")
    seen = bytes_of(target)
    old = old_plan(state, target, update, from_file, fresh=fresh)
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
        reading=Reading.RISKY if rest["quick"] else Reading.EVERY,
        refresh=rest["refresh"],
        offline=rest["offline"],
        trakt_export=rest["trakt_export"],
    )
    services = Services(state.settings)
    state.on_close(services.close)
    done = run_plan(
        request,
        PreviousPlan(old, in_place is not None, fresh, maps),
        services,
        state,
        datetime.now(UTC),
        shrunk_allowed="shrunk-list" in allow,
    )
    seen = old.raw if old is not None and in_place else seen
    changed = _write(state, done, target, seen=seen, as_json=rest["as_json"])
    if report is not None:
        _write_report(done, report)
    return int(ExitCode.CHANGES if detailed_exitcode and changed else ExitCode.DONE)


def _write(state: State, done: PlanRun, target: Path | None, *, seen: bytes | None, as_json: bool) -> bool:
    """Write the whole document at once, then the summary; returns whether the plan changed.

    `seen`: what stood in the file before planning began. Raises Failed where something else stands there by now.
    """
    from anitrakt_plan.commands.plan_summary import entry_lines, summarise, summary_json
    from anitrakt_plan.document import write_plan

    data = done.data if target is not None else done.as_utf8
    changed = data != seen if target is not None else done.merged is None or done.merged.changed
    if target is None:
        if done.merged is not None and writes_a_file(sys.stdout):
            state.say(EMPTIED_FIRST, style="yellow")
        state.data_bytes(data)
    elif changed:
        if seen is None and target.exists():
            raise Failed(
                f"{target} appeared while anitrakt planned, so it was left as it is",
                todo="Run the same command again; it starts from what is there now.",
            )
        write_plan(target, data, expected=seen)
    remember_valid(state, done.plan.source, data)
    summary = summarise(done.planned, done.plan, entry_lines(data.decode("utf-8-sig", "replace")))
    if as_json and target is not None:
        document = summary_json(summary, done.merged, str(target), changed=changed)
        state.data(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        _tell(state, done, summary, target, changed=changed)
    return changed


def _tell(state: State, done: PlanRun, summary: Summary, target: Path | None, *, changed: bool) -> None:
    from anitrakt_plan.commands.plan_summary import change_lines, summary_lines

    for line in change_lines(done.merged, done.plan, quiet=state.quiet):
        state.insist(line)
    if target is not None:
        state.say(f"Wrote {target}." if changed else f"Nothing new: {target} was left as it is.")
    for line in summary_lines(summary, str(target) if target else None):
        state.say(line)


def _write_report(done: PlanRun, path: Path) -> None:
    from anitrakt_plan.commands.plan_report import report_markdown

    path.write_text(report_markdown(done.plan, done.merged), encoding="utf-8", newline="\n")
