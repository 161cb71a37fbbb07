"""The bytes of an exported list: unpacked, decoded, and never more than the memory can hold."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from json import JSONDecodeError
from pathlib import PurePosixPath
from typing import Any, NoReturn

from anitrakt_plan.errors import Failed
from anitrakt_plan.json_text import read_json
from anitrakt_plan.words import pluralize

LARGEST_EXPORT = 48 * 1024 * 1024
"""A list of 20,000 entries is some 14 MB; what unpacks to more than this many bytes is no list."""

_MAX_ZIPPED_FILES = 20_000
_MAX_NAMED = 10
_LIST_ENDINGS = (".xml", ".json", ".gz")
_ZIP_TODO = "Unpack it and give the .xml or .json file inside."
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def unpacked(data: bytes, name: str) -> bytes:
    """The list's bytes, out of a gzip file or of a ZIP that holds one list.

    Raises Failed for a broken or monstrous one, and for a ZIP of several lists, which are named.
    """
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # the latter: a ZIP of nothing
        data = _only_list_in(data, name)
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(LARGEST_EXPORT + 1)
        except EOFError:
            refuse("the gzip file is cut off", name, "Download the export again.")
        except (OSError, zlib.error):
            refuse("the gzip file is damaged", name, "Download the export again.")
    if len(data) > LARGEST_EXPORT:
        refuse(f"the list would be larger than {LARGEST_EXPORT // 1024 // 1024} MB", name, "This is no list.")
    return data


def _only_list_in(data: bytes, name: str) -> bytes:
    # never more than one byte beyond the largest: what the ZIP says of its size may lie
    try:
        with (
            zipfile.ZipFile(io.BytesIO(data)) as archive,
            archive.open(_the_list_among(archive.infolist(), name)) as file,
        ):
            return file.read(LARGEST_EXPORT + 1)
    except RuntimeError:  # zipfile's word for a password
        refuse("the ZIP is locked with a password", name, _ZIP_TODO)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        refuse("the ZIP is damaged or cut off", name, "Download the export again.")


def _the_list_among(files: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    if len(files) > _MAX_ZIPPED_FILES:
        refuse(f"the ZIP holds {len(files):,} files", name, "This is no list.")
    lists = [file for file in files if _may_be_list(file)]
    if not lists:
        refuse("the ZIP holds no .xml, .json or .gz file", name, _ZIP_TODO)
    if any("watched-history" in file.filename for file in files):
        refuse("this is Trakt's data download, and no anime list", name, "Give it with --trakt-data.")
    if len(lists) > 1:
        named = ", ".join(file.filename for file in lists[:_MAX_NAMED])
        more = f" and {len(lists) - _MAX_NAMED} more" if len(lists) > _MAX_NAMED else ""
        what = f"the ZIP holds {pluralize(len(lists), 'file')} that may be a list: {named}{more}"
        refuse(what, name, "Unpack it and give the one that is your anime list.")
    return lists[0]


def _may_be_list(file: zipfile.ZipInfo) -> bool:
    # some systems put a hidden file beside each real one
    path = PurePosixPath(file.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not file.is_dir() and not hidden and path.name.lower().endswith(_LIST_ENDINGS)


def as_utf8(data: bytes) -> bytes | None:
    """The text as UTF-8 without a byte order mark, where its bytes tell the encoding; None where they don't.

    UTF-16 is what Windows PowerShell's `>` writes, often without changing the encoding that an XML file declares.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            text = data[len(mark) :] if encoding == "utf-8" else data
            return text.decode(encoding, errors="replace").encode()
    for encoding, zero in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(data) > 3 and data[zero] == 0 and data[zero + 2] == 0:
            return data.decode(encoding, errors="replace").encode()
    return None


def as_text(data: bytes) -> bytes:
    """The text as UTF-8 where its bytes tell another encoding, else as it is."""
    text = as_utf8(data)
    return data if text is None else text


def read_document(data: bytes, name: str) -> Any:
    """The JSON in a file's bytes; raises Failed where it is broken (with its line)."""
    try:
        return read_json(as_text(data))
    except JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise Failed(
            f"the JSON is broken: {error.msg}", where=where, todo="Download the list again."
        ) from None
    except ValueError as error:
        refuse(f"the JSON is no list: {error}", name, "Download the list again.")


def refuse(what: str, where: str, todo: str) -> NoReturn:
    """Raise Failed for a file that is not what it should be."""
    raise Failed(what, where=where, todo=todo)
