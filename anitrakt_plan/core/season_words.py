"""The signal of season words: the season and part that a title names against where a place lies."""

from __future__ import annotations

from anitrakt_plan.core.evidence import Circumstances, Option
from anitrakt_plan.core.likeness import Likeness, likeness_of
from anitrakt_plan.core.model import Entry, Movie, Work
from anitrakt_plan.core.place import Place, Shape
from anitrakt_plan.core.titles import final_named, part_named, read_title, season_named

Seen = tuple[str, str]  # the level (a row of the table of weights) and what was seen, in words


def names_of(work: Work) -> tuple[str, ...]:
    """Every name of a work that is known so far."""
    return tuple(
        dict.fromkeys(name for name in (work.title, work.original_title, *(work.aliases or ())) if name)
    )


def own_names(work: Work) -> tuple[str, ...]:
    """The names of a work itself; among its aliases stand those of its later seasons, too."""
    return tuple(name for name in (work.title, work.original_title) if name)


def season_words(entry: Entry, option: Option, _: Circumstances) -> Seen:
    """The season and part that the entry's titles name against where the place lies."""
    place, opens = option.place, option.place is None or option.place.opens
    (season, sure), part = season_named(entry.titles), part_named(entry.titles)
    own = read_title(option.work.title).season
    final = final_named(entry.titles)
    if (
        opens
        and ((season or 1) > 1 or (part or 1) > 1)
        and likeness_of(entry.titles.all(), own_names(option.work))[0] is Likeness.SAME
    ):
        return "in its name", "the number is part of the name"
    said = _said(season, part, final=final)
    if own is not None and (season is not None or own > 1):
        level = "in its name" if own == season and opens else "against" if sure else "against a number"
        return level, f"{said}; the work itself is number {own}"
    if place is None:
        if isinstance(option.work, Movie):
            return ("film unsaid" if season or part else "nothing said"), said
        return "seasons not read", said
    where = f"season {place.season}" + (f", cour {place.cour}" if place.cour > 1 else "")
    level = _season_level(place, season, part, final=final)
    if level == "against" and not sure and not part and not final:
        level = "against a number"
    return level, f"{said}; it lies in {where}"


def _said(season: int | None, part: int | None, *, final: bool) -> str:
    words = [f"season {season}"] if season else []
    words += [f"part {part}"] if part else []
    words += ["final season"] if final else []
    return "the title says " + ", ".join(words) if words else "the title names no season"


def _season_level(place: Place, season: int | None, part: int | None, *, final: bool) -> str:
    if place.season == 0:
        return "special, but a season named" if season or part or final else "special"
    if season is None and part is None and not final:
        return "first, as none is named" if place.opens else "later, but none named"
    if final and season is None:
        return "against" if place.opens else "final"
    if (season or 1) == 1:
        return _part_level(place, part)
    if season in (place.season, place.rank):
        if part and part > 1 and place.cour == 1 and place.shape in (Shape.COUR, Shape.SPAN):
            return "against"
        return "agrees" if (part or 1) == place.cour or place.whole else "agrees but for the part"
    if place.season == 1 and place.cour == season and not part:
        return "agrees by cours"
    if place.season < (season or 0) and place.cour > 1:
        return "may agree by cours"
    return "against"


def _part_level(place: Place, part: int | None) -> str:
    if part is None or part == 1:
        return "agrees" if place.opens else "against"
    if place.cour == part:
        return "agrees"
    if place.opens:
        return "against"
    return "part as a season" if part == place.season else "agrees but for the part"
