"""`anitrakt fmt` and `anitrakt export-map`: the plan in its canonical form, and its decisions alone."""

from __future__ import annotations

from pathlib import Path

import click

from anitrakt_plan.cli.files import (
    FILE,
    check_target,
    load_file,
    load_valid,
    mistakes_counted,
    remember_valid,
)
from anitrakt_plan.cli.state import State, command
from anitrakt_plan.core.counting import counted
from anitrakt_plan.errors import ExitCode, PlanInvalid


@command(
    short_help="Bring a plan into its canonical form, comments kept.",
    epilog="Examples:\n\n  anitrakt fmt\n\n  anitrakt fmt --check plan.yaml\n\n  anitrakt fmt - < plan.yaml",
)
@FILE
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where the form differs.")
@click.option("--prune", is_flag=True, help="Leave out entries that the list has no more.")
def fmt(state: State, file: Path, check: bool, prune: bool) -> int:
    """Bring FILE (plan.yaml) into its canonical form: order, quotes, indentation. Comments and decisions stay.

    `-` reads stdin and writes stdout.
    """
    from anitrakt_plan.document import format_plan, write_plan

    loaded = load_file(file)
    if loaded.plan is None:
        for mistake in loaded.errors:
            state.insist(mistake.render())
        raise PlanInvalid(
            f"{file} has {mistakes_counted(loaded)}, so it can't be formatted", todo="It was left as it is."
        )
    remember_valid(state, loaded.plan.source, loaded.raw)
    data = format_plan(loaded, prune=prune).encode()
    if str(file) == "-" and not check:
        state.data_bytes(data)
        return int(ExitCode.DONE)
    if data == loaded.raw:
        state.say(f"{file} is in its canonical form.")
        return int(ExitCode.DONE)
    if check:
        state.insist(f"{file} is not in its canonical form; `anitrakt fmt {file}` writes it.")
        return int(ExitCode.FAILED)
    write_plan(file, data, expected=loaded.raw)
    remember_valid(state, loaded.plan.source, data)
    state.say(f"Wrote {file}.")
    return int(ExitCode.DONE)


@command(
    short_help="Print the decisions alone, for `plan --map`.",
    epilog="Examples:\n\n  anitrakt export-map > map.yaml\n\n  anitrakt plan --anilist NAME --map map.yaml",
)
@FILE
@click.option("-o", "--output", metavar="OUT", type=click.Path(path_type=Path), help="Write to OUT.")
def export_map(state: State, file: Path, output: Path | None) -> None:
    """Print the decisions in FILE (plan.yaml): where entries are on Trakt, by your word, and what you skipped.

    No viewing history: this is the part to publish. `plan --map` takes it, for any list with the same anime.
    """
    from anitrakt_plan.commands.evidence_file import evidence_path, load_ids
    from anitrakt_plan.document import decisions_in, dump_map, write_plan

    if output is not None:
        check_target(output, sign="anitrakt-map/", what="anitrakt map")
    plan = load_valid(state, file)
    text = dump_map(plan, load_ids(evidence_path(state.settings.folders.state, plan.source)))
    if output is None:
        state.data(text)
    else:
        write_plan(output, text.encode(), expected=None)
    state.say(f"{counted(len(decisions_in(plan)), 'decision')} of yours in {file}.")
