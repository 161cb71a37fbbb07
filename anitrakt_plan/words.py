"""How numbers and titles are said: `1 play`, `2 entries`, `Akira (1988)`."""

from __future__ import annotations

import re
from datetime import timedelta

# control signs, line breaks, and marks that turn the direction of the text around them
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def pluralize(number: int, noun: str) -> str:
    """A number with its noun, which comes in the singular: `1 rating`, `2 matches`, `2 watchlist entries`."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """A noun for any other number than 1."""
    if noun.endswith("y") and not noun.endswith("ay"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("ch") else f"{noun}s"


def titled(title: str, year: int | None) -> str:
    """A work's title with its year: `Akira (1988)`; the title alone where nobody knows the year."""
    return f"{title} ({year})" if year else title


def quoted(title: str, year: int | None) -> str:
    """A title in a sentence, which says so where its year is not known: `«Akira» (1988)`."""
    return f"«{title}» ({year or 'year unknown'})"


def percent(confidence: float) -> str:
    """A confidence as people say it: `98 %`; never 100 %, for nothing is certain, nor 0 % of what is possible."""
    whole = int(confidence * 100 + 1e-9)
    return f"{whole} %" if whole else "under 1 %"


def how_long(span: timedelta) -> str:
    """A length of time in the unit that suits it: `11 minutes`, `5 hours`, `400 days`."""
    minutes = round(abs(span) / timedelta(minutes=1))
    for unit, length in (("day", 24 * 60), ("hour", 60)):
        if minutes >= 2 * length:
            return pluralize(minutes // length, unit)
    return pluralize(minutes, "minute")


def printable(text: str) -> str:
    """A text of others in one line that can't steer a terminal or look like another line of ours."""
    return _UNSHOWABLE.sub(lambda found: " " if found[0] == "\t" else "\ufffd", text)


def printable_message(text: str) -> str:
    """A message in one line, which may have empty lines around it: others' text in it makes none of its own."""
    line = text.strip("\n")
    before, _, after = text.partition(line) if line else (text, "", "")
    return f"{before}{printable(line)}{after}"


def markdown_text(text: str) -> str:
    """A text of others in one line of Markdown, none of its signs taken for markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in printable(text))


def printable_json(text: str) -> str:
    """A JSON document that says the same, and steers no terminal: what would is escaped in its strings."""
    return _UNSHOWABLE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)


def csv_text(text: str) -> str:
    """A text of others in a cell of CSV: no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
