"""Ratings: three-way with the journal, fixed when first sent, the user's word on Trakt respected."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anitrakt_plan.model import ConflictPolicy, Plan, Policy, RatingScope, RatingsPolicy, Status
from tests.faults.bench import Bench, plan_of, season
from tests.faults.kills import Killed, Moment, death_at

FILM = ("movie", 51)
CLANNAD = "1420"


def film(rating: int | None, **more: object) -> Plan:
    return plan_of(season(1, "movie 51", rating=rating, **more))  # type: ignore[arg-type]


def test_a_missing_rating_is_added_with_the_finish_date(world: Bench) -> None:
    world.apply(film(8))
    assert world.ratings() == {FILM: 8}
    assert world.rated_at() == {FILM: "2019-07-01T10:00:00.000Z"}


def test_a_rating_without_a_finish_date_is_rated_when_it_is_sent(world: Bench) -> None:
    world.apply(film(8, finished=None))
    assert world.rated_at() == {FILM: "2026-11-22T09:12:00.000Z"}


def test_a_rating_that_differs_stays_and_is_one_count(world: Bench) -> None:
    world.sandbox.world.add_rating("movie", 51, 5)
    result = world.apply(film(8))
    assert world.ratings() == {FILM: 5}
    assert (result.totals["ratings_kept"], result.exit_code) == (1, 0)


def test_on_conflict_replace_makes_the_list_win_and_undo_gives_back_value_and_date(world: Bench) -> None:
    world.sandbox.world.add_rating("movie", 51, 5, "2015-05-05T05:05:05.000Z")
    plan = plan_of(season(1, "movie 51", rating=8), policy=Policy(on_conflict=ConflictPolicy.REPLACE))
    assert world.apply(plan).totals["ratings_changed"] == 1
    assert world.ratings() == {FILM: 8}
    world.undo()
    assert world.ratings() == {FILM: 5}
    assert world.rated_at() == {FILM: "2015-05-05T05:05:05.000Z"}
    assert not world.apply(plan).changes


def test_the_list_may_change_what_anitrakt_sent(world: Bench) -> None:
    for value in (7, 8, 7, 9):
        world.apply(film(value))
        assert world.ratings() == {FILM: value}
        world.clock.time += timedelta(days=1)


def test_the_users_7_8_7_on_trakt_is_the_users_word(world: Bench) -> None:
    """The value is the one that was sent, but it was set again by hand: `rated_at` says so."""
    world.apply(film(7))
    for value in (8, 7):
        world.clock.time += timedelta(days=1)
        world.sandbox.world.add_rating("movie", 51, value)
    assert world.apply(film(9)).totals["ratings_kept"] == 1
    assert world.ratings() == {FILM: 7}


def test_a_rating_the_user_removed_stays_away(world: Bench) -> None:
    world.apply(film(7))
    world.sandbox.world.remove_rating("movie", 51)
    result = world.apply(film(8))
    assert (result.changes, result.totals["ratings_removed"]) == (False, 1)
    assert world.apply(film(8), resend=True).changes
    assert world.ratings() == {FILM: 8}


def test_resend_never_overwrites_a_rating_that_the_user_gave(world: Bench) -> None:
    """It means what anitrakt sent before and is gone; a rating that stands there is not gone."""
    world.sandbox.world.add_rating("movie", 51, 5)
    result = world.apply(film(8), resend=True)
    assert (result.totals["ratings_changed"], result.totals["ratings_kept"]) == (0, 1)
    assert world.ratings() == {FILM: 5}


def test_resend_never_overwrites_a_rating_that_the_user_changed(world: Bench) -> None:
    world.apply(film(7))
    world.clock.time += timedelta(days=1)
    world.sandbox.world.add_rating("movie", 51, 3)
    assert world.apply(film(8), resend=True).totals["ratings_kept"] == 1
    assert world.ratings() == {FILM: 3}


@pytest.mark.parametrize("policy", [Policy(), Policy(on_conflict=ConflictPolicy.REPLACE)])
def test_a_change_that_was_taken_back_stays_away_until_resend(world: Bench, policy: Policy) -> None:
    def plan(rating: int) -> Plan:
        return plan_of(season(1, "movie 51", rating=rating), policy=policy)

    world.apply(plan(7))
    world.clock.time += timedelta(days=1)
    world.apply(plan(8))
    world.undo()
    assert world.ratings() == {FILM: 7}
    result = world.apply(plan(8))
    assert (result.changes, result.totals["ratings_removed"]) == (False, 1)
    world.apply(plan(8), resend=True)
    assert world.ratings() == {FILM: 8}


@pytest.mark.parametrize("moment", [Moment.INTENT_TO_SEND, Moment.ANSWER_TO_OUTCOME])
def test_a_change_by_the_user_between_a_crash_and_the_next_apply_stays(world: Bench, moment: Moment) -> None:
    world.apply(film(7))
    with death_at(moment, 1), pytest.raises(Killed):
        world.apply(film(8))
    world.sandbox.world.add_rating("movie", 51, 3)
    world.apply(film(8))
    assert world.ratings() == {FILM: 3}


@pytest.mark.parametrize("moment", Moment)
def test_a_crash_around_a_change_is_brought_to_its_end(world: Bench, moment: Moment) -> None:
    world.apply(film(7))
    with death_at(moment, 1), pytest.raises(Killed):
        world.apply(film(8))
    world.apply_until_done(film(8))
    assert world.ratings() == {FILM: 8}
    world.undo()
    assert world.ratings() == {FILM: 7}
    world.undo(only=("mal:1",))
    assert not world.ratings()


def test_cours_that_share_a_season_rate_it_by_the_mean_of_their_episodes(world: Bench) -> None:
    """12 episodes at 7 and 10 at 10 are 8.36: 8, whichever of them is sent."""
    plan = plan_of(
        season(1, "1420 S03E01-E12", rating=7, rates=RatingScope.SEASON),
        season(2, "1420 S03E13-E22", rating=10, rates=RatingScope.SEASON),
    )
    result = world.apply(plan, only=("mal:2",))
    assert list(world.ratings().values()) == [8]
    assert (result.totals["plays"], result.totals["ratings_added"]) == (10, 1)
    assert not world.apply(plan, only=("mal:1",)).totals["ratings_changed"]
    assert list(world.ratings().values()) == [8]


def test_a_mean_on_the_half_is_rounded_up(world: Bench) -> None:
    plan = plan_of(
        season(1, "1420 S01E01-E10", rating=7, rates=RatingScope.SEASON),
        season(2, "1420 S01E11-E20", rating=8, rates=RatingScope.SEASON),
    )
    world.apply(plan)
    assert list(world.ratings().values()) == [8]


def test_a_second_entry_on_the_same_show_does_not_move_the_first_ones_rating(world: Bench) -> None:
    world.apply(plan_of(season(1, "1420 S01E01-E25", rating=9, rates=RatingScope.SHOW)))
    assert world.ratings() == {("show", 1420): 9}
    later = plan_of(
        season(1, "1420 S01E01-E25", rating=9, rates=RatingScope.SEASON),
        season(2, "1420 S02E01-E12", rating=6, rates=RatingScope.SEASON),
    )
    assert world.apply(later).totals["ratings_added"] == 1
    assert sorted(world.ratings().values()) == [6, 9]
    assert ("show", 1420) in world.ratings()


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        (RatingsPolicy.SHOW_FIRST, 5),
        (RatingsPolicy.SHOW_LAST, 10),
        (RatingsPolicy.SHOW_MAX, 10),
        (RatingsPolicy.SHOW_MEAN, 7),
    ],
)
def test_a_show_is_rated_by_the_named_rule(world: Bench, policy: RatingsPolicy, value: int) -> None:
    plan = plan_of(
        season(2, "1420 S02E01-E12", rating=10, rates=RatingScope.SHOW),
        season(1, "1420 S01E01-E25", rating=5, rates=RatingScope.SHOW),
        policy=Policy(ratings=policy),
    )
    world.apply(plan)
    assert world.ratings() == {("show", 1420): value}


def test_the_users_rate_key_and_the_policy_off(world: Bench) -> None:
    plan = plan_of(
        season(1, "1420 S01E01-E25", rating=9, rates=RatingScope.SEASON, rate=RatingScope.SHOW),
        season(2, "1420 S02E01-E12", rating=9, rates=RatingScope.SEASON, rate=RatingScope.OFF),
    )
    world.apply(plan)
    assert world.ratings() == {("show", 1420): 9}
    world.undo()
    world.apply(plan_of(season(3, "movie 51", rating=9), policy=Policy(ratings=RatingsPolicy.OFF)))
    assert not world.ratings()


def test_episode_ratings_go_to_the_watched_ones_alone(world: Bench) -> None:
    entry = season(
        1,
        "21634 S00E01-E03",
        rating=6,
        status=Status.WATCHING,
        watched=2,
        finished=None,
        rates=RatingScope.EPISODES,
    )
    world.apply(plan_of(entry))
    rated = {("episode", world.episode(21634, 0, number)): 6 for number in (1, 2)}
    assert world.ratings() == rated


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_rating_that_trakt_refuses_takes_no_other_with_it(world: Bench, status: int) -> None:
    """Of forty ratings one is refused by its contract: it alone is named, and the others arrive."""
    shows = [world.sandbox.catalogue.add_show(f"Show {number}", 2000, {1: 1}) for number in range(40)]
    entries = [
        season(number, f"{show.trakt_id} S01E01", rating=1 + number % 10, rates=RatingScope.SHOW)
        for number, show in enumerate(shows, start=1)
    ]
    guilty = shows[17].trakt_id
    world.sandbox.faults.answer(
        "POST", "/sync/ratings$", status, times=None, when=lambda call: str(guilty).encode() in call.body
    )
    result = world.apply(plan_of(*entries))
    assert result.exit_code == 5
    assert set(world.ratings()) == {("show", show.trakt_id) for show in shows} - {("show", guilty)}
    refused = [entry for entry in result.entries if any(r.state == "refused" for r in entry.ratings)]
    assert [str(entry.found.key) for entry in refused] == ["mal:18"]
    assert result.totals["ratings_added"] == 39
    world.sandbox.faults.clear()
    assert world.apply(plan_of(*entries)).exit_code == 0
    assert len(world.ratings()) == 40
