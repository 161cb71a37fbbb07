"""The signals: one small function each that says what it sees of an entry and an option, and their table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import MatchContext, Option
from anitrakt_plan.matching.seasons import Leaves, Place, Shape
from anitrakt_plan.matching.titles import (
    Likeness,
    final_named,
    kinds_named,
    likeness_of,
    part_named,
    read_title,
    season_named,
)
from anitrakt_plan.model import Entry, Kind, Mapping, Movie, ShowMatch, TargetKind, Work
from anitrakt_plan.model.matches import mapping_episodes

# --- the signal of season words ---


Seen = tuple[str, str]  # the level (a row of the table of weights) and what was seen, in words


Signal = Callable[[Entry, Option, MatchContext], Seen | None]

SERIES = (Kind.TV, Kind.TV_SHORT)

_NEAR = (("on the day", 1), ("that week", 4), ("a week off", 10), ("weeks off", 45))

TELLING_DAYS = ("without its beginning: begins on the day", "without its end: begins on the day")

_SIDE_WORKS = frozenset({"special", "extra"})

CLIPS = (Kind.MUSIC, Kind.CM, Kind.PV)

_ANIMATED = frozenset({"anime", "animation", "donghua"})

SPECIALS = (Kind.SPECIAL, Kind.TV_SPECIAL, Kind.OVA)


def title(entry: Entry, option: Option, _: MatchContext) -> Seen:
    """The entry's titles against the work's title and aliases.

    A later season or a special bears its show's name in part only, so that there the same likeness weighs
    otherwise (rows that begin with `later:`).
    """
    names = entry.titles.all()
    if not names:
        return "no title", "the list gives no title"
    likeness, value, name = likeness_of(names, names_of(option.work))
    if (
        likeness in (Likeness.WEAK, Likeness.OTHER)
        and entry.titles.english is None
        and option.work.aliases is None
    ):
        return "other language", f"no English title in the list, {option.work.title} on Trakt"
    later = "" if option.place is None or option.place.opens else "later: "
    if likeness is Likeness.SAME and (
        _names_a_season(name, option.work) or not (later or _marks_agree(entry, name))
    ):
        likeness = Likeness.SAME_BASE
    return later + likeness.value, f"{likeness.value}: {name or option.work.title} ({value:.2f})"


def _names_a_season(name: str, work: Work) -> bool:
    """Whether a name is that of a later season, which a show bears among its aliases beside its own."""
    title = read_title(name)
    return (title.season or title.part or 1) > 1 and name not in (work.title, work.original_title)


def _marks_agree(entry: Entry, name: str) -> bool:
    """K-On!! is not K-On!: where the letters are the same, the signs at the end tell seasons apart."""
    other = read_title(name)
    mine = [read_title(ours) for ours in entry.titles.all()]
    marks = [ours.marks for ours in mine if ours.text == other.text]
    return not marks or min(abs(count - other.marks) for count in marks) < 1 or max(marks) < 2


def year(entry: Entry, option: Option, _: MatchContext) -> Seen:
    """The entry's first year against the film's, the show's (for its first season), or the place's own."""
    ours = entry.year
    theirs = _year_of(option)
    if ours is None or theirs is None:
        if ours is not None and option.work.year is not None and ours < option.work.year - 1:
            return "far", f"{ours}, before the show began in {option.work.year}"
        if ours is not None and option.place is not None and not _can_be_of(ours, option.place):
            return "far", f"{ours}, when its season was over or had not begun"
        return ("none in the list" if ours is None else "unknown"), "a year is unknown"
    apart = abs(ours - theirs)
    level = "same" if apart == 0 else "next" if apart == 1 else "off" if apart <= 3 else "far"
    if isinstance(option.work, Movie) is False and option.place is None and theirs < ours - 1:
        level = "unknown"  # seasons not read: a later one may be of that year
    return level, f"{ours} in the list, {theirs} on Trakt"


def _can_be_of(year: int, place: Place) -> bool:
    """Whether a run without a day can be of a year, by what aired before and after it."""
    before, after = place.not_before, place.not_after
    return (before is None or year >= before.year) and (after is None or year <= after.year)


def _year_of(option: Option) -> int | None:
    place = option.place
    if place is None or place.opens:
        return option.work.year
    return place.begins.year if place.begins else None


def episodes(entry: Entry, option: Option, _: MatchContext) -> Seen:
    """The number of episodes against the run."""
    place = option.place
    count = entry.episodes
    if place is None:
        if not isinstance(option.work, Movie):
            return "seasons not read", "the seasons were not read"
        if count is None:
            return "film, count unknown", "the list gives no count"
        return ("film" if count == 1 else "film of several"), f"{count} in the list, one film"
    if place.gap or place.shape is Shape.UNEVEN:
        return "differs", f"{count} in the list, {len(mapping_episodes(place.mapping))} on Trakt"
    if place.shape is Shape.AIRING:
        return "airing", "the season is still airing"
    if not place.read and count is not None:
        return f"claimed, {_claimed_as(place)}", f"{count}, where a map has it"
    if place.season == 0 or place.shape is Shape.MIXED:
        return ("with specials" if place.shape is Shape.MIXED else "specials"), place.shape.value
    if count is None:
        return ("unknown, whole" if place.whole else "unknown, part"), "the list gives no count"
    if place.shape is Shape.SPAN:
        return ("fits seasons" if place.whole else "over a border"), f"{count}, over several seasons"
    if place.leaves is not Leaves.NOTHING:
        return f"a season but for {place.leaves.value}", f"{count}, {place.leaves.value} left"
    return ("fits a season" if place.whole else "part of a season"), f"{count}, {place.shape.value}"


def _claimed_as(place: Place) -> str:
    if place.season == 0 or place.shape is Shape.MIXED:
        return "specials"
    return "first season" if place.opens else "later season"


def air_dates(entry: Entry, option: Option, _: MatchContext) -> Seen:
    """The days on which the run began and ended against the entry's."""
    begins, ends = _days_of(option)
    ours = entry.aired_from.exact if entry.aired_from else None
    if begins is None or ours is None:
        return "unknown", "a start day is unknown"
    start = abs((begins - ours).days)
    words = f"begins {start} days apart"
    if option.place is not None and option.place.leaves is not Leaves.NOTHING:
        return _days_in_longer(option.place, start), words
    if start > 60:
        return ("years apart" if start > 400 else "months apart"), words
    until = entry.aired_to.exact if entry.aired_to else None
    if entry.episodes == 1 or ends is None or until is None or isinstance(option.work, Movie):
        return f"begins {_how_near(start)}", words
    end = abs((ends - until).days)
    return f"begins {_how_near(start)}, ends {_how_near(end)}", f"{words}, ends {end} days apart"


