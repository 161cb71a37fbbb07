"""How many list entries the maps know in one Trakt show: what a rating of the whole show hangs on."""

from __future__ import annotations

import json

import pytest

from anitrakt_plan.idmaps import IdMaps, anibridge, anitrakt
from anitrakt_plan.model import Ids, Run


def row(mal: int, show: int, tmdb: int) -> dict[str, object]:
    return {
        "myanimelist": {"id": mal},
        "trakt": {"id": show, "type": "shows", "season": {"number": 1}},
        "externals": {"tmdb": tmdb},
    }


ANITRAKT = anitrakt.parse_shows(json.dumps([row(1, 10, 100), row(2, 20, 200), row(3, 20, 200)]).encode())
ANIBRIDGE = anibridge.parse(
    json.dumps(
        {
            "mal:1": {"tmdb_show:100:s1": {"1-12": "1-12"}},
            "anilist:1": {"tmdb_show:100:s1": {"1-12": "1-12"}},
            "mal:4": {"tmdb_show:100:s2": {"1-12": "1-12"}, "tmdb_show:100:s3": {"13-24": "1-12"}},
            "mal:5": {"tmdb_show:100:s0": {"1": "4"}},
        }
    ).encode()
)


def test_the_map_that_knows_most_of_a_show_counts() -> None:
    assert IdMaps((ANITRAKT,)).entries_in_show(10) == 1
    assert IdMaps((ANITRAKT, ANIBRIDGE)).entries_in_show(10) == 2


def test_a_special_is_no_second_entry_of_a_show() -> None:
    assert ANIBRIDGE.entries_in_show(10, 100) == 2


def test_several_entries_in_one_show_are_counted() -> None:
    assert IdMaps((ANITRAKT,)).entries_in_show(20) == 2


def test_a_show_that_no_map_knows_has_none() -> None:
    assert IdMaps((ANITRAKT, ANIBRIDGE)).entries_in_show(999) == 0
    assert IdMaps().entries_in_show(10) == 0


@pytest.mark.parametrize(
    ("ids", "show", "expected"),
    [
        (Ids(1, 1), 100, {Run(2, 1, 12), Run(3, 1, 12)}),
        (Ids(1), 100, {Run(2, 1, 12), Run(3, 1, 12)}),  # its AniList id, which nobody told, is no other work
        (Ids(4), 100, {Run(1, 1, 12)}),
        (Ids(5), 100, {Run(1, 1, 12), Run(2, 1, 12), Run(3, 1, 12)}),  # a special lies beside no season
        (Ids(1), 999, set()),
    ],
)
def test_the_runs_of_other_works_in_a_show(ids: Ids, show: int, expected: set[Run]) -> None:
    assert IdMaps((ANITRAKT, ANIBRIDGE)).runs_beside(ids, show) == expected


def test_what_has_no_end_is_no_run_of_another_work() -> None:
    found = anibridge.parse(
        json.dumps({"mal:7": {"tmdb_show:100:s1": {"1-12": "1-12", "13-": "20-"}}}).encode()
    )
    assert found.runs_beside(Ids(8), 100) == {Run(1, 1, 12)}
