"""The list services and export formats that a list can come from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from anitrakt_plan.core.model import Service, Status
from anitrakt_plan.http import ReadClient
from anitrakt_plan.settings import Settings
from anitrakt_plan.sources import anilist, mal
from anitrakt_plan.sources.source_list import ALL_STATUSES, EpisodeTime, SourceList

__all__ = ["ALL_STATUSES", "SOURCES", "EpisodeTime", "ListService", "SourceList"]

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