def _days_in_longer(place: Place, start: int) -> str:
    """Of a season that is a little longer, the days alone say which episodes are the entry's: weighed apart.

    A prologue aired before the day on which the entry began. Where the run begins on that day and goes on evenly, what
    is left stands at the end; a recap within comes days after the episode before.
    """
    begins = "on the day" if start <= 1 else "near" if start <= 4 else "off"
    if place.leaves is Leaves.BEGINNING and not place.apart:
        begins = "with others"
    if place.leaves is Leaves.END and not place.even:
        begins += ", uneven"
    return f"without {place.leaves.value}: begins {begins}"


def _how_near(days: int) -> str:
    """How far apart two days are: a day is midnight's doing, a week is one episode, more is a break or a guess."""
    return next((name for name, most in _NEAR if days <= most), "elsewhen")


def _days_of(option: Option) -> tuple[date | None, date | None]:
    if isinstance(option.work, Movie):
        return option.work.released, option.work.released
    if option.place is None:
        return None, None
    return option.place.begins, option.place.ends


def kind(entry: Entry, option: Option, _: MatchContext) -> Seen:
    """What the list calls the work against what the option is."""
    if entry.kind in SERIES:
        name = "series"
    elif entry.kind is Kind.MOVIE:
        name = "film"
    elif entry.kind is Kind.UNKNOWN:
        name = "unknown"
    elif entry.kind is Kind.ONA:
        name = "web series" if (entry.episodes or 2) > 1 else "short web series"
    elif entry.kind in SPECIALS:
        name = "special" if (entry.episodes or 1) == 1 else "special series"
    else:
        name = "clip"
    if isinstance(option.work, Movie):
        target = "film"
    else:
        target = "special" if option.place is not None and option.place.season == 0 else "season"
    return f"{name}: {target}", f"{entry.kind.value} in the list, {target} on Trakt"


def kind_words(entry: Entry, option: Option, _: MatchContext) -> Seen | None:
    """Words such as "OVA" or "mini anime" that one side's title has and the other's has not."""
    theirs = read_title(option.work.title).kinds & _SIDE_WORKS
    mine = kinds_named(entry.titles) & _SIDE_WORKS
    if theirs and not mine:
        return "only on Trakt", f"the work is called {' and '.join(sorted(theirs))}"
    if mine and not theirs and option.place is not None and option.place.opens:
        return "only in the list", f"the title speaks of {' and '.join(sorted(mine))}"
    return None


def episode_name(_: Entry, option: Option, __: MatchContext) -> Seen | None:
    """A special whose own name is the entry's title."""
    if option.place is None or option.place.season != 0:
        return None
    return ("same", "the special bears the title") if option.place.named else None


def id_maps(entry: Entry, option: Option, around: MatchContext) -> Seen | None:
    """The word of the maps that stem from Anime-Lists, for or against the option: one witness, also if they agree."""
    return _words_of_maps(entry, option, [claim for claim in around.claims if claim.family == "anime-lists"])


