"""Matching: proposes a match for an entry, or candidates for a person to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import (
    Judged,
    Level,
    MatchContext,
    Option,
    Proposal,
    Seen,
    SignalValue,
    Speaks,
    rows_of,
)
from anitrakt_plan.matching.others import OrderLevel, RestLevel
from anitrakt_plan.matching.seasons import Layout, Layouts, Leaves, Place, exact_day, find_places, place_at
from anitrakt_plan.matching.signals import (
    CLIPS,
    SERIES,
    SIGNALS,
    TELLING_DAYS,
    CutLevel,
    DaysElsewhereLevel,
    DaysLevel,
    EpisodesLevel,
    GenresLevel,
    MapWord,
    RuntimeLevel,
    SeasonLevel,
    TitleLevel,
    YearLevel,
)
from anitrakt_plan.matching.titles import read_title
from anitrakt_plan.matching.weights import Curve, calibrated, none_weight, shares, weight
from anitrakt_plan.model import (
    Candidate,
    Decision,
    Entry,
    Episode,
    Kind,
    Match,
    Movie,
    MovieMatch,
    Run,
    ShowMatch,
    Straight,
    TargetKind,
    TmdbId,
    Work,
    WorkId,
)
from anitrakt_plan.model import Mapping as EpisodeMapping
from anitrakt_plan.model.matches import format_match, kind_and_id, mapping_runs
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.words import titled

MAX_CANDIDATES = 5

MAX_JUDGED = 12

MIN_GAP = 0.05  # how far a second candidate must be behind in belief

NOTHING_FITS = "nothing on Trakt fits"

MAX_GUESSED = 30  # episodes up to which a season that a map names alone is taken for the whole entry

MIN_OFFERED = 0.05  # a candidate of less confidence is no help to a person

# Places in a show that nobody looked at, and that something holds back: of those that looked certain else, 98 in 100
# were right; where the list's title and its id disagree one of them is wrong, and no map says which.
DOUBTED, DISPUTED = 0.98, 0.4

# A run that only the list's count gives, by its length: so many in 100 were right, in the plain and the hard world
# together. Of the longest the list often makes one entry, and Trakt several seasons.
GUESSED = ((100, 0.95), (None, 0.75))

GUESSED_RUN = "guessed-run"
"""The code in `why` of such a run, where nobody has its season list."""


def propose(entry: Entry, verdict: Verdict, *, auto_from: float) -> Proposal:
    """The proposal for one entry: auto if the best option is certain enough and nothing caps it, else review."""
    rows = verdict.candidates[:MAX_JUDGED]
    if not rows:
        return nothing_found(entry)
    best = _judged(entry, *rows[0], verdict, best=True)
    left = 1.0 - best.candidate.confidence
    judged = (best, *(_beside(_judged(entry, *row, verdict, best=False), row[0], left) for row in rows[1:]))
    confidence, why = best.candidate.confidence, best.candidate.why
    wanted = list(best.caps)
    if confidence < auto_from:
        wanted.insert(0, f"a confidence of {auto_from:g} (it is {format_confidence(confidence)})")
    if not wanted:
        match, hint = best.candidate.match, auto_hint(best.candidate)
        return Proposal(
            entry.key, Decision.AUTO, match, confidence, why, hint, judged=judged[:MAX_CANDIDATES]
        )
    offered = _offered([row for row, _ in rows], judged, disputed=verdict.other_work is not None)
    return Proposal(
        entry.key,
        Decision.REVIEW,
        None,
        confidence,
        why,
        review_hint(offered, best, auto_from) if offered else NOTHING_FITS,
        offered,
        judged,
        "; ".join(wanted),
        verdict.other_work,
    )


def _offered(rows: Sequence[Weighed], judged: Sequence[Judged], *, disputed: bool) -> tuple[Candidate, ...]:
    """What is worth a person's look: likely candidates, the works of a disputed id, a show that is only too short."""
    keep = {at for at, item in enumerate(judged) if item.candidate.confidence >= MIN_OFFERED}
    if disputed:
        claimed = [row.claimed for row in rows]
        keep |= {claimed.index(side) for side in (True, False) if side in claimed}
    keep = keep or {at for at, row in enumerate(rows) if _is_too_short(row)}
    return tuple(judged[at].candidate for at in sorted(keep)[:MAX_CANDIDATES])


