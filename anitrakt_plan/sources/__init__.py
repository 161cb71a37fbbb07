"""The list services and export formats that a list can come from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from anitrakt_plan.errors import Failed
from anitrakt_plan.http import ReadClient
from anitrakt_plan.model import Service, Status
from anitrakt_plan.settings import Settings
from anitrakt_plan.sources import anilist, anilist_export, mal, mal_export, saved_answers
from anitrakt_plan.sources.export_text import LARGEST_EXPORT, as_text, read_document, refuse, unpacked
from anitrakt_plan.sources.source_list import ALL_STATUSES, EpisodeTime, SourceList

OnProgress = Callable[[int, int | None], None]


class ReadList(Protocol):
    """Reads a user's list with whatever keys the settings hold."""

    def __call__(
        self,
        reader: ReadClient,
        user: str,
        settings: Settings,
        *,
        statuses: Collection[Status],
        include_private: bool = False,
        on_progress: OnProgress | None = None,
    ) -> SourceList: ...


@dataclass(frozen=True, slots=True)
class ListService:
    """A list service: what people call it, how it is spoken to, and how a list is read from it."""

    service: Service
    title: str
    open_reader: Callable[[Settings, Callable[[str, str, int], None] | None], ReadClient]
    read: ReadList


def _open_anilist(
    settings: Settings, on_request: Callable[[str, str, int], None] | None = None
) -> ReadClient:
    return ReadClient(
        anilist.NAME, settings.anilist_url, rate_limit=settings.anilist_pace, on_request=on_request
    )


def _open_mal(settings: Settings, on_request: Callable[[str, str, int], None] | None = None) -> ReadClient:
    return ReadClient(mal.NAME, settings.mal_url, rate_limit=settings.mal_pace, on_request=on_request)


def _read_anilist(
    reader: ReadClient,
    user: str,
    settings: Settings,
    *,
    statuses: Collection[Status],
    include_private: bool = False,
    on_progress: OnProgress | None = None,
) -> SourceList:
    return anilist.read_list(
        reader,
        user,
        token=settings.anilist_token,
        statuses=statuses,
        include_private=include_private,
        on_progress=on_progress,
    )


def _read_mal(
    reader: ReadClient,
    user: str,
    settings: Settings,
    *,
    statuses: Collection[Status],
    include_private: bool = False,  # noqa: ARG001  (MyAnimeList has private lists, but no private entries)
    on_progress: OnProgress | None = None,
) -> SourceList:
    return mal.read_list(
        reader,
        user,
        client_id=settings.mal_client_id,
        token=settings.mal_token,
        statuses=statuses,
        on_progress=on_progress,
    )


SOURCES: dict[str, ListService] = {
    "anilist": ListService(Service.ANILIST, anilist.NAME, _open_anilist, _read_anilist),
    "mal": ListService(Service.MAL, mal.NAME, _open_mal, _read_mal),
}
"""The list services, by the name of their option: `--anilist USER`, `--mal USER`."""


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


__all__ = ["ALL_STATUSES", "SOURCES", "EpisodeTime", "ListService", "SourceList"]
