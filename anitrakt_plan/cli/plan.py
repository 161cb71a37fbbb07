"""`anitrakt plan`: options in, a plan on stdout or in a file, the summary on stderr."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click
from click.core import ParameterSource

from anitrakt_plan.cli.context import (
    DEFAULT_FILE,
    INTERRUPTED,
    State,
    check_target,
    command,
    need_terminal,
    wrapped,
)
from anitrakt_plan.cli.files import check_world, load_file, mistakes_counted, remember_valid
from anitrakt_plan.cli.notify import NOTIFY
from anitrakt_plan.cli.options import FIRST_NAME_OF_TRAKT_DATA, PATH, trakt_data
from anitrakt_plan.commands.data_download import forget_downloads
from anitrakt_plan.commands.explain import EvidenceFile, evidence_path
from anitrakt_plan.commands.make_plan import ListFile, PlanRequest, UserList
from anitrakt_plan.commands.news import LastTold, news_of_plan
from anitrakt_plan.commands.plan import PreviousPlan, run_plan
from anitrakt_plan.errors import BadUsage, ExitCode, Failed, PlanInvalid
from anitrakt_plan.files import keep_if_possible
from anitrakt_plan.json_text import read_json
from anitrakt_plan.matching.search import Reading
from anitrakt_plan.model import (
    ConflictPolicy,
    DatePolicy,
    PartialDate,
    Plan,
    Policy,
    RatingsPolicy,
    RewatchPolicy,
    Status,
    SyncKind,
)
from anitrakt_plan.planfile import write_plan
from anitrakt_plan.project import SOURCE_FLAGS
from anitrakt_plan.reports.plan import (
    Asked,
    change_lines,
    report_markdown,
    summarise,
    summary_json,
    summary_lines,
    to_upload_line,
    waiting_lines,
)
from anitrakt_plan.settings import Way
from anitrakt_plan.sources import SOURCES
from anitrakt_plan.words import printable

if TYPE_CHECKING:
    from anitrakt_plan.commands.make_plan import ListFrom
    from anitrakt_plan.commands.plan import PlanRun
    from anitrakt_plan.planfile import Loaded
    from anitrakt_plan.reports.plan import Summary
    from anitrakt_plan.sources import Source


_F = TypeVar("_F", bound=Callable[..., Any])


def _values(policy: type[DatePolicy | RatingsPolicy | ConflictPolicy | RewatchPolicy]) -> click.Choice[str]:
    return click.Choice([member.value for member in policy])


def _source_options(function: _F) -> _F:
    for source in reversed(SOURCES):
        option = click.option(
            f"--{source.name}", metavar="USER", help=f"Read this user's list from {source.title}."
        )
        function = option(function)
    return function


# --- what the options of `plan` mean together, and together with the plan that is already there ---


ASKABLE = (Status.COMPLETED, Status.REPEATING, Status.WATCHING, Status.PAUSED, Status.DROPPED, Status.PLANNED)
"""The statuses that a plan can be made of, in its order."""


@command(
    short_help="Read the list and Trakt, write the plan.",
    epilog="Examples:\n\n  anitrakt plan --anilist NAME -o plan.yaml\n\n  anitrakt plan --mal NAME -o plan.yaml\n\n"
    "  anitrakt plan --update plan.yaml\n\n"
    "  anitrakt plan --list-file animelist.xml.gz --status all -o plan.yaml",
    groups={
        "Source": (*SOURCE_FLAGS, "status", "include_private", "trakt_data"),
        "Output": ("output", "update", "report", "no_modeline"),
        "Decisions": ("from_file", "fresh", "maps"),
        "Policy": ("dates", "no_date", "ratings", "on_conflict", "rewatches", "send"),
        "Matching": ("auto_from", "verify", "quick", "refresh", "offline"),
        "Automation": ("allow", "notify", "as_json", "detailed_exitcode"),
    },
)
@_source_options
@click.option(
    "--list-file", metavar="FILE", type=PATH, help="Read an exported list, such as MyAnimeList's .xml.gz."
)
@click.option(
    "-o", "--output", metavar="FILE", type=PATH, help="Write to FILE; a plan that is there is updated."
)
@click.option(
    "--update",
    metavar="[FILE]",
    type=PATH,
    is_flag=False,
    flag_value=str(DEFAULT_FILE),
    help=f"Plan FILE ({DEFAULT_FILE}) again in place, keeping every decision.",
)
@click.option(
    "--from", "from_file", metavar="OLD", type=PATH, help="Take decisions, notes and comments from OLD."
)
@click.option("--fresh", is_flag=True, help="Begin anew: take nothing from an earlier plan.")
@click.option(
    "--map",
    "maps",
    metavar="FILE",
    type=PATH,
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
@trakt_data("Your data as downloaded from Trakt (no key needed), instead of reading the account.")
@FIRST_NAME_OF_TRAKT_DATA
@click.option(
    "--report",
    metavar="FILE",
    type=PATH,
    help="Also write what is new: Markdown, or a page (.html).",
)
@click.option("--no-modeline", is_flag=True, help="Begin a new plan without the line for editors.")
@click.option("--allow", type=click.Choice(["shrunk-list"]), multiple=True, help="Pass this safety stop.")
@NOTIFY
@click.option(
    "--json", "as_json", is_flag=True, help="Print the summary as one JSON document; needs -o or --update."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 8 where the plan changed.")
def plan(
    state: State,
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
    target = target_of(output, update)
    state.file = target or DEFAULT_FILE
    _check_output(target, rest)
    given = {**rest, "list_file": list_file, "status": status, "report": report, "update": update}
    _begin_by_api(state, given)
    seen = bytes_of(target)
    old = old_plan(state, target, update, from_file, fresh=fresh)
    in_place = old.plan if old is not None and old.name == str(target) else None
    given = _with_settings(state, given, names_list=old is None)
    policy, said = chosen_policy(given, in_place)
    for line in said:
        state.info(printable(line))
    source = chosen_source(given, old, target)
    request = _request(source, chosen_statuses(given["status"], in_place), policy, given)
    previous = PreviousPlan(old, in_place is not None, fresh, maps)
    now, shrunk_allowed = datetime.now(UTC), "shrunk-list" in allow
    state.interrupted = "Interrupted before the plan was made: nothing was written."
    done = run_plan(request, previous, state.services(), state, now, shrunk_allowed=shrunk_allowed)
    state.interrupted = INTERRUPTED
    seen = old.raw if old is not None and in_place else seen
    changed = _write(state, done, target, seen=seen, as_json=rest["as_json"])
    _write_report(state, done, given["report"])
    if done.planned.asked is Asked.UNTIL_STOPPED:
        return ExitCode.INTERRUPTED  # what a shell runs after `&&` would take the plan for a whole one
    return ExitCode.CHANGES if detailed_exitcode and changed else ExitCode.DONE


def _check_output(target: Path | None, given: Mapping[str, Any]) -> None:
    if given["no_modeline"] and target is not None and bytes_of(target):
        raise BadUsage(
            f"--no-modeline is for a new plan, and {target} is there already",
            todo="Take its first line out by hand: it stays out.",
        )
    if given["as_json"] and target is None:
        raise BadUsage("stdout holds either the plan or its summary", todo="Add -o FILE to --json.")


def _begin_by_api(state: State, given: Mapping[str, Any]) -> None:
    """In the sandbox, a list that is named without a data download is practice with an application again."""
    folder = state.settings.folders.state
    if state.sandbox and not given["update"] and _names_list(given) and given["trakt_data"] is None:
        forget_downloads(folder)


def _names_list(given: Mapping[str, Any]) -> bool:
    return any(given[name] is not None for name in SOURCE_FLAGS)


def _with_settings(state: State, given: Mapping[str, Any], *, names_list: bool) -> dict[str, Any]:
    """The options, and what `anitrakt.toml` says for those that are not given; with `names_list` the list, too.

    A list that a folder names is read once the person has agreed. Raises BadUsage where nobody is there to ask.
    """
    flags = state.settings.plan_flags
    takes_list = names_list and not _names_list(given)
    taken: dict[str, Any] = {name: text for name, text in flags.items() if not _was_given(name)}
    if not takes_list:
        taken = {name: text for name, text in taken.items() if name not in SOURCE_FLAGS}
    taken = {name: _read_setting(name, text) for name, text in taken.items()}
    if state.settings.project is not None and takes_list:
        name = next(name for name in SOURCE_FLAGS if name in taken)
        _agree_to_list(
            state, state.settings.project, f"--{name.replace('_', '-')} {shlex.quote(str(taken[name]))}"
        )
    return {**given, **taken}


def _read_setting(name: str, text: Any) -> Any:
    if name in ("list_file", "report"):
        return Path(text)
    return tuple(day.strip() for day in text.split(",")) if name == "no_date" else text


def _agree_to_list(state: State, project: Path, flag: str) -> None:
    """Ask once, in this folder, for a list that the folder names: whoever wrote its file chose it."""
    store = state.settings.folders.state / "agreed-lists.json"
    try:
        agreed = read_json(store.read_bytes())
    except (OSError, ValueError):
        agreed = {}
    place = str(project.resolve())
    if isinstance(agreed, dict) and agreed.get(place) == flag:
        return
    question = f"{project} says to read the list `{flag}`; that file may be somebody else's."
    need_terminal(question, f"`anitrakt plan {flag}`")
    if not click.confirm(wrapped(printable(f"{question} Read it?")), err=True):
        raise BadUsage("nothing was read", todo=_ONE_OF)
    agreed = {**agreed, place: flag} if isinstance(agreed, dict) else {place: flag}
    keep_if_possible(store, json.dumps(agreed).encode())


def _request(
    source: ListFrom, statuses: tuple[Status, ...], policy: Policy, rest: Mapping[str, Any]
) -> PlanRequest:
    return PlanRequest(
        source=source,
        statuses=statuses,
        policy=policy,
        include_private=rest["include_private"],
        verify=rest["verify"],
        reading=Reading.RISKY if rest["quick"] else Reading.EVERY,
        refresh=rest["refresh"],
        offline=rest["offline"],
        trakt_data=rest["trakt_data"],
        modeline=not rest["no_modeline"],
    )


def _write(state: State, done: PlanRun, target: Path | None, *, seen: bytes | None, as_json: bool) -> bool:
    """Write the whole document at once, then the summary; returns whether the plan changed.

    `seen`: what stood in the file before planning began. Raises Failed where something else stands there by now.
    """
    data = done.loaded.raw if target is not None else done.as_utf8
    changed = data != seen if target is not None else done.merged is None or done.merged.changed
    if target is None:
        state.file = redirected_to(sys.stdout) or state.file
        if done.merged is not None and writes_a_file(sys.stdout):
            state.info(EMPTIED_FIRST, style="yellow")
        state.data_bytes(data)
    elif changed:
        _write_file(target, data, seen)
    remember_valid(state, done.plan, data)
    summary = summarise(done.planned, done.plan, done.loaded.line_of)
    if as_json and target is not None:
        state.json(summary_json(summary, done.merged, str(target), changed=changed))
    _tell_waiting(state, done, summary, target, changed=changed, told=not as_json)
    return changed


def _write_file(target: Path, data: bytes, seen: bytes | None) -> None:
    if seen is None and target.exists():
        raise Failed(
            f"{target} appeared while anitrakt planned, so it was left as it is",
            todo="Run the same command again; it starts from what is there now.",
        )
    write_plan(target, data, expected=seen)


def _tell_waiting(
    state: State, done: PlanRun, summary: Summary, target: Path | None, *, changed: bool, told: bool
) -> None:
    """Say what is new; what waits is said whole when somebody looks, and with `-q` once in a while."""
    now, file = datetime.now(UTC), str(target) if target else None
    last = LastTold.of(state.settings.folders.state, done.plan.source)
    again = last.is_long_ago(now) and bool(summary.waiting)
    state.news = news_of_plan(file, done.plan, done.merged, again=again)
    if told:
        _tell(state, done, summary, target, changed=changed)
        for line in _reminders(state, done, summary, file, again=again) if state.quiet else ():
            state.warn(printable(line))
    if again or not state.quiet or last.at is None:
        last.note(now)


def _reminders(
    state: State, done: PlanRun, summary: Summary, file: str | None, *, again: bool
) -> Iterator[str]:
    """What `-q` says beside the changes: what only a person can upload, and, once in a while, all that waits."""
    added = state.news.added if state.news is not None and done.merged is not None else ()
    if added and done.planned.way is Way.FILES:
        yield to_upload_line([str(row["title"]) for row in added], file or str(DEFAULT_FILE))
    if again:
        yield from waiting_lines(summary, file)


def _tell(state: State, done: PlanRun, summary: Summary, target: Path | None, *, changed: bool) -> None:
    for line in change_lines(done.merged, done.plan, quiet=state.quiet):
        state.warn(printable(line))
    if target is not None:
        state.info(f"Wrote {target}." if changed else f"Nothing new: {target} was left as it is.")
    is_kept = target is not None or writes_a_file(sys.stdout)
    for line in summary_lines(summary, str(target) if target else None, is_kept=is_kept):
        state.info(printable(line))


def _write_report(state: State, done: PlanRun, path: Path | None) -> None:
    if path is None:
        return
    if path.suffix.lower() in (".html", ".htm"):
        from anitrakt_plan.web.report import report_html

        changes = done.merged.changes if done.merged is not None else ()
        evidence = EvidenceFile(evidence_path(state.settings.folders.state, done.plan.source))
        text = report_html(done.plan, {one.key: one for one in changes}, evidence.of)
    else:
        text = report_markdown(done.plan, done.merged)
    path.write_text(text, encoding="utf-8", newline="\n")


# --- the files that `plan` takes from and writes to ---


EMPTIED_FIRST = (
    "If that file was there before, the shell emptied it before anitrakt started: decisions and notes come from the "
    "plan of this list that anitrakt read last, and what you changed since is lost. `-o FILE` keeps everything."
)


def writes_a_file(stream: TextIO) -> bool:
    """Whether an output stream goes into a file, rather than to a terminal or another program."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def redirected_to(stream: TextIO) -> Path | None:
    """The plan in this folder that the shell's `>` writes an output stream to; None where there is none."""
    if not writes_a_file(stream):
        return None
    there = os.fstat(stream.fileno())
    named = (path for pattern in ("*.yaml", "*.yml") for path in Path().glob(pattern))
    with contextlib.suppress(OSError):
        return next((path for path in named if os.path.samestat(path.stat(), there)), None)
    return None