def _is_too_short(row: Weighed) -> bool:
    """Whether only the number of its episodes speaks against a show: the list has more than Trakt."""
    return row.place is not None and row.place.gap > 0 and (row.has_its_name or row.saw(TitleLevel.CLOSE))


def is_certain(entry: Entry, verdict: Verdict, *, auto_from: float) -> bool:
    """Whether `propose` would make an entry auto; for who has to decide whether to ask more."""
    if not (candidates := verdict.candidates):
        return False
    best, _ = candidates[0]
    return _confidence(best) >= auto_from and not any((*_caps(entry, best, verdict), *_rivals(best, verdict)))


def nothing_found(entry: Entry) -> Proposal:
    """The proposal for an entry that has no candidate at all."""
    named = bool(entry.titles.all())
    why = NOTHING_FITS if named else "no id map knows it, and the list gives no title"
    return Proposal(entry.key, Decision.REVIEW, None, 0.0, (), why, wanted="a candidate")


def _judged(entry: Entry, row: Weighed, match: Match, verdict: Verdict, *, best: bool) -> Judged:
    work = row.option.work
    caps = (*_caps(entry, row, verdict), *(_rivals(row, verdict) if best else ()))
    confidence = _confidence(row)
    if _is_unread(row) and caps:
        confidence = min(confidence, DISPUTED if verdict.other_work is not None else DOUBTED)
    if _is_long_guess(entry, row):
        confidence = min(confidence, _right_of_guessed(entry.episodes or 0))
    title = work.title or _number_name(work.kind, work.id)
    candidate = Candidate(match, title, work.year, work.url, confidence, reasons(entry, row))
    return Judged(candidate, row.signals, caps)


def _right_of_guessed(episodes: int) -> float:
    return next(right for most, right in GUESSED if most is None or episodes <= most)


def with_known_names(
    proposals: Sequence[Proposal], known: Callable[[], Iterable[Work]]
) -> tuple[Proposal, ...]:
    """Give works that a map has by their id alone the names that `known` has for them; weighs nothing anew."""
    if not any(_is_nameless(judged.candidate) for proposal in proposals for judged in proposal.judged):
        return tuple(proposals)
    names: dict[tuple[TargetKind, WorkId], Work] = {}
    for work in known():
        if work.title:
            names.setdefault((work.kind, work.id), work)
            if work.tmdb is not None:
                names.setdefault((work.kind, TmdbId(work.tmdb)), work)

    def named(candidate: Candidate) -> Candidate:
        work = names.get(kind_and_id(candidate.match)) if _is_nameless(candidate) else None
        return (
            candidate if work is None else replace(candidate, title=work.title, year=work.year, url=work.url)
        )

    return tuple(
        replace(
            one,
            candidates=tuple(map(named, one.candidates)),
            judged=tuple(replace(judged, candidate=named(judged.candidate)) for judged in one.judged),
        )
        for one in proposals
    )


def _is_nameless(candidate: Candidate) -> bool:
    kind, number = kind_and_id(candidate.match)
    return candidate.title == _number_name(kind, number)


def _number_name(kind: TargetKind, number: WorkId) -> str:
    """A work that is known by its id alone: a map gives no title."""
    return f"{kind.word} {number}"


def _is_unread(row: Weighed) -> bool:
    return row.place is not None and not row.place.read


def _beside(judged: Judged, row: Weighed, left: float) -> Judged:
    """A candidate behind the best: where maps alone name it, no likelier than that the best is wrong (`left`)."""
    if not _is_unread(row) or judged.candidate.confidence <= left:
        return judged
    return replace(judged, candidate=replace(judged.candidate, confidence=left))


def _confidence(row: Weighed) -> float:
    return calibrated(row.belief, curve_of(row.option, row.signals))


def curve_of(option: Option, signals: Sequence[SignalValue]) -> Curve:
    """The curve by which the belief in an option is read."""
    if option.place is None or option.place.read:
        return Curve.UNDATED if saw(signals, DaysLevel.UNKNOWN) else Curve.DATED
    if saw(signals, MapWord.ELSEWHERE, MapWord.AGAINST):
        return Curve.DISPUTED
    families = [signal.levels for signal in signals if isinstance(signal.levels[0], MapWord)]
    return Curve.WITNESSED if len(families) > 1 else _curve_of_family(signals, families)


