"""A plan file is written whole or not at all, and never over bytes that nobody here has read."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from anitrakt_plan.errors import BadUsage, Failed
from anitrakt_plan.planfile import read_plan, write_plan


def test_a_new_file_is_written_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    write_plan(file, b"a\n", expected=None)
    write_plan(file, b"b\n", expected=b"a\n")
    assert file.read_bytes() == b"b\n"
    assert [one.name for one in tmp_path.iterdir()] == ["plan.yaml"]


@pytest.mark.parametrize("there", [b"somebody's\n", None])
def test_bytes_that_nobody_has_read_are_not_written_over(tmp_path: Path, there: bytes | None) -> None:
    file = tmp_path / "plan.yaml"
    if there is not None:
        file.write_bytes(there)
    with pytest.raises(Failed, match="after anitrakt read it") as caught:
        write_plan(file, b"ours\n", expected=b"what we read\n")
    assert "Run the same command again" in str(caught.value)
    assert (file.read_bytes() if file.exists() else None) == there


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(b"old\n")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Failed, match="No space left"):
        write_plan(file, b"new\n", expected=b"old\n")
    assert file.read_bytes() == b"old\n"
    assert [one.name for one in tmp_path.iterdir()] == ["plan.yaml"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these permissions nor plain links")
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "kept" / "plan.yaml", tmp_path / "plan.yaml"
    file.parent.mkdir()
    file.write_bytes(b"old\n")
    file.chmod(0o640)
    link.symlink_to(file)
    write_plan(link, b"new\n", expected=b"old\n")
    assert link.is_symlink()
    assert file.read_bytes() == b"new\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="Windows gives links to administrators alone")
def test_a_link_to_itself_is_no_bug(tmp_path: Path) -> None:
    loop = tmp_path / "plan.yaml"
    loop.symlink_to(loop)
    with pytest.raises(Failed) as caught:
        write_plan(loop, b"a\n", expected=b"")
    assert caught.value.where == str(loop)


def test_a_folder_that_is_not_there_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="can't be written"):
        write_plan(tmp_path / "no" / "plan.yaml", b"x", expected=None)


def test_of_many_writers_at_once_each_sees_what_the_one_before_wrote(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(b"0")
    refused = []

    def add() -> None:
        seen = file.read_bytes()
        try:
            write_plan(file, str(int(seen) + 1).encode(), expected=seen)
        except Failed:
            refused.append(seen)

    threads = [threading.Thread(target=add) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert int(file.read_bytes()) + len(refused) == 12


def test_a_plan_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"anitrakt plan --anilist NAME -o .*plan\.yaml"):
        read_plan(tmp_path / "plan.yaml")
    with pytest.raises(Failed, match="can't be read"):
        read_plan(tmp_path)


@pytest.mark.parametrize(("there", "named"), [("plan.yaml", "plan.yml"), ("plan.yml", "plan.yaml")])
def test_a_plan_with_the_other_ending_beside_it_is_named(tmp_path: Path, there: str, named: str) -> None:
    (tmp_path / there).write_text("", encoding="utf-8")
    with pytest.raises(Failed) as caught:
        read_plan(tmp_path / named)
    assert caught.value.todo == f"{tmp_path / there} is there: name that one."


@pytest.mark.parametrize(
    "head", [b"\xef\xbb\xbf<?xml version='1.0'?>", b"\n<myanimelist>", b"\x1f\x8b\x08", b"PK\x03\x04"]
)
def test_the_export_of_a_list_is_no_plan_with_mistakes(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "mal.xml").write_bytes(head)
    with pytest.raises(BadUsage, match="a list's own export") as caught:
        read_plan(tmp_path / "mal.xml")
    assert "--list-file" in str(caught.value.todo)