def bangumi(entry: Entry, option: Option, around: MatchContext) -> Seen | None:
    """The word of the maps that know nothing of Anime-Lists."""
    return _words_of_maps(entry, option, [claim for claim in around.claims if claim.family != "anime-lists"])


def _words_of_maps(entry: Entry, option: Option, claims: Sequence[Claimed]) -> Seen | None:
    if not claims:
        return None
    words = {claim.map: _word_of(entry, option, claim) for claim in claims}
    for claim in claims:  # a map with several claims speaks for each of them
        if (word := _word_of(entry, option, claim)) != "against":
            words[claim.map] = word
    said = ", ".join(f"{name}: {word}" for name, word in sorted(words.items()))
    return " + ".join(sorted(words.values())), said


def _word_of(entry: Entry, option: Option, claim: Claimed) -> str:
    kind_of = TargetKind.MOVIE if isinstance(option.work, Movie) else TargetKind.SHOW
    if (claim.kind, claim.id) != (kind_of, option.work.id):
        return "against"
    if kind_of is TargetKind.MOVIE:
        return "exact"
    if option.place is None:
        return "show"
    if claim.mapping is not None:
        if claim.mapping == option.place.mapping:
            # no map says which episodes of a season that has grown since are an entry's
            return "exact" if option.place.leaves is Leaves.NOTHING else "season"
        if option.place.leaves is not Leaves.NOTHING and claim.season == option.place.season:
            return "season"
        if option.place.shape is Shape.AIRING and _begins_so(claim.mapping, option.place.mapping):
            return "exact"  # the map counts on the episodes that are still to come
        return "season" if entry.episodes is None and claim.season == option.place.season else "elsewhere"
    if claim.season is None:
        return "show"
    return "season" if claim.season == option.place.season else "elsewhere"


def _begins_so(whole: Mapping, beginning: Mapping) -> bool:
    episodes = mapping_episodes(beginning)
    return mapping_episodes(whole)[: len(episodes)] == episodes


def runtime(entry: Entry, option: Option, _: MatchContext) -> Seen | None:
    """One episode's length in the list against Trakt's: a clip is no episode, a short series no long one."""
    ours, theirs = entry.minutes, option.work.runtime
    if not ours or not theirs:
        return None
    words = f"{ours} minutes in the list, {theirs} on Trakt"
    longer, shorter = max(ours, theirs), min(ours, theirs)
    if longer <= 1.4 * shorter or longer - shorter <= 4:
        return "same", words
    return ("far" if longer >= 2.5 * shorter and longer - shorter >= 10 else "other"), words


def genres(_: Entry, option: Option, __: MatchContext) -> Seen | None:
    """Whether Trakt says that the work is animated, where it says anything of its genres."""
    if not option.work.genres:
        return None
    animated = bool(_ANIMATED & set(option.work.genres))
    return ("animated" if animated else "live action"), ", ".join(option.work.genres)


def order(_: Entry, option: Option, around: MatchContext) -> Seen | None:
    """Part 2 after part 1: the place against what other entries of the same list cover in the show."""
    if option.place is None or not isinstance(option.match, ShowMatch) or not around.neighbours:
        return None
    mine = mapping_episodes(option.place.mapping)
    seen: Seen | None = None
    for show, neighbour in around.neighbours:
        if show != option.match.show:
            continue
        if set(mine) & set(neighbour.episodes):
            return "taken", "another entry of the list has these episodes"
        if neighbour.earlier is None or not mine[0].season or not neighbour.episodes[0].season:
            continue
        if neighbour.earlier != (neighbour.episodes[0] < mine[0]):
            return "out of order", "it lies on the wrong side of an entry that is sure"
        seen = seen or ("in order", "it lies on the right side of the entries that are sure")
        if neighbour.earlier and neighbour.episodes[-1].season == mine[0].season:
            follows = neighbour.episodes[-1].number + 1 == mine[0].number
            seen = ("follows", "it begins where the entry before ends") if follows else seen
    return seen


def names_of(work: Work) -> tuple[str, ...]:
    """Every name of a work that is known so far."""
    return tuple(
        dict.fromkeys(name for name in (work.title, work.original_title, *(work.aliases or ())) if name)
    )


def own_names(work: Work) -> tuple[str, ...]:
    """The names of a work itself; among its aliases stand those of its later seasons, too."""
    return tuple(name for name in (work.title, work.original_title) if name)


def season_words(entry: Entry, option: Option, _: MatchContext) -> Seen:
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


SIGNALS: dict[str, Signal] = {
    "title": title,
    "season-words": season_words,
    "year": year,
    "episodes": episodes,
    "air-dates": air_dates,
    "kind": kind,
    "kind-words": kind_words,
    "episode-name": episode_name,
    "id-maps": id_maps,
    "other-maps": bangumi,
    "runtime": runtime,
    "genres": genres,
    "order": order,
}