def target_of(output: Path | None, update: Path | None) -> Path | None:
    """The file to write; None for stdout. Raises what `check_target` raises: nothing has been read from it by then."""
    if output is not None and update is not None and output != update:
        raise BadUsage("--update writes the file it reads", todo="Leave out -o, or use --from OLD -o NEW.")
    target = update or output
    if target is not None:
        check_target(target, sign="anitrakt-plan/", what="anitrakt plan")
    return target


def bytes_of(target: Path | None) -> bytes | None:
    """What the file to write holds before planning begins; None where there is none yet."""
    try:
        return target.read_bytes() if target is not None else None
    except OSError:
        return None


def old_plan(
    state: State, target: Path | None, update: Path | None, from_file: Path | None, *, fresh: bool
) -> Loaded | None:
    """The plan whose decisions are to be kept, if a file names it. Raises PlanInvalid where it has mistakes."""
    if update is not None and (from_file is not None or fresh):
        raise BadUsage(
            "--update keeps what FILE says; --from and --fresh do not", todo="Use -o FILE with these instead."
        )
    if from_file is not None:
        _refuse_own_input(from_file)
        _refuse_other_decisions(target, from_file)
    path = update or from_file or (target if not fresh and bytes_of(target) else None)
    return None if path is None else _load_old(state, path)


