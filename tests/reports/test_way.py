"""The next command, by the way a person is on and by what the plan knows of Trakt."""

from __future__ import annotations

import pytest

from anitrakt_plan.reports.way import next_after_plan, next_after_review
from anitrakt_plan.settings import Way


@pytest.mark.parametrize("knows_trakt", [True, False])
@pytest.mark.parametrize("still_open", [0, 3])
def test_the_export_is_named_with_the_download_that_it_would_stop_for(
    still_open: int, *, knows_trakt: bool
) -> None:
    command = (
        "`anitrakt export-trakt FILE`" if knows_trakt else "`anitrakt export-trakt FILE --trakt-data ZIP`"
    )
    assert command in next_after_review(Way.FILES, still_open, knows_trakt=knows_trakt)
    assert command in next_after_plan(Way.FILES, still_open, knows_trakt=knows_trakt)
    assert "--trakt-data" not in next_after_review(Way.API, still_open, knows_trakt=knows_trakt)
