"""The XML export of MyAnimeList, as the site itself writes it and as other sites and converters do."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.entities import html5
from itertools import islice, pairwise
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape

from anitrakt_plan.errors import Failed
from anitrakt_plan.json_text import whole
from anitrakt_plan.model import Entry, Titles
from anitrakt_plan.sources.export_text import as_utf8, refuse, unpacked
from anitrakt_plan.sources.source_list import (
    FoundList,
    ImportWarnings,
    ProgressFields,
    clamped,
    key_of,
    kind_of,
    positive,
    read_rows,
    status_of,
)
from anitrakt_plan.words import pluralize

EXPORT_AGAIN = "Export the anime list again at myanimelist.net/panel.php?go=export and give that file."

_FIELDS = frozenset(
    {
        "series_animedb_id",
        "series_title",
        "series_title_english",
        "series_type",
        "series_episodes",
        "my_watched_episodes",
        "my_start_date",
        "my_finish_date",
        "my_score",
        "my_times_watched",
        "my_rewatching",
        "my_status",
    }
)
"""What is read of an entry. All else (comments, tags) may be as broken as it likes."""

# Legal in no XML file, but met in comments that people pasted.
_UNREADABLE = "\ufffd"
_MAX_MENDED = 100_000  # signs that XML does not allow
_MAX_TAGS = 3_000_000  # an entry has some forty
_MAX_DEPTH = 50
_MAX_ENTRIES = 100_000  # MyAnimeList has some 30,000 works
_ILLEGAL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff{_UNREADABLE}]")
_TEXT = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNTOUCHED = r"<!\[CDATA\[.*?\]\]>"
_SLIP = re.compile(
    rf"""(?P<untouched>{_UNTOUCHED})
    | (?P<comment><!--.*?-->)
    | (?P<numbers>(?:&\#(?:[0-9]{{1,9}}|[xX][0-9a-fA-F]{{1,8}});)+)
    | &(?P<name>[A-Za-z][A-Za-z0-9]*);
    | (?P<lone>&|\]\]>|<(?!/?[A-Za-z_:]|[!?]))""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"&#(?:([0-9]+)|[xX]([0-9a-fA-F]+));")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_TAG = re.compile(rf"{_UNTOUCHED}|<(?P<end>/?)anime(?:\s[^<>]*)?>", re.DOTALL | re.IGNORECASE)
_ELEMENT = re.compile(r"<(series_\w+|my_\w+)\s*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_ENTRY_TAG = re.compile(r"<(?:series|my)_", re.IGNORECASE)
_ENTRY_TITLE = re.compile(r"<series_title\s*>(?:\s*<!\[CDATA\[)?([^<\]]*)", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_:][^\s/<>]*)")


@dataclass(slots=True)
class _Anime:
    """An `anime`: the line and the depth it begins at, and its children's texts by lower-case name.

    `wraps`: there are others inside.
    """

    line: int
    depth: int
    wraps: bool = False
    values: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Export:
    root: str = ""
    info: dict[str, str] = field(default_factory=dict)
    anime: list[_Anime] = field(default_factory=list)
    manga: int = 0
    torn: list[str] = field(default_factory=list)
    """Where an entry stands that can't be read at all."""

    mended: int = 0
    first_mended: int = 0
    """How many signs XML does not allow, and the line of the first."""


def read_file(data: bytes, name: str) -> FoundList:
    """The list in an export's bytes (XML, perhaps packed); `name` is how messages call the file.

    Tags may be missing, their case does not matter, and entries are found wherever they stand. Signs that XML does
    not allow are read as what was meant; where that is not to be had, the one entry is left out. Raises Failed for
    XML that is cut off (with its line), for entity definitions, and where no anime can be read.
    """
    export = _parse(unpacked(data, name), name)
    warnings = ImportWarnings()
    for place in export.torn:
        warnings.add("entry", place, which="that is broken XML")
    entries = read_rows(export.anime, _entry, warnings)
    if not entries:
        _refuse_nothing(export, warnings, name)
    notes = (*_mending_note(export), *warnings.notes())
    return FoundList("mal", export.info.get("user_name") or None, entries, notes)


def _refuse_nothing(export: _Export, warnings: ImportWarnings, name: str) -> NoReturn:
    if export.anime or export.torn:
        refuse("no entry of the list can be read", name, "\n".join((*warnings.notes(), EXPORT_AGAIN)))
    if export.manga or export.info.get("user_export_type") == "2":
        refuse("this is the export of a manga list", name, EXPORT_AGAIN)
    if export.root != "myanimelist":
        refuse(f"the file is XML (<{export.root}>), but not an anime list", name, EXPORT_AGAIN)
    refuse("there is no anime in this export", name, EXPORT_AGAIN)


