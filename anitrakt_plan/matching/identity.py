"""Whether an entry's id names the work that its list's title names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.titles import Likeness, best_likeness, is_latin, part_named, season_named
from anitrakt_plan.model import Entry, Titles


def other_work_of_id(entry: Entry, claims: Sequence[Claimed]) -> str | None:
    """The name of the work that the id says, where no name of it resembles the list's title; None where one does.

    A title in another language or an abbreviation is no disagreement: each name that a service or a map has for the
    id counts. Where none has one, or the list gives no title, nothing can be said.
    """
    said = _names_of_id(entry, claims)
    if not said or not entry.titles.all():
        return None
    if any(_same_work(entry.titles, names) for names in said):
        return None
    return said[0].all()[0]


def with_names_of_id(entry: Entry) -> Entry:
    """The entry with the names that a service has for its id among its titles: for who knows that they agree."""
    found, listed = entry.known_as, entry.titles
    if found is None:
        return entry
    romaji = listed.romaji or found.romaji
    english, japanese = listed.english or found.english, listed.japanese or found.japanese
    more = dict.fromkeys((*listed.synonyms, found.romaji, found.english, found.japanese, *found.synonyms))
    rest = tuple(name for name in more if name and name not in (romaji, english, japanese))
    return replace(entry, titles=Titles(romaji, english, japanese, rest))


def _names_of_id(entry: Entry, claims: Sequence[Claimed]) -> list[Titles]:
    """Each source's names for the id, the service's first; of a map's those in a script that the list's titles use.

    A Japanese name says nothing of a title in Latin letters.
    """
    said = [entry.known_as] if entry.known_as is not None and entry.known_as.all() else []
    scripts = {is_latin(name) for name in entry.titles.all()}
    for claim in claims:
        names = [name for name in claim.names if is_latin(name) in scripts]
        said += [Titles(names[0], synonyms=tuple(names[1:]))] if names else []
    return said


def _same_work(listed: Titles, said: Titles) -> bool:
    if not set(listed.all()).isdisjoint(said.all()):
        return True
    likeness, _, _ = best_likeness(listed.all(), said.all())
    alike = likeness.rank <= Likeness.SIMILAR.rank
    return likeness is Likeness.SAME or (alike and _seasons_agree(listed, said))


def _seasons_agree(listed: Titles, said: Titles) -> bool:
    (mine, sure), (theirs, theirs_sure) = season_named(listed), season_named(said)
    if (sure or theirs_sure) and (mine or 1) != (theirs or 1):
        return False
    return (part_named(listed) or 1) == (part_named(said) or 1)
