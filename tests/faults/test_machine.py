"""Random faults, edits, changes by others, applies and undos: the same invariants, whatever the order."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.model import (
    ConflictPolicy,
    EpisodeSubject,
    Plan,
    PlanEntry,
    Policy,
    RatingScope,
    Status,
    trakt_id,
)
from anitrakt_plan.sync.desired import desired_of
from anitrakt_plan.sync.knowledge import SentState
from anitrakt_plan.sync.settle import CLAIMS_FOR
from tests.faults.bench import Bench, bench, plan_of, season
from tests.faults.kills import Killed, Moment, death_at

MATCHES = {
    1: ("1420 S01E01-E05", "1420 S01E06-E10"),
    2: ("1420 S02E01-E04", "1420 S02E05-E08"),
    3: ("movie 51", "movie 97"),
    4: ("31771 S01E01-E06", "31771 S01E07-E12"),
}
HISTORY = "/sync/history$"
FAULTS = ("drop_before", "drop_after", "cut_body")
_OF_APPLIES = timedelta(hours=2)
"""More than the applies between two steps take by the practice clock."""

Play = tuple[str, int, str]


class Applying(RuleBasedStateMachine):
    """A user with one plan, a Trakt that fails, and somebody else at the account."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: Bench
        self.choice = dict.fromkeys(MATCHES, 0)
        self.watched = dict.fromkeys(MATCHES, 99)
        self.rating: dict[int, int | None] = dict.fromkeys(MATCHES)
        self.others: Counter[Play] = Counter()
        self.removed_by_user: set[tuple[str, int]] = set()
        self.pending_for = timedelta()

    @initialize(settle=st.sampled_from([0.0, 120.0]))
    def start(self, settle: float) -> None:
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.world = self.stack.enter_context(bench(Path(folder)))
        self.world.settle = settle

    def teardown(self) -> None:
        with self.stack:
            if hasattr(self, "world"):
                self.comes_to_rest()

    def plan(self) -> Plan:
        return plan_of(*(self._entry(key) for key in MATCHES), policy=Policy(on_conflict=ConflictPolicy.KEEP))

    def _entry(self, key: int) -> PlanEntry:
        match = MATCHES[key][self.choice[key]]
        whole = self.watched[key] == 99
        return season(
            key,
            match,
            status=Status.COMPLETED if whole else Status.WATCHING,
            watched=0 if whole else self.watched[key],
            rating=self.rating[key],
            rates=None if match.startswith("movie") else RatingScope.SEASON,
        )

    def _try(self, **options: object) -> None:
        with suppress(AnitraktError, Killed):
            self.world.apply(self.plan(), force=True, **options)

    # --- the user ---

    @rule(key=st.sampled_from(sorted(MATCHES)))
    def corrects_a_match(self, key: int) -> None:
        self.choice[key] = 1 - self.choice[key]

    @rule(key=st.sampled_from([1, 2, 4]), watched=st.sampled_from([1, 3, 99]))
    def watches_more_or_less(self, key: int, watched: int) -> None:
        self.watched[key] = watched

    @rule(key=st.sampled_from(sorted(MATCHES)), rating=st.sampled_from([None, 5, 8]))
    def rates(self, key: int, rating: int | None) -> None:
        self.rating[key] = rating

    @rule()
    def applies(self) -> None:
        self._try()

    @rule(moment=st.sampled_from(Moment), nth=st.integers(1, 3))
    def applies_and_dies(self, moment: Moment, nth: int) -> None:
        with death_at(moment, nth):
            self._try()

    @rule()
    def undoes(self) -> None:
        with suppress(AnitraktError):
            self.world.undo()

    @rule(moment=st.sampled_from(Moment))
    def undoes_and_dies(self, moment: Moment) -> None:
        with suppress(AnitraktError, Killed), death_at(moment, 1):
            self.world.undo()

    @rule(seconds=st.sampled_from([10, 130, 30_000, -60]))
    def time_passes(self, seconds: int) -> None:
        """Trakt carries out what it has within a day: what comes in later is the person's (docs/applying.md 4.3)."""
        sandbox, span = self.world.sandbox, timedelta(seconds=seconds)
        self.pending_for = self.pending_for + span if sandbox.faults.pending else timedelta()
        if self.pending_for >= CLAIMS_FOR - _OF_APPLIES:
            sandbox.commit_pending()
        self.world.clock.time += span

    @precondition(lambda self: self.world.sandbox.world.plays)
    @rule(data=st.data())
    def removes_a_play_on_trakt(self, data: st.DataObject) -> None:
        account = self.world.sandbox.world
        ours = [p.id for p in account.plays.values() if p.action == "watch"]
        if not ours:
            return
        chosen = data.draw(st.sampled_from(sorted(ours)))
        play = account.plays[chosen]
        self.removed_by_user.add((play.kind, play.item))
        account.remove_play(chosen)

    # --- Trakt, and others ---

    @rule(how=st.sampled_from(FAULTS), skip=st.integers(0, 1))
    def a_connection_breaks(self, how: str, skip: int) -> None:
        getattr(self.world.sandbox.faults, how)("POST", HISTORY, skip=skip)

    @rule(first=st.integers(0, 8))
    def a_commit_is_slow(self, first: int) -> None:
        self.world.sandbox.faults.act_later("POST", HISTORY, 504, first=first or None)

    @rule()
    def a_slow_commit_comes_through(self) -> None:
        self.world.sandbox.commit_pending()

    # Not on top of another fault: Trakt refuses nothing that it works on; a refusal is believed (docs/applying.md 4.2).
    @precondition(lambda self: self.world.sandbox.faults.spent)
    @rule(status=st.sampled_from([422, 409, 420, 500]))
    def trakt_answers_with_an_error(self, status: int) -> None:
        self.world.sandbox.faults.answer("POST", HISTORY, status)

    @rule(number=st.integers(1, 8))
    def another_program_scrobbles(self, number: int) -> None:
        item = self.world.episode(1420, 2, number)
        date = f"2022-02-02T02:{number:02d}:00.000Z"
        if ("episode", item, date) not in self.others:
            self.world.sandbox.world.add_play("episode", item, date, "scrobble")
            self.others[("episode", item, date)] += 1

    # --- what always holds ---

    @invariant()
    def the_wire_is_clean(self) -> None:
        if hasattr(self, "world"):
            self.world.check_wire()

    @invariant()
    def others_plays_stand(self) -> None:
        if hasattr(self, "world"):
            standing = self.world.plays()
            assert all(standing[play] == 1 for play in self.others)

    @rule()
    def comes_to_rest(self) -> None:
        """After the last fault, applying until 0 gives each wanted item a play, and none of ours twice.

        A day goes by each time: what was tried three times on one day waits for the next.
        """
        world = self.world
        world.sandbox.faults.clear()
        for _ in range(3):
            world.sandbox.commit_pending()
            world.clock.time += timedelta(days=1)
            world.apply_until_done(self.plan(), force=True, accept_missing=True)
        assert not world.apply(self.plan(), force=True).changes
        counts = Counter(
            (play.kind, play.item) for play in world.sandbox.world.plays.values() if play.action == "watch"
        )
        assert all(count == 1 for count in counts.values()), counts
        self._nothing_wanted_is_missing()

    def _nothing_wanted_is_missing(self) -> None:
        world = self.world
        standing = {(kind, item) for kind, item, _ in world.plays()}
        states = {SentState.UNDONE, SentState.SEEN, SentState.SURPLUS}
        taken_back = {play.subject for play in world.knowledge().plays if play.state in states}
        worn_out = Counter(
            play.subject for play in world.knowledge().plays if play.state is not SentState.REFUSED
        )
        # acknowledged, and removed by the user before we ever saw it: Trakt never listed it for us, so it stays away
        never_seen = {p.subject for p in world.knowledge().plays if p.state is SentState.ACKNOWLEDGED}
        held = {str(one.found.key) for one in world.results[-1].entries if one.found.held}
        for entry in self.plan().entries:
            if str(entry.key) in held:
                continue
            (desired,) = desired_of(plan_of(entry), zone=UTC, now=world.clock())
            for subject in desired.watched:
                item = (
                    ("episode", world.episode(trakt_id(subject.show), subject.season, subject.number))
                    if isinstance(subject, EpisodeSubject)
                    else ("movie", subject.movie)
                )
                removed = item in self.removed_by_user and subject in never_seen
                there = item in standing or subject in taken_back or removed or worn_out[subject] >= 3
                assert there, (entry.key, subject)


