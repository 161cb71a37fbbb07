"""Matching: proposes a match for an entry, or candidates for a person to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import Judged, MatchContext, Option, Proposal, SignalValue
from anitrakt_plan.matching.seasons import Layouts, Leaves, Place, find_places, place_at
from anitrakt_plan.matching.signals import CLIPS, SERIES, SIGNALS, TELLING_DAYS
from anitrakt_plan.matching.titles import Likeness, read_title
from anitrakt_plan.matching.weights import calibrated, none_weight, shares, weight
from anitrakt_plan.model import (
    Candidate,
    Decision,
    Entry,
    Episode,
    Kind,
    Movie,
    MovieMatch,
    Run,
    ShowMatch,
    Straight,
    TargetKind,
    Work,
)
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.words import titled

MAX_CANDIDATES = 5

MAX_JUDGED = 12

MIN_GAP = 0.05  # how far a second candidate must be behind in belief

NOTHING_FITS = "nothing on Trakt fits"

MAX_GUESSED = 30  # episodes up to which a season that a map names alone is taken for the whole entry

MIN_OFFERED = 0.05  # a candidate of less confidence is no help to a person


def propose(entry: Entry, verdict: Verdict, *, auto_from: float) -> Proposal:
    """The proposal for one entry: auto if the best option is certain enough and nothing caps it, else review."""
    rows = [row for row in verdict.options if row.option.match is not None]
    if not rows:
        return nothing_found(entry)
    judged = tuple(_judged(entry, row, verdict, best=row is rows[0]) for row in rows[:MAX_JUDGED])
    best = judged[0]
    confidence = best.candidate.confidence
    wanted = list(best.caps)
    if confidence < auto_from:
        wanted.insert(0, f"a confidence of {auto_from:g} (it is {format_confidence(confidence)})")
    if not wanted:
        return Proposal(
            entry.key,
            Decision.AUTO,
            best.candidate.match,
            confidence,
            best.candidate.why,
            auto_hint(best.candidate),
            judged=judged[:MAX_CANDIDATES],
        )
    offered = _offered(rows, judged, verdict)
    return Proposal(
        entry.key,
        Decision.REVIEW,
        None,
        confidence,
        best.candidate.why,
        review_hint(offered, best, auto_from) if offered else NOTHING_FITS,
        offered,
        judged,
        "; ".join(wanted),
        verdict.other_work,
    )


def _offered(rows: Sequence[Weighed], judged: Sequence[Judged], verdict: Verdict) -> tuple[Candidate, ...]:
    """What is worth a person's look: likely candidates, the works of a disputed id, a show that is only too short."""
    keep = {index for index, item in enumerate(judged) if item.candidate.confidence >= MIN_OFFERED}
    if verdict.other_work is not None:
        for claimed in (True, False):
            keep |= set(
                [index for index, row in enumerate(rows[: len(judged)]) if row.claimed is claimed][:1]
            )
    if not keep:
        keep = {index for index, row in enumerate(rows[: len(judged)]) if _is_too_short(row)}
    return tuple(judged[index].candidate for index in sorted(keep)[:MAX_CANDIDATES])


def _is_too_short(row: Weighed) -> bool:
    """Whether only the number of its episodes speaks against a show: the list has more than Trakt."""
    place = row.option.place
    return (
        place is not None
        and place.gap > 0
        and row.likeness in (Likeness.SAME, Likeness.SAME_BASE, Likeness.CLOSE)
    )


def is_certain(entry: Entry, verdict: Verdict, *, auto_from: float) -> bool:
    """Whether `propose` would make an entry auto; for who has to decide whether to ask more."""
    best = next((row for row in verdict.options if row.option.match is not None), None)
    if best is None or _confidence(best) < auto_from:
        return False
    return not any((*_caps(entry, best, verdict), *_rivals(best, verdict)))


def nothing_found(entry: Entry) -> Proposal:
    """The proposal for an entry that has no candidate at all."""
    named = bool(entry.titles.all())
    why = NOTHING_FITS if named else "no id map knows it, and the list gives no title"
    return Proposal(entry.key, Decision.REVIEW, None, 0.0, (), why, wanted="a candidate")


def _judged(entry: Entry, row: Weighed, verdict: Verdict, *, best: bool) -> Judged:
    option = row.option
    assert option.match is not None  # for the type checker: rows hold no others
    candidate = Candidate(
        option.match,
        option.work.title,
        option.work.year,
        option.work.url,
        _confidence(row),
        reasons(entry, row),
    )
    caps = list(_caps(entry, row, verdict))
    if best:
        caps += _rivals(row, verdict)
    return Judged(candidate, row.signals, tuple(caps))