def _mending_note(export: _Export) -> Iterator[str]:
    if export.mended:
        first = "the first in " if export.mended > 1 else ""
        yield (
            f"the file holds {pluralize(export.mended, 'sign')} that XML does not allow "
            f"({first}line {export.first_mended}); the entries were read all the same"
        )


def _parse(data: bytes, name: str) -> _Export:
    export = _Export()
    text = _mended(_text(data, name), name, export)
    try:
        _walk(text, name, export)
    except expat.ExpatError as error:
        if not _comes_to_an_end(text):  # of one that is cut off nobody knows what is missing
            reason = expat.ErrorString(error.code) or "broken"
            raise Failed(
                f"the XML is not well-formed, and does not come to an end: {reason}",
                where=f"{name}:{error.lineno}:{error.offset + 1}",
                todo=EXPORT_AGAIN,
            ) from None
        pieces = _piecewise(text, name)
        return replace(pieces, mended=export.mended, first_mended=export.first_mended)
    return export


def _comes_to_an_end(text: str) -> bool:
    root = _ROOT.search(text)
    return root is not None and re.search(rf"</{re.escape(root[1])}\s*>", text, re.IGNORECASE) is not None


def _mended(text: str, name: str, export: _Export) -> str:
    changed: list[int] = []
    illegal = [found.start() for found in islice(_ILLEGAL.finditer(text), _MAX_MENDED + 1)]
    if len(illegal) > _MAX_MENDED or text.count("<") > _MAX_TAGS:
        refuse("the file holds more than any list does", name, EXPORT_AGAIN)

    def meant(found: re.Match[str]) -> str:
        instead = _meant(found)
        if instead != found[0] and not found["comment"]:
            changed.append(found.start())
            if len(changed) + len(illegal) > _MAX_MENDED:
                refuse("the file holds more than any list does", name, EXPORT_AGAIN)
        return instead

    legal = _ILLEGAL.sub(lambda found: found[0] if found[0] == _UNREADABLE else "", text)
    mended = _SLIP.sub(meant, legal)
    export.mended = len(illegal) + len(changed)
    firsts = [one.count("\n", 0, at[0]) + 1 for one, at in ((text, illegal), (legal, changed)) if at]
    export.first_mended = min(firsts, default=0)
    return mended


def _meant(found: re.Match[str]) -> str:
    # `&` alone is an ampersand, `&nbsp;` what it is on a web page
    if found["comment"]:
        return "\n" * found[0].count("\n")
    if found["numbers"]:
        return _numbered(found[0])
    if found["lone"]:
        return escape(found[0])
    name = found["name"]
    if name is None or name in _OF_XML:
        return found[0]
    return escape(html5.get(f"{name};") or found[0])


def _numbered(references: str) -> str:
    # halves of an emoji that stand together become one, and what is no text is nothing
    numbers = [int(found[1] or found[2], 10 if found[1] else 16) for found in _NUMBER.finditer(references)]
    if all(_is_text(number) for number in numbers):
        return references
    signs = "".join(chr(number) for number in numbers if _is_text(number) or 0xD800 <= number <= 0xDFFF)
    return escape(whole(signs))


def _is_text(number: int) -> bool:
    return number < 0x110000 and _TEXT.fullmatch(chr(number)) is not None


def _walk(text: str, name: str, export: _Export, line: int = 1) -> None:
    # An XML declaration must come first, and some programs write a blank line before it.
    body = text.lstrip()
    above = line - 1 + text[: len(text) - len(body)].count("\n")
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    walker = _Walker(parser, export, name, above)
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.CharacterDataHandler = walker.text
    parser.EntityDeclHandler = lambda *_: _refuse_definitions(name)
    try:
        parser.Parse(body.encode(), True)
    except expat.ExpatError as error:
        error.lineno += above
        raise


def _refuse_definitions(name: str) -> NoReturn:
    what = "the file defines XML entities, which no list export does; it was not read on"
    refuse(what, name, EXPORT_AGAIN)


class _Walker:
    """Gathers who the list is of, and each `anime` that has values of its own: the texts of its children."""

    def __init__(self, parser: expat.XMLParserType, export: _Export, name: str, lines_above: int) -> None:
        self._parser, self._export, self._name, self._above = parser, export, name, lines_above
        self._path: list[str] = []
        self._open: list[_Anime] = []
        self._pieces: list[str] = []

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        tag = tag.lower()
        self._path.append(tag)
        if len(self._path) > _MAX_DEPTH:
            refuse("the XML is nested more deeply than any list is", self._name, EXPORT_AGAIN)
        self._export.root = self._path[0]
        self._export.manga += tag == "manga"
        if tag == "anime":
            for outer in self._open:
                outer.wraps = True
            self._open.append(_Anime(self._parser.CurrentLineNumber + self._above, len(self._path)))
        if not self._is_within_a_value:
            self._pieces = []

    def text(self, piece: str) -> None:
        self._pieces.append(piece)

    def end(self, _tag: str) -> None:
        if self._is_within_a_value:
            self._path.pop()
            return
        tag, text = self._path.pop(), "".join(self._pieces).strip()
        if tag == "anime":
            one = self._open.pop()
            if one.values.keys() & _FIELDS or not one.wraps:
                self._export.anime.append(one)
                if len(self._export.anime) > _MAX_ENTRIES:
                    refuse(f"there are more than {_MAX_ENTRIES:,} entries", self._name, EXPORT_AGAIN)
        elif self._open and self._open[-1].depth == len(self._path):
            self._open[-1].values[tag] = text
        elif not self._open:
            self._export.info.setdefault(tag, text)
        self._pieces = []

    @property
    def _is_within_a_value(self) -> bool:
        # markup that somebody left in an entry's text
        return bool(self._open) and len(self._path) > self._open[-1].depth + 1


