"""The way without a key, practised in the sandbox by commands that a newcomer can type."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import Run

FOLDER = Path("trakt-upload")


def until_all_arrived(anitrakt: Run) -> str:
    """Upload what was written, and look at what came of it; what the export then says."""
    anitrakt("sandbox", "--upload", "trakt-upload", "--download", "next.zip")
    return anitrakt("--sandbox", "export-trakt", "plan.yaml", "--trakt-data", "next.zip").err


def test_a_newcomer_walks_the_whole_way_without_a_key(anitrakt: Run) -> None:
    downloaded = anitrakt("sandbox", "--download", "data.zip")
    planned = anitrakt(
        "--sandbox", "plan", "--anilist", "sample", "--trakt-data", "data.zip", "-o", "plan.yaml"
    )
    exported = anitrakt("--sandbox", "export-trakt", "plan.yaml")
    stopped = anitrakt("--sandbox", "export-trakt", "plan.yaml")
    uploaded = anitrakt("sandbox", "--upload", "trakt-upload", "--download", "newer.zip")
    arrived = anitrakt("--sandbox", "export-trakt", "plan.yaml", "--trakt-data", "newer.zip")

    results = (downloaded, planned, exported, stopped, uploaded, arrived)
    assert [result.code for result in results] == [0, 0, 0, 6, 0, 0], [result.err for result in results]
    assert "anitrakt --sandbox export-trakt" in planned.err
    assert "`anitrakt sandbox --upload trakt-upload`" in exported.err
    announced = exported.err.partition("tvtime-anitrakt.zip   tab TV Time   Trakt says: ")[2].splitlines()[0]
    assert f"tvtime-anitrakt.zip (tab TV Time): {announced}: imported." in uploaded.err
    assert arrived.err.count("all of it has arrived") == 2
    # now that the account holds their ratings, its data names shows that no map has ids for
    assert "items for History" in arrived.err
    assert "nothing to export" in until_all_arrived(anitrakt)
    assert not (FOLDER / "tvtime-anitrakt.zip").exists()


@pytest.mark.long  # the second month without keys, in the sandbox; test_without_keys.py has it
def test_the_next_month_brings_what_is_new_alone(anitrakt: Run) -> None:
    anitrakt("sandbox", "--download", "data.zip")
    anitrakt("--sandbox", "plan", "--anilist", "sample", "--trakt-data", "data.zip", "-o", "plan.yaml")
    anitrakt("--sandbox", "export-trakt", "plan.yaml")
    until_all_arrived(anitrakt)
    assert "nothing to export" in until_all_arrived(anitrakt)
    anitrakt("sandbox", "--download", "newer.zip")
    more = ("--status", "completed,watching")
    again = anitrakt("--sandbox", "plan", "--update", "plan.yaml", "--trakt-data", "newer.zip", *more)
    exported = anitrakt("--sandbox", "export-trakt", "plan.yaml")
    uploaded = anitrakt("sandbox", "--upload", "trakt-upload")
    count = int(uploaded.err.partition("(tab TV Time): ")[2].partition(" items")[0].replace(",", ""))
    assert [result.code for result in (again, exported)] == [0, 0], exported.err
    assert 0 < count < 100
    anitrakt("sandbox", "--download", "last.zip")
    last = anitrakt("--sandbox", "export-trakt", "plan.yaml", "--trakt-data", "last.zip")
    assert 1 <= last.err.count("all of it has arrived") <= 2  # what arrived before that is not told again


def test_the_same_files_once_more_are_said_to_stand_twice(anitrakt: Run) -> None:
    anitrakt("sandbox", "--download", "data.zip")
    anitrakt("--sandbox", "plan", "--anilist", "sample", "--trakt-data", "data.zip", "-o", "plan.yaml")
    anitrakt("--sandbox", "export-trakt", "plan.yaml")
    first, again = (anitrakt("sandbox", "--upload", "trakt-upload").err for _ in range(2))
    plays = first.partition("(tab TV Time): ")[2].partition(" items")[0].replace(",", "")

    assert "second time" not in first
    assert f"imported, {plays} plays for the second time" in again


def test_the_practice_account_can_begin_anew(anitrakt: Run) -> None:
    anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "plan.yaml")
    anitrakt("--sandbox", "apply", "plan.yaml")
    empty = anitrakt("sandbox", "--reset", "--download", "data.zip")
    assert empty.code == 0, empty.err
    planned = anitrakt(
        "--sandbox", "plan", "--anilist", "sample", "--trakt-data", "data.zip", "-o", "other.yaml"
    )
    assert "Trakt's data of sandbox, 19 plays" in planned.err
    assert "No runs yet" in anitrakt("--sandbox", "log").out + anitrakt("--sandbox", "log").err


def test_a_folder_with_nothing_to_upload_is_an_error(anitrakt: Run) -> None:
    Path("empty").mkdir()
    result = anitrakt("sandbox", "--upload", "empty")
    assert (result.code, "nothing to upload in empty" in result.err) == (2, True)
