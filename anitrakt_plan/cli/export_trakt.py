"""`anitrakt export-trakt`: a plan in, a folder with files for Trakt's own importer out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from anitrakt_plan.cli.context import State, command, terminal_ask
from anitrakt_plan.cli.files import keep_policy, valid_file
from anitrakt_plan.cli.options import FILE, FIRST_NAME_OF_TRAKT_DATA, JSON, ONLY, PATH, trakt_data
from anitrakt_plan.commands.export import ExportOptions, export
from anitrakt_plan.commands.overview import note_carried_out
from anitrakt_plan.commands.run import StopName
from anitrakt_plan.commands.upload_folder import UploadFolder
from anitrakt_plan.reports.export import export_document, export_lines
from anitrakt_plan.words import printable

_STOPS = (
    *(StopName.FIRST_UPLOAD, StopName.SHORT_DOWNLOAD, StopName.OLD_DOWNLOAD),
    *(StopName.EXPORTED, StopName.EMPTY_TRAKT, StopName.JOURNAL_LINE),
)


@command(
    short_help="Write what is missing as files for Trakt's own importer.",
    epilog="Examples:\n\n  anitrakt export-trakt plan.yaml\n\n"
    "  anitrakt export-trakt --trakt-data ~/Downloads\n\n  anitrakt export-trakt --only 'attack on titan'",
)
@FILE
@ONLY
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=PATH,
    help="The folder to write, in place of trakt-upload/ beside FILE.",
)
@trakt_data("Your data as downloaded from Trakt: what is there already. Of a folder, the newest in it.")
@FIRST_NAME_OF_TRAKT_DATA
@click.option("--again", is_flag=True, help="Also what was written before and has not arrived.")
@click.option("--account", metavar="NAME", help="The Trakt account, if the download does not name it.")
@click.option(
    "--allow",
    metavar="STOP",
    type=click.Choice([name.value for name in _STOPS]),
    multiple=True,
    help="Pass the safety stop of this name; `anitrakt explain STOP` says what it is for.",
)
@JSON
def export_trakt(
    state: State,
    file: Path,
    only: tuple[str, ...],
    output: Path | None,
    trakt_data: Path | None,
    again: bool,
    account: str | None,
    allow: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write what FILE (plan.yaml) confirms and Trakt lacks into a folder, for upload at trakt.tv/settings/data.

    Needs no key and no sign-in. Trakt's importer does not look for duplicates: so what is written is remembered, and
    not written again until a newer data download shows what has arrived.
    """
    plan, raw = valid_file(state, file)
    state.only = only
    options = ExportOptions(
        only=only, allow=frozenset(allow), account=account, trakt_data=trakt_data, again=again
    )
    commands = state.as_commands
    folder = UploadFolder(output, commands) if output is not None else UploadFolder.beside(file, commands)
    ask = terminal_ask(allowed=not as_json)
    services = state.services()
    if refused := services.go_on_without_application():
        state.info(f"{refused.what}. Going on without it.")
    exported = export(plan, options, folder, services, state, datetime.now(UTC), ask=ask)
    if exported.policy is not None:
        keep_policy(state, file)
    if not only and exported.first is None and exported.policy is None:
        note_carried_out(state.settings.folders.state, plan.source, raw)
    if as_json:
        state.json(export_document(exported))
        return
    for line in export_lines(exported, practice=state.sandbox):
        state.info(printable(line))