def _load_old(state: State, path: Path) -> Loaded:
    loaded = load_file(path)
    if loaded.plan is None:
        raise PlanInvalid(
            f"{path} has {mistakes_counted(loaded)}, so its decisions can't be kept; it was left as it is",
            todo=_way_out(path, loaded),
        )
    for mistake in loaded.diagnostics:
        for line in mistake.lines():
            state.info(line)
    check_world(state, loaded.plan, path)
    remember_valid(state, loaded.plan, loaded.raw)
    return loaded


def _way_out(path: Path, loaded: Loaded) -> str:
    if not loaded.text.strip():  # `>` onto the file that was to be read
        return (
            f"It is empty. Name the list instead, as in `anitrakt plan --anilist NAME -o {path}`: "
            "anitrakt remembers the last valid plan of each list."
        )
    return f"Mend it (`anitrakt validate {path}`), or begin anew with `-o {path} --fresh`."


def _refuse_other_decisions(target: Path | None, from_file: Path) -> None:
    if target is not None and bytes_of(target) and target.resolve() != from_file.resolve():
        raise BadUsage(
            f"{target} is there already, and its decisions are not those of {from_file}",
            todo=f"Choose another name, or `anitrakt plan --update {target} --map {from_file}` to take over "
            "what it has not decided.",
        )


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


