"""Reads the list that a plan is made of, with the times of an export where the plan dates plays by them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from anitrakt_plan.commands.plan import AnilistUser, ListFile, PlanRequest
from anitrakt_plan.commands.services import Services
from anitrakt_plan.commands.telling import Tell
from anitrakt_plan.core.model import DatePolicy, EntryKey, MarkedAt, Service
from anitrakt_plan.core.watched_at import marked_once
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.sources import SOURCES, SourceList


def read_list(request: PlanRequest, services: Services, tell: Tell) -> SourceList:
    """Read the list that was asked for. Raises BadUsage, Failed or NotSignedIn.

    The times at which episodes were marked stand in the entries where the plan dates plays by them.
    """
    by_activity = request.policy.dates is DatePolicy.ACTIVITY
    if by_activity and not isinstance(request.source, ListFile):
        raise _no_activity()
    if request.offline and not isinstance(request.source, ListFile):
        raise BadUsage("--offline needs a list that is already here", todo="Add --list-file FILE.")
    statuses, private = request.statuses, request.include_private
    if isinstance(request.source, ListFile):
        tell.say(f"Reading {request.source.path} ...")
        listed = services.read_list_file(request.source.path, statuses, include_private=private)
        if by_activity and listed.service is not Service.ANILIST:
            raise _no_activity()
        return _with_times(listed) if by_activity else listed
    service = "anilist" if isinstance(request.source, AnilistUser) else "mal"
    user = request.source.name
    tell.say(f"Reading the {SOURCES[service].title} list of {user} ...")
    return services.read_list(service, user, statuses, include_private=private, tell=tell)


def _no_activity() -> BadUsage:
    return BadUsage(
        "--dates activity needs AniList's own data export: only that says when each episode was marked",
        todo="Download your data in AniList's account settings and give --list-file gdpr_data.json, or choose "
        "another rule, such as --dates finish.",
    )


def _with_times(listed: SourceList) -> SourceList:
    times: dict[EntryKey, list[MarkedAt]] = defaultdict(list)
    for time in listed.times:
        times[time.key].append(MarkedAt(time.first, time.last, time.at))
    entries = tuple(
        replace(entry, progress=replace(entry.progress, times=marked_once(times.get(entry.key, ()))))
        for entry in listed.entries
    )
    return replace(listed, entries=entries)