def _curve_of_family(signals: Sequence[SignalValue], families: Sequence[tuple[Level, ...]]) -> Curve:
    if saw(signals, EpisodesLevel.CLAIMED_YOUNG):
        return Curve.YOUNG
    named = [word for levels in families for word in levels if word is not MapWord.SHOW]
    return Curve.PAIR if len(named) > 1 else Curve.ALONE


def _rivals(row: Weighed, verdict: Verdict) -> Iterator[str]:
    others = [other for other in verdict.options if other is not row]
    if row.belief - max((other.belief for other in others), default=0.0) < MIN_GAP:
        yield "a second candidate is as good"
    if row.mapped:
        return
    if any(_namesakes(row, others)):
        yield "a show of the same name was not looked at"
    if any(_is_twin(row, other) for other in others):
        yield "it is a show of its own and a season of another"


def _namesakes(row: Weighed, others: Iterable[Weighed]) -> Iterator[WorkId]:
    """The shows whose seasons were not read and that could as well be meant as the best, by their name and year."""
    of_its_own = row.saw(SeasonLevel.IN_ITS_NAME)
    return (other.option.work.id for other in others if _could_be_meant(other, of_its_own=of_its_own))


def _could_be_meant(other: Weighed, *, of_its_own: bool) -> bool:
    # `of_its_own`: the best is a show that bears a sequel's very title: the sequel may be a season of the show before
    alike = other.has_its_name if of_its_own else other.saw(TitleLevel.SAME)
    return other.option.match is None and alike and not other.saw(YearLevel.OFF, YearLevel.FAR)


def _is_twin(row: Weighed, other: Weighed) -> bool:
    """Whether another show has a season of the same name, days and count: one of the two is a double."""
    return (
        other.option.work.id != row.option.work.id
        and other.has_its_name
        and all(one.saw(EpisodesLevel.FITS_A_SEASON) for one in (row, other))
        and all(one.saw(DaysLevel.ON_THE_DAY) for one in (row, other))
    )


def _caps(entry: Entry, row: Weighed, verdict: Verdict) -> Iterator[str]:
    if verdict.other_work is not None:
        yield f"the list's title and its id disagree: {entry.key.id} is {verdict.other_work}"
    if entry.key.is_title:
        yield "the list has no id for it"
    if row.place is not None and row.place.gap > 0:
        yield f"{row.place.gap} more {'in the list' if entry.episodes else 'watched'} than Trakt has"
    holds = _ALWAYS if row.mapped else (*_ALWAYS, *_UNLESS_MAPPED)
    yield from (reason for is_held, reason in holds if is_held(entry, row))


# --- weighing ---


@dataclass(frozen=True, slots=True)
class Weighed:
    """An option with its signals, their sum in log-odds, and its share of belief, 0-1, before calibration."""

    option: Option
    signals: tuple[SignalValue, ...]
    score: float
    belief: float

    @property
    def place(self) -> Place | None:
        """Where in a show it is."""
        return self.option.place

    def saw(self, *levels: Level) -> bool:
        """Whether a signal saw one of these."""
        return saw(self.signals, *levels)

    @property
    def has_its_name(self) -> bool:
        """Whether the entry and the work have one name, but for season words."""
        return self.saw(TitleLevel.SAME, TitleLevel.SAME_BASE)

    @property
    def claimed(self) -> bool:
        """Whether an id map names this work."""
        return self.saw(MapWord.EXACT, MapWord.SEASON, MapWord.SHOW, MapWord.ELSEWHERE)

    @property
    def mapped(self) -> bool:
        """Whether an id map names this very place, or its season."""
        return self.saw(MapWord.EXACT, MapWord.SEASON)


Hold = tuple[Callable[[Entry, Weighed], bool], str]


def _is_series_as_film(entry: Entry, row: Weighed) -> bool:
    return entry.kind in SERIES and isinstance(row.option.work, Movie) and entry.episodes != 1


