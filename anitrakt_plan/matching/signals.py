"""The signals: one small function each that says what it sees of an entry and an option, and their table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import Level, MatchContext, Option, Seen, Word
from anitrakt_plan.matching.others import order, rest
from anitrakt_plan.matching.seasons import Leaves, Place, Shape, exact_day
from anitrakt_plan.matching.titles import (
    Likeness,
    final_named,
    kinds_named,
    likeness_of,
    part_named,
    read_title,
    season_named,
)
from anitrakt_plan.model import Entry, Kind, Mapping, Movie, Work
from anitrakt_plan.model.matches import mapping_episodes
from anitrakt_plan.words import pluralize

L = TypeVar("L", bound=Level)

Signal = Callable[[Entry, Option, MatchContext], Seen[Level] | None]

SERIES = (Kind.TV, Kind.TV_SHORT)
CLIPS = (Kind.MUSIC, Kind.CM, Kind.PV)
SPECIALS = (Kind.SPECIAL, Kind.TV_SPECIAL, Kind.OVA)


# --- names ---


class TitleLevel(Level):
    """How alike the names are; the words of `Likeness`, and two for where they can't be compared."""

    SAME = "same"
    SAME_BASE = "same but for season words"
    LEADS = "begins with it"
    CLOSE = "close"
    SIMILAR = "similar"
    WEAK = "weak"
    OTHER = "another title"
    OTHER_LANGUAGE = "other language"
    NO_TITLE = "no title"


class Later(Level):
    """Before the likeness of a later season or a special, which bears its show's name in part only."""

    LATER = "later: "


def title(entry: Entry, option: Option, _: MatchContext) -> Seen[TitleLevel | Later]:
    """The entry's titles against the work's title and aliases."""
    names, work = entry.titles.all(), option.work
    if not names:
        return TitleLevel.NO_TITLE, "the list gives no title"
    if not names_of(work):
        return TitleLevel.NO_TITLE, "the id maps give no title"
    likeness, value, name = likeness_of(names, names_of(work))
    unlike = likeness in (Likeness.WEAK, Likeness.OTHER)
    if unlike and entry.titles.english is None and work.aliases is None:
        return TitleLevel.OTHER_LANGUAGE, f"no English title in the list, {work.title} on Trakt"
    if likeness is Likeness.SAME and _names_another_season(name, entry, option):
        likeness = Likeness.SAME_BASE
    level = TitleLevel(likeness.value)
    words = f"{likeness.value}: {name or work.title} ({value:.2f})"
    return level if option.opens else (Later.LATER, level), words


def _names_another_season(name: str, entry: Entry, option: Option) -> bool:
    title = read_title(name)
    if (title.season or title.part or 1) > 1 and name not in own_names(option.work):
        return True
    return option.opens and not _marks_agree(entry, name)


def _marks_agree(entry: Entry, name: str) -> bool:
    """K-On!! is not K-On!: where the letters are the same, the signs at the end tell seasons apart."""
    other = read_title(name)
    mine = [read_title(ours) for ours in entry.titles.all()]
    marks = [ours.marks for ours in mine if ours.text == other.text]
    return not marks or other.marks in marks or max(marks) < 2


def names_of(work: Work) -> tuple[str, ...]:
    """Every name of a work that is known so far."""
    return tuple(dict.fromkeys((*own_names(work), *filter(None, work.aliases or ()))))


def own_names(work: Work) -> tuple[str, ...]:
    """The names of a work itself; among its aliases stand those of its later seasons, too."""
    return tuple(name for name in (work.title, work.original_title) if name)


class KindWordsLevel(Level):
    ON_TRAKT = "only on Trakt"
    IN_LIST = "only in the list"


_SIDE_WORKS = frozenset({"special", "extra"})


def kind_words(entry: Entry, option: Option, _: MatchContext) -> Seen[KindWordsLevel] | None:
    """Words such as "OVA" or "mini anime" that one side's title has and the other's has not."""
    theirs = read_title(option.work.title).kinds & _SIDE_WORKS
    mine = kinds_named(entry.titles) & _SIDE_WORKS
    if theirs and not mine:
        return KindWordsLevel.ON_TRAKT, f"the work is called {' and '.join(sorted(theirs))}"
    if mine and not theirs and option.place is not None and option.opens:
        return KindWordsLevel.IN_LIST, f"the title speaks of {' and '.join(sorted(mine))}"
    return None


class EpisodeNameLevel(Level):
    SAME = "same"


