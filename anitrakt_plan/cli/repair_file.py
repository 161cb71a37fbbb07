"""A repair file in the place of a plan: what `validate`, `show` and `fmt` do with it, and one beside a plan."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

from anitrakt_plan.cli.context import State
from anitrakt_plan.commands.show import select_groups
from anitrakt_plan.errors import BadUsage, ExitCode, PlanInvalid
from anitrakt_plan.journal.journal import read_knowledge
from anitrakt_plan.model.plan import Decision
from anitrakt_plan.model.repair import Repair, RepairDecision, RepairGroup
from anitrakt_plan.planfile import write_plan
from anitrakt_plan.planfile.repair import LoadedRepair, format_repair, is_repair, read_repair
from anitrakt_plan.reports.repair import repair_document, repair_markdown, repair_table
from anitrakt_plan.words import pluralize

MAX_SHOWN = 20


def is_repair_file(path: Path) -> bool:
    """Whether a file says that it is a repair; what can't be read is none."""
    try:
        return str(path) != "-" and path.is_file() and is_repair(path.read_bytes())
    except OSError:
        return False


def valid_repair(state: State, path: Path) -> LoadedRepair:
    """Read a repair that a command is to use: mistakes go to stderr. Raises PlanInvalid for an error among them."""
    state.file = path
    loaded = read_repair(path)
    for one in loaded.diagnostics[:MAX_SHOWN]:
        for line in one.lines():
            state.warn(line) if loaded.errors else state.info(line)
    if loaded.repair is None:
        raise PlanInvalid(
            f"{path} has {pluralize(len(loaded.errors), 'error')}; nothing was changed",
            todo=f"Mend them and look again with `anitrakt validate {path}`.",
        )
    return loaded


_BY_TITLE = ("title", "show")
"""By what groups can be sorted: each is about a work on Trakt, which is its title."""


def show_repair(
    state: State,
    path: Path,
    patterns: Sequence[str],
    *,
    sort: str | None,
    decision: str | None,
    below: float | None,
    form: str,
) -> None:
    """`show` of a repair file, or of what `patterns` name in it; `form` is table, markdown or json.

    Raises BadUsage where something is asked for that a repair has not.
    """
    if below is not None or sort not in (None, *_BY_TITLE):
        raise BadUsage(
            "the groups of a repair file have no confidence to sort or filter by",
            todo="`--sort title`, `--decision` and KEY go with a repair file.",
        )
    repair = valid_repair(state, path).repair
    assert repair is not None  # it is valid
    keys = select_groups(repair.groups, patterns) if patterns else {group.key for group in repair.groups}
    wanted = decision_of(RepairDecision, decision, path)
    groups = [one for one in repair.groups if one.key in keys and wanted in (None, one.decision)]
    if sort is not None:
        groups.sort(key=lambda one: (one.about.casefold(), one.key))
    match form:
        case "json":
            state.json(repair_document(groups), ascii_only=True)
        case "markdown":
            state.data(repair_markdown(groups))
        case _:
            state.data(repair_table(groups))
    state.info(f"{pluralize(len(groups), 'group')} of {path}.")


_Decision = TypeVar("_Decision", Decision, RepairDecision)


def decision_of(kind: type[_Decision], word: str | None, path: Path) -> _Decision | None:
    """A decision that `show` is asked for, of a plan or of a repair. Raises BadUsage where it is of the other one."""
    words = [one.value for one in kind]
    if word is None or word in words:
        return None if word is None else kind(word)
    raise BadUsage(f"nothing in {path} can be decided `{word}`", todo=f"There it is {', '.join(words)}.")


def format_repair_file(state: State, path: Path, *, check: bool) -> int:
    """`fmt` of a repair file."""
    loaded = valid_repair(state, path)
    data = format_repair(loaded).encode()
    if data == loaded.raw:
        state.info(f"{path} is in its canonical form.")
        return int(ExitCode.DONE)
    if check:
        state.warn(f"{path} is not in its canonical form; `anitrakt fmt {path}` writes it.")
        return int(ExitCode.FAILED)
    write_plan(path, data, expected=loaded.raw)
    state.info(f"Wrote {path}.")
    return int(ExitCode.DONE)


def repairs_beside(plan: Path) -> tuple[Path, ...]:
    """The repair files that lie in a plan's folder."""
    folder = plan.parent
    return tuple(filter(is_repair_file, sorted(chain(folder.glob("*.yaml"), folder.glob("*.yml")))))


def repair_beside(state: State, plan: Path) -> tuple[Path, tuple[RepairGroup, ...]] | None:
    """The repair file that lies in a plan's folder, with its groups that wait or are not carried out; None for none."""
    for path in repairs_beside(plan):
        repair = read_repair(path).repair
        groups = _open_groups(state, repair) if repair is not None else ()
        if groups:
            return path, groups
    return None


def _open_groups(state: State, repair: Repair) -> tuple[RepairGroup, ...]:
    knowledge = read_knowledge(state.settings.folders.journal, repair.account.uuid)
    gone = knowledge.removed_ids
    return tuple(
        group
        for group in repair.groups
        if group.decision is not RepairDecision.KEEP and any(play.id not in gone for play in group.plays)
    )
