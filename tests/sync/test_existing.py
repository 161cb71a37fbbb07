"""What stands in an account's history, by what it is of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from anitrakt_plan.model import EpisodeItem, MovieItem, Play
from anitrakt_plan.sync.existing import History

AT = datetime(2025, 3, 2, 18, 4, tzinfo=UTC)
EPISODES = [Play(number, AT, "watch", EpisodeItem(1, 1, number, 100 + number)) for number in (1, 2, 3)]
FILMS = [Play(9, AT, "watch", MovieItem(5))]


@pytest.mark.parametrize(("films", "count"), [(False, 3), (True, 1)])
@pytest.mark.parametrize(("lost", "more"), [((), 0), ((70, 71), 2), ((1, 70), 1)])
def test_a_play_that_has_lost_its_work_may_be_of_an_episode_and_of_a_film(
    films: bool, count: int, lost: tuple[int, ...], more: int
) -> None:
    assert History([*EPISODES, *FILMS], lost).count(films=films) == count + more
