"""The last panel on the way without an application: makes the upload files, and says what of them arrived."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from anitrakt_plan.commands.export import ExportOptions
from anitrakt_plan.commands.services import Ask, Question
from anitrakt_plan.errors import AnitraktError, NotSignedIn
from anitrakt_plan.reports.export import Exported, page_of, standing_lines
from anitrakt_plan.settings import DATA_PAGE
from anitrakt_plan.sync.importer import ImportFile
from anitrakt_plan.web.view import Json, safe_url
from anitrakt_plan.words import pluralize, printable

Export = Callable[[ExportOptions, Ask | None], Exported]
"""Makes an export of the plan as it stands now, with what keeps its policy; raises what `export` raises."""


class NeedsAnswer(Exception):
    """Something only the person may decide comes first."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.text)
        self.question = question


class Upload:
    """Exports for one plan. A data download that was dropped stays in memory until the review ends, and nowhere else.

    `practice`: it is the sandbox's account, and no file is for the real page. `as_commands` makes the commands in a
    text such as can be copied.
    """

    def __init__(
        self,
        export: Export,
        *,
        downloads: Path,
        practice: bool = False,
        as_commands: Callable[[str], str] = str,
    ) -> None:
        self._export = export
        self._downloads = downloads
        self._practice = practice
        self._as_commands = as_commands
        self._one_at_a_time = threading.Lock()
        self._checked: bytes | Path | None = None

    def make(self, answers: Mapping[str, str]) -> Json:
        """Write the files; `answers` are those to the questions so far, by flag. Raises NeedsAnswer."""

        def ask(question: Question) -> str:
            if answers.get(question.flag) not in question.choices:
                raise NeedsAnswer(question)
            return answers[question.flag]

        with self._one_at_a_time, _as_file(self._checked) as path:
            try:
                return self._json(self._export(ExportOptions(trakt_data=path), ask))
            except NotSignedIn as missing:
                return {"needs_download": True, "says": printable(missing.what), "page": DATA_PAGE}

    def check(self, dropped: bytes | None = None) -> Json:
        """What of earlier uploads arrived, and what would be written now.

        By a data download that was dropped on the page, or the newest in the downloads folder.
        """
        download = self._downloads if dropped is None else dropped
        with self._one_at_a_time, _as_file(download) as path:
            found = self._json(self._export(ExportOptions(trakt_data=path, dry_run=True), None))
            self._checked = download  # what is made now is made by it
            return found

    def _json(self, exported: Exported) -> Json:
        return _json(exported, self._as_commands, practice=self._practice)


@contextmanager
def _as_file(data: bytes | Path | None) -> Iterator[Path | None]:
    if not isinstance(data, bytes):
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="anitrakt-") as folder:
        path = Path(folder) / "trakt-data.zip"
        path.write_bytes(data)
        try:
            yield path
        except AnitraktError as error:
            error.where = (error.where or "").replace(str(path), "the file that was dropped here") or None
            raise


PRACTICE = (
    "These files are practice: upload none of them at trakt.tv, where nothing takes an upload back. "
    "`anitrakt sandbox --upload {folder}` uploads them to the practice account."
)


def _file_json(file: ImportFile, folder: Path, *, practice: bool) -> Json:
    counts = ((len(file.plays), "play"), (len(file.ratings), "rating"))
    return {
        "name": file.layout.file_name,
        "path": str(folder / file.layout.file_name),
        "tab": file.layout.tab,
        "page": "" if practice else safe_url(page_of(file)),
        "shows": [f"{count:,} {words}" for count, words in file.announced],
        "says": ", ".join(pluralize(count, word) for count, word in counts if count),
    }


def _json(exported: Exported, as_commands: Callable[[str], str], *, practice: bool) -> Json:
    def says(text: str) -> str:
        return as_commands(printable(text))

    # what waits in a file already is not called new
    new = () if exported.is_stopped else exported.files.files
    files = [_file_json(file, exported.folder, practice=practice) for file in new]
    return {
        "stopped": exported.is_stopped,
        "written": not exported.dry_run,
        "folder": str(exported.folder),
        "files": files,
        "first": {"title": printable(exported.first[0]), "page": safe_url(exported.first[1])}
        if exported.first
        else None,
        "arrived": [says(line.strip()) for line in standing_lines(exported.standings, exported.plan)],
        "notes": [says(note) for note in exported.notes],
        "practice": PRACTICE.format(folder=exported.folder)
        if practice and files and not exported.dry_run
        else "",
        "left_out": [
            {
                "says": f"{pluralize(len(group.entries), 'entry')}: {says(group.head)}",
                "cure": says(group.cure),
                "names": [printable(one.title) for one in group.entries[:8]],
                "more": max(0, len(group.entries) - 8),
            }
            for group in exported.left_out
        ],
    }
