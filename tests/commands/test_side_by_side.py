"""Questions on their way at one time: the same plan whatever comes first, and not one question more."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anitrakt_plan.commands import side_by_side as module
from anitrakt_plan.commands.side_by_side import IN_FLIGHT, SideBySide, side_by_side
from anitrakt_plan.errors import Failed
from anitrakt_plan.matching.asking import Asking, ReadSeasons, SearchFor
from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.matching.search import Gathering, Reading
from anitrakt_plan.model import Entry, Season, ShowClaim, TargetKind, Work
from tests.commands.small_trakt import Catalogue, Maps
from tests.matching.matching_parts import NOW
from tests.matching.test_search_promises import a_list

ENTRIES, MAPS, WORKS = a_list()


class AnyOrder:
    """Answers what it was asked in an order that `order` draws, the last ones only when somebody waits for them."""

    def __init__(self, order: random.Random) -> None:
        self.order = order
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, do: Callable[[], object]) -> Future[Any]:
        executor = self

        class Awaited(Future[Any]):
            def done(self) -> bool:
                while not super().done():
                    executor.answer_one()
                return True

        future = Awaited()
        self.waiting.append((future, do))
        if self.order.random() < 0.4:
            self.answer_one()
        return future

    def answer_one(self) -> None:
        future, ask = self.waiting.pop(self.order.randrange(len(self.waiting)))
        try:
            future.set_result(ask())
        except Failed as error:
            future.set_exception(error)


class Asked(Catalogue):
    """A catalogue that keeps what it was asked."""

    def __init__(self, works: Sequence[Work]) -> None:
        super().__init__(*works)
        self.asked: Counter[object] = Counter()

    def seasons(self, show_id: Any) -> tuple[Season, ...] | None:
        self.asked["seasons", show_id] += 1
        return super().seasons(show_id)

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        self.asked["search", query, kind] += 1
        return super().search(query, kind)

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        self.asked["by_tmdb", kind, tmdb] += 1
        return super().by_tmdb(kind, tmdb)


def some_entries(numbers: Sequence[int], strangers: Sequence[int]) -> tuple[list[Entry], Maps, list[Work]]:
    """Entries of the list by position; of the `strangers` the maps say nothing, or TMDB's id alone."""
    entries = [ENTRIES[number] for number in numbers]
    claims = {one.ids.mal or 0: MAPS.claims(one.ids) for one in entries}
    for mal in [one.ids.mal or 0 for one in entries if (one.ids.mal or 0) in strangers]:
        kept = [claim for claim in claims[mal] if isinstance(claim, ShowClaim) and claim.trakt is None]
        claims[mal] = tuple(kept) if mal % 2 else ()
    known = {number: trakt for number, trakt in MAPS._tmdb.items() if number not in strangers}
    named = {one.titles.romaji.split(" 2nd")[0] for one in entries}
    return entries, Maps(claims, known), [work for work in WORKS if work.title in named]


def gathered(
    entries: Sequence[Entry],
    maps: Maps,
    catalogue: Any,
    expect: Callable[[Any], None] | None = None,
    **options: Any,
) -> tuple[Proposal, ...]:
    gathering = Gathering(entries, maps, catalogue, auto_from=0.99, now=NOW, **options)
    gathering.ask(None, expect)
    return gathering.proposals()


_numbers = st.lists(st.integers(0, len(ENTRIES) - 1), min_size=1, max_size=40, unique=True)


@settings(max_examples=60, deadline=None)
@given(
    numbers=_numbers,
    strangers=st.frozensets(st.integers(1, 350), max_size=200),
    reading=st.sampled_from(Reading),
    asking=st.sampled_from(Asking),
    order=st.randoms(use_true_random=False),
)
def test_no_order_of_answers_changes_a_plan_or_asks_one_question_more(
    numbers: list[int], strangers: frozenset[int], reading: Reading, asking: Asking, order: random.Random
) -> None:
    entries, maps, works = some_entries(numbers, sorted(strangers))
    one_by_one, at_one_time = Asked(works), Asked(works)
    options: dict[str, Any] = {"reading": reading, "asking": asking}
    expected = gathered(entries, maps, one_by_one, **options)
    several = SideBySide(at_one_time, AnyOrder(order).submit)
    assert gathered(entries, maps, several, several.expect, **options) == expected
    assert at_one_time.asked == one_by_one.asked


def test_the_threads_give_the_same_plan_and_are_used() -> None:
    names: set[str] = set()

    class Named(Asked):
        def seasons(self, show_id: Any) -> tuple[Season, ...] | None:
            names.add(threading.current_thread().name)
            return super().seasons(show_id)

    entries, maps, works = some_entries(range(60), ())
    expected = gathered(entries, maps, Asked(works))
    catalogue = Named(works)
    with side_by_side(catalogue) as several:
        assert gathered(entries, maps, several, several.expect) == expected
    assert threading.main_thread().name not in names
    assert max(catalogue.asked.values()) == 1


def test_several_are_on_their_way_at_one_time() -> None:
    meeting = threading.Barrier(IN_FLIGHT, timeout=30)

    class Meeting(Catalogue):
        def seasons(self, show_id: Any) -> tuple[Season, ...] | None:
            meeting.wait()  # nobody goes on until all are here
            return super().seasons(show_id)

    shows = [work.id for work in WORKS[:IN_FLIGHT]]
    with side_by_side(Meeting(*WORKS)) as several:
        several.expect([ReadSeasons(show) for show in shows])
        for show in shows:
            several.seasons(show)
    assert not meeting.broken


def test_an_error_comes_to_the_one_who_asks_and_the_next_asks_anew() -> None:
    class Down(Catalogue):
        tries = 0

        def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
            self.tries += 1
            if self.tries == 1:
                raise Failed("Trakt can't be reached")
            return super().search(query, kind)

    with side_by_side(Down(*WORKS)) as several:
        several.expect([SearchFor("Akari Akari Akari", TargetKind.SHOW)] * 3)
        with pytest.raises(Failed, match="can't be reached"):
            several.search("Akari Akari Akari", TargetKind.SHOW)
        several.search("Akari Akari Akari", TargetKind.SHOW)


def test_ctrl_c_while_an_answer_is_waited_for_ends_the_waiting_and_not_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread may wait for a limit's window, minutes long: nobody waits for it."""
    never = threading.Event()

    class Silent(Catalogue):
        def seasons(self, show_id: Any) -> tuple[Season, ...] | None:
            never.wait()
            return super().seasons(show_id)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    entries, maps, works = some_entries(range(20), ())
    monkeypatch.setattr(module, "wait", interrupted)
    with side_by_side(Silent(*works)) as several:
        gathering = Gathering(entries, maps, several, auto_from=0.99, now=NOW)
        with pytest.raises(KeyboardInterrupt):
            gathering.ask(None, several.expect)
    assert len(gathering.proposals()) == len(entries)
    assert len(gathering.unasked) == len(entries)
    never.set()


def test_ctrl_c_while_the_last_threads_get_their_moment_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    workers = module.Workers(1)
    workers.submit(never.wait)
    monkeypatch.setattr("threading.Thread.join", interrupted)
    workers.close()
    never.set()
