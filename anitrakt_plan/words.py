"""How numbers and titles are said: `1 play`, `2 entries`, `Akira (1988)`."""

from __future__ import annotations

from datetime import timedelta


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


def how_long(span: timedelta) -> str:
    """A length of time in the unit that suits it: `11 minutes`, `5 hours`, `400 days`."""
    minutes = round(abs(span) / timedelta(minutes=1))
    for unit, length in (("day", 24 * 60), ("hour", 60)):
        if minutes >= 2 * length:
            return pluralize(minutes // length, unit)
    return pluralize(minutes, "minute")