def episode_name(_: Entry, option: Option, __: MatchContext) -> Seen[EpisodeNameLevel] | None:
    """A special whose own name is the entry's title."""
    place = option.place
    named = place is not None and place.season == 0 and place.named
    return (EpisodeNameLevel.SAME, "the special bears the title") if named else None


# --- the season and part that titles name ---


class SeasonLevel(Level):
    AGREES = "agrees"
    AGREES_BUT_FOR_PART = "agrees but for the part"
    AGREES_BY_COURS = "agrees by cours"
    MAY_AGREE_BY_COURS = "may agree by cours"
    PART_AS_SEASON = "part as a season"
    FIRST_UNNAMED = "first, as none is named"
    LATER_UNNAMED = "later, but none named"
    FINAL = "final"
    IN_ITS_NAME = "in its name"
    AGAINST = "against"
    AGAINST_A_NUMBER = "against a number"
    SPECIAL = "special"
    SPECIAL_BUT_NAMED = "special, but a season named"
    FILM_UNSAID = "film unsaid"
    NOTHING_SAID = "nothing said"
    NOT_READ = "seasons not read"


@dataclass(frozen=True, slots=True)
class _Said:
    """What the entry's titles say; `sure`: the season is named in so many words, not by a bare number."""

    season: int | None
    sure: bool
    part: int | None
    final: bool

    @property
    def against(self) -> SeasonLevel:
        return SeasonLevel.AGAINST if self.sure else SeasonLevel.AGAINST_A_NUMBER

    @property
    def is_number(self) -> bool:
        return not (self.part or self.final)

    @property
    def is_sequel(self) -> bool:
        return (self.season or 1) > 1 or (self.part or 1) > 1

    def __str__(self) -> str:
        words = [f"season {self.season}"] if self.season else []
        words += [f"part {self.part}"] if self.part else []
        words += ["final season"] if self.final else []
        return "the title says " + ", ".join(words) if words else "the title names no season"


def season_words(entry: Entry, option: Option, _: MatchContext) -> Seen[SeasonLevel]:
    """The season and part that the entry's titles name against where the place lies."""
    said = _Said(*season_named(entry.titles), part_named(entry.titles), final_named(entry.titles))
    own = read_title(option.work.title).season
    if option.opens and said.is_sequel and _is_its_name(entry, option):
        return SeasonLevel.IN_ITS_NAME, "the number is part of the name"
    if own is not None and (said.season is not None or own > 1):
        return _season_of_numbered(option, own, said), f"{said}; the work itself is number {own}"
    if (place := option.place) is None:
        return _season_of_no_place(option, said), str(said)
    level = _season_level(place, said)
    if level is SeasonLevel.AGAINST and said.is_number:
        level = said.against
    return level, f"{said}; it lies in {place.where}"


def _is_its_name(entry: Entry, option: Option) -> bool:
    return likeness_of(entry.titles.all(), own_names(option.work))[0] is Likeness.SAME


def _season_of_numbered(option: Option, own: int, said: _Said) -> SeasonLevel:
    return SeasonLevel.IN_ITS_NAME if own == said.season and option.opens else said.against


def _season_of_no_place(option: Option, said: _Said) -> SeasonLevel:
    if not isinstance(option.work, Movie):
        return SeasonLevel.NOT_READ
    return SeasonLevel.FILM_UNSAID if said.season or said.part else SeasonLevel.NOTHING_SAID


def _season_level(place: Place, said: _Said) -> SeasonLevel:
    if place.season == 0:
        unnamed = said.is_number and not said.season
        return SeasonLevel.SPECIAL if unnamed else SeasonLevel.SPECIAL_BUT_NAMED
    if said.season is None and said.final:
        return SeasonLevel.AGAINST if place.opens else SeasonLevel.FINAL
    if said.season is said.part is None:
        return SeasonLevel.FIRST_UNNAMED if place.opens else SeasonLevel.LATER_UNNAMED
    season = said.season or 1
    return _part_level(place, said.part) if season == 1 else _later_season_level(place, season, said.part)


def _part_level(place: Place, part: int | None) -> SeasonLevel:
    if part in (None, 1):
        return SeasonLevel.AGREES if place.opens else SeasonLevel.AGAINST
    if part == place.cour:
        return SeasonLevel.AGREES
    if place.opens:
        return SeasonLevel.AGAINST
    return SeasonLevel.PART_AS_SEASON if part == place.season else SeasonLevel.AGREES_BUT_FOR_PART


