"""The folder with the files that a person uploads to Trakt, and nothing else in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from anitrakt_plan.errors import BadUsage, Failed
from anitrakt_plan.files import write_beside
from anitrakt_plan.reports.export import LeftOutGroup, left_out_text
from anitrakt_plan.sync.importer import ImportFile, ImportLayout

LEFT_OUT = "left-out.txt"

_PACKED_AT = (1980, 1, 1, 0, 0, 0)
"""The same plays make the same bytes."""


@dataclass(frozen=True, slots=True)
class UploadFolder:
    """The folder with the files to upload, and nothing else in it.

    `as_commands` makes the commands in a text such as can be copied: with the plan's name, and `--sandbox`.
    """

    path: Path
    as_commands: Callable[[str], str] = str

    @classmethod
    def beside(cls, plan: Path, as_commands: Callable[[str], str] = str) -> UploadFolder:
        """The usual one, beside a plan."""
        return cls(plan.parent / "trakt-upload", as_commands)

    @property
    def paths(self) -> frozenset[Path]:
        """Where files for Trakt's importer may stand in it, by their absolute paths."""
        return frozenset((self.path / layout.file_name).absolute() for layout in ImportLayout)

    def path_of(self, file: ImportFile) -> Path:
        """Where a file stands, by its absolute path."""
        return (self.path / file.layout.file_name).absolute()

    @contextmanager
    def placed(
        self, files: Sequence[ImportFile], left_out: Sequence[LeftOutGroup], *, known: Iterable[str]
    ) -> Iterator[None]:
        """Put the files under passing names, and give them their own, in place of the last ones, after the block.

        `known` are the paths of files that were written before. Raises BadUsage where others stand in the folder,
        Failed where one can't be written; then the folder is as it was.
        """
        content = {file.layout.file_name: _content(file) for file in files}
        if left_out:
            content[LEFT_OUT] = left_out_text(left_out, self.as_commands).encode()
        self._check(frozenset(known))
        waiting: dict[Path, Path] = {}
        try:
            with _writing(self.path):
                if content:
                    self.path.mkdir(exist_ok=True)
                for name, data in content.items():
                    waiting[self.path / name] = write_beside(self.path / name, data)
            yield
            with _writing(self.path):
                for target, passing in waiting.items():
                    passing.replace(target)
                for name in _OURS - content.keys():
                    (self.path / name).unlink(missing_ok=True)
        finally:
            for passing in waiting.values():
                with suppress(OSError):
                    passing.unlink(missing_ok=True)

    def _check(self, known: frozenset[str]) -> None:
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise BadUsage(f"{self.path} is not a folder", todo="Choose another one with -o FOLDER.")
        for one in sorted(self.path.iterdir()):
            is_hidden = one.name.startswith(".")  # the system's own
            is_ours = one.name == LEFT_OUT or (one.name in _OURS and str(one.absolute()) in known)
            if not is_hidden and not is_ours:
                raise BadUsage(
                    f"{one} is none of the files that anitrakt wrote for Trakt",
                    todo="Move it away, or choose another folder with -o FOLDER: it is to hold nothing but what you "
                    "upload.",
                )


_OURS = frozenset({LEFT_OUT, *(layout.file_name for layout in ImportLayout)})


def _content(file: ImportFile) -> bytes:
    match file.layout:
        case ImportLayout.BY_ID:
            return "".join(text for _, text in file.texts).encode()
        case ImportLayout.PLAYS:
            target = BytesIO()
            with ZipFile(target, "w", ZIP_DEFLATED) as archive:
                for name, text in file.texts:
                    archive.writestr(ZipInfo(name, _PACKED_AT), text, ZIP_DEFLATED)
            return target.getvalue()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Failed(
            f"the files can't be written: {error.strerror or error}",
            where=str(error.filename or folder),
            todo="Choose another folder with -o FOLDER, or make room on the disk.",
        ) from None