def _differs_in_count(entry: Entry, row: Weighed) -> bool:
    if row.place is not None and row.place.gap > 0:
        return False  # said with the number
    if row.saw(EpisodesLevel.FILM_OF_SEVERAL):
        return entry.kind is not Kind.MOVIE
    return row.saw(EpisodesLevel.DIFFERS)


def _is_clip_elsewhere(entry: Entry, row: Weighed) -> bool:
    """A music video, commercial or trailer is no episode of a series, and no film but the one of its year."""
    if entry.kind not in CLIPS:
        return False
    if not isinstance(row.option.work, Movie):
        return row.place is None or row.place.season > 0
    return not (row.mapped and row.saw(YearLevel.SAME, YearLevel.NEXT))


def _has_unknown_order(entry: Entry, row: Weighed) -> bool:
    """Where only a part was watched, it must be plain which episodes come first."""
    return row.place is not None and row.place.unordered and not entry.progress.is_complete


def _may_have_moved(_: Entry, row: Weighed) -> bool:
    """Where Trakt's season is a little longer, only the days on which it began and ended tell which are the entry's."""
    if row.place is None or row.place.leaves is Leaves.NOTHING:
        return False
    return not any(signal.levels in TELLING_DAYS for signal in row.signals)


def _is_long_guess(entry: Entry, row: Weighed) -> bool:
    """Where a map names a season alone and its list was not read, a long work may as well go over several seasons."""
    return _is_unread(row) and not row.saw(MapWord.EXACT) and (entry.episodes or 0) > MAX_GUESSED


def _is_series_among_specials(entry: Entry, row: Weighed) -> bool:
    """Maps put into season 0 what they have no better place for, and number it as they like."""
    is_series = entry.kind in SERIES or entry.kind is Kind.UNKNOWN
    return is_series and row.place is not None and _is_unread(row) and row.place.season == 0


def _is_of_guessed_length(entry: Entry, row: Weighed) -> bool:
    """Where neither list nor map says how many there are, what was watched so far may be a part."""
    return _is_unread(row) and entry.episodes is None and not row.saw(MapWord.EXACT)


def _is_alone_in_time(_: Entry, row: Weighed) -> bool:
    """Where one map alone names a show and nobody looked at it, only the year tells it from one of the same name."""
    alone = row.option.opens and curve_of(row.option, row.signals) is Curve.ALONE
    return alone and not row.saw(YearLevel.SAME, YearLevel.NEXT)


def _is_alone_and_nameless(_: Entry, row: Weighed) -> bool:
    """Where one family of maps gives an id and no title, nothing holds the entry against what stands there."""
    is_alone = _is_unread(row) and curve_of(row.option, row.signals) is not Curve.WITNESSED
    return is_alone and not row.option.work.title


def _may_be_cut_in_two(entry: Entry, row: Weighed) -> bool:
    """Where Trakt has twice as many, and the last ends with the list's, its episodes are halves of the list's.

    Unless the other half is another entry's, in the list or by a map.
    """
    place, end = row.place, exact_day(entry.aired_to)
    if place is None or not place.half or row.saw(OrderLevel.LEADS, RestLevel.TAKEN):
        return False
    if place.season_ends is None or place.ends is None or end is None:
        return row.saw(DaysLevel.UNKNOWN)
    return abs(place.season_ends - end) < abs(place.ends - end)


def _is_of_another_year(_: Entry, row: Weighed) -> bool:
    """A year that is far off counts, unless the run itself begins on the entry's day: then the show's year is wrong."""
    return row.saw(YearLevel.FAR) and not row.saw(DaysLevel.ON_THE_DAY)


def _is_of_other_years(_: Entry, row: Weighed) -> bool:
    """Days that are years apart count, unless the show's own year says that they are wrong."""
    return row.saw(DaysLevel.YEARS_APART) and not row.saw(YearLevel.SAME, YearLevel.NEXT)


def _is_elsewhere_for_maps(_: Entry, row: Weighed) -> bool:
    return any(signal.name == "id-maps" and set(signal.levels) == {MapWord.AGAINST} for signal in row.signals)


