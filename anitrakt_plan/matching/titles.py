"""Titles: which season, part or kind they name, what to search for, and how alike two of them are."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import product

from rapidfuzz import fuzz

from anitrakt_plan.model import Titles

_NUMBERS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10,
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "弐": 2, "参": 3,
    "ni": 2, "san": 3, "yon": 4, "shi": 4, "go": 5,
}  # fmt: skip

_NUMBER = (
    r"(?P<n>\d{1,2}|[ivx]{1,4}|first|second|third|fourth|fifth|sixth|seventh|eighth|[一二三四五六七八九弐参])"
)

_ORDINAL = (
    r"(?P<n>\d{1,2}(?=st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth)(?:st|nd|rd|th)?"
)

_PART_SIGNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:part|cour|pt\.?)\s*{_NUMBER}(?![\w])",
        rf"\b{_ORDINAL}\s+(?:part|cour|half)\b",
        r"第?\s*(?P<n>\d{1,2}|[一二三四五六七八九])\s*クール",
    )
)

_SEASON_SIGNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_ORDINAL}\s+(?:season|series|stage|act|chapter|term|year)\b",
        rf"\b(?:season|series)\s*{_NUMBER}(?![\w])",
        r"第\s*(?P<n>\d{1,2}|[一二三四五六七八九])\s*(?:期|シリーズ|シーズン|部|季)",
        r"(?<!\d)(?P<n>\d{1,2})\s*期",
        r"シーズン\s*(?P<n>\d{1,2})",
        r"(?:^|[\s:~\-])(?P<n>[二三四五六七八弐参])ノ章",
        r"\b(?P<n>ni|san|yon|shi|go) no (?:shou|sho|sara|gakki)\b",
        r"\bs(?P<n>\d{1,2})\s*$",
    )
)

_FINAL = re.compile(r"\b(?:the )?final season\b|\bkanketsu-?hen\b|完結編")

_LAST_NUMBER = re.compile(
    r"(?<=[^\s\d.,:/-])\s+(?P<n>0?[2-9]|1[0-2])$|(?<=[^\s:/-])\s+(?P<r>i{2,3}|iv|v|vi{1,3}|ix|x)$"
)

_GLUED_NUMBER = re.compile(r"(?<=[a-z\u3040-\u30ff\u4e00-\u9fff])(?P<n>[2-9])$")

_YEAR = re.compile(r"\((?P<y>(?:19|20)\d\d)\)")

_BRACKETED_KIND = re.compile(r"[(\[](?:tv|ona|ova|oad|movie|film|specials?|web|anime)[)\]]")

_KIND_WORDS = {
    "film": re.compile(r"\b(?:movie|the movie|gekijou?ban|film|eiga)\b|劇場版|映画"),
    "special": re.compile(r"\b(?:specials?|ovas?|oad|oav|recap|soushuuhen|bonus)\b|総集編|スペシャル"),
    "extra": re.compile(r"\b(?:picture drama|mini ?anime|petit|short(?:s| anime)?|pv|trailer|cm)\b"),
}

_SUBTITLE = re.compile(r"(?:\s*[:：]\s+|\s+[-–—~～]\s*|\s+/\s+|(?<=[^\s])[~～])")

_ELISIONS = str.maketrans({"'": "", "’": "", "`": "", "´": "", "ʼ": "", '"': "", "“": "", "”": ""})


@dataclass(frozen=True, slots=True)
class Title:
    """A title that has been read: `text` is all of it in plain form, `base` the name without season words.

    `head` is what stands before the subtitle (or all of `base`), `tail` the subtitle; `heard` and `base_heard` are
    `text` and `base` by their sound. `season`, `part`: the
    numbers that the title names; `sure`: the season is named in so many words, not by a bare number, which may be
    part of the name; `final`: it says "final season"; `year`: a year in brackets; `kinds`: which of
    film, special, extra its words speak of; `marks`: how many signs such as `!` it ends on (K-On!! is not K-On!).
    """

    text: str
    base: str
    head: str
    tail: str
    heard: str
    base_heard: str
    season: int | None = None
    sure: bool = False
    part: int | None = None
    final: bool = False
    year: int | None = None
    kinds: frozenset[str] = frozenset()
    marks: int = 0


def plain(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces; a title of signs alone stays as it is."""
    if text.isascii():  # has one form alone
        folded = text.lower().translate(_ELISIONS)
        return " ".join(folded.translate(_LETTERS).split()) or folded.strip()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_ELISIONS)
    letters = unicodedata.normalize("NFD", folded).translate(_LETTERS)
    squeezed = " ".join(unicodedata.normalize("NFC", letters).split())
    return squeezed or folded.strip()


