"""A work's ids elsewhere are used only where they name it and no other work: an import can't be taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from anitrakt_plan.idmaps import IdMaps, anibridge, anitrakt, outside_ids
from anitrakt_plan.model import MovieSubject, OutsideIds, ShowSubject

Rows = list[tuple[int, int, int | None, str | None]]


def maps(*rows: tuple[int, int, int | None, str | None]) -> IdMaps:
    """AniTrakt's list of shows, from (MAL id, Trakt id, TVDB id, IMDb id)."""
    written = [
        {"myanimelist": {"id": mal}, "trakt": {"id": trakt}, "externals": {"tvdb": tvdb, "imdb": imdb}}
        for mal, trakt, tvdb, imdb in rows
    ]
    films = [{"myanimelist": {"id": 9}, "trakt": {"id": 1420}, "externals": {"tvdb": 267440, "imdb": "tt5"}}]
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
        ([(1, 1420, 267440, "tt1")], {}, {1420: (267440, "tt1")}),
        ([(1, 1420, 267440, None), (2, 1420, 267440, "tt1")], {}, {1420: (267440, "tt1")}),
        ([(1, 1420, None, None)], {}, {}),
        ([(1, 1420, None, None)], {1420: (267440, None)}, {1420: (267440, None)}),
        ([(1, 1420, 267440, "tt1")], {1420: (1, "tt1")}, {1420: (None, "tt1")}),
        ([(1, 1420, 267440, None), (2, 1420, 1, None)], {}, {}),
        (
            [(1, 30857, 74796, "tt1"), (2, 30850, 74796, "tt2")],
            {},
            {30857: (None, "tt1"), 30850: (None, "tt2")},
        ),
        (
            [(1, 30857, 74796, "tt1"), (2, 30850, 74797, "tt1")],
            {},
            {30857: (74796, None), 30850: (74797, None)},
        ),
        ([(1, 30857, 74796, None)], {30850: (74796, None)}, {}),
        ([(1, 30857, 74796, "tt5")], {}, {30857: (74796, None)}),
    ],
    ids=[
        "named",
        "by two entries",
        "unknown",
        "known elsewhere",
        "in dispute",
        "in dispute within the map",
        "one TVDB id for two shows",
        "one IMDb id for two shows",
        "one id for two shows, by two sources",
        "a film's",
    ],
)
def test_only_what_nothing_contradicts_is_used(
    rows: Rows,
    beside: Mapping[int, tuple[int | None, str | None]],
    expected: Mapping[int, tuple[int | None, str | None]],
) -> None:
    known = [(ShowSubject(show), OutsideIds(imdb, tvdb)) for show, (tvdb, imdb) in beside.items()]
    found = outside_ids(maps(*rows), beside=known)

    assert found.pop(MovieSubject(1420), None) in (OutsideIds("tt5"), None)
    assert found == {ShowSubject(show): OutsideIds(imdb, tvdb) for show, (tvdb, imdb) in expected.items()}
