"""The practice list, cut to a part: a command does with thirty entries what it does with seventy, in half the time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from anitrakt_plan.sandbox.lists import ListEntry, Lists

IS_WHOLE = "WHOLE_LIST" in os.environ
"""Whether every test gets the whole list, as in one step of .ci/run."""

_SERIES = {16498, 25777, 38524, 20, 120, 5114, 11061, 47778, 53998, 9253, 30484, 197, 27991, 1535}
_FILMS = {36702, 6922, 28851, 572, 199}
_OTHERS = {537, 1399, 13053, None}  # extras, a music video, and what only AniList has
_UNFINISHED = {21, 42938, 1735, 154, 16904, 873, 12189}
_HIDDEN = {52991, 34599}
PART = _SERIES | _FILMS | _OTHERS | _UNFINISHED | _HIDDEN

LIST = Path("sample-mal.xml")
"""The list as a file from MyAnimeList, where a test asks for the fixture `list_file`."""

_EXPORT = Path(__file__).parents[2] / "examples" / "sample-mal.xml"
_ENTRY = re.compile(r"\s*<anime>.*?<series_animedb_id>(\d+)<.*?</anime>", re.DOTALL)


def part_of(whole: Callable[[Lists], list[ListEntry]]) -> Callable[[Lists], list[ListEntry]]:
    """What reads the practice list, reading a part of it."""
    return lambda lists: [entry for entry in whole(lists) if entry.anime.mal in PART]


def exported_list(is_whole: bool = IS_WHOLE) -> str:
    """The export of the practice list from MyAnimeList, whole or with the same part in it."""
    text = _EXPORT.read_text(encoding="utf-8")
    return text if is_whole else _ENTRY.sub(lambda entry: entry[0] if int(entry[1]) in PART else "", text)
