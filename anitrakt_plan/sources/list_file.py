"""A list given as a file: which of the known exports it is, told by its content and not by its name."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from anitrakt_plan.core.model import Status
from anitrakt_plan.errors import Failed
from anitrakt_plan.sources import anilist_export, mal_export, saved_answers
from anitrakt_plan.sources.export_text import LARGEST_EXPORT, as_text, read_document, refuse, unpacked
from anitrakt_plan.sources.source_list import SourceList

WHAT_IS_READ = (
    "anitrakt reads MyAnimeList's XML export (.xml or .xml.gz, also as other sites write it), AniList's "
    "gdpr_data.json, and lists that were saved from the API of either."
)


def open_list_file(path: Path, statuses: Collection[Status], *, include_private: bool = False) -> SourceList:
    """Read a list file of any known kind; the list remembers `path` as it was given.

    Raises Failed where there is no file, where it is empty, or where it is no list of anime.
    """
    return read_list(_bytes_of(path), str(path), statuses, include_private=include_private)


def read_list(
    data: bytes, name: str, statuses: Collection[Status], *, include_private: bool = False
) -> SourceList:
    """The list in a file's bytes, known by what they hold; `name` is how messages and the plan call the file.

    Raises Failed where it is empty, broken, or no list of anime.
    """
    data = unpacked(data, name)
    start = as_text(data[:4000]).lstrip().lower()
    if not start:
        refuse("the file is empty", name, WHAT_IS_READ)
    if start.startswith((b"<!doctype html", b"<html")):
        refuse("the file is a web page, not an export", name, WHAT_IS_READ)
    if start.startswith(b"<"):
        return mal_export.read_file(data, name, statuses)
    if start.startswith((b"{", b"[")):
        document = read_document(data, name)
        if anilist_export.is_export(document):
            return anilist_export.read_document(document, name, statuses, include_private=include_private)
        return saved_answers.read_document(document, name, statuses, include_private=include_private)
    raise Failed("this is no list that anitrakt knows", where=name, todo=WHAT_IS_READ)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_EXPORT + 1)
    except OSError as error:
        raise Failed(
            f"the list file can't be read: {error.strerror or error}",
            where=str(path),
            todo="Look at the path; it is the file that the list service let you download.",
        ) from None