def _confidence(row: Weighed) -> float:
    place = row.option.place
    if place is not None and not place.read:
        return calibrated(row.belief, "unread")
    return calibrated(row.belief, "undated" if row.level("air-dates") == "unknown" else "dated")


def _rivals(row: Weighed, verdict: Verdict) -> Iterator[str]:
    """What other options hold against the best one."""
    second = next((other.belief for other in verdict.options if other is not row), 0.0)
    if row.belief - second < MIN_GAP:
        yield "a second candidate is as good"
    if row.mapped:
        return
    of_its_own = row.level("season-words") == "in its name"
    if any(_could_be_meant(other, of_its_own=of_its_own) for other in verdict.options):
        yield "a show of the same name was not looked at"
    if any(_is_twin(row, other) for other in verdict.options):
        yield "it is a show of its own and a season of another"


def _could_be_meant(other: Weighed, *, of_its_own: bool) -> bool:
    """Whether a show whose seasons were not read could as well be meant, by its name and year.

    `of_its_own`: the best is a show that bears a sequel's very title: the sequel may be a season of the show before.
    """
    alike = ("same", "same but for season words") if of_its_own else ("same",)
    unread = other.option.match is None
    return unread and other.level("title") in alike and other.level("year") not in ("off", "far")


def _is_twin(row: Weighed, other: Weighed) -> bool:
    """Whether another show has a season of the same name, days and count: one of the two is a double."""
    return (
        other.option.work.id != row.option.work.id
        and other.likeness in ("same", "same but for season words")
        and other.level("episodes") == row.level("episodes") == "fits a season"
        and all(one.level("air-dates").startswith("begins on the day") for one in (row, other))
    )


def _caps(entry: Entry, row: Weighed, verdict: Verdict) -> Iterator[str]:
    """What forbids auto whatever the number says."""
    if verdict.other_work is not None:
        yield f"the list's title and its id disagree: {entry.key.id} is {verdict.other_work}"
    if entry.key.is_title:
        yield "the list has no id for it"
    place = row.option.place
    if place is not None and place.gap > 0:
        yield f"{place.gap} more {'in the list' if entry.episodes else 'watched'} than Trakt has"
    yield from (reason for holds, reason in _ALWAYS if holds(entry, row))
    if not row.mapped:
        yield from (reason for holds, reason in _UNLESS_MAPPED if holds(entry, row))


# --- weighing ---


@dataclass(frozen=True, slots=True)
class Weighed:
    """An option with its signals, their sum in log-odds, and its share of belief, 0-1, before calibration."""

    option: Option
    signals: tuple[SignalValue, ...]
    score: float
    belief: float

    def level(self, name: str) -> str:
        """What a signal saw; empty where it had nothing to say."""
        return next((signal.level for signal in self.signals if signal.name == name), "")

    @property
    def likeness(self) -> str:
        """What the title signal saw, be the place the show's beginning or a later one."""
        return self.level("title").removeprefix("later: ")

    @property
    def claimed(self) -> bool:
        """Whether an id map names this work."""
        words = (*self.level("id-maps").split(" + "), *self.level("other-maps").split(" + "))
        return any(word not in ("", "against") for word in words)

    @property
    def mapped(self) -> bool:
        """Whether an id map names this very place, or its season."""
        words = (*self.level("id-maps").split(" + "), *self.level("other-maps").split(" + "))
        return "exact" in words or "season" in words


Hold = tuple[Callable[[Entry, Weighed], bool], str]


def _is_series_as_film(entry: Entry, row: Weighed) -> bool:
    return entry.kind in SERIES and isinstance(row.option.work, Movie) and (entry.episodes or 2) > 1


def _differs_in_count(entry: Entry, row: Weighed) -> bool:
    level, place = row.level("episodes"), row.option.place
    if place is not None and place.gap > 0:
        return False  # said with the number
    return level == "differs" or (level == "film of several" and entry.kind is not Kind.MOVIE)


def _is_clip_elsewhere(entry: Entry, row: Weighed) -> bool:
    """A music video, commercial or trailer is no episode of a series, and no film but the one of its year."""
    if entry.kind not in CLIPS:
        return False
    place = row.option.place
    if not isinstance(row.option.work, Movie):
        return place is None or place.season > 0
    return not row.mapped or row.level("year") not in ("same", "next")


