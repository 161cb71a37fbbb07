"""Matching: proposes a match for an entry, or candidates for a person to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from anitrakt_plan.core.calibration import calibrated, format_confidence
from anitrakt_plan.core.evidence import Judged, Option, Proposal, SignalValue
from anitrakt_plan.core.hints import auto_hint, reasons, review_hint
from anitrakt_plan.core.likeness import Likeness
from anitrakt_plan.core.model import Candidate, Decision, Entry, Kind, Movie
from anitrakt_plan.core.place import Leaves
from anitrakt_plan.core.signals import CLIPS, SERIES, TELLING_DAYS
from anitrakt_plan.core.titles import read_title
from anitrakt_plan.core.weighing import Verdict, Weighed, judge, options_for

__all__ = [
    "Judged",
    "Option",
    "Proposal",
    "SignalValue",
    "is_certain",
    "judge",
    "nothing_found",
    "options_for",
    "propose",
]

MOST_CANDIDATES = 5
MOST_JUDGED = 12
LEAST_GAP = 0.05  # how far a second candidate must be behind in belief
NOTHING_FITS = "nothing on Trakt fits"
MIN_OFFERED = 0.05  # a candidate of less confidence is no help to a person


def propose(entry: Entry, verdict: Verdict, *, auto_from: float) -> Proposal:
    """The proposal for one entry: auto if the best option is certain enough and nothing caps it, else review."""
    rows = [row for row in verdict.options if row.option.match is not None]
    if not rows:
        return nothing_found(entry)
    judged = tuple(_judged(entry, row, verdict, best=row is rows[0]) for row in rows[:MOST_JUDGED])
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
            judged=judged[:MOST_CANDIDATES],
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
    return tuple(judged[index].candidate for index in sorted(keep)[:MOST_CANDIDATES])


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
    if row.belief - second < LEAST_GAP:
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
