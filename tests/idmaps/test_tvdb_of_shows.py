"""A TVDB id stands for a Trakt show only where nothing else claims it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from anitrakt_plan.idmaps import IdMaps, anibridge, anitrakt, tvdb_of_shows


def maps(*rows: tuple[int, int, int | None]) -> IdMaps:
    """AniTrakt's list of shows, from (MAL id, Trakt id, TVDB id)."""
    written = [
        {"myanimelist": {"id": mal}, "trakt": {"id": trakt}, "externals": {"tvdb": tvdb}}
        for mal, trakt, tvdb in rows
    ]
    films = [{"myanimelist": {"id": 9}, "trakt": {"id": 1420}, "externals": {"tvdb": 5}}]
    return IdMaps(
        (
            anibridge.parse(b'{"$meta": {}}'),
            anitrakt.parse_shows(json.dumps(written).encode()),
            anitrakt.parse_movies(json.dumps(films).encode()),
        )
    )


@pytest.mark.parametrize(
    ("rows", "beside", "expected"),
    [
        ([(1, 1420, 267440)], {}, {1420: 267440}),
        ([(1, 1420, 267440), (2, 1420, 267440)], {}, {1420: 267440}),
        ([(1, 1420, None)], {}, {}),
        ([(1, 1420, None)], {1420: 267440}, {1420: 267440}),
        ([(1, 1420, 267440)], {1420: 1}, {}),
        ([(1, 1420, 267440), (2, 1420, 1)], {}, {}),
        ([(1, 30857, 74796), (2, 30850, 74796)], {}, {}),
        ([(1, 30857, 74796)], {30850: 74796}, {}),
    ],
    ids=[
        "named",
        "by two entries",
        "unknown",
        "by the download",
        "in dispute",
        "two",
        "shared",
        "shared beside",
    ],
)
def test_only_what_nothing_contradicts_is_used(
    rows: list[tuple[int, int, int | None]], beside: Mapping[int, int], expected: Mapping[int, int]
) -> None:
    assert tvdb_of_shows(maps(*rows), beside=beside) == expected
