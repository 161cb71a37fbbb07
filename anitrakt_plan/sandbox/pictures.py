"""The practice pictures: a plain one for each work, so that covers and posters can be seen to come."""

from __future__ import annotations

import struct
import zlib
from colorsys import hls_to_rgb

from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.wire import Answer, Call, Routes

routes = Routes("pictures")

_WIDTH, _HEIGHT = 100, 142


@routes.get("/<path:name>")
def picture(_practice: Practice, _call: Call, name: str) -> Answer:
    """A picture of one colour, which is the name's own."""
    hue = zlib.crc32(name.encode()) % 360 / 360
    red, green, blue = (round(255 * part) for part in hls_to_rgb(hue, 0.55, 0.5))
    row = b"\0" + bytes((red, green, blue)) * _WIDTH
    return Answer(200, _png(row * _HEIGHT), {"Content-Type": "image/png"})


def _png(rows: bytes) -> bytes:
    size = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
