"""A repair file in the place of a plan: what `validate`, `show` and `fmt` do with it, and one beside a plan."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from anitrakt_plan.cli.context import State
from anitrakt_plan.errors import ExitCode, PlanInvalid
from anitrakt_plan.journal.journal import read_knowledge
from anitrakt_plan.model.repair import Repair, RepairDecision, RepairGroup
from anitrakt_plan.planfile import write_plan
from anitrakt_plan.planfile.repair import LoadedRepair, format_repair, is_repair, read_repair
from anitrakt_plan.reports.repair import repair_table
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


def show_repair(state: State, path: Path, decision: str | None) -> None:
    """`show` of a repair file."""
    repair = valid_repair(state, path).repair
    assert repair is not None  # it is valid
    wanted = RepairDecision(decision) if decision in {one.value for one in RepairDecision} else None
    state.data(repair_table(repair, wanted))
    state.info(f"{pluralize(len(repair.groups), 'group')} of {path}.")


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


def repair_beside(state: State, plan: Path) -> tuple[Path, tuple[RepairGroup, ...]] | None:
    """The repair file that lies in a plan's folder, with its groups that wait or are not carried out; None for none."""
    folder = plan.parent
    for path in sorted(chain(folder.glob("*.yaml"), folder.glob("*.yml"))):
        repair = read_repair(path).repair if is_repair_file(path) else None
        groups = _open_groups(state, repair) if repair is not None else ()
        if groups:
            return path, groups
    return None


def _open_groups(state: State, repair: Repair) -> tuple[RepairGroup, ...]:
    knowledge, _ = read_knowledge(state.settings.folders.journal, repair.account.uuid)
    gone = knowledge.removed_ids
    return tuple(
        group
        for group in repair.groups
        if group.decision is not RepairDecision.KEEP and any(play.id not in gone for play in group.plays)
    )
