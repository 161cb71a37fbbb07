"""The folder with what is to be uploaded, and the questions before a first upload."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anitrakt_plan.commands.export import with_show_ratings
from anitrakt_plan.commands.upload_folder import UploadFolder
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Facts,
    Kind,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    RatingScope,
    RatingsPolicy,
    SourceInfo,
    Status,
)
from anitrakt_plan.reports.export import LeftOutEntry, LeftOutGroup, LeftOutReason
from anitrakt_plan.sync.importer import ImportFile, ImportLayout

PLAYS = ImportFile(ImportLayout.PLAYS, (("tvtime-series.json", "[]"),), ())
BY_ID = ImportFile(ImportLayout.BY_ID, (("anitrakt.csv", "action\n"),), ())
LEFT_OUT = (
    LeftOutGroup(LeftOutReason.REVIEW, "needs you", "`review FILE`.", (LeftOutEntry("mal:1", "A Title"),)),
)


@pytest.fixture
def folder(tmp_path: Path) -> UploadFolder:
    return UploadFolder.beside(tmp_path / "plan.yaml", lambda text: text.replace("FILE", "--sandbox p.yaml"))


def names(folder: UploadFolder) -> list[str]:
    return sorted(path.name for path in folder.path.iterdir()) if folder.path.exists() else []


def put(folder: UploadFolder, *files: ImportFile, left_out: bool = False) -> None:
    known = [str(folder.path_of(file)) for file in (PLAYS, BY_ID)]
    with folder.placed(files, LEFT_OUT if left_out else (), known=known):
        pass


def test_it_holds_what_is_to_be_uploaded_and_what_is_left_out_and_nothing_else(folder: UploadFolder) -> None:
    put(folder, PLAYS, BY_ID, left_out=True)
    assert names(folder) == ["anitrakt.csv", "left-out.txt", "tvtime-anitrakt.zip"]
    assert (
        folder.path / "left-out.txt"
    ).read_text() == "1 entry: needs you. `review --sandbox p.yaml`.\n  A Title (mal:1)\n"
    put(folder, BY_ID)
    assert names(folder) == ["anitrakt.csv"]
    put(folder)
    assert names(folder) == []


def test_nothing_to_say_makes_no_folder(folder: UploadFolder) -> None:
    put(folder)

    assert not folder.path.exists()


def test_the_same_plays_make_the_same_bytes(folder: UploadFolder) -> None:
    put(folder, PLAYS)
    first = folder.path_of(PLAYS).read_bytes()
    put(folder, PLAYS)

    assert folder.path_of(PLAYS).read_bytes() == first


def test_files_get_their_names_only_when_the_record_is_written(folder: UploadFolder) -> None:
    put(folder, BY_ID)
    with folder.placed([PLAYS], (), known=[str(folder.path_of(BY_ID))]):
        assert "tvtime-anitrakt.zip" not in names(folder)
    with suppress(RuntimeError), folder.placed([BY_ID], (), known=[str(folder.path_of(PLAYS))]):
        raise RuntimeError  # the record could not be written

    assert names(folder) == ["tvtime-anitrakt.zip"]


@pytest.mark.parametrize("name", ["notes.txt", "anitrakt.csv", "tvtime-anitrakt.zip"])
def test_what_is_not_ours_is_neither_joined_nor_overwritten(name: str, folder: UploadFolder) -> None:
    folder.path.mkdir()
    (folder.path / name).write_text("mine")
    (folder.path / ".DS_Store").write_text("the system's")

    with pytest.raises(BadUsage, match=name), folder.placed([PLAYS], (), known=[]):
        pytest.fail("it was begun")
    assert (folder.path / name).read_text() == "mine"


def test_rating_each_show_by_its_mean_changes_the_policy_and_what_rated_its_season() -> None:
    entries = tuple(
        PlanEntry(
            EntryKey("mal", number),
            "x",
            Facts(Kind.TV),
            Progress(Status.COMPLETED, rating=8),
            Decision.AUTO,
            rates=rates,
        )
        for number, rates in enumerate(
            (RatingScope.SEASON, RatingScope.MOVIE, RatingScope.EPISODES, None), start=1
        )
    )
    source = SourceInfo("mal", "u", 4, (Status.COMPLETED,))
    after = with_show_ratings(
        Plan("t", datetime(2026, 11, 22, tzinfo=UTC), source, "user", Policy(), entries)
    )

    assert after.policy.ratings is RatingsPolicy.SHOW_MEAN
    assert [entry.rates for entry in after.entries] == [
        RatingScope.SHOW,
        RatingScope.MOVIE,
        RatingScope.EPISODES,
        None,
    ]
