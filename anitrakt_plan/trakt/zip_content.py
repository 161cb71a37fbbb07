"""A zip that is not trusted: bounded in count and size, and every damage a plain sentence."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import ClassVar

from anitrakt_plan.errors import Failed

_TODO = "Download it again; if it was unpacked and packed anew, give the zip as it came."


class ZipContent:
    """The JSON files of a zip, read one at a time."""

    LARGEST_FILE: ClassVar[int] = 256 * 2**20
    LARGEST_CONTENT: ClassVar[int] = 1024 * 2**20
    """In bytes, unpacked: an account at Trakt's limit of 100,000 plays has some 80 MB."""
    MOST_FILES: ClassVar[int] = 20_000

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._left = self.LARGEST_CONTENT
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) > self.MOST_FILES or sum(info.file_size for info in infos) > self.LARGEST_CONTENT:
            raise self._too_large()
        self.names = tuple(info.filename for info in infos if info.filename.lower().endswith(".json"))
        self.made_at = _made_at(infos)

    def read(self, name: str) -> bytes:
        """A file's whole content, its checksum verified. Raises Failed."""
        try:
            with self._archive.open(name) as file:
                data = file.read(self._left + 1)  # what a header says of its size is not believed
        except RuntimeError:  # zipfile's word for a password
            raise Failed("the zip is locked with a password", where=self._name, todo=_TODO) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
            raise Failed("the zip is damaged", where=f"{self._name}, {name}", todo=_TODO) from None
        self._left -= len(data)
        if self._left < 0:
            raise self._too_large()
        return data

    def _too_large(self) -> Failed:
        return Failed(
            f"the zip would unpack to more than {self.LARGEST_CONTENT // 2**20} MB: this is no data download",
            where=self._name,
            todo="Look at where the file comes from.",
        )


@contextlib.contextmanager
def open_zip(data: bytes, name: str) -> Iterator[ZipContent]:
    """Open a zip that is in memory. Raises Failed where it is none, damaged, or too large; `name` is for messages."""
    if not data:
        raise Failed("the file is empty", where=name, todo=_TODO)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        what = "the zip is damaged or cut off" if data[:2] == b"PK" else "the file is not a zip"
        raise Failed(what, where=name, todo=_TODO) from None
    with archive:
        yield ZipContent(archive, name)


def _made_at(infos: list[zipfile.ZipInfo]) -> datetime | None:
    """When the youngest file was packed; a zip keeps no time zone, so this may be off by hours.

    1980 is what packers write that keep no time.
    """
    times = []
    for info in infos:
        with contextlib.suppress(ValueError):
            times.append(datetime(*info.date_time, tzinfo=UTC))
    youngest = max(times, default=None)
    return youngest if youngest is not None and youngest.year > 1980 else None