def _later_season_level(place: Place, season: int, part: int | None) -> SeasonLevel:
    if season in (place.season, place.rank):
        return _same_season_level(place, part or 1)
    if (place.season, place.cour) == (1, season) and not part:
        return SeasonLevel.AGREES_BY_COURS
    by_cours = place.season < season and place.cour > 1
    return SeasonLevel.MAY_AGREE_BY_COURS if by_cours else SeasonLevel.AGAINST


def _same_season_level(place: Place, part: int) -> SeasonLevel:
    if part > 1 and place.cour == 1 and place.shape in (Shape.COUR, Shape.SPAN):
        return SeasonLevel.AGAINST
    agrees = part == place.cour or place.whole
    return SeasonLevel.AGREES if agrees else SeasonLevel.AGREES_BUT_FOR_PART


# --- when it aired ---


class YearLevel(Level):
    SAME = "same"
    NEXT = "next"
    OFF = "off"
    FAR = "far"
    UNKNOWN = "unknown"
    NONE_IN_LIST = "none in the list"


_YEARS_APART = {0: YearLevel.SAME, 1: YearLevel.NEXT, 2: YearLevel.OFF, 3: YearLevel.OFF}


def year(entry: Entry, option: Option, _: MatchContext) -> Seen[YearLevel]:
    """The entry's first year against the film's, the show's (for its first season), or the place's own."""
    ours, theirs = entry.year, _year_of(option)
    if ours is None:
        return YearLevel.NONE_IN_LIST, "a year is unknown"
    if theirs is None:
        return _year_by_what_is_around(ours, option)
    level = _YEARS_APART.get(abs(ours - theirs), YearLevel.FAR)
    if option.match is None and theirs < ours - 1:
        level = YearLevel.UNKNOWN  # seasons not read: a later one may be of that year
    return level, f"{ours} in the list, {theirs} on Trakt"


def _year_of(option: Option) -> int | None:
    if option.place is None or option.opens:
        return option.work.year
    return option.place.begins.year if option.place.begins else None


def _year_by_what_is_around(year: int, option: Option) -> Seen[YearLevel]:
    begun, place = option.work.year, option.place
    if begun is not None and year < begun - 1:
        return YearLevel.FAR, f"{year}, before the show began in {begun}"
    if place is not None and not _can_be_of(year, place):
        return YearLevel.FAR, f"{year}, when its season was over or had not begun"
    return YearLevel.UNKNOWN, "a year is unknown"


def _can_be_of(year: int, place: Place) -> bool:
    before, after = place.not_before, place.not_after
    return (before is None or year >= before.year) and (after is None or year <= after.year)


class DaysLevel(Level):
    ON_THE_DAY = "begins on the day"
    THAT_WEEK = "begins that week"
    A_WEEK_OFF = "begins a week off"
    WEEKS_OFF = "begins weeks off"
    ELSEWHEN = "begins elsewhen"
    MONTHS_APART = "months apart"
    YEARS_APART = "years apart"
    ENDS_ON_THE_DAY = ", ends on the day"
    ENDS_THAT_WEEK = ", ends that week"
    ENDS_A_WEEK_OFF = ", ends a week off"
    ENDS_WEEKS_OFF = ", ends weeks off"
    ENDS_ELSEWHEN = ", ends elsewhen"
    UNKNOWN = "unknown"


class CutLevel(Level):
    """Of a season that is a little longer the days alone say which episodes are the entry's: weighed apart."""

    WITHOUT_BEGINNING = "without its beginning: "
    WITHOUT_END = "without its end: "
    WITHOUT_SOME = "without some: "
    ON_THE_DAY = "begins on the day"
    NEAR = "begins near"
    OFF = "begins off"
    WITH_OTHERS = "begins with others"
    UNEVEN = ", uneven"


# A day is midnight's doing, a week is one episode, more is a break or a guess.
_BEGINS = (
    (1, DaysLevel.ON_THE_DAY),
    (4, DaysLevel.THAT_WEEK),
    (10, DaysLevel.A_WEEK_OFF),
    (45, DaysLevel.WEEKS_OFF),
    (60, DaysLevel.ELSEWHEN),
    (400, DaysLevel.MONTHS_APART),
)

_ENDS = (
    (1, DaysLevel.ENDS_ON_THE_DAY),
    (4, DaysLevel.ENDS_THAT_WEEK),
    (10, DaysLevel.ENDS_A_WEEK_OFF),
    (45, DaysLevel.ENDS_WEEKS_OFF),
)