def _has_unknown_order(entry: Entry, row: Weighed) -> bool:
    """Where only a part was watched, it must be plain which episodes come first."""
    place = row.option.place
    return place is not None and place.unordered and not entry.progress.is_complete


def _may_have_moved(_: Entry, row: Weighed) -> bool:
    """Where Trakt's season is a little longer, only the days on which it began and ended tell which are the entry's."""
    place = row.option.place
    return (
        place is not None
        and place.leaves is not Leaves.NOTHING
        and row.level("air-dates") not in TELLING_DAYS
    )


def _is_long_guess(entry: Entry, row: Weighed) -> bool:
    """Where a map names a season alone and its list was not read, a long work may as well go over several seasons."""
    place = row.option.place
    spelt = "exact" in (*row.level("id-maps").split(" + "), *row.level("other-maps").split(" + "))
    return place is not None and not place.read and not spelt and (entry.episodes or 0) > MAX_GUESSED


def _may_be_cut_in_two(entry: Entry, row: Weighed) -> bool:
    """Where Trakt has twice as many, and the last ends with the list's, its episodes are halves of the list's."""
    place, end = row.option.place, entry.aired_to.exact if entry.aired_to else None
    if place is None or not place.half:
        return False
    if place.season_ends is None or place.ends is None or end is None:
        return row.level("air-dates") == "unknown"
    return abs((place.season_ends - end).days) < abs((place.ends - end).days)


def _is_of_another_year(_: Entry, row: Weighed) -> bool:
    """A year that is far off counts, unless the run itself begins on the entry's day: then the show's year is wrong."""
    return row.level("year") == "far" and not row.level("air-dates").startswith("begins on the day")


def _is_of_other_years(_: Entry, row: Weighed) -> bool:
    """Days that are years apart count, unless the show's own year says that they are wrong."""
    return row.level("air-dates") == "years apart" and row.level("year") not in ("same", "next")


def _is_elsewhere_for_maps(_: Entry, row: Weighed) -> bool:
    """Whether each map of the older family that knows the entry names another work."""
    return set(row.level("id-maps").split(" + ")) == {"against"}


def _is_nameless_in_time(entry: Entry, row: Weighed) -> bool:
    """Without any year, one common word names too many works; so does any film's or single video's title."""
    if entry.year is not None:
        return (row.option.place is None or row.option.place.opens) and row.level("year") == "unknown"
    words = max((len(read_title(name).text.split()) for name in entry.titles.all()), default=0)
    return words < 2 or (entry.episodes or 1) == 1


_ALWAYS: tuple[Hold, ...] = (
    (_is_series_as_film, "a series is not a film"),
    (_differs_in_count, "the number of episodes differs"),
    (_is_clip_elsewhere, "a clip is neither an episode nor a film"),
    (_may_have_moved, "Trakt's season has more episodes, and the days don't tell which"),
    (_may_be_cut_in_two, "Trakt has twice as many episodes, and the days don't tell why"),
    (_is_long_guess, "no map says which episodes, and nobody looked at its season list"),
    (_has_unknown_order, "nobody knows where its specials aired"),
    (
        lambda _, row: row.option.place is not None and row.option.place.skips,
        "it leaves out an episode in the middle",
    ),
    (lambda _, row: row.likeness == "another title", "the title is quite another"),
    (_is_of_another_year, "the year is another"),
    (_is_elsewhere_for_maps, "the id maps name another work"),
    (_is_of_other_years, "it aired in other years"),
    (
        lambda _, row: row.level("order") in ("taken", "out of order"),
        "another entry of the list is in the way",
    ),
)

_UNLESS_MAPPED: tuple[Hold, ...] = (
    (lambda _, row: row.likeness in ("weak", "other language", "no title"), "no title says so"),
    (lambda _, row: row.level("season-words") == "against", "the title names another season"),
    (_is_nameless_in_time, "a year is unknown"),
    (lambda _, row: row.level("runtime") == "far", "its episodes are of another length"),
    (lambda _, row: row.level("genres") == "live action", "Trakt does not call it animated"),
)


# --- the short texts of a proposal: the `#>` comments, reason codes, and rounded confidences ---


_TELLING = 0.5  # log-odds from which a signal is named as a reason

