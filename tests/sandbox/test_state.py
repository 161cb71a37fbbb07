"""The practice account lasts between commands, and the sample data keeps what it promises."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from anitrakt_plan.sandbox import environment
from anitrakt_plan.sandbox.catalogue import Catalogue
from anitrakt_plan.sandbox.lists import ListEntry, Lists
from tests.practice import Sandbox, serve

ROOT = Path(__file__).parents[2]
EXPECTED = json.loads((ROOT / "tests/acceptance/expected_matches.json").read_text(encoding="utf-8"))


def sample_list(catalogue: Catalogue) -> list[ListEntry]:
    user = Lists(catalogue).user("sample")
    assert user is not None
    return user.entries


def number(row: ElementTree.Element, tag: str) -> int:
    return int(row.findtext(tag, ""))


def test_what_one_sandbox_stored_the_next_one_has(tmp_path: Path) -> None:
    with serve(tmp_path) as first:
        play = first.world.add_play("movie", 96, "2020-01-01T00:00:00.000Z")
        first.world.rename_user("Other")
        first.world.watch_only_once = True
        first.world.save()
    with serve(tmp_path) as second:
        assert second.world.plays[play.id].item == 96
        assert (second.world.username, second.world.watch_only_once) == ("Other", True)
        assert second.world.token_works(second.addresses.trakt_token)


def test_two_sandboxes_on_one_folder_see_each_other(tmp_path: Path) -> None:
    with serve(tmp_path) as first, serve(tmp_path) as second:
        play = first.world.add_play("movie", 96)
        second.world.refresh()
        assert play.id in second.world.plays


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serve(None) as sandbox:
        sandbox.world.add_play("movie", 96)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "trakt.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"trakt\.json is damaged"), serve(tmp_path):
        pass


def test_another_account_is_empty_and_the_first_one_comes_back_as_it_was(sandbox: Sandbox) -> None:
    world, first = sandbox.world, sandbox.world.uuid
    plays = set(world.plays)
    world.switch_account("somebody", "0" * 40)
    assert not world.plays
    mine = world.add_play("movie", 96).id
    world.switch_account("sandbox", first)
    assert set(world.plays) == plays
    world.switch_account("somebody", "0" * 40)
    assert set(world.plays) == {mine}


def test_a_test_can_add_shows_and_renumber_seasons(sandbox: Sandbox) -> None:
    show = sandbox.catalogue.add_show("New Show", 2020, {1: 12, 2: 3}).trakt_id
    first = sandbox.catalogue.episode_id(show, 2, 1)
    sandbox.catalogue.renumber(show, 2, 13)
    assert sandbox.catalogue.episode_id(show, 2, 13) == first
    with pytest.raises(KeyError, match="has no S02E01"):
        sandbox.catalogue.episode_id(show, 2, 1)


def test_the_environment_points_every_service_at_the_sandbox(sandbox: Sandbox) -> None:
    variables = environment(sandbox.addresses)
    urls = [value for name, value in variables.items() if name.endswith("_URL")]
    assert len(urls) == 6
    assert all(url.startswith("http://127.0.0.1:") for url in urls)
    assert variables["ANITRAKT_TRAKT_SETTLE"] == "0"


def test_the_sample_list_has_every_status_and_shape_of_date() -> None:
    entries = sample_list(Catalogue())
    statuses = Counter(entry.status for entry in entries)
    assert statuses["completed"] >= 40
    assert set(statuses) == {"watching", "completed", "paused", "dropped", "planned", "rewatching"}
    assert {len(entry.finished) for entry in entries if entry.finished} == {4, 7, 10}
    assert any(entry.status == "completed" and entry.watched == 0 for entry in entries)
    assert any(entry.anime.mal is None for entry in entries)


def test_every_match_expected_of_the_sample_list_exists_on_trakt() -> None:
    catalogue = Catalogue()
    for entry in sample_list(catalogue):
        assert f"anilist:{entry.anime.anilist}" in EXPECTED
        assert entry.anime.mal is None or f"mal:{entry.anime.mal}" in EXPECTED
        place = entry.anime.trakt or {}
        for season, first, last in place.get("runs", []):
            for number in (first, last):
                assert catalogue.episode_id(place["show"], season, number)
        assert "movie" not in place or catalogue.movie("trakt", place["movie"])
    claimed = [text for key, text in EXPECTED.items() if key.startswith("mal:") and text]
    assert len(claimed) == len(set(claimed))


def test_no_two_episodes_of_the_catalogue_share_an_id() -> None:
    catalogue = Catalogue()
    ids = [e.id for show in catalogue.shows for season in show.seasons for e in season.episodes]
    assert len(ids) == len(set(ids))
    assert len(catalogue.anime) >= 80


def test_the_example_export_is_the_sample_list() -> None:
    entries = {e.anime.mal: e for e in sample_list(Catalogue()) if e.anime.mal}
    rows = ElementTree.parse(ROOT / "examples/sample-mal.xml").getroot().findall("anime")
    assert {number(row, "series_animedb_id") for row in rows} == entries.keys()
    for row in rows:
        entry = entries[number(row, "series_animedb_id")]
        assert number(row, "my_watched_episodes") == entry.watched
        assert number(row, "my_score") == entry.score_of_ten
        assert row.findtext("my_finish_date") == ((entry.finished or "0000") + "-00-00")[:10]
        assert number(row, "my_times_watched") == entry.repeats