def _is_nameless_in_time(entry: Entry, row: Weighed) -> bool:
    """Without any year, one common word names too many works; so does any film's or single video's title."""
    if entry.year is not None:
        return row.option.opens and row.saw(YearLevel.UNKNOWN)
    words = max((len(read_title(name).text.split()) for name in entry.titles.all()), default=0)
    return words < 2 or (entry.episodes or 1) == 1


def _leaves_a_hole(_: Entry, row: Weighed) -> bool:
    return row.place is not None and row.place.skips


def _shows(*levels: Level) -> Callable[[Entry, Weighed], bool]:
    return lambda _, row: row.saw(*levels)


_ALWAYS: tuple[Hold, ...] = (
    (_is_series_as_film, "a series is not a film"),
    (_differs_in_count, "the number of episodes differs"),
    (_is_clip_elsewhere, "a clip is neither an episode nor a film"),
    (_may_have_moved, "Trakt's season has more episodes, and the days don't tell which"),
    (_may_be_cut_in_two, "Trakt has twice as many episodes, and the days don't tell why"),
    (_is_long_guess, "no map says which episodes, and nobody looked at its season list"),
    (_is_series_among_specials, "a series is not among the specials, and nobody looked there"),
    (_is_of_guessed_length, "nobody here knows how many episodes it has"),
    (_is_alone_in_time, "one map alone names it, and no year agrees"),
    (_is_alone_and_nameless, "one map alone names it, and by no title"),
    (_has_unknown_order, "nobody knows where its specials aired"),
    (_leaves_a_hole, "it leaves out an episode in the middle"),
    (_shows(TitleLevel.OTHER), "the title is quite another"),
    (_is_of_another_year, "the year is another"),
    (_is_elsewhere_for_maps, "the id maps name another work"),
    (_is_of_other_years, "it aired in other years"),
    (_shows(OrderLevel.TAKEN, OrderLevel.OUT_OF_ORDER), "another entry of the list is in the way"),
)

_UNLESS_MAPPED: tuple[Hold, ...] = (
    (_shows(TitleLevel.WEAK, TitleLevel.OTHER_LANGUAGE, TitleLevel.NO_TITLE), "no title says so"),
    (_shows(SeasonLevel.AGAINST), "the title names another season"),
    (_is_nameless_in_time, "a year is unknown"),
    (_shows(RuntimeLevel.FAR), "its episodes are of another length"),
    (_shows(GenresLevel.LIVE_ACTION), "Trakt does not call it animated"),
)


# --- the short texts of a proposal: the `#>` comments, reason codes, and rounded confidences ---


_MIN_TELLING = 0.5  # log-odds from which a signal is named as a reason

# Levels that weigh something but tell a person nothing: there is no value on one of the two sides.
_EMPTY = (
    *(YearLevel.UNKNOWN, YearLevel.NONE_IN_LIST, DaysLevel.UNKNOWN),
    *(SeasonLevel.NOTHING_SAID, EpisodesLevel.FILM_COUNT_UNKNOWN),
)


# Levels at which the two sides contradict, though other levels weigh less: those are rarer still where it is right.
_CONTRADICTING = (SeasonLevel.LATER_UNNAMED, SeasonLevel.AGAINST_A_NUMBER, SeasonLevel.AGAINST)


def speaks(signal: SignalValue) -> Speaks:
    """What a signal tells a person: weights alone don't say it, as each is relative to a signal's other levels."""
    if saw([signal], *_EMPTY):
        return Speaks.NOT
    is_against = signal.weight < 0 or saw([signal], *_CONTRADICTING)
    return Speaks.AGAINST if is_against else Speaks.FOR


def auto_hint(candidate: Candidate) -> str:
    """The text behind an auto match: the match in short form, the name, the confidence, the reasons."""
    name = titled(candidate.title, candidate.year)
    reasons = f" · {', '.join(candidate.why)}" if candidate.why else ""
    return f"{format_match(candidate.match)} · {name} · {format_confidence(candidate.confidence)}{reasons}"


def review_hint(offered: Sequence[Candidate], best: Judged, auto_from: float) -> str:
    """The text behind `review`: how far the best candidate is from auto, and what holds it back."""
    confidence = best.candidate.confidence
    if confidence >= auto_from:
        return f"the best is {format_confidence(confidence)}, but {best.caps[0]}"
    text = f"the best is {format_confidence(confidence)} ({auto_from:g} needed)"
    if len(offered) > 1 and (behind := confidence - offered[1].confidence) < 0.2:
        text += f", the next only {max(behind, 0.0):.2f} behind"
    return f"{text}; {best.caps[0]}" if best.caps else text