class _Letters(dict[int, str]):
    """What each sign of a title becomes; worked out when it is first met, for titles have few different signs."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if category == "Mn" and "\u3099" != char != "\u309a":
            kept = ""  # Latin accents go, the Japanese voicing marks are letters
        elif char in "×✕":
            kept = "x"
        elif char == "&":
            kept = " and "
        else:
            kept = char if category[0] in "LNM" else " "
        self[code] = kept
        return kept


_LETTERS = _Letters()


def sound(text: str) -> str:
    """A plain title as it is heard: romanisations differ in long vowels, particles and spaces."""
    folded = re.sub(r"\bwo\b", "o", text) if "wo" in text else text
    folded = re.sub(r"\bhe\b", "e", folded) if "he" in folded else folded
    folded = folded.replace("ou", "o").replace("oo", "o").replace("uu", "u").replace("aa", "a")
    return folded.replace(" ", "")


def _take(text: str, signs: Iterable[re.Pattern[str]]) -> tuple[str, int | None]:
    for sign in signs:
        if (found := sign.search(text)) is None:
            continue
        said = next(filter(None, found.groups()), "")
        number = int(said) if said.isdigit() else _NUMBERS.get(said)
        if number is not None:
            return text[: found.start()] + " " + text[found.end() :], number
    return text, None


@lru_cache(maxsize=16384)
def read_title(raw: str) -> Title:
    """Read one title. Season words are understood (and kept as numbers), not just stripped."""
    low = " ".join(unicodedata.normalize("NFKC", raw).casefold().split())
    text = plain(low)
    year = _YEAR.search(low)
    rest, part = _take(_YEAR.sub(" ", _BRACKETED_KIND.sub(" ", low)), _PART_SIGNS)
    rest, season = _take(rest, _SEASON_SIGNS)
    sure, final = season is not None, _FINAL.search(rest) is not None
    rest = _FINAL.sub(" ", rest).strip(" :-–—~～/,.()")
    if not (sure or final):
        rest, season = _take(rest, (_LAST_NUMBER, _GLUED_NUMBER))
    head, *tail = _pieces(rest)
    if season is None and tail:
        # `Mushoku Tensei II: Isekai Ittara ...` names its season before the subtitle
        head, season = _take(head, (_LAST_NUMBER,))
        rest = ": ".join([head, *tail])
    base = text if rest == low else plain(rest) or text  # most titles say no more than a name
    heard = sound(text)
    return Title(
        text=text,
        base=base,
        head=(plain(head) if tail else "") or base,
        tail=plain(" ".join(tail)) if tail else "",
        heard=heard,
        base_heard=heard if base == text else sound(base),
        season=season,
        sure=sure,
        part=part,
        final=final,
        year=int(year["y"]) if year else None,
        kinds=_kinds_in(low),
        marks=_marks_at_the_end(low),
    )


def _marks_at_the_end(title: str) -> int:
    return len(title) - len(title.rstrip("!?'’°★☆."))


def base_names(raw: str) -> tuple[str, str]:
    """A title as it is heard, without its season words, and what of that stands before its subtitle."""
    title = read_title(raw)
    return title.base_heard, sound(title.head)


def _pieces(text: str) -> list[str]:
    pieces = _SUBTITLE.split(text)
    if len(pieces) == 1:
        return [text]
    return [piece.strip() for piece in pieces if plain(piece)] or [text]


def _kinds_in(text: str) -> frozenset[str]:
    return frozenset(name for name, sign in _KIND_WORDS.items() if sign.search(text))


@lru_cache(maxsize=1024)
def season_named(titles: Titles) -> tuple[int | None, bool]:
    """The season that an entry's titles name, and whether in so many words (not by a bare number).

    The main titles count first; a synonym counts only if it is one of them but for the season words.
    """
    for group, sure in product(_weighed(titles), (True, False)):
        season = _most_said(title.season for title in group if title.sure is sure)
        if season is not None:
            return season, sure
    return None, False


@lru_cache(maxsize=1024)
def part_named(titles: Titles) -> int | None:
    """The part or cour that an entry's titles name, None if none does."""
    said = (_most_said(title.part for title in group) for group in _weighed(titles))
    return next((part for part in said if part is not None), None)


def final_named(titles: Titles) -> bool:
    """Whether an entry's main titles call it the final season."""
    return any(title.final for title in _weighed(titles)[0])


@lru_cache(maxsize=1024)
def kinds_named(titles: Titles) -> frozenset[str]:
    """Which of film, special, extra any of an entry's titles speaks of."""
    return frozenset().union(*(read_title(name).kinds for name in titles.all()))


@lru_cache(maxsize=1024)
def _weighed(titles: Titles) -> tuple[tuple[Title, ...], tuple[Title, ...]]:
    main = tuple(read_title(name) for name in (titles.romaji, titles.english, titles.japanese) if name)
    bases = {title.base_heard for title in main}
    others = (read_title(name) for name in titles.synonyms if name)
    return main, tuple(title for title in others if title.base_heard in bases)


def _most_said(numbers: Iterable[int | None]) -> int | None:
    counted = Counter(number for number in numbers if number is not None).most_common(1)
    return counted[0][0] if counted else None


