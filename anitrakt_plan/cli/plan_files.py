"""The files that `plan` takes from and writes to: which they are, and which are left alone whatever the flags say."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from anitrakt_plan.cli.files import check_target, load_file, mistakes_counted, remember_valid
from anitrakt_plan.errors import BadUsage, PlanInvalid

if TYPE_CHECKING:
    from anitrakt_plan.cli.state import State
    from anitrakt_plan.document import Loaded


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
        if target is not None and bytes_of(target) and target.resolve() != from_file.resolve():
            raise BadUsage(
                f"{target} is there already, and its decisions are not those of {from_file}",
                todo=f"Choose another name, or `anitrakt plan --update {target} --map {from_file}` to take over "
                "what it has not decided.",
            )
    path = update or from_file or (target if not fresh and bytes_of(target) else None)
    if path is None:
        return None
    loaded = load_file(path, remembered_in=state.settings.folders.state)
    if loaded.plan is None:
        raise PlanInvalid(
            f"{path} has {mistakes_counted(loaded)}, so its decisions can't be kept; it was left as it is",
            todo=_way_out(path, loaded),
        )
    for mistake in loaded.diagnostics:
        state.say(mistake.render())
    remember_valid(state, loaded.plan.source, loaded.raw)
    return loaded


def _way_out(path: Path, loaded: Loaded) -> str:
    if not loaded.text.strip():  # `>` onto the file that was to be read
        return (
            f"It is empty. Name the list instead, as in `anitrakt plan --anilist NAME -o {path}`: "
            "anitrakt remembers the last valid plan of each list."
        )
    return f"Mend it (`anitrakt validate {path}`), or begin anew with `-o {path} --fresh`."


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
