"""What proposals are worth beside the truth: shares, calibration, and the targets they are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.model import Decision, EntryKey, Match, ShowMatch
from anitrakt_plan.model.matches import mapping_episodes

BANDS = (0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.0)
MIN_IN_BAND = 50
FEW_WRONG, WRONG_FACTOR = 3.0, 3.0


@dataclass(frozen=True, slots=True)
class Target:
    """A number that is asked of a setting: at least `value`, or at most. So few as `or_wrong` wrong are good, too."""

    what: str
    value: float
    most: bool = False
    or_wrong: int = 0


@dataclass(frozen=True, slots=True)
class Band:
    """The proposals from `lower` confidence up to the next band: how many, what they say, how many are right."""

    lower: float
    count: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Score:
    """What was measured in one setting: `values` by the targets' names, shares from 0 to 1."""

    values: Mapping[str, float]
    entries: int
    wrong: int
    expected_wrong: float
    bands: tuple[Band, ...] = field(default=())

    @property
    def worst_band(self) -> float:
        """How far the worst band of confidence is off."""
        return max((abs(band.right - band.said) for band in self.bands), default=0.0)

    def meets(self, target: Target) -> bool:
        """Whether the target is met."""
        value = self.values[target.what]
        if self.wrong <= target.or_wrong and target.or_wrong:
            return True
        return value <= target.value if target.most else value >= target.value


AUTO, RIGHT, FOUND = "auto", "auto exactly right", "auto-right or among the candidates"
SEQUELS_AUTO, SEQUELS_RIGHT = "sequels and cours: auto", "sequels and cours: auto exactly right"
MOVED_AUTO, MOVED_WRONG = "moved: auto", "moved: auto and wrong"
KNOWN_AUTO = "auto of what the maps know"
RIGHT_SHOW, RIGHT_SEASON, OFFERED = "auto: right show", "auto: right season", "of review offered"


def score_of(
    proposals: Sequence[Proposal],
    truth: Mapping[EntryKey, Match],
    moved: Set[EntryKey] = frozenset(),
    known: Set[EntryKey] = frozenset(),
) -> Score:
    """Count. `moved`: entries that lie elsewhere than the maps say; `known`: those that a map knows."""
    auto = auto_of(proposals)
    review = [p for p in proposals if p.decision is not Decision.AUTO]
    right, offered = _right(auto, truth), _offered(review, truth)
    sequels = [p for p in proposals if is_later(truth[p.key])]
    elsewhere, heard_of = _among(proposals, moved), _among(proposals, known)
    sure, sent = auto_of(sequels), auto_of(elsewhere)
    values = {
        AUTO: share(len(auto), len(proposals)),
        RIGHT: share(len(right), len(auto)),
        FOUND: share(len(right) + len(offered), len(proposals)),
        RIGHT_SHOW: share(sum(same_work(p.match, truth[p.key]) for p in auto), len(auto)),
        RIGHT_SEASON: share(sum(same_seasons(p.match, truth[p.key]) for p in auto), len(auto)),
        OFFERED: share(len(offered), len(review)),
        SEQUELS_AUTO: share(len(sure), len(sequels)),
        SEQUELS_RIGHT: share(len(_right(sure, truth)), len(sure)),
        MOVED_AUTO: share(len(sent), len(elsewhere)),
        MOVED_WRONG: share(len(sent) - len(_right(sent, truth)), len(elsewhere), of_none=0.0),
        KNOWN_AUTO: share(len(auto_of(heard_of)), len(heard_of)),
    }
    return Score(
        values,
        len(proposals),
        len(auto) - len(right),
        sum(1 - p.confidence for p in auto),
        bands(proposals, truth),
    )


def auto_of(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Those that are matched without asking anybody."""
    return [p for p in proposals if p.decision is Decision.AUTO]


def _right(proposals: Sequence[Proposal], truth: Mapping[EntryKey, Match]) -> list[Proposal]:
    return [p for p in proposals if p.match == truth[p.key]]


def _offered(proposals: Sequence[Proposal], truth: Mapping[EntryKey, Match]) -> list[Proposal]:
    return [p for p in proposals if any(c.match == truth[p.key] for c in p.candidates)]


def _among(proposals: Sequence[Proposal], keys: Set[EntryKey]) -> list[Proposal]:
    return [p for p in proposals if p.key in keys]


def bands(proposals: Sequence[Proposal], truth: Mapping[EntryKey, Match]) -> tuple[Band, ...]:
    """Each band of confidence with enough entries."""
    rows = []
    upper = 1.01
    for lower in BANDS:
        inside = [p for p in proposals if p.judged and lower <= p.confidence < upper]
        if len(inside) >= MIN_IN_BAND:
            said = sum(p.confidence for p in inside) / len(inside)
            right = sum(p.judged[0].candidate.match == truth[p.key] for p in inside) / len(inside)
            rows.append(Band(lower, len(inside), said, right))
        upper = lower
    return tuple(rows)


def expects_enough(expected: float, real: int) -> bool:
    """Whether the number of wrong ones that is expected is near the real one, or both are few."""
    if max(expected, real) <= FEW_WRONG:
        return True
    return real / WRONG_FACTOR <= expected <= real * WRONG_FACTOR


def share(part: int, whole: int, of_none: float = 1.0) -> float:
    """A part of a whole; of nothing, `of_none`."""
    return part / whole if whole else of_none


def is_later(match: Match) -> bool:
    """Whether a match is in a show and does not begin with its first episode: a sequel, or a special."""
    if not isinstance(match, ShowMatch):
        return False
    first = mapping_episodes(match.mapping)[0]
    return (first.season, first.number) != (1, 1)


def same_work(match: Match | None, truth: Match) -> bool:
    """Whether a match is in the right show, or is the right film."""
    if isinstance(match, ShowMatch) and isinstance(truth, ShowMatch):
        return match.show == truth.show
    return match == truth


def same_seasons(match: Match | None, truth: Match) -> bool:
    """Whether a match is in the right seasons of the right show, or is the right film."""
    if isinstance(match, ShowMatch) and isinstance(truth, ShowMatch):
        mine = {episode.season for episode in mapping_episodes(match.mapping)}
        return match.show == truth.show and mine == {e.season for e in mapping_episodes(truth.mapping)}
    return match == truth
