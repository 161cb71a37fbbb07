"""The world in which cost is measured: copies are strangers to each other, and the services serve them."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.copies import renamed
from benchmarks.cost import pages
from benchmarks.steps import endpoint_of
from benchmarks.world import make_catalogue, make_list
from tests.practice import serve
from tests.practice.world import Catalogue

ENTRIES = 500


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return make_catalogue(ENTRIES, None)


def test_no_two_works_or_episodes_share_an_id(catalogue: Catalogue) -> None:
    ids: dict[str, list[int | None]] = {
        "anilist": [anime.anilist for anime in catalogue.anime],
        "mal": [anime.mal for anime in catalogue.anime if anime.mal],
        "show": [show.trakt_id for show in catalogue.shows],
        "movie": [movie.trakt_id for movie in catalogue.movies],
        "season": [season.ids["trakt"] for show in catalogue.shows for season in show.seasons],
        "episode": [e.id for show in catalogue.shows for season in show.seasons for e in season.episodes],
    }

    assert len(catalogue.anime) >= ENTRIES
    for kind, all_of_them in ids.items():
        assert len(set(all_of_them)) == len(all_of_them), kind


def test_each_copy_of_a_name_is_another_name_with_the_same_season_words() -> None:
    names = {renamed("Shingeki no Kyojin Season 2", number) for number in range(1, 100)}

    assert len(names) == 99
    assert "Shingeki no Kyojin Season 2" not in names
    assert all(name.endswith(" Season 2") for name in names)


def test_a_copied_entry_lies_in_the_copied_show(catalogue: Catalogue) -> None:
    for anime in catalogue.anime:
        place = anime.trakt or {}
        assert "show" not in place or catalogue.show("trakt", place["show"]) is not None
        assert "movie" not in place or catalogue.movie("trakt", place["movie"]) is not None


def test_the_list_has_each_entry_once_and_the_account_has_a_past(catalogue: Catalogue) -> None:
    listed = make_list(catalogue, ENTRIES)

    with serve(None, catalogue=catalogue) as sandbox:
        assert sandbox.catalogue is catalogue
        assert len(sandbox.world.plays) == len(catalogue.account["plays"]) > 0
    assert Counter(entry.anime.anilist for entry in listed).most_common(1)[0][1] == 1
    assert len(listed) == ENTRIES


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (1, 2), (250, 2), (251, 3)])
def test_pages_end_with_an_empty_one(rows: int, requests: int) -> None:
    assert pages(rows) == requests


def test_an_endpoint_is_counted_without_its_ids() -> None:
    assert endpoint_of("trakt", "GET", "/shows/1420/seasons") == "trakt GET /shows/{id}/seasons"