def reasons(entry: Entry, row: Weighed) -> tuple[str, ...]:
    """Short codes of what speaks for an option, the strongest first; a year that is one off, and a guess, are said."""
    codes: dict[str, float] = {}
    work_year = row.option.work.year
    for signal in row.signals:
        if YearLevel.NEXT in signal.levels and entry.year and work_year:
            codes["year-1" if work_year < entry.year else "year+1"] = 0.0
        elif signal.weight >= _MIN_TELLING and signal.name != "kind" and speaks(signal) is Speaks.FOR:
            codes[signal.name] = signal.weight
    if _is_long_guess(entry, row):
        codes.pop("episodes", None)  # it has as many because it was made of that number
        codes[GUESSED_RUN] = 0.0
    return tuple(sorted(codes, key=lambda code: -codes[code]))


_WORTH_A_LOOK = 0.2  # belief from which it is worth a request to learn a work's other names


@dataclass(frozen=True, slots=True)
class Verdict:
    """The options of one entry, weighed, best first.

    `other_work`: the name of the work that the entry's id says, where its title says another.
    """

    options: tuple[Weighed, ...]
    other_work: str | None = None

    @property
    def candidates(self) -> list[tuple[Weighed, Match]]:
        """The options that can be proposed, with their matches: not the shows whose seasons were not read."""
        return [(row, row.option.match) for row in self.options if row.option.match is not None]

    @property
    def offers_any(self) -> bool:
        """Whether any candidate is likely enough to be offered to a person."""
        return any(row.belief >= MIN_OFFERED for row, _ in self.candidates)

    @property
    def doubtful_name(self) -> tuple[TargetKind, WorkId] | None:
        """The work of the best option, if all but its name speaks for it: its other names may tell."""
        if not self.options or self.options[0].belief < _WORTH_A_LOOK:
            return None
        best = self.options[0]
        work = best.option.work
        return None if work.aliases is not None or best.has_its_name else (work.kind, work.id)

    @property
    def namesakes(self) -> tuple[WorkId, ...]:
        """The unread shows of the best candidate's name, where nothing but they could be meant in its place."""
        rows = [row for row, _ in self.candidates[:1] if row.belief >= _WORTH_A_LOOK and not row.mapped]
        return tuple(show for row in rows for show in _namesakes(row, self.options))

    @property
    def unread(self) -> dict[WorkId, float]:
        """The belief in each show whose seasons have not been read, by its id."""
        return {row.option.work.id: row.belief for row in self.options if row.option.match is None}


def options_for(
    entry: Entry,
    works: Iterable[Work],
    layouts: Mapping[WorkId, Layouts],
    claims: Sequence[Claimed] = (),
    anchors: Mapping[WorkId, Sequence[Episode]] | None = None,
    *,
    ended: bool = False,
) -> tuple[Option, ...]:
    """Every option that is to be weighed: films, places in shows that were read, shows that were not.

    `ended`: the entry's work is over and was seen to its end.
    """
    options: list[Option] = []
    for work in works:
        if isinstance(work, Movie):
            options.append(Option(work, MovieMatch(work.id)))
            continue
        here = [claim for claim in claims if claim.id == work.id]
        if (known := layouts.get(work.id)) is None:
            places = _places_by_maps_alone(entry, here)
        else:
            starts = (anchors or {}).get(work.id, ())
            places = _places_in(known, entry, here, starts, ended=ended)
        once = {place.mapping: place for place in reversed(places)}
        options += [Option(work, ShowMatch(work.id, mapping), place) for mapping, place in once.items()]
        if known is None and not places:
            options.append(Option(work, None))
    return tuple(options)


def _places_in(
    known: Layouts, entry: Entry, claims: Sequence[Claimed], anchors: Sequence[Episode], *, ended: bool
) -> list[Place]:
    places: list[Place] = []
    for layout in known.for_entry(ended=ended):
        places += _places_at(entry, layout, [claim.mapping for claim in claims])
        places += find_places(entry, layout, anchors, ended=ended)
    return places