_EMPTY = ("unknown", "nothing said")  # levels that weigh something but tell a person nothing


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
    """Short codes of what speaks for an option, the strongest first; a year that is one off is named so."""
    codes: dict[str, float] = {}
    for signal in row.signals:
        year = row.option.work.year
        if signal.name == "year" and signal.level == "next" and entry.year and year:
            codes["year-1" if year < entry.year else "year+1"] = 0.0
        elif signal.weight >= _TELLING and signal.name != "kind" and signal.level not in _EMPTY:
            codes[signal.name] = signal.weight
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
    def doubtful_name(self) -> tuple[TargetKind, int] | None:
        """The work of the best option, if all but its name speaks for it: its other names may tell."""
        if not self.options or self.options[0].belief < _WORTH_A_LOOK:
            return None
        best = self.options[0]
        work = best.option.work
        if work.aliases is not None or best.likeness in ("same", "same but for season words"):
            return None
        return (TargetKind.MOVIE if isinstance(work, Movie) else TargetKind.SHOW), work.id

    @property
    def unread(self) -> dict[int, float]:
        """The belief in each show whose seasons have not been read, by its id."""
        return {row.option.work.id: row.belief for row in self.options if row.option.match is None}


def options_for(
    entry: Entry,
    works: Iterable[Work],
    layouts: Mapping[int, Layouts],
    claims: Sequence[Claimed] = (),
    anchors: Mapping[int, Sequence[Episode]] | None = None,
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
        known = layouts.get(work.id)
        spelt = [claim.mapping for claim in claims if claim.id == work.id and claim.mapping is not None]
        places: list[Place] = []
        if known is None:
            places += filter(None, (place_at(mapping, None, entry) for mapping in spelt))
            places = places or _places_by_season_alone(entry, claims, work.id)
        else:
            for layout in known.for_entry(ended=ended):
                places += filter(None, (place_at(mapping, layout, entry) for mapping in spelt))
                places += find_places(entry, layout, (anchors or {}).get(work.id, ()), ended=ended)
        once = {place.mapping: place for place in reversed(places)}
        options += [Option(work, ShowMatch(work.id, mapping), place) for mapping, place in once.items()]
        if known is None and not places:
            options.append(Option(work, None))
    return tuple(options)


def _places_by_season_alone(entry: Entry, claims: Sequence[Claimed], show: int) -> list[Place]:
    """Where a map names a season but no episodes and the season list is not read: its first episodes."""
    if entry.episodes is None:
        return []
    seasons = dict.fromkeys(claim.season for claim in claims if claim.id == show and claim.season is not None)
    guesses = (place_at(Straight((Run(season, 1, entry.episodes),)), None, entry) for season in seasons)
    return [place for place in guesses if place is not None]


def judge(entry: Entry, options: Sequence[Option], around: MatchContext) -> Verdict:
    """Weigh all options against each other and against "none of these"."""
    seen = [signals_of(entry, option, around) for option in options]
    return verdict_of(entry, options, seen, around.other_work)


def verdict_of(
    entry: Entry,
    options: Sequence[Option],
    seen: Sequence[tuple[SignalValue, ...]],
    other_work: str | None = None,
) -> Verdict:
    """The verdict over options whose signals (`seen`, in the same order) are known already."""
    seen = with_rivals(options, seen)
    scores = [sum(signal.weight for signal in signals) for signals in seen]
    belief = shares(scores, none_weight(entry.kind.value))
    rows = map(Weighed, options, seen, scores, belief)
    return Verdict(tuple(sorted(rows, key=lambda row: -row.score)), other_work)


def with_rivals(
    options: Sequence[Option], seen: Sequence[tuple[SignalValue, ...]]
) -> list[tuple[SignalValue, ...]]:
    """The signals with what the options of one show say of each other: that another one begins on the entry's day."""
    levels = [next((s.level for s in signals if s.name == "air-dates"), "") for signals in seen]
    fitting = {
        option.work.id
        for option, level in zip(options, levels, strict=True)
        if option.place is not None and "begins on the day" in level
    }
    result = []
    for option, signals, level in zip(options, seen, levels, strict=True):
        if option.place is not None and option.work.id in fitting and "begins on the day" not in level:
            name = "undated" if level == "unknown" else "dated"
            words = "another run of the show begins on the entry's day"
            signals = (*signals, SignalValue("days-elsewhere", name, words, weight("days-elsewhere", name)))
        result.append(signals)
    return result


def signals_of(entry: Entry, option: Option, around: MatchContext) -> tuple[SignalValue, ...]:
    """What every signal that has something to say sees in one option."""
    values = []
    for name, signal in SIGNALS.items():
        if (seen := signal(entry, option, around)) is not None:
            level, words = seen
            values.append(SignalValue(name, level, words, weight(name, level)))
    return tuple(values)