_POLICY_OPTIONS = ("auto_from", "dates", "no_date", "ratings", "on_conflict", "rewatches", "send")


_ONE_OF = f"Give one of {', '.join(f'--{source.name} USER' for source in SOURCES)}, --list-file FILE."


def chosen_source(given: Mapping[str, Any], old: Loaded | None, target: Path | None) -> ListFrom:
    """The one list that the options name, or that the old plan was made from; `target`: the file to be written.

    Raises BadUsage where there is none, or more than one.
    """
    chosen: list[ListFrom] = [
        UserList(source.name, _user_of(source, given[source.name]))
        for source in SOURCES
        if given[source.name] is not None
    ]
    if given["list_file"] is not None:
        chosen.append(_list_file(given["list_file"], target))
    if not chosen and old is not None and old.plan is not None:
        return _source_of(old.plan, Path(old.name).parent)
    if len(chosen) != 1:
        raise BadUsage(
            "a plan is made from exactly one list",
            todo=f"{_ONE_OF} To try it: anitrakt --sandbox plan --anilist sample -o plan.yaml",
        )
    return chosen[0]


def _user_of(source: Source, text: str) -> str:
    """The user's name, which may be given as the address of their page. Raises BadUsage for any other address."""
    if "/" not in text:
        return text
    if (user := source.user_in(text)) is not None:
        return user
    other = next((one for one in SOURCES if one.user_in(text) is not None), None)
    todo = (
        f"Give it to --{other.name}."
        if other is not None
        else f"Give the name alone, or an address such as https://{(source.profiles or ('',))[0]}NAME."
    )
    raise BadUsage(f"this is no address of a user of {source.title}", where=text, todo=todo)


