"""Text and JSON from outside: files that people give, and answers of services."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_MAY_BE_HALF = re.compile(r"\\u[dD][89a-fA-F]")
# A pair of surrogates is one sign; a half alone is six characters long, and every other escape is shorter.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)",
    re.DOTALL,
)
_HALF = re.compile("[\ud800-\udfff]")
_LENGTH_OF_HALF = len(r"\ud83d")


MAX_CONTAINERS, MAX_VALUES = 900_000, 1_500_000
"""More lists and objects, or values in them, are no answer of a service and no list: they would fill the memory."""


def read_json(
    data: bytes | str, *, object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """Read JSON; raises ValueError where it is anything else, cut off, nested too deeply, or holds too much.

    A sign cut in two (`\\ud83d` alone) and bytes that are no text, which no file and no terminal takes, become
    U+FFFD: they cost one sign, not the whole answer.
    """
    text = data if isinstance(data, str) else data.decode(json.detect_encoding(data), errors="replace")
    if text.count("{") + text.count("[") > MAX_CONTAINERS or text.count(",") > MAX_VALUES:
        raise ValueError("it holds more values than anything that anitrakt reads")
    if _MAY_BE_HALF.search(text):
        text = _ESCAPE.sub(_whole, text)
    try:
        return json.loads(whole(text), object_pairs_hook=object_pairs_hook)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def whole(text: str) -> str:
    """The text with no sign cut in two: two halves that belong together are one sign, any other is U+FFFD."""
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _whole(escape: re.Match[str]) -> str:
    return r"\ufffd" if len(escape[0]) == _LENGTH_OF_HALF else escape[0]