TestApplying = Applying.TestCase
TestApplying.settings = settings(
    max_examples=4,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class ApplyingForLong(Applying):
    """The same, far longer."""


TestApplyingForLong = pytest.mark.long(ApplyingForLong.TestCase)
TestApplyingForLong.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_a_commit_that_comes_after_two_replacements_is_taken_away() -> None:
    """Found by the machine: the first sending lands only after its replacement was lost, and replaced, too."""
    state = Applying()
    state.start(settle=120.0)
    state.a_commit_is_slow(first=0)
    state.applies_and_dies(moment=Moment.BEFORE_INTENT, nth=3)
    state.trakt_answers_with_an_error(status=420)
    state.applies()
    state.applies_and_dies(moment=Moment.ANSWER_TO_OUTCOME, nth=2)

    state.teardown()  # comes to rest, and compares every play


def test_a_commit_that_comes_within_a_day_is_taken_for_ours_however_often_it_was_sent_again() -> None:
    """Found by the machine: without its day's limit Trakt carried out a write 25 hours late."""
    state = Applying()
    state.start(settle=0.0)
    state.a_commit_is_slow(first=0)
    for _ in range(3):
        state.applies_and_dies(moment=Moment.ANSWER_TO_OUTCOME, nth=1)
        state.time_passes(seconds=30_000)

    state.teardown()
