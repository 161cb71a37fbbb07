"""`anitrakt plan`: options in, a plan on stdout or in a file, the summary on stderr."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.state import State, command
from anitrakt_plan.core.model import ConflictPolicy, DatePolicy, Policy, RatingsPolicy, RewatchPolicy, Status
from anitrakt_plan.errors import BadUsage, ExitCode

if TYPE_CHECKING:
    from anitrakt_plan.commands.plan import ListFrom, Planned

_ASKABLE = (
    Status.COMPLETED,
    Status.REPEATING,
    Status.WATCHING,
    Status.PAUSED,
    Status.DROPPED,
    Status.PLANNED,
)
_FILE = click.Path(path_type=Path)


def _values(policy: type[DatePolicy | RatingsPolicy | ConflictPolicy | RewatchPolicy]) -> click.Choice[str]:
    return click.Choice([member.value for member in policy])


@command(
    short_help="Read the list and Trakt, write the plan.",
    epilog="Examples:\n\n  anitrakt plan --anilist NAME -o plan.yaml\n\n  anitrakt plan --mal NAME > plan.yaml\n\n"
    "  anitrakt plan --list-file animelist.xml.gz --status completed,watching -o plan.yaml",
)
@click.option("--anilist", metavar="USER", help="Read this user's list from AniList.")
@click.option("--mal", metavar="USER", help="Read this user's list from MyAnimeList.")
@click.option(
    "--list-file", metavar="FILE", type=_FILE, help="Read an exported list, such as MyAnimeList's .xml.gz."
)
@click.option("-o", "--output", metavar="FILE", type=_FILE, help="Write to FILE instead of stdout.")
@click.option(
    "--status",
    default="completed",
    show_default=True,
    metavar="LIST",
    help=f"Which entries: {', '.join(_ASKABLE)}, with commas between, or all.",
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
@click.option("--refresh", is_flag=True, help="Ask Trakt again for what the cache holds.")
@click.option("--offline", is_flag=True, help="Use the list file and the cached id maps, and nothing else.")
@click.option(
    "--trakt-export",
    metavar="ZIP",
    type=_FILE,
    help="Your data as downloaded from Trakt (no key needed), instead of reading the account.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 8 where a plan was written.")
def plan(
    state: State,
    anilist: str | None,
    mal: str | None,
    list_file: Path | None,
    output: Path | None,
    status: str,
    include_private: bool,
    verify: bool,
    refresh: bool,
    offline: bool,
    trakt_export: Path | None,
    detailed_exitcode: bool,
    **policy: str,
) -> int:
    """Read an anime list and Trakt, and write a plan: one entry for each entry of the list.

    The plan is for reading and correcting; nothing is sent. It needs no sign-in and no key, and says what it leaves
    out for lack of one.
    """
    from anitrakt_plan.commands.evidence_file import evidence_path, save_evidence
    from anitrakt_plan.commands.plan import PlanRequest, make_plan
    from anitrakt_plan.commands.services import Services

    request = PlanRequest(
        source=_source(anilist, mal, list_file),
        statuses=parse_statuses(status),
        policy=_policy(policy),
        include_private=include_private,
        verify=verify,
        refresh=refresh,
        offline=offline,
        trakt_export=trakt_export,
    )
    if output is None:
        state.say("The plan goes to stdout; `-o plan.yaml` writes it to a file.")
    elif output.exists():
        raise BadUsage(f"{output} is there already", todo="Choose another name, or move it away first.")
    services = Services(state.settings)
    state.on_close(services.close)
    planned = make_plan(request, services, state, datetime.now(UTC))
    save_evidence(evidence_path(state.settings.folders.state, planned.plan.source), planned.proposals)
    _write(state, planned, output)
    return int(ExitCode.CHANGES if detailed_exitcode else ExitCode.DONE)


def _source(anilist: str | None, mal: str | None, list_file: Path | None) -> ListFrom:
    from anitrakt_plan.commands.plan import AnilistUser, ListFile, MalUser

    chosen: list[ListFrom] = []
    if anilist is not None:
        chosen.append(AnilistUser(anilist))
    if mal is not None:
        chosen.append(MalUser(mal))
    if list_file is not None:
        chosen.append(ListFile(list_file))
    if len(chosen) != 1:
        raise BadUsage(
            "a plan is made from exactly one list",
            todo="Give one of --anilist USER, --mal USER, --list-file FILE. To try it: anitrakt --sandbox plan "
            "--anilist sample -o plan.yaml",
        )
    return chosen[0]


def parse_statuses(text: str) -> tuple[Status, ...]:
    """Read `completed,watching` or `all`, in the plan's order. Raises BadUsage for a word nobody knows."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    if words == {"all"}:
        words = {status.value for status in _ASKABLE}
    unknown = sorted(words - {status.value for status in _ASKABLE})
    if unknown or not words:
        known = ", ".join(status.value for status in _ASKABLE)
        raise BadUsage(f"`{', '.join(unknown) or text}` is not a status", todo=f"Known: {known}, and all.")
    return tuple(status for status in _ASKABLE if status.value in words)


def _policy(given: dict[str, str]) -> Policy:
    return Policy(
        auto_from=float(given["auto_from"]),
        dates=DatePolicy(given["dates"]),
        ratings=RatingsPolicy(given["ratings"]),
        on_conflict=ConflictPolicy(given["on_conflict"]),
        rewatches=RewatchPolicy(given["rewatches"]),
    )


def _write(state: State, planned: Planned, output: Path | None) -> None:
    """Write the whole document at once, then the summary."""
    from anitrakt_plan.commands.plan_summary import entry_lines, summarise, summary_lines
    from anitrakt_plan.document import dump_plan

    text = dump_plan(planned.plan)
    if output is None:
        state.data(text)
    else:
        from anitrakt_plan.document import write_plan

        write_plan(output, text.encode(), expected=None)
        state.say(f"Wrote {output}.")
    for line in summary_lines(summarise(planned, entry_lines(text)), str(output) if output else None):
        state.say(line)
