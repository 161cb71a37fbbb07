"""The data download is announced with its age, and remembered for the export that follows its plan."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anitrakt_plan.commands.data_download import read_download, remembered_download
from anitrakt_plan.errors import Failed
from anitrakt_plan.sandbox.catalogue import Catalogue
from anitrakt_plan.sandbox.world import World
from anitrakt_plan.settings import PRACTICE_UUID, Folders, Settings
from tests.trakt.test_export_zip import EPISODE_PLAY, PROFILE, packed

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SETTINGS = Settings(Folders(*(Path("/nowhere") for _ in range(4))))
Made = tuple[int, int, int, int, int, int]


class Listener:
    """Notes what is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def info(self, text: str = "") -> None:
        self.said.append(text)

    def debug(self, text: str) -> None:
        self.said.append(text)

    @contextmanager
    def progress(self, title: str, *, each: bool = False) -> Iterator[Callable[[int, int], None]]:
        yield lambda _done, _total: None


def download(folder: Path, *, made: Made = (2026, 11, 22, 8, 0, 0), user: bool = True) -> Path:
    path = folder / "my-data.zip"
    path.write_bytes(
        packed(
            {"watched-history-1.json": [EPISODE_PLAY], **({"user-profile.json": PROFILE} if user else {})},
            made,
        )
    )
    return path


@pytest.mark.parametrize(
    ("made", "said", "warns"),
    [
        ((2026, 11, 22, 8, 0, 0), "made less than a day ago", False),
        ((2026, 11, 21, 8, 0, 0), "made 1 day ago (2026-11-21)", False),
        ((2026, 11, 12, 8, 0, 0), "made 10 days ago (2026-11-12)", True),
        ((1980, 1, 1, 0, 0, 0), "does not say when", True),
    ],
)
def test_its_age_is_said(made: Made, said: str, warns: bool, tmp_path: Path) -> None:
    reporter = Listener()
    read_download(download(tmp_path, made=made), reporter, NOW, SETTINGS)

    assert "my-data.zip: Trakt's data of someone, 1 play" in reporter.said[0]
    assert said in reporter.said[0]
    assert ("since is not in it" in reporter.said[0]) is warns


def test_it_is_remembered_for_its_account_alone(tmp_path: Path) -> None:
    reporter, state = Listener(), tmp_path / "state"
    read = read_download(download(tmp_path), reporter, NOW, SETTINGS, remember_in=state)
    (tmp_path / "my-data.zip").unlink()
    found = remembered_download(state, "SomeOne", reporter, NOW)

    assert found is not None
    assert found.existing == read.existing
    assert "my-data.zip" in reporter.said[-1]
    assert remembered_download(state, "other", reporter, NOW) is None
    assert remembered_download(state, None, reporter, NOW) is None


def test_one_that_names_nobody_is_remembered_for_a_plan_that_names_nobody(tmp_path: Path) -> None:
    reporter = Listener()
    read_download(download(tmp_path, user=False), reporter, NOW, SETTINGS, remember_in=tmp_path / "state")

    assert remembered_download(tmp_path / "state", None, reporter, NOW) is not None
    assert remembered_download(tmp_path / "state", "someone", reporter, NOW) is None


def test_a_damaged_memory_counts_as_none(tmp_path: Path) -> None:
    reporter, state = Listener(), tmp_path / "state"
    read_download(download(tmp_path), reporter, NOW, SETTINGS, remember_in=state)
    (state / "trakt-export" / "someone.zip").write_bytes(b"PK")

    assert remembered_download(state, "someone", reporter, NOW) is None


def test_a_state_folder_that_can_not_be_written_does_not_stop_the_plan(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    found = read_download(download(tmp_path), Listener(), NOW, SETTINGS, remember_in=tmp_path / "state")

    assert len(found.existing.plays) == 1


def test_a_file_that_is_not_there_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="can't be read") as refused:
        read_download(tmp_path / "none.zip", Listener(), NOW, SETTINGS)
    assert "trakt.tv/settings/data" in str(refused.value.todo)


@pytest.mark.parametrize("given", [".", "trakt-export"])
def test_one_that_the_browser_has_unpacked_is_read_as_well(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    unpacked = tmp_path / "trakt-export"
    with zipfile.ZipFile(download(tmp_path)) as archive:
        archive.extractall(unpacked)
    (tmp_path / "my-data.zip").unlink()
    (unpacked / ".DS_Store").write_bytes(b"the system's")
    reporter = Listener()
    found = read_download(tmp_path / given, reporter, NOW, SETTINGS, remember_in=tmp_path / "state")

    assert "trakt-export: Trakt's data of someone, 1 play" in reporter.said[0]
    assert remembered_download(tmp_path / "state", "someone", reporter, NOW) is not None
    assert len(found.existing.plays) == 1


EXAMPLE = Path(__file__).parents[2] / "examples" / "trakt-data.zip"


def test_the_practice_accounts_download_is_not_taken_for_a_persons() -> None:
    with pytest.raises(Failed, match="practice account's data"):
        read_download(EXAMPLE, Listener(), NOW, SETTINGS)
    practised = replace(SETTINGS, trakt_url="http://127.0.0.1:1/trakt")
    assert read_download(EXAMPLE, Listener(), NOW, practised).existing.account.uuid == PRACTICE_UUID


def test_the_practice_accounts_id_is_the_sandboxes() -> None:
    assert World(Catalogue(), None, lambda: NOW).uuid == PRACTICE_UUID