def _list_file(path: Path, target: Path | None) -> ListFile:
    """A list file, named as it is seen from the plan: a scheduler plans again from another folder than a person."""
    if path.is_absolute() or target is None:
        return ListFile(path)
    place, folder = path.parent.resolve() / path.name, target.parent.resolve()
    try:
        return ListFile(path, Path(os.path.relpath(place, folder)).as_posix())
    except ValueError:  # on another drive
        return ListFile(place)


def _source_of(old: Plan, folder: Path) -> ListFrom:
    called = old.source.file
    if called is not None:
        beside = folder / called
        # a plan that was written to stdout names the file as the shell's folder had it
        return ListFile(beside if beside.exists() or not Path(called).exists() else Path(called), called)
    if old.source.user is None:
        raise BadUsage("the plan does not say which list it was made from", todo=_ONE_OF)
    return UserList(old.source.service, old.source.user)


def chosen_statuses(text: str, old: Plan | None) -> tuple[Status, ...]:
    """The statuses that `--status` names; where it was not given, those of the plan that is updated."""
    if old is not None and not _was_given("status"):
        return old.source.statuses
    return parse_statuses(text)


def parse_statuses(text: str) -> tuple[Status, ...]:
    """Read `completed,watching` or `all`, in the plan's order. Raises BadUsage for a word nobody knows."""
    words = _words_of(text)
    if words == {"all"}:
        return ASKABLE
    unknown = sorted(words - set(ASKABLE))
    if unknown or not words:
        known = ", ".join(ASKABLE)
        raise BadUsage(f"`{', '.join(unknown) or text}` is not a status", todo=f"Known: {known}, and all.")
    return tuple(status for status in ASKABLE if status in words)


def parse_kinds(text: str) -> frozenset[SyncKind]:
    """Read `history,ratings,watchlist`. Raises BadUsage for a word nobody knows, and for none at all."""
    words = _words_of(text)
    unknown = sorted(words - set(SyncKind))
    if unknown or not words:
        raise BadUsage(
            f"--send: `{', '.join(unknown) or text}` is nothing that can be sent",
            todo=f"Known: {', '.join(SyncKind)}.",
        )
    return frozenset(SyncKind(word) for word in words)


def _words_of(text: str) -> set[str]:
    return {word.strip() for word in text.split(",") if word.strip()}


def chosen_policy(given: Mapping[str, Any], old: Plan | None) -> tuple[Policy, tuple[str, ...]]:
    """The policy of the options; where a plan is updated, its own but for what was given, and what that changes."""
    asked = Policy(
        auto_from=float(given["auto_from"]),
        dates=DatePolicy(given["dates"]),
        ratings=RatingsPolicy(given["ratings"]),
        on_conflict=ConflictPolicy(given["on_conflict"]),
        rewatches=RewatchPolicy(given["rewatches"]),
        no_date=_days(given["no_date"]),
        send=parse_kinds(given["send"]),
    )
    if old is None:
        return asked, ()
    changes = {
        name: getattr(asked, name)
        for name in _POLICY_OPTIONS
        if _was_given(name) and getattr(asked, name) != getattr(old.policy, name)
    }
    said = tuple(
        f"The plan's policy changes: {name} {_word(getattr(old.policy, name))} → {_word(value)}."
        for name, value in changes.items()
    )
    return replace(old.policy, **changes), said


def _days(texts: tuple[str, ...]) -> tuple[PartialDate, ...]:
    try:
        days = tuple(PartialDate.parse(text) for text in texts)
    except ValueError as error:
        raise BadUsage(f"--no-date: {error}") from None
    return tuple(sorted(set(days), key=str))


def _word(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(kind for kind in SyncKind if kind in value)
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or "none"
    return str(value)


def _was_given(name: str) -> bool:
    """Whether the user gave this option, rather than its default standing in."""
    return click.get_current_context().get_parameter_source(name) not in (ParameterSource.DEFAULT, None)
