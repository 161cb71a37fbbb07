"""The list services and export formats that a list can come from."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import EntryKey, Status
from anitrakt_plan.sources import anilist, anilist_export, mal, mal_export, saved_answers
from anitrakt_plan.sources.export_text import LARGEST_EXPORT, as_text, read_document, refuse, unpacked
from anitrakt_plan.sources.source import Endpoint, Source
from anitrakt_plan.sources.source_list import ALL_STATUSES, FoundList, SourceList, sort_out

SOURCES: tuple[Source, ...] = (
    anilist.SOURCE,
    mal.SOURCE,
)
"""The list services: `plan`'s options, the settings' names, `doctor`'s checks and the plan's words loop over them."""


def source_of(name: str) -> Source:
    """The list service of this name; raises KeyError where there is none."""
    return {source.name: source for source in SOURCES}[name]


def page_of(key: EntryKey) -> str | None:
    """Return the page of an entry on its list service; None where the list knows it by its title alone."""
    pages = {source.name: source.entry_url for source in SOURCES}
    return pages[key.service].format(id=key.id) if key.service in pages else None


# --- A list given as a file ---

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
    return sort_out(_found_in(data, name), statuses, include_private=include_private, file=name)


def _found_in(data: bytes, name: str) -> FoundList:
    data = unpacked(data, name)
    start = as_text(data[:4000]).lstrip().lower()
    if not start:
        refuse("the file is empty", name, WHAT_IS_READ)
    if start.startswith((b"<!doctype html", b"<html")):
        refuse("the file is a web page, not an export", name, WHAT_IS_READ)
    if start.startswith(b"<"):
        return mal_export.read_file(data, name)
    if not start.startswith((b"{", b"[")):
        refuse("this is no list that anitrakt knows", name, WHAT_IS_READ)
    document = read_document(data, name)
    if anilist_export.is_export(document):
        return anilist_export.read_document(document, name)
    return saved_answers.read_document(document, name)


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


__all__ = [
    "ALL_STATUSES",
    "SOURCES",
    "Endpoint",
    "Source",
    "SourceList",
    "page_of",
    "sort_out",
    "source_of",
]
