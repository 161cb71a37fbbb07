"""The words of every title in the practice catalogue, and which works have them in their names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """A show or a film, as far as its names go."""

    title: str
    aliases: list[str]


T = TypeVar("T", bound=Named)
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordsOf(Generic[T]):
    """A work with the words of its title and of each alias."""

    work: T
    title: Words
    aliases: tuple[Words, ...]


class NameIndex(Generic[T]):
    """Finds works by any word of their names, without a look at all the others."""

    def __init__(self, works: Iterable[T]) -> None:
        self._known = [WordsOf(work, words(work.title), tuple(map(words, work.aliases))) for work in works]
        self._places: defaultdict[str, set[int]] = defaultdict(set)
        for place, known in enumerate(self._known):
            for name in (known.title, *known.aliases):
                for word in name:
                    self._places[word].add(place)

    def with_any(self, wanted: Collection[str]) -> Iterator[WordsOf[T]]:
        """The works that have one of these words or more in a name, in the catalogue's order."""
        places: set[int] = set()
        for word in wanted:
            places |= self._places.get(word, set())
        return (self._known[place] for place in sorted(places))


def words(text: str) -> Words:
    """The words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return tuple(re.findall(r"\w+", plain))