def _places_by_maps_alone(entry: Entry, claims: Sequence[Claimed]) -> list[Place]:
    """Where a map names a season but no episodes and the season list is not read: its first episodes.

    So, too, beside what another map spells out elsewhere, and beside a season with specials.
    """
    spelt = _places_at(entry, None, [claim.mapping for claim in claims])
    count = _count_of(entry)
    if not count:
        return spelt
    within = {run.season for place in spelt for run in mapping_runs(place.mapping)}
    seasons = dict.fromkeys(claim.season for claim in claims if claim.season not in (None, *within))
    seasons |= dict.fromkeys(place.season_beside for place in spelt if place.season_beside is not None)
    guessed = [Straight((Run(season, 1, count),)) for season in seasons if season is not None]
    return spelt + _places_at(entry, None, guessed)


def _count_of(entry: Entry) -> int:
    """How many episodes an entry has, as far as the list tells; 0 where it does not."""
    return entry.episodes or (entry.progress.watched if entry.progress.is_complete else 0)


def _places_at(entry: Entry, layout: Layout | None, mappings: Iterable[EpisodeMapping | None]) -> list[Place]:
    found = (place_at(mapping, layout, entry) for mapping in mappings if mapping is not None)
    return [place for place in found if place is not None]


def judge(entry: Entry, options: Sequence[Option], context: MatchContext) -> Verdict:
    """Weigh all options against each other and against "none of these"."""
    seen = [signals_of(entry, option, context) for option in options]
    return verdict_of(entry, options, seen, context.other_work)


def verdict_of(
    entry: Entry,
    options: Sequence[Option],
    seen: Sequence[tuple[SignalValue, ...]],
    other_work: str | None = None,
) -> Verdict:
    """The verdict over options whose signals (`seen`, in the same order) are known already."""
    seen = _with_rivals(options, seen)
    scores = [sum(signal.weight for signal in signals) for signals in seen]
    belief = shares(scores, none_weight(entry.kind.value))
    rows = map(Weighed, options, seen, scores, belief)
    return Verdict(tuple(sorted(rows, key=lambda row: -row.score)), other_work)


def _with_rivals(
    options: Sequence[Option], seen: Sequence[tuple[SignalValue, ...]]
) -> list[tuple[SignalValue, ...]]:
    """The signals with what the options of one show say of each other: that another one begins on the entry's day."""
    on_the_day = [saw(signals, DaysLevel.ON_THE_DAY, CutLevel.ON_THE_DAY) for signals in seen]
    fitting = {
        option.work.id for option, fits in zip(options, on_the_day, strict=True) if fits and option.place
    }
    return [
        (*signals, _days_elsewhere(signals))
        if option.place is not None and option.work.id in fitting and not fits
        else signals
        for option, signals, fits in zip(options, seen, on_the_day, strict=True)
    ]


def _days_elsewhere(signals: Sequence[SignalValue]) -> SignalValue:
    undated = saw(signals, DaysLevel.UNKNOWN)
    level = DaysElsewhereLevel.UNDATED if undated else DaysElsewhereLevel.DATED
    return _weighed("days-elsewhere", (level, "another run of the show begins on the entry's day"))


def signals_of(entry: Entry, option: Option, context: MatchContext) -> tuple[SignalValue, ...]:
    """What every signal that has something to say sees in one option."""
    seen = ((name, signal(entry, option, context)) for name, signal in SIGNALS.items())
    return tuple(_weighed(name, said) for name, said in seen if said is not None)


# the options of a long list see the same again and again: it is kept once
_signal_value = lru_cache(maxsize=16384)(SignalValue)


def _weighed(name: str, seen: Seen[Level]) -> SignalValue:
    level, words = seen
    levels = level if isinstance(level, tuple) else (level,)
    return _signal_value(name, levels, words, weight(name, rows_of(levels)))


def saw(signals: Iterable[SignalValue], *levels: Level) -> bool:
    """Whether a signal saw one of some levels."""
    for signal in signals:  # asked so often that generators would take a fifth of a long list's time
        for level in signal.levels:
            if level in levels:
                return True
    return False
