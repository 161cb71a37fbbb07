"""The XML export of MyAnimeList, as the site itself writes it and as other sites and converters do."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from anitrakt_plan.core.model import Entry, EntryKey, Ids, Progress, Service, Status, Titles
from anitrakt_plan.errors import Failed
from anitrakt_plan.sources.export_text import as_utf8, refuse, unpacked
from anitrakt_plan.sources.slips import Slips
from anitrakt_plan.sources.source_list import SourceList, counted, sort_out
from anitrakt_plan.sources.values import kind_of, positive

EXPORT_AGAIN = "Export the anime list again at myanimelist.net/panel.php?go=export and give that file."

_STATUSES = {
    "watching": Status.WATCHING,
    "currentlywatching": Status.WATCHING,
    "current": Status.WATCHING,
    "1": Status.WATCHING,
    "completed": Status.COMPLETED,
    "watched": Status.COMPLETED,
    "2": Status.COMPLETED,
    "rewatching": Status.REPEATING,
    "repeating": Status.REPEATING,
    "onhold": Status.PAUSED,
    "paused": Status.PAUSED,
    "3": Status.PAUSED,
    "dropped": Status.DROPPED,
    "4": Status.DROPPED,
    "plantowatch": Status.PLANNED,
    "planning": Status.PLANNED,
    "planned": Status.PLANNED,
    "6": Status.PLANNED,
}
# Legal in no XML file, but met in comments that people pasted.
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})


@dataclass(frozen=True, slots=True)
class _Record:
    """An element's children by lower-case name, and the line it begins on."""

    line: int
    values: Mapping[str, str]


@dataclass(slots=True)
class _Export:
    root: str = ""
    info: Mapping[str, str] = field(default_factory=dict)
    anime: list[_Record] = field(default_factory=list)
    manga: int = 0


def read_file(data: bytes, name: str, statuses: Collection[Status]) -> SourceList:
    """The list in an export's bytes (XML, perhaps gzipped); `name` is how messages and the plan call the file.

    Tags may be missing, and their case does not matter. Raises Failed for XML that is broken (with its line), for
    entity definitions, a manga export, and a file that is something else.
    """
    export = _parse(unpacked(data, name), name)
    if export.root != "myanimelist":
        refuse(f"the file is XML (<{export.root}>), but not an anime list", name, EXPORT_AGAIN)
    info = export.info
    if info.get("user_export_type") == "2" or (export.manga and not export.anime):
        refuse("this is the export of a manga list", name, EXPORT_AGAIN)
    slips = Slips()
    entries = [entry for record in export.anime if (entry := _entry(record, slips))]
    return sort_out(
        entries,
        service=Service.MAL,
        user=info.get("user_name") or None,
        statuses=statuses,
        file=name,
        notes=slips.notes(),
    )


def _parse(data: bytes, name: str) -> _Export:
    """Walk through the XML without ever defining an entity."""
    whole = _text(data, name).translate(None, _CONTROLS)
    # An XML declaration must come first, and some programs write a blank line before it.
    body = whole.lstrip()
    above = whole[: len(whole) - len(body)].count(b"\n")
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    export = _Export()
    walker = _Walker(parser, export, above)
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.CharacterDataHandler = walker.text
    parser.EntityDeclHandler = lambda *_: refuse(
        "the file defines XML entities, which no list export does; it was not read on", name, EXPORT_AGAIN
    )
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "broken"
        raise Failed(
            f"the XML is not well-formed: {reason}",
            where=f"{name}:{error.lineno + above}:{error.offset + 1}",
            todo=EXPORT_AGAIN,
        ) from None
    return export


class _Walker:
    """Gathers `myinfo` and each `anime`: the texts of their children."""

    def __init__(self, parser: expat.XMLParserType, export: _Export, lines_above: int) -> None:
        self._parser, self._export, self._above = parser, export, lines_above
        self._path: list[str] = []
        self._line = 0
        self._values: dict[str, str] = {}
        self._pieces: list[str] = []

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        tag = tag.lower()
        self._path.append(tag)
        if len(self._path) == 1:
            self._export.root = tag
        elif len(self._path) == 2:
            self._line, self._values = self._parser.CurrentLineNumber + self._above, {}
            self._export.manga += tag == "manga"
        self._pieces = []

    def text(self, piece: str) -> None:
        self._pieces.append(piece)

    def end(self, _tag: str) -> None:
        tag = self._path.pop()
        if len(self._path) == 2:
            self._values[tag] = "".join(self._pieces).strip()
        elif len(self._path) == 1 and tag == "myinfo":
            self._export.info = self._values
        elif len(self._path) == 1 and tag == "anime":
            self._export.anime.append(_Record(self._line, self._values))
        self._pieces = []


def _text(data: bytes, name: str) -> bytes:
    """The XML as UTF-8: by its byte order mark, else as it declares, and a stray byte does not cost the list."""
    text = as_utf8(data)
    if text is not None:
        return text
    declared = re.match(rb"\s*<\?xml[^>]*\bencoding\s*=\s*[\"']([\w.-]+)", data[:400])
    encoding = declared[1].decode("ascii", errors="replace").lower() if declared else "utf-8"
    if encoding.startswith(("utf", "ucs")):  # its bytes could not be read as the declaration if it were wider
        encoding = "utf-8"
    try:
        return data.decode(encoding, errors="replace").encode()
    except (LookupError, UnicodeError):
        refuse(f"the file declares the encoding `{encoding}`, which nobody knows", name, EXPORT_AGAIN)


def _entry(record: _Record, slips: Slips) -> Entry | None:
    values = record.values
    title = values.get("series_title") or ""
    place = f"line {record.line}" + (f", {title}" if title else "")
    mal_id = _number(values.get("series_animedb_id"))
    if not positive(mal_id):
        slips.add("entries without a MyAnimeList id", place)
        return None
    status = _status(values)
    if status is None:
        slips.add("entries with a status nobody knows", f"{place}: `{values.get('my_status', '')}`")
        return None
    episodes = positive(_number(values.get("series_episodes")))
    progress = Progress(
        status=status,
        watched=max(0, _number(values.get("my_watched_episodes"))),
        started=slips.date(values.get("my_start_date"), f"{place}, start"),
        finished=slips.date(values.get("my_finish_date"), f"{place}, finish"),
        repeats=max(0, _number(values.get("my_times_watched"))),
        rating=_rating(values.get("my_score"), place, slips),
    )
    return Entry(
        key=EntryKey(Service.MAL, mal_id),
        ids=Ids(mal=mal_id),
        titles=Titles(romaji=title, english=values.get("series_title_english") or None),
        kind=kind_of(values.get("series_type")),
        progress=counted(progress, episodes),
        episodes=episodes,
    )


def _status(values: Mapping[str, str]) -> Status | None:
    """The flag is stronger than the word: a rewatching entry is met under watching and under completed."""
    status = _STATUSES.get(re.sub(r"[^a-z0-9]", "", values.get("my_status", "").lower()))
    flag = values.get("my_rewatching", "").lower()
    if flag in ("1", "yes", "true") and status in (Status.WATCHING, Status.COMPLETED):
        return Status.REPEATING
    return status


def _rating(text: str | None, place: str, slips: Slips) -> int | None:
    try:
        score = float((text or "0").replace(",", "."))
    except ValueError:
        slips.add("impossible scores", f"{place}: `{text}`")
        return None
    return slips.rating(score, best=10, where=place)


def _number(text: str | None) -> int:
    """A whole number, or 0 for nothing or anything else: other sites leave tags out or empty."""
    found = re.match(r"\s*(\d{1,9})\b", text or "")
    return int(found[1]) if found else 0
