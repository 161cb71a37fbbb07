"""What somebody has watched is private: nobody else on the machine reads what anitrakt keeps for itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Run
from tests.practice import serve

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows keeps permissions otherwise")


@pytest.fixture(params=[0, 0o022], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> dict[str, str]:
    return {
        str(path): oct(mode(path))
        for path in (folder, *folder.rglob("*"))
        if mode(path) != (0o700 if path.is_dir() else 0o600)
    }


def test_what_anitrakt_keeps_is_for_the_person_alone(umask: int, anitrakt: Run, tmp_path: Path) -> None:
    home = Path(os.environ["ANITRAKT_HOME"])

    assert anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml").code == 0
    assert anitrakt("apply", "plan.yaml", "-y", "--limit", "1").code == 0
    assert anitrakt("export-trakt", "plan.yaml", "--allow", "first-upload", "--allow", "exported").code == 0

    kept = {path.parent.name for path in home.rglob("*") if path.is_file()}
    assert {"cache", "evidence", "journal"} <= kept
    assert open_to_others(home) == {}
    assert [mode(asked) for asked in map(Path, ("plan.yaml", "trakt-upload/tvtime-anitrakt.zip"))] == [
        0o666 & ~umask
    ] * 2


def test_the_practice_account_is_no_exception(umask: int, tmp_path: Path) -> None:
    with serve(tmp_path / "home" / "sandbox"):
        pass

    assert list((tmp_path / "home" / "sandbox").iterdir())
    assert open_to_others(tmp_path / "home") == {}
