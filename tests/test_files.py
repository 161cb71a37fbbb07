"""A file is written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from anitrakt_plan.files import names_a_file, own_file, write_beside, write_own, write_whole

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows keeps permissions otherwise")


@posix_only
@pytest.mark.parametrize(("mode", "expected"), [(None, 0o640), (0o600, 0o600)])
def test_a_file_gets_its_mode_or_that_of_any_new_file(
    tmp_path: Path, mode: int | None, expected: int
) -> None:
    before = os.umask(0o026)
    try:
        write_whole(tmp_path / "new", b"whole", mode=mode)
    finally:
        os.umask(before)

    assert (tmp_path / "new").read_bytes() == b"whole"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == expected


@posix_only
def test_what_is_anitrakts_own_is_closed_to_others_and_folders_that_were_there_stay_as_they_are(
    tmp_path: Path,
) -> None:
    before = os.umask(0)
    try:
        (tmp_path / "shared").mkdir()
        old = tmp_path / "shared" / "old"
        old.touch()
        own_file(old)
        write_own(tmp_path / "shared" / "a" / "b" / "new", b"whole")
    finally:
        os.umask(before)

    made = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert made == {
        "shared": 0o777,
        "shared/old": 0o600,
        "shared/a": 0o700,
        "shared/a/b": 0o700,
        "shared/a/b/new": 0o600,
    }


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[failing], no_space)
    with pytest.raises(OSError, match="No space"):
        write_whole(target, b"new")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]


def test_what_waits_beside_its_target_is_not_in_its_place_yet(tmp_path: Path) -> None:
    waiting = write_beside(tmp_path / "file", b"new")

    assert waiting.parent == tmp_path
    assert waiting.read_bytes() == b"new"
    assert not (tmp_path / "file").exists()


def test_a_word_too_long_for_a_file_names_none(tmp_path: Path) -> None:
    (tmp_path / "plan").touch()
    assert names_a_file(str(tmp_path / "plan"))
    assert not names_a_file(str(tmp_path))
    assert not names_a_file("転生したらスライムだった件" * 40)