def _piecewise(text: str, name: str) -> _Export:
    if "<!entity" in text.lower():
        _refuse_definitions(name)
    tags = list(islice(_TAG.finditer(text), 2 * _MAX_ENTRIES + 1))
    if len(tags) > 2 * _MAX_ENTRIES:
        refuse(f"there are more than {_MAX_ENTRIES:,} entries", name, EXPORT_AGAIN)
    starts = [tag.start() for tag in tags if tag["end"] == ""]
    ends = [*(tag.end() for tag in tags if tag["end"]), len(text)]
    first = next(iter(starts), 0)
    export = _Export(root="myanimelist")
    _read_head(text[:first], export)
    line = 1 + text.count("\n", 0, first)
    for start, following in pairwise((*starts, len(text))):
        end = min(ends[bisect_right(ends, start)], following)
        _take_piece(text[start:end], line, name, export)
        line += text.count("\n", start, following)
    return export


def _read_head(head: str, export: _Export) -> None:
    for tag in ("user_name", "user_export_type"):
        found = re.search(rf"<{tag}\s*>(?:<!\[CDATA\[)?([^<&\]]*)", head, re.IGNORECASE)
        if found:
            export.info[tag] = found[1].strip()


def _take_piece(piece: str, line: int, name: str, export: _Export) -> None:
    if not _ENTRY_TAG.search(piece):
        return  # what wraps the entries
    for attempt in (piece, _ELEMENT.sub(_needed, piece)):
        found = _Export()
        try:
            _walk(attempt, name, found, line)
        except expat.ExpatError:
            continue
        export.anime += found.anime
        return
    title = _ENTRY_TITLE.search(piece)
    export.torn.append(f"line {line}" + (f", {title[1].strip()}" if title and title[1].strip() else ""))


def _needed(element: re.Match[str]) -> str:
    return element[0] if element[1].lower() in _FIELDS else ""


def _text(data: bytes, name: str) -> str:
    # by its byte order mark, else as it declares; a stray byte does not cost the list
    text = as_utf8(data)
    if text is not None:
        return text.decode()
    declared = re.match(rb"\s*<\?xml[^>]*\bencoding\s*=\s*[\"']([\w.-]+)", data[:400])
    encoding = declared[1].decode("ascii", errors="replace").lower() if declared else "utf-8"
    if encoding.startswith(("utf", "ucs")):  # its bytes could not be read as the declaration if it were wider
        encoding = "utf-8"
    try:
        return data.decode(encoding, errors="replace")
    except (LookupError, UnicodeError):
        refuse(f"the file declares the encoding `{encoding}`, which nobody knows", name, EXPORT_AGAIN)


def _entry(record: _Anime, warnings: ImportWarnings) -> Entry | None:
    values = record.values
    title = values.get("series_title") or ""
    place = f"line {record.line}" + (f", {title}" if title else "")
    key = key_of("mal", _number(values.get("series_animedb_id")), title)
    if key is None:
        warnings.add("entry", place, which="without an id and a title")
        return None
    word = values.get("my_status", "")
    rewatching = values.get("my_rewatching", "").lower() in ("1", "yes", "true")
    status = warnings.status(status_of(word, rewatching=rewatching), word, place)
    if status is None:
        return None
    episodes = positive(_number(values.get("series_episodes")))
    return Entry(
        key=key,
        ids=key.ids,
        titles=Titles(romaji=title, english=values.get("series_title_english") or None),
        kind=kind_of(values.get("series_type")),
        progress=clamped(_PROGRESS.read(values, status, place, warnings, best=10), episodes),
        episodes=episodes,
    )


def _number(text: str | None) -> int:
    # other sites leave tags out or empty
    found = re.match(r"\s*(\d{1,9})\b", text or "")
    return int(found[1]) if found else 0


_PROGRESS = ProgressFields(
    "my_watched_episodes", "my_times_watched", "my_start_date", "my_finish_date", "my_score", _number
)