def search_queries(names: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """What to search for, best first: names without season words, then without subtitles; each once.

    An apostrophe stays: a catalogue may have the word `journey's` and none `journeys`.
    """
    names = tuple(filter(None, names))
    titles = [read_title(name) for name in dict.fromkeys(names)]
    full = [title.base for title in titles]
    heads = [title.head for title in titles if title.head != title.base and len(title.head) > 2]
    ordered = dict.fromkeys(query for query in (*full[:2], *heads[:1], *full[2:], *heads[1:]) if query)
    return tuple(_as_written([*ordered][:limit], names))


def _as_written(queries: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    elided = (word for name in names for word in _ELIDED.findall(name.casefold().translate(_APOSTROPHES)))
    written = {plain(word): word for word in elided}
    return (" ".join(written.get(word, word) for word in query.split()) for query in queries)


_APOSTROPHES = str.maketrans("’`´ʼ", "''''")
_ELIDED = re.compile(r"\w+(?:'\w+)+")


# --- how alike two titles are ---


class Likeness(StrEnum):
    """How alike two titles are, the most alike first."""

    SAME = "same"
    SAME_BASE = "same but for season words"
    LEADS = "begins with it"
    CLOSE = "close"
    SIMILAR = "similar"
    WEAK = "weak"
    OTHER = "another title"

    @property
    def rank(self) -> int:
        """0 for the most alike."""
        return _RANKS[self]


_RANKS = {likeness: rank for rank, likeness in enumerate(Likeness)}


def _same(one: Title, other: Title) -> bool:
    return one.text == other.text or one.heard == other.heard


def _same_base(one: Title, other: Title) -> bool:
    return one.base == other.base or one.base_heard == other.base_heard


_BY_LETTERS = ((0.9, Likeness.CLOSE), (0.75, Likeness.SIMILAR), (0.55, Likeness.WEAK))

_EQUAL = ((Likeness.SAME, _same), (Likeness.SAME_BASE, _same_base))


def compare(one: Title, other: Title, floor: float = 0.0) -> tuple[Likeness, float]:
    """How alike an entry's title (`one`) and a work's (`other`) are, and the likeness of their letters, 0-1.

    A likeness of letters below `floor` may come back as 0: who knows a better pair need not have it counted.
    """
    for likeness, equal in _EQUAL:
        if equal(one, other):
            return likeness, 1.0
    if _leads(one, other):
        return Likeness.LEADS, max(_letters(one, other, 0.0), 0.6)
    value = _letters(one, other, floor)
    return next((likeness for least, likeness in _BY_LETTERS if value >= least), Likeness.OTHER), value


def _letters(one: Title, other: Title, floor: float) -> float:
    least = floor * 100
    letters = fuzz.ratio(one.base, other.base, score_cutoff=least)
    heard = fuzz.ratio(one.base_heard, other.base_heard, score_cutoff=least)
    words = fuzz.token_sort_ratio(one.base, other.base, score_cutoff=least)
    return max(letters, heard, words) / 100


def _leads(one: Title, other: Title) -> bool:
    """Whether one title is the other and a subtitle or further words: `Aquarion Logos` in `Aquarion`."""
    if one.base[:1] != other.base[:1]:
        return False  # a head begins as its title does
    return _goes_on(other, one) or _goes_on(one, other)


def _goes_on(shorter: Title, longer: Title) -> bool:
    if longer.tail and longer.head == shorter.base:
        return True
    if len(shorter.base) < 3 or len(longer.base) <= len(shorter.base):
        return False
    # only in Latin letters does a space tell where a word ends
    end = " " if shorter.base.isascii() or len(shorter.base) < 4 else ""
    return longer.base.startswith(shorter.base + end)


def is_latin(name: str) -> bool:
    """Whether most of a title's letters are Latin ones; signs such as ☆, ² and △ belong to no script."""
    if name.isascii():
        return True
    letters = [letter for letter in name if letter.isalpha()]
    return 2 * sum("LATIN" in unicodedata.name(letter, "") for letter in letters) >= len(letters)


def best_likeness(ours: Iterable[str], theirs: Iterable[str]) -> tuple[Likeness, float, str]:
    """The best likeness over all pairs of titles, its value 0-1, and the other side's title that gave it."""
    mine = [read_title(name) for name in dict.fromkeys(ours) if name]
    others = [(name, read_title(name)) for name in dict.fromkeys(theirs) if name]
    if (equal := _first_equal(mine, others)) is not None:
        return equal
    best = (Likeness.OTHER, 0.0, "")
    for one, (name, other) in product(mine, others):
        likeness, value = compare(one, other, 1.0 if best[0] is Likeness.LEADS else best[1])
        if (-likeness.rank, value) > (-best[0].rank, best[1]):
            best = (likeness, value, name)
    return best


def _first_equal(mine: list[Title], others: list[tuple[str, Title]]) -> tuple[Likeness, float, str] | None:
    for (likeness, equal), one, (name, other) in product(_EQUAL, mine, others):
        if equal(one, other):
            return likeness, 1.0, name
    return None


@lru_cache(maxsize=16384)
def likeness_of(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[Likeness, float, str]:
    """The best likeness over all pairs, remembered: the same names are compared for every place of a show."""
    return best_likeness(ours, theirs)
