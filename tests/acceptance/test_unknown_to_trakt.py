"""What Trakt does not know is tried once, named, and then held until its match changes."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.conftest import Run
from tests.acceptance.wire import writes
from tests.practice import Sandbox

FILM = "anilist:199"


def test_a_film_that_trakt_lost_is_tried_once_play_and_rating(anitrakt: Run, sandbox: Sandbox) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")
    sandbox.catalogue.remove_movie(97)

    first = anitrakt("apply", Path("plan.yaml"), "--only", FILM)
    sandbox.wire.clear()
    second = anitrakt("apply", Path("plan.yaml"), "--only", FILM)

    assert first.code == 5
    assert "Trakt does not know" in first.out
    assert second.code == 0
    assert writes(sandbox) == []
    assert "Held back: 1 play (Sen to Chihiro no Kamikakushi), not known to Trakt" in second.out
    assert "Held back: 1 rating (Sen to Chihiro no Kamikakushi), not known to Trakt" in second.out