_CUT_BEGINS = ((1, CutLevel.ON_THE_DAY), (4, CutLevel.NEAR))

_WITHOUT = {
    Leaves.BEGINNING: CutLevel.WITHOUT_BEGINNING,
    Leaves.END: CutLevel.WITHOUT_END,
    Leaves.ELSEWHERE: CutLevel.WITHOUT_SOME,
}

TELLING_DAYS = (
    (CutLevel.WITHOUT_BEGINNING, CutLevel.ON_THE_DAY),
    (CutLevel.WITHOUT_END, CutLevel.ON_THE_DAY),
)
"""The levels by which it is plain which episodes of a longer season are the entry's."""


def air_dates(entry: Entry, option: Option, _: MatchContext) -> Seen[DaysLevel | CutLevel]:
    """The days on which the run began and ended against the entry's."""
    (begins, ends), place = _days_of(option), option.place
    first, last = exact_day(entry.aired_from), exact_day(entry.aired_to)
    if begins is None or first is None:
        return DaysLevel.UNKNOWN, "a start day is unknown"
    start = abs((begins - first).days)
    words = f"begins {pluralize(start, 'day')} apart"
    if place is not None and place.leaves in _WITHOUT:
        return _days_in_longer(place, start), words
    level = _within(start, _BEGINS, DaysLevel.YEARS_APART)
    apart = level in (DaysLevel.MONTHS_APART, DaysLevel.YEARS_APART)
    if apart or entry.episodes == 1 or place is None or ends is None or last is None:
        return level, words
    end = abs((ends - last).days)
    levels = (level, _within(end, _ENDS, DaysLevel.ENDS_ELSEWHEN))
    return levels, f"{words}, ends {pluralize(end, 'day')} apart"


def _days_in_longer(place: Place, start: int) -> tuple[CutLevel, ...]:
    """How the days of a run that leaves a few episodes of its season begin.

    A prologue aired before the day on which the entry began. Where the run begins on that day and goes on evenly, what
    is left stands at the end; a recap within comes days after the episode before.
    """
    begins = _within(start, _CUT_BEGINS, CutLevel.OFF)
    if place.leaves is Leaves.BEGINNING and not place.apart:
        begins = CutLevel.WITH_OTHERS
    uneven = (CutLevel.UNEVEN,) if place.leaves is Leaves.END and not place.even else ()
    return (_WITHOUT[place.leaves], begins, *uneven)


def _within(days: int, steps: Sequence[tuple[int, L]], beyond: L) -> L:
    return next((level for most, level in steps if days <= most), beyond)


def _days_of(option: Option) -> tuple[date | None, date | None]:
    if isinstance(option.work, Movie):
        return option.work.released, None
    return (option.place.begins, option.place.ends) if option.place is not None else (None, None)


class DaysElsewhereLevel(Level):
    UNDATED = "undated"
    DATED = "dated"


# --- what it is ---


class EpisodesLevel(Level):
    FITS_A_SEASON = "fits a season"
    FITS_SEASONS = "fits seasons"
    PART_OF_A_SEASON = "part of a season"
    OVER_A_BORDER = "over a border"
    BUT_FOR_BEGINNING = "a season but for its beginning"
    BUT_FOR_END = "a season but for its end"
    BUT_FOR_SOME = "a season but for some"
    SPECIALS = "specials"
    WITH_SPECIALS = "with specials"
    CLAIMED_FIRST = "claimed, first season"
    CLAIMED_LATER = "claimed, later season"
    CLAIMED_YOUNG = "claimed, later season of late"
    CLAIMED_SPECIALS = "claimed, specials"
    UNKNOWN_WHOLE = "unknown, whole"
    UNKNOWN_PART = "unknown, part"
    AIRING = "airing"
    DIFFERS = "differs"
    FILM = "film"
    FILM_OF_SEVERAL = "film of several"
    FILM_COUNT_UNKNOWN = "film, count unknown"
    NOT_READ = "seasons not read"


CLAIMED = (EpisodesLevel.CLAIMED_FIRST, EpisodesLevel.CLAIMED_LATER, EpisodesLevel.CLAIMED_YOUNG)
_BUT_FOR = {
    Leaves.BEGINNING: EpisodesLevel.BUT_FOR_BEGINNING,
    Leaves.END: EpisodesLevel.BUT_FOR_END,
    Leaves.ELSEWHERE: EpisodesLevel.BUT_FOR_SOME,
}


