"""The bytes of an exported list: unpacked, decoded, and never more than the memory can hold."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from typing import NoReturn

from anitrakt_plan.errors import Failed

LARGEST_EXPORT = 200 * 1024 * 1024
"""A list of 20,000 entries is some 20 MB; what unpacks to more than this many bytes is no list."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def unpacked(data: bytes, name: str) -> bytes:
    """The file's bytes, unpacked if they are gzip; raises Failed for a broken or monstrous one."""
    if data.startswith(b"PK\x03\x04"):
        refuse("this is a ZIP archive", name, "Unpack it and give the .xml or .json file inside.")
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


def refuse(what: str, where: str, todo: str) -> NoReturn:
    """Raise Failed for a file that is not what it should be."""
    raise Failed(what, where=where, todo=todo)
