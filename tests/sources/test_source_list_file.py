"""A list file is known by its content, whatever its name."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from anitrakt_plan.errors import ExitCode, Failed
from anitrakt_plan.model import Status
from anitrakt_plan.sources import ALL_STATUSES, export_text, open_list_file

EXPORTS = Path(__file__).parent / "exports"
GDPR = json.dumps(
    {"user": {}, "lists": [{"series_id": 7, "series_type": 0, "status": 2, "progress": 1}], "activity": []}
)
XML = (EXPORTS / "as-the-site-writes-it.xml").read_bytes()


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


REAL_LISTS = Path(__file__).parents[3] / "shared" / "data" / "lists"


@pytest.mark.parametrize("name", ["list.xml", "list.xml.gz", "no-ending", "gdpr_data.json"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_xml_export_is_known_under_any_name(name: str, packed: bool, tmp_path: Path) -> None:
    data = (EXPORTS / "as-the-site-writes-it.xml").read_bytes()
    file = tmp_path / name
    file.write_bytes(gzip.compress(data) if packed else data)

    listed = open_list_file(file, ALL_STATUSES)

    assert (listed.service, len(listed.entries), listed.file) == ("mal", 7, str(file))


@pytest.mark.parametrize("data", [GDPR.encode(), GDPR.encode("utf-16"), b"\n " + GDPR.encode("utf-8")])
def test_an_anilist_export_is_known_under_any_name(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "list.xml"
    file.write_bytes(data)

    listed = open_list_file(file, ALL_STATUSES)

    assert (listed.service, [entry.key.id for entry in listed.entries]) == ("anilist", [7])


@pytest.mark.parametrize(
    "files",
    [
        {"animelist.xml": XML},
        {"some/folder/LIST.XML": XML, "some/folder/readme.txt": b"hello"},
        {"animelist.xml.gz": gzip.compress(XML)},
        {"animelist.xml": XML, "__MACOSX/._animelist.xml": b"\0\1", ".hidden.json": b"{}"},
    ],
)
def test_a_zip_with_one_list_is_that_list(files: dict[str, bytes], tmp_path: Path) -> None:
    file = tmp_path / "animelist.zip"
    file.write_bytes(zipped(files))

    listed = open_list_file(file, ALL_STATUSES)

    assert (len(listed.entries), listed.file) == (7, str(file))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_text, "LARGEST_EXPORT", 1024 * 1024)
    file = tmp_path / "list.zip"
    file.write_bytes(zipped({"list.xml": b" " * (1024 * 1024 + 1)}))

    with pytest.raises(Failed, match="larger than 1 MB"):
        open_list_file(file, ALL_STATUSES)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "a web page, not an export"),
        (b"\n<HTML>", "a web page, not an export"),
        (b"Title,Score\nNaruto,8\n", "no list that anitrakt knows"),
        (b"\x89PNG\r\n\x1a\n", "no list that anitrakt knows"),
        (b"PK\x03\x04", "the ZIP is damaged or cut off"),
        (zipped({}), "the ZIP holds no .xml, .json or .gz file"),
        (zipped({"readme.txt": b"hello"}), "the ZIP holds no .xml, .json or .gz file"),
        (zipped({"list.xml": b""}), "the file is empty"),
        (zipped({"a.xml": XML, "b/c.json": b"{}"}), "2 files that may be a list: a.xml, b/c.json"),
        (zipped({"watched-history-1.json": b"[]", "b.json": b"{}"}), "this is Trakt's data download"),
        (zipped({f"{n}.xml": XML for n in range(12)}), "7.xml, 8.xml, 9.xml and 2 more"),
        (zipped({"list.zip.xml": zipped({"list.xml": XML})}), "no list that anitrakt knows"),
        (zipped({"list.xml": XML})[:-30], "the ZIP is damaged or cut off"),
    ],
)
def test_anything_else_is_refused_in_a_plain_sentence(data: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "list.xml"
    file.write_bytes(data)

    with pytest.raises(Failed) as caught:
        open_list_file(file, ALL_STATUSES)

    assert words in caught.value.what
    assert caught.value.where == str(file)
    assert caught.value.todo
    assert caught.value.exit_code is ExitCode.FAILED


@pytest.mark.parametrize("name", ["missing.xml", "."])
def test_a_file_that_cant_be_read_is_a_plain_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="the list file can't be read"):
        open_list_file(tmp_path / name, ALL_STATUSES)


@pytest.mark.skipif(not REAL_LISTS.is_dir(), reason="the folder of real lists is not here")
@pytest.mark.parametrize(
    ("name", "entries", "completed"),
    [
        ("mal_02.xml", 67, 36),
        ("mal_06.xml", 204, 126),
        ("mal_12.xml", 404, 217),
        ("mal_16.xml", 528, 481),
        ("mal_21.xml", 800, 430),
    ],
)
def test_real_lists_are_read_whole(name: str, entries: int, completed: int) -> None:
    listed = open_list_file(REAL_LISTS / name, frozenset({Status.COMPLETED}))

    assert (len(listed.entries) + len(listed.others), len(listed.entries)) == (entries, completed)
    assert listed.notes == ()
    assert all(
        entry.progress.watched == entry.episodes for entry in listed.entries if entry.episodes is not None
    )