def episodes(entry: Entry, option: Option, context: MatchContext) -> Seen[EpisodesLevel]:
    """The number of episodes against the run."""
    count = entry.episodes
    if option.place is not None:
        return _episodes_at(option.place, count, young=_is_young(entry, context.today))
    if not isinstance(option.work, Movie):
        return EpisodesLevel.NOT_READ, "the seasons were not read"
    if count is None:
        return EpisodesLevel.FILM_COUNT_UNKNOWN, "the list gives no count"
    level = EpisodesLevel.FILM if count == 1 else EpisodesLevel.FILM_OF_SEVERAL
    return level, f"{count} in the list, one film"


YOUNG_YEARS = 5
"""For so many years after a sequel aired, its season may still be merged into the one before, and maps lag behind."""


def _is_young(entry: Entry, today: date | None) -> bool:
    return today is None or entry.year is None or today.year - entry.year <= YOUNG_YEARS


def _episodes_at(place: Place, count: int | None, *, young: bool) -> Seen[EpisodesLevel]:
    if place.gap or place.shape is Shape.UNEVEN:
        words = f"{count} in the list, {len(mapping_episodes(place.mapping))} on Trakt"
        return EpisodesLevel.DIFFERS, words
    if place.shape is Shape.AIRING:
        return EpisodesLevel.AIRING, "the season is still airing"
    if not place.read and count is not None:
        return _as_claimed(place, young=young), f"{count}, where a map has it"
    if place.has_specials:
        mixed = place.shape is Shape.MIXED
        return EpisodesLevel.WITH_SPECIALS if mixed else EpisodesLevel.SPECIALS, place.shape.value
    if count is None:
        level = EpisodesLevel.UNKNOWN_WHOLE if place.whole else EpisodesLevel.UNKNOWN_PART
        return level, "the list gives no count"
    return _as_it_fits(place, count)


def _as_claimed(place: Place, *, young: bool) -> EpisodesLevel:
    if place.has_specials:
        return EpisodesLevel.CLAIMED_SPECIALS
    if place.opens:
        return EpisodesLevel.CLAIMED_FIRST
    return EpisodesLevel.CLAIMED_YOUNG if young else EpisodesLevel.CLAIMED_LATER


def _as_it_fits(place: Place, count: int) -> Seen[EpisodesLevel]:
    if place.shape is Shape.SPAN:
        level = EpisodesLevel.FITS_SEASONS if place.whole else EpisodesLevel.OVER_A_BORDER
        return level, f"{count}, over several seasons"
    if place.leaves in _BUT_FOR:
        return _BUT_FOR[place.leaves], f"{count}, {place.leaves.value} left"
    level = EpisodesLevel.FITS_A_SEASON if place.whole else EpisodesLevel.PART_OF_A_SEASON
    return level, f"{count}, {place.shape.value}"


class KindLevel(Level):
    SERIES = "series: "
    FILM = "film: "
    SPECIAL = "special: "
    SPECIAL_SERIES = "special series: "
    WEB_SERIES = "web series: "
    SHORT_WEB_SERIES = "short web series: "
    CLIP = "clip: "
    UNKNOWN = "unknown: "


class TargetLevel(Level):
    FILM = "film"
    SEASON = "season"
    SPECIAL = "special"


_KINDS = dict.fromkeys(SERIES, KindLevel.SERIES) | dict.fromkeys(CLIPS, KindLevel.CLIP)
_KINDS |= {Kind.MOVIE: KindLevel.FILM, Kind.UNKNOWN: KindLevel.UNKNOWN}


def kind(entry: Entry, option: Option, _: MatchContext) -> Seen[KindLevel | TargetLevel]:
    """What the list calls the work against what the option is."""
    special = option.place is not None and option.place.season == 0
    target = TargetLevel.SPECIAL if special else TargetLevel.SEASON
    if isinstance(option.work, Movie):
        target = TargetLevel.FILM
    return (_kind_level(entry), target), f"{entry.kind.value} in the list, {target.value} on Trakt"


def _kind_level(entry: Entry) -> KindLevel:
    if entry.kind is Kind.ONA:
        return KindLevel.SHORT_WEB_SERIES if entry.episodes == 1 else KindLevel.WEB_SERIES
    if entry.kind in SPECIALS:
        return KindLevel.SPECIAL if (entry.episodes or 1) == 1 else KindLevel.SPECIAL_SERIES
    return _KINDS[entry.kind]


class RuntimeLevel(Level):
    SAME = "same"
    OTHER = "other"
    FAR = "far"


