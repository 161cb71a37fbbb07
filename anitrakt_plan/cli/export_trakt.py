"""`anitrakt export-trakt`: a plan in, files for Trakt's own importer out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.context import State, command
from anitrakt_plan.cli.files import FILE, load_valid
from anitrakt_plan.commands.export import ExportRequest, make_export, remember_export
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.planfile.store import placed
from anitrakt_plan.reports.export import Written, export_document, export_lines
from anitrakt_plan.sync.importer import ImportFormat
from anitrakt_plan.words import printable

if TYPE_CHECKING:
    from anitrakt_plan.reports.export import Exported

_MISREAD = ("tvtime-", "ratings-live-votes", "lists-prod-lists")
"""Names by which Trakt's importer takes a file for another of TV Time's layouts (TvTimeCsvParser.ts)."""


@command(
    short_help="Write what is missing as a file for Trakt's own importer.",
    epilog="Examples:\n\n  anitrakt export-trakt plan.yaml --format tvtime -o for-trakt.csv\n\n"
    "  anitrakt export-trakt --format tvtime -o second.csv --trakt-export trakt-data.zip",
)
@FILE
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in ImportFormat]),
    required=True,
    help="tvtime needs no key; trakt-json and csv need each episode's own id, and so a client id.",
)
@click.option(
    "-o", "--output", metavar="OUT", type=click.Path(path_type=Path), help="Write to OUT, not stdout."
)
@click.option(
    "--trakt-export",
    metavar="ZIP",
    type=click.Path(path_type=Path),
    help="Your data as downloaded from Trakt: what is there already.",
)
@click.option(
    "--again", is_flag=True, help="The files exported before were never uploaded: write those plays again."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON; needs -o.")
def export_trakt(
    state: State,
    file: Path,
    form: str,
    output: Path | None,
    trakt_export: Path | None,
    again: bool,
    as_json: bool,
) -> None:
    """Write what FILE (plan.yaml) confirms and Trakt lacks, for upload at trakt.tv/settings/data.

    Needs no key and no sign-in. Trakt's importer does not look for duplicates: so each export is remembered, and what
    was exported before is not written again until a newer data download shows what has arrived.
    """
    chosen = ImportFormat(form)
    if output is not None:
        _check_name(output, chosen)
    elif as_json:
        raise BadUsage("the file and the report can't both go to stdout", todo="Add -o FILE.")
    plan = load_valid(state, file)
    request = ExportRequest(chosen, trakt_export, again, one_file=output is None)
    exported = make_export(plan, request, state.services(), state, datetime.now(UTC))
    written = _write(state, exported, output)
    if as_json:
        state.json(export_document(exported, written))
        return
    for line in export_lines(exported, written, plan, practice=state.sandbox):
        state.info(printable(line))


def _check_name(output: Path, form: ImportFormat) -> None:
    """Trakt's importer goes by the name, too."""
    if output.suffix != form.suffix:
        raise BadUsage(f"{output}: Trakt takes this layout only from a file whose name ends in {form.suffix}")
    if output.name.lower().startswith(_MISREAD):
        raise BadUsage(
            f"{output}: Trakt would read a file of this name as another layout", todo="Choose another name."
        )
    for path in (output, _second_name(output)):
        if path.exists():
            raise BadUsage(
                f"{path} is there already, perhaps from an export that you uploaded",
                todo="Choose another name, or move it away first.",
            )


def _second_name(output: Path) -> Path:
    return output.with_name(f"{output.stem}-films{ImportFormat.CSV.suffix}")


def _write(state: State, exported: Exported, output: Path | None) -> list[Written]:
    """First the files under passing names, then the record, then their names: none can be uploaded unrecorded."""
    files, journal = exported.files.files, state.settings.folders.journal
    if output is None:
        remember_export(exported, ("stdout",), journal)
        for one in files:
            state.data(one.text)
        return [Written(None, one) for one in files]
    paths = [output if one.format is exported.format else _second_name(output) for one in files]
    with placed({path: one.text for path, one in zip(paths, files, strict=True)}):
        remember_export(exported, tuple(str(path) for path in paths), journal)
    return [Written(str(path), one) for path, one in zip(paths, files, strict=True)]
