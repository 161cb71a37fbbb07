"""How long requests would take at the services' own paces: what was on its way at one time, on a clock of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from anitrakt_plan.http import RateLimit
from anitrakt_plan.settings import Folders, Settings
from anitrakt_plan.sources import SOURCES
from tests.practice.wire import WireRecord

ROUND_TRIP = 0.15
"""Seconds from a request to its answer."""


def limits_of(settings: Settings) -> Mapping[tuple[str, bool], RateLimit]:
    """The paces by service and whether it is written to."""
    found = {(source.name, False): settings.endpoints[source.name].limit for source in SOURCES}
    # a list service's queries are POSTs that change nothing
    found |= {(source.name, True): settings.endpoints[source.name].limit for source in SOURCES}
    return found | {
        ("trakt", False): settings.trakt_get_limit,
        ("trakt", True): settings.trakt_write_limit,
        ("tmdb", False): settings.tmdb_limit,
    }


LIMITS = limits_of(Settings(Folders(*4 * (None,))))  # type: ignore[arg-type]  # no file is touched


def modelled_seconds(
    records: Iterable[WireRecord],
    limits: Mapping[tuple[str, bool], RateLimit] = LIMITS,
    round_trip: float = ROUND_TRIP,
) -> float:
    """Seconds until the last answer: a request begins once all that had ended before it have, and its pace has room.

    What overlapped on the wire overlaps here; work between the requests is not counted.
    """
    events = [
        (event, record) for record in records for event in (record.started, record.ended or record.started)
    ]
    began: dict[tuple[str, bool], list[float]] = defaultdict(list)
    ends: dict[int, float] = {}
    ready = 0.0
    for _, record in sorted(events, key=lambda one: one[0]):
        if record.index in ends:
            ready = max(ready, ends[record.index])
            continue
        start, pace = ready, (record.service, record.method == "POST")
        if (limit := limits.get(pace)) is not None:
            count, milliseconds = limit.rate
            if len(began[pace]) >= count:
                start = max(start, began[pace][-count] + milliseconds / 1000)
            # threads that wait for one pace go in the order in which they came
            start = max([start, *began[pace][-1:]])
        began[pace].append(start)
        ends[record.index] = start + round_trip
    return max(ends.values(), default=0.0)
