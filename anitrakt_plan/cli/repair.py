"""`anitrakt audit`, and what other commands do with a repair file in the place of a plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
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
    check_target,
    command,
    stop_on_interrupt,
    terminal_ask,
    yes_ask,
)
from anitrakt_plan.cli.files import load_valid, valid_repair
from anitrakt_plan.cli.options import JSON, PATH, trakt_data
from anitrakt_plan.cli.review_ui import Input, open_input, walked
from anitrakt_plan.commands.audit import audit_account, with_decisions_of
from anitrakt_plan.commands.data_download import read_download
from anitrakt_plan.commands.plan_file import EntryChanged
from anitrakt_plan.commands.repair import apply_repair
from anitrakt_plan.commands.review_repair import (
    RepairFile,
    RepairSession,
    is_waiting,
    next_after_groups,
    possible,
)
from anitrakt_plan.commands.run import RunOptions
from anitrakt_plan.commands.show import select_groups
from anitrakt_plan.errors import BadUsage, ExitCode, Failed, PlanInvalid
from anitrakt_plan.model.account import format_subject
from anitrakt_plan.model.repair import RepairDecision
from anitrakt_plan.planfile import write_plan
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.planfile.repair import REPAIR_SIGN, LoadedRepair, dump_repair, load_repair, read_repair
from anitrakt_plan.reports.audit import Audited, audit_document, audit_markdown, headline, kind_lines
from anitrakt_plan.reports.repair import repair_report
from anitrakt_plan.settings import DATA_PAGE, Way
from anitrakt_plan.words import pluralize

if TYPE_CHECKING:
    from anitrakt_plan.model.repair import RepairGroup

# --- `anitrakt audit` ---


@command(
    short_help="Find what scripts and double imports did to your account.",
    epilog="Examples:\n\n  anitrakt plan --anilist NAME --status all -o whole.yaml\n\n"
    "  anitrakt audit whole.yaml -o repair.yaml\n\n  anitrakt audit --trakt-data ~/Downloads --report audit.md",
)
@click.argument("files", metavar="[FILE]...", type=PATH, nargs=-1)
@click.option("-o", "--output", metavar="OUT", type=PATH, help="Write the repair to OUT.")
@trakt_data("By your data as downloaded from Trakt: a report only. Of a folder, the newest in it.")
@click.option(
    "--report",
    metavar="FILE",
    type=PATH,
    help="Write a report with links to FILE (.md or .html).",
)
@JSON
def audit(
    state: State,
    files: tuple[Path, ...],
    output: Path | None,
    trakt_data: Path | None,
    report: Path | None,
    as_json: bool,
) -> int:
    """Compare your whole Trakt account with the plans in FILE (plan.yaml), and write a repair file to edit.

    Nothing is changed: `anitrakt apply repair.yaml` carries out what you decide in it, and `anitrakt undo` takes that
    back. The plans must hold the whole list (`--status all`), for what no entry explains counts as not yours.
    """
    _check_targets(output, report, trakt_data)
    plans = [load_valid(state, path) for path in files or (DEFAULT_FILE,)]
    now, services = datetime.now(UTC), state.services()
    if trakt_data is None and services.way is Way.FILES:
        raise BadUsage(
            "without a Trakt application the account is read from its data download",
            todo=f"Download your data at {DATA_PAGE}, then `anitrakt audit FILE --trakt-data ZIP --report audit.html`.",
        )
    download = read_download(trakt_data, state, now, state.settings) if trakt_data is not None else None
    audited = audit_account(plans, services, state, now, download=download)
    if audited.copy is not None:
        state.info(f"What your account holds now was copied to {audited.copy}")
    if report is not None:
        _write_report(state, audited, report)
    if as_json:
        state.json(audit_document(audited))
    elif audited.report_only is not None:
        state.data(audit_markdown(audited) if report is None else "")
    else:
        audited = _write_repair(state, audited, output)
    _tell(state, audited, output, files)
    return ExitCode.DONE


def _check_targets(output: Path | None, report: Path | None, trakt_data: Path | None) -> None:
    if trakt_data is not None and output is not None:
        raise BadUsage(
            "a data download gives a report, and no repair file: without the API nothing can be removed",
            todo="Name the report instead: `anitrakt audit FILE --trakt-data ZIP --report audit.html`.",
        )
    if output is not None:
        check_target(output, sign=REPAIR_SIGN, what="anitrakt repair")
    if report is not None and report.suffix not in (".md", ".html"):
        raise BadUsage(f"{report} is neither .md nor .html", todo="Name a file that ends in .md or .html.")


def _write_repair(state: State, audited: Audited, output: Path | None) -> Audited:
    if output is None:
        state.data(dump_repair(audited.repair))
        return audited
    before = read_repair(output) if output.exists() and output.stat().st_size else None
    repair = audited.repair
    if before is not None and before.repair is not None:
        repair = replace(repair, groups=with_decisions_of(repair.groups, before.repair))
        kept, were = (sum(not is_waiting(one) for one in some.groups) for some in (repair, before.repair))
        if were > kept:
            state.info(f"{pluralize(were - kept, 'decided group')} of {output} is not found any more.")
    elif before is not None:
        raise PlanInvalid(
            f"{output} has mistakes, so the decisions in it can't be kept",
            todo=f"Mend it (`anitrakt validate {output}`), or choose another name.",
        )
    write_plan(output, dump_repair(repair).encode(), expected=before.raw if before is not None else None)
    return replace(audited, repair=repair)


def _write_report(state: State, audited: Audited, report: Path) -> None:
    if report.suffix == ".html":
        from anitrakt_plan.web.report import audit_html  # jinja takes long to load

        text = audit_html(audited)
    else:
        text = audit_markdown(audited)
    write_plan(report, text.encode(), expected=None)
    state.info(f"The report is in {report}.")


def _tell(state: State, audited: Audited, output: Path | None, files: Iterable[Path]) -> None:
    for line in (*kind_lines(audited), *audited.notes):
        state.info(line)
    state.info(headline(audited))
    if audited.report_only is not None:
        state.info(f"This is a report only: {audited.report_only}.")
        if "was made without" in audited.report_only or "private" in audited.report_only:
            state.info(
                "Next: plan the whole list beside it, `anitrakt plan --anilist NAME --status all --include-private -o "
                f"whole.yaml`, then `anitrakt audit {' '.join(map(str, [*files, 'whole.yaml']))} -o repair.yaml`."
            )
    elif audited.groups and output is not None:
        state.info(
            f"Next: `anitrakt review {output}` settles the {pluralize(len(audited.groups), 'group')}; "
            f"`anitrakt diff {output}` shows what would be done, and `anitrakt apply {output}` does it."
        )


# --- other commands, with a repair file ---


def run_repair(state: State, path: Path, options: RunOptions, *, as_json: bool, detailed: bool) -> int:
    """`apply` and `diff` of a repair file."""
    state.interrupted = NOTHING_SENT
    loaded = valid_repair(state, path)
    assert loaded.repair is not None  # it is valid
    if state.services().way is Way.FILES:
        raise BadUsage(
            "a repair needs a Trakt application",
            todo="Without one, `anitrakt audit FILE --trakt-data ZIP --report audit.html` names what to mend by hand.",
        )
    ask = yes_ask if options.yes else terminal_ask(allowed=not as_json)
    with stop_on_interrupt(state, sends=not options.dry_run) as stop:
        ports = state.services().ports(None, state, stop=stop, ask=ask)
        result = apply_repair(loaded.repair, ports, options, partial(_changed_since, path, loaded))
    if as_json:
        state.json(result.as_json())
    else:
        state.lines(repair_report(result), SIGNS)
    if result.exit_code is ExitCode.DONE and detailed and result.changes:
        return ExitCode.CHANGES
    return result.exit_code


def _changed_since(path: Path, loaded: LoadedRepair) -> Collection[str]:
    """The groups that a person has decided otherwise since the file was read. Raises Failed."""
    try:
        raw = path.read_bytes()
    except OSError:
        raw = b""
    if raw == loaded.raw or loaded.repair is None:
        return ()
    now = load_repair(raw, str(path)).repair
    if now is None:
        raise Failed(
            "the repair changed while it was applied, and has mistakes now",
            where=str(path),
            todo=f"Nothing more was changed. Mend it (`anitrakt validate {path}`), and run the same command again.",
        )
    groups = {group.key: group for group in now.groups}
    return [group.key for group in loaded.repair.groups if groups.get(group.key) != group]


# --- `review` of a repair file ---

_HELP = (
    ("a", "do what is suggested"),
    ("k", "keep: the plays stay as they are"),
    ("r", "remove the plays"),
    ("d", "redate the plays, where the group names a day"),
    ("A", "the same for all that are left of this kind and this suggestion; asks first"),
    ("u", "take the last answer back, as often as you like"),
    ("n", "not now: it stays as it is"),
    ("b", "back to the one before"),
    ("q", "quit; every answer is in the file already"),
)
_ANSWERS = {"k": RepairDecision.KEEP, "r": RepairDecision.REMOVE, "d": RepairDecision.REDATE}


Page = Callable[[RepairSession], Callable[[], None]]
"""The page for a session, to be served until the person ends it."""


def review_repair(state: State, path: Path, patterns: Sequence[str] = (), *, page: Page | None = None) -> int:
    """Walk through the groups that wait, or through those that `patterns` name; each answer is written at once."""
    session = RepairSession(_opened(state, path))
    groups = session.file.repair.groups
    keys = select_groups(groups, patterns) if patterns else frozenset(one.key for one in session.waiting)
    session.queue = tuple(one.key for one in groups if one.key in keys)
    if not session.queue and page is None:
        state.info(f"Nothing in {path} waits for a decision.")
        return ExitCode.DONE
    waited = len(session.waiting)
    walk = page(session) if page is not None else _Walk(state, session, open_input(state)).go
    code = walked(walk)
    waiting = len(session.waiting)
    state.info(f"{pluralize(max(0, waited - waiting), 'group')} decided, {waiting} wait.")
    state.info(next_after_groups(path))
    return code


def _opened(state: State, path: Path) -> RepairFile:
    try:
        return RepairFile(path, write_plan)
    except PlanInvalid:
        valid_repair(state, path)  # shows each mistake at its place, and raises
        raise


_STEPS = {"b": -1, "n": 1}


@dataclass
class _Walk:
    """One walk through the groups of a review at the terminal."""

    state: State
    session: RepairSession
    answers: Input
    at: int = 0

    def go(self) -> None:
        """Ask about one group after the other, until all are through or the person has had enough."""
        queue = self.session.queue
        while self.at < len(queue):
            group = self.session.file.group(queue[self.at])
            if group is None:  # somebody took it out of the file meanwhile
                self.at += 1
                continue
            if self.answers.interactive or self.at == 0:
                _show(self.state, group, f"{self.at + 1} of {len(queue)}")
            word = self.answers.reply("? ").key
            if word == "q":
                return
            self._take(word, group)

    def _take(self, word: str, group: RepairGroup) -> None:
        if word in _STEPS:
            self.at = max(0, self.at + _STEPS[word])
        elif word == "?":
            self.state.lines((f"  {key}  {means}" for key, means in _HELP))
        elif word == "u" and self.session.can_undo:
            self._undo()
        else:
            self._decide(word, group)

    def _undo(self) -> None:
        result = self.session.undo()
        for why in result.refused.values():
            self.state.warn(f"  {why.what}")
        back = [one.key for one in result.changes if one.key in self.session.queue]
        if back:
            self.at = self.session.queue.index(back[-1])

    def _decide(self, word: str, group: RepairGroup) -> None:
        """Write an answer down, and go on behind it."""
        decision = group.suggest if word == "a" else _ANSWERS.get(word)
        try:
            if word == "A":
                self._decide_all(group)
            elif decision in possible(group):
                self.session.decide(group, decision)
                self.at += 1
            else:
                self.answers.unusable("that is no answer here; ? lists them")
        except (EntryChanged, EntryGone, EntryRefused) as refused:
            todo = f" ({refused.todo})" if refused.todo else ""
            self.state.warn(f"  {refused.what}{todo}", style="yellow")

    def _decide_all(self, group: RepairGroup) -> None:
        left = [self.session.file.group(key) for key in self.session.queue[self.at :]]
        alike = self.session.alike(group, [one for one in left if one is not None])
        if not alike.groups:
            self.answers.unusable("none like it is left")
            return
        if len(alike.groups) > 1 and self.answers.reply(f"{alike.question} y yes, n no: ").key != "y":
            return
        result = self.session.decide_all(alike)
        for key, why in result.refused.items():
            self.state.warn(f"  {key}: {why.what}", style="yellow")
        done = {one.key for one in result.changes}
        following = range(self.at, len(self.session.queue))
        self.at = next(
            (at for at in following if self.session.queue[at] not in done), len(self.session.queue)
        )


def _show(state: State, group: RepairGroup, where: str) -> None:
    now = "" if is_waiting(group) else f"   now: {group.decision.value}"
    state.info(f"\n{group.key}  {group.about}   {group.kind.value}   {where}{now}")
    state.info(f"  {group.why}")
    if group.against:
        state.info(f"  against it: {group.against}")
    for line in _some_plays(group):
        state.info(line)
    to = f" to {group.to}" if group.suggest is RepairDecision.REDATE else ""
    redate = "d redate, " if RepairDecision.REDATE in possible(group) else ""
    state.info(
        f"  suggested: {group.suggest.value}{to}   (a do that, k keep, r remove, {redate}A all like it, u undo, ?)"
    )


def _some_plays(group: RepairGroup) -> Iterable[str]:
    plays = group.plays
    shown = plays if len(plays) <= 6 else (*plays[:3], *plays[-2:])
    lines = [
        f"    {format_subject(play.subject)}  {play.watched_at:%Y-%m-%d %H:%M} UTC  {play.title or ''}".rstrip()
        for play in shown
    ]
    return lines if len(shown) == len(plays) else [*lines[:3], f"    ... {len(plays) - 5} more", *lines[3:]]
