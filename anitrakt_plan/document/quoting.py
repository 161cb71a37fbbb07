"""Writes single values as YAML that every reader takes alike: quoted texts, plain words, comments on one line."""

from __future__ import annotations

import re

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_SPECIAL = re.compile(
    '[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]'
)
_NOT_IN_COMMENT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]+")
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?: [A-Za-z0-9_+-]+)*")
_TAKEN_FOR_VALUES = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def quoted(text: str) -> str:
    """A text in double quotes on one line. Half a surrogate pair, which no file can hold, becomes U+FFFD."""
    return f'"{_SPECIAL.sub(_escape, text)}"'


def word(text: str) -> str:
    """A fixed word or short code without quotes where every YAML reader takes it for a text, else with them."""
    if _PLAIN_WORD.fullmatch(text) and text.lower() not in _TAKEN_FOR_VALUES:
        return text
    return quoted(text)


def comment(text: str) -> str:
    """A text that can stand behind `#>`: on one line, without characters that would end it."""
    return " ".join(_NOT_IN_COMMENT.sub(" ", text).split())


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    number = ord(sign)
    if 0xD800 <= number <= 0xDFFF:
        return "\ufffd"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
