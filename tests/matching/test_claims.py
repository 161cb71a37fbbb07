"""Claims of id maps: the mappings they spell out."""

import pytest

from anitrakt_plan.matching.claims import claimed_mapping
from anitrakt_plan.model import Mapping, Part, Parts, Ratio, Run, Segment, ShowClaim, Span, Straight
from anitrakt_plan.model.matches import list_length


def shown(*segments: Segment) -> ShowClaim:
    return ShowClaim("anibridge", tmdb=1, segments=segments)


def seg(
    listed: tuple[int, int | None], season: int, *target: tuple[int, int | None], ratio: int = 1
) -> Segment:
    return Segment(Span(*listed), season, tuple(Span(*span) for span in target), ratio)


@pytest.mark.parametrize(
    ("claim", "count", "mapping"),
    [
        (shown(seg((1, 12), 2, (1, 12))), 12, Straight((Run(2, 1, 12),))),
        (shown(seg((1, None), 1, (1, None))), 24, Straight((Run(1, 1, 24),))),
        (shown(seg((1, None), 1, (13, None))), 12, Straight((Run(1, 13, 24),))),
        (shown(seg((1, None), 1, (1, None))), None, None),
        (shown(seg((1, 12), 3, (1, 12)), seg((13, 24), 3, (13, 24))), 24, Straight((Run(3, 1, 24),))),
        (
            shown(seg((1, 12), 1, (1, 6), (8, 13))),
            12,
            Straight((Run(1, 1, 6), Run(1, 8, 13))),
        ),
        (
            shown(seg((53, 104), 2, (53, 104)), seg((1, 52), 1, (1, 52))),
            104,
            Straight((Run(1, 1, 52), Run(2, 53, 104))),
        ),
        (shown(seg((1, 24), 1, (1, 12), ratio=-2)), 24, Ratio((Run(1, 1, 12),), 2, 1)),
        (shown(seg((1, 4), 1, (1, 16), ratio=4)), 4, Ratio((Run(1, 1, 16),), 1, 4)),
        (
            shown(seg((1, 1), 1, (1, 2), ratio=2), seg((2, 24), 1, (3, 25))),
            24,
            Parts((Part(1, 1, (Run(1, 1, 2),)), Part(2, 24, (Run(1, 3, 25),)))),
        ),
        (shown(seg((2, 13), 1, (1, 12))), 13, Parts((Part(2, 13, (Run(1, 1, 12),)),))),
        (
            shown(seg((1, 1), 0, (1, 1)), seg((2, 13), 1, (1, 12))),
            13,
            Straight((Run(0, 1, 1), Run(1, 1, 12))),
        ),
        (shown(), 12, None),
    ],
)
def test_segments_become_a_mapping(claim: ShowClaim, count: int | None, mapping: Mapping | None) -> None:
    assert claimed_mapping(claim, count) == mapping
    if isinstance(mapping, Straight | Ratio) and count:
        assert list_length(mapping) == count
