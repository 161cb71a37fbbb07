"""How a number and its noun are said: `1 play`, `2 plays`, `2 entries`."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number with its noun, which comes in the singular: `1 rating`, `2 ratings`, `2 watchlist entries`."""
    if number == 1:
        return f"1 {noun}"
    return (
        f"{number} {noun[:-1]}ies" if noun.endswith("y") and not noun.endswith("ay") else f"{number} {noun}s"
    )