def runtime(entry: Entry, option: Option, _: MatchContext) -> Seen[RuntimeLevel] | None:
    """One episode's length in the list against Trakt's: a clip is no episode, a short series no long one."""
    ours, theirs = entry.minutes, option.work.runtime
    if not ours or not theirs:
        return None
    words = f"{ours} minutes in the list, {theirs} on Trakt"
    longer, shorter = max(ours, theirs), min(ours, theirs)
    if longer <= 1.4 * shorter or longer - shorter <= 4:
        return RuntimeLevel.SAME, words
    far = longer >= 2.5 * shorter and longer - shorter >= 10
    return (RuntimeLevel.FAR if far else RuntimeLevel.OTHER), words


class GenresLevel(Level):
    ANIMATED = "animated"
    LIVE_ACTION = "live action"


_ANIMATED = frozenset({"anime", "animation", "donghua"})


def genres(_: Entry, option: Option, __: MatchContext) -> Seen[GenresLevel] | None:
    """Whether Trakt says that the work is animated, where it says anything of its genres."""
    if not option.work.genres:
        return None
    level = GenresLevel.LIVE_ACTION if _ANIMATED.isdisjoint(option.work.genres) else GenresLevel.ANIMATED
    return level, ", ".join(option.work.genres)


# --- what id maps say ---


class MapWord(Word):
    EXACT = "exact"
    SEASON = "season"
    SHOW = "show"
    ELSEWHERE = "elsewhere"
    AGAINST = "against"


def id_maps(entry: Entry, option: Option, context: MatchContext) -> Seen[MapWord] | None:
    """The word of the maps that stem from Anime-Lists, for or against the option: one witness, also if they agree."""
    return _words_of_maps(entry, option, [claim for claim in context.claims if claim.family == "anime-lists"])


def other_maps(entry: Entry, option: Option, context: MatchContext) -> Seen[MapWord] | None:
    """The word of the maps that know nothing of Anime-Lists."""
    return _words_of_maps(entry, option, [claim for claim in context.claims if claim.family != "anime-lists"])


def _words_of_maps(entry: Entry, option: Option, claims: Sequence[Claimed]) -> Seen[MapWord] | None:
    words: dict[str, MapWord] = {}
    for claim in claims:
        word = _word_of(entry, option, claim)
        if word is not MapWord.AGAINST or claim.map not in words:  # each of a map's claims speaks for it
            words[claim.map] = word
    if not words:
        return None
    said = ", ".join(f"{name}: {word.value}" for name, word in sorted(words.items()))
    return tuple(sorted(words.values(), key=lambda word: word.value)), said


def _word_of(entry: Entry, option: Option, claim: Claimed) -> MapWord:
    if (claim.kind, claim.id) != (option.work.kind, option.work.id):
        return MapWord.AGAINST
    if isinstance(option.work, Movie):
        return MapWord.EXACT
    if option.place is None:
        return MapWord.SHOW
    if (claim.season, claim.mapping) == (None, None):
        return MapWord.ELSEWHERE if _knows_one_season(claim, option.place) else MapWord.SHOW
    return _word_of_place(entry, option.place, claim)


def _knows_one_season(claim: Claimed, place: Place) -> bool:
    """Whether a map that numbers the seasons of a show, where it has several, has none for an entry of a later one.

    Where the season list was read, there is better to go by.
    """
    return claim.family != "anime-lists" and place.season > 1 and not place.read


def _word_of_place(entry: Entry, place: Place, claim: Claimed) -> MapWord:
    spelt, longer = claim.mapping == place.mapping, place.leaves is not Leaves.NOTHING
    if not longer and (spelt or _is_still_to_come(claim, place)):
        return MapWord.EXACT
    # no map says which episodes of a season that has grown since are an entry's
    any_run = claim.mapping is None or longer or entry.episodes is None
    in_season = spelt or (any_run and claim.season == place.season)
    return MapWord.SEASON if in_season else MapWord.ELSEWHERE


def _is_still_to_come(claim: Claimed, place: Place) -> bool:
    if place.shape is not Shape.AIRING or claim.mapping is None:
        return False
    return _begins_so(claim.mapping, place.mapping)


def _begins_so(whole: Mapping, beginning: Mapping) -> bool:
    episodes = mapping_episodes(beginning)
    return mapping_episodes(whole)[: len(episodes)] == episodes


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
    "other-maps": other_maps,
    "runtime": runtime,
    "genres": genres,
    "order": order,
    "rest": rest,
}
