"""What became of an uploaded file: row by row, each file by itself, and nothing is said before it is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from anitrakt_plan.journal import records as r
from anitrakt_plan.journal.replay import Fold, fold
from anitrakt_plan.model import (
    EntryKey,
    EpisodeItem,
    EpisodeSubject,
    MovieItem,
    MovieSubject,
    Play,
    Rating,
    RatingScope,
)
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.dates import EPOCH, Undated, When
from anitrakt_plan.sync.arrivals import (
    LATER,
    FileState,
    arrived_ratings,
    doubled_plays,
    file_standings,
    settled_by,
)
from anitrakt_plan.sync.batches import FileToImport, RatingToAdd
from anitrakt_plan.sync.diff import PlayChange
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import SentState
from anitrakt_plan.sync.settle import sight

KEY = EntryKey("mal", 1)
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
NOON, SEEN = datetime(2019, 7, 1, 10, tzinfo=UTC), AT + timedelta(days=1)
ONE, TWO, THREE = (EpisodeSubject(7, 1, number) for number in (1, 2, 3))
FILM = MovieSubject(9)


def row(subject: PlaySubject, when: When = NOON, *, before: tuple[int, ...] = ()) -> PlayChange:
    return PlayChange(KEY, "7 S01E01-E03", subject, when, before)


def rated(value: int = 8) -> RatingToAdd:
    return RatingToAdd((KEY,), ("movie 9",), (RatingScope.MOVIE,), FILM, value, NOON)


def written(*files: Iterable[PlayChange | RatingToAdd]) -> list[r.Record]:
    """The journal of one export of some files."""
    records: list[r.Record] = [r.RunBegan("run", AT, r.RunKind.EXPORT, "user")]
    for batch, items in enumerate(files, start=1):
        plays = tuple(item for item in items if isinstance(item, PlayChange))
        ratings = tuple(item for item in items if isinstance(item, RatingToAdd))
        records.append(r.Intent(batch, "run", AT, FileToImport(f"file-{batch}", plays, ratings)))
    return records


def play(subject: PlaySubject, history_id: int, at: datetime = NOON, action: str = "watch") -> Play:
    if isinstance(subject, MovieSubject):
        return Play(history_id, at, action, MovieItem(int(str(subject.movie))))
    number = subject.number
    return Play(history_id, at, action, EpisodeItem(7, subject.season, number, 100 + number))


def looked(state: Fold, *plays: Play, at: datetime = SEEN) -> Fold:
    """What the journal knows after a look that shows these plays."""
    found = sight(state.knowledge(), History(plays)).found
    if found:
        state.take(r.Seen(at, found))
    for batch, absent in settled_by(state.knowledge(), at).items():
        state.take(r.Settled(batch, at, absent))
    return state


def states(state: Fold) -> list[tuple[FileState, int, int, int]]:
    """Of each file: its state, and how many plays have arrived, may come, and will not."""
    standings = file_standings(state.knowledge(), None)
    return [(one.state, len(one.arrived), len(one.waiting), len(one.missing)) for one in standings]


@pytest.mark.parametrize(
    ("there", "state", "arrived"),
    [
        ([], FileState.NOT_UPLOADED, 0),
        ([play(ONE, 1)], FileState.ARRIVING, 1),
        ([play(ONE, 1), play(TWO, 2)], FileState.DONE, 2),
        ([play(ONE, 1, NOON + timedelta(minutes=1))], FileState.NOT_UPLOADED, 0),  # somebody watched it
        ([play(ONE, 1, action="scrobble")], FileState.NOT_UPLOADED, 0),
        ([play(ONE, 50)], FileState.NOT_UPLOADED, 0),  # it stood there before
        ([play(THREE, 1)], FileState.NOT_UPLOADED, 0),
    ],
)
def test_a_play_has_arrived_if_it_stands_at_its_minute_and_did_not_before(
    there: list[Play], state: FileState, arrived: int
) -> None:
    known = looked(fold(written([row(ONE, before=(50,)), row(TWO)])), *there)

    assert states(known) == [(state, arrived, 2 - arrived, 0)]


def test_an_unknown_date_arrives_as_the_one_that_trakt_keeps_for_it() -> None:
    known = looked(fold(written([row(ONE, Undated.UNKNOWN)])), play(ONE, 1, EPOCH))

    assert states(known) == [(FileState.DONE, 1, 0, 0)]


def test_each_file_is_judged_by_itself() -> None:
    # one film of the second file is seen: that says nothing of the 600 plays in the first
    known = looked(fold(written([row(ONE), row(TWO)], [row(FILM)])), play(FILM, 1))
    known = looked(known, play(FILM, 1), at=SEEN + timedelta(days=9))

    assert states(known) == [(FileState.NOT_UPLOADED, 0, 2, 0), (FileState.DONE, 1, 0, 0)]


@pytest.mark.parametrize(
    ("second", "at", "expected"),
    [
        ([play(ONE, 1)], SEEN, (FileState.ARRIVING, 1, 2, 0)),  # the same look again
        ([play(ONE, 1)], SEEN + timedelta(minutes=1), (FileState.ARRIVING, 1, 2, 0)),
        ([play(ONE, 1)], SEEN - timedelta(days=1), (FileState.ARRIVING, 1, 2, 0)),  # an older download
        ([play(ONE, 1)], SEEN + LATER, (FileState.DONE, 1, 0, 2)),
        ([play(ONE, 1), play(TWO, 2)], SEEN + LATER, (FileState.ARRIVING, 2, 1, 0)),
        ([], SEEN + LATER, (FileState.DONE, 1, 0, 2)),  # what had arrived was removed
    ],
)
def test_a_file_that_arrived_in_part_is_done_when_a_later_look_shows_no_more(
    second: list[Play], at: datetime, expected: tuple[FileState, int, int, int]
) -> None:
    known = looked(fold(written([row(ONE), row(TWO), row(THREE)])), play(ONE, 1))
    known = looked(known, *second, at=at)

    assert states(known) == [expected]


def test_what_was_given_up_and_comes_after_all_counts_as_arrived() -> None:
    known = looked(fold(written([row(ONE), row(TWO)])), play(ONE, 1))
    known = looked(known, play(ONE, 1), at=SEEN + LATER)
    known = looked(known, play(ONE, 1), play(TWO, 2), at=SEEN + 2 * LATER)

    assert states(known) == [(FileState.DONE, 2, 0, 0)]


def test_what_arrived_and_is_gone_is_known_to_be_removed() -> None:
    known = looked(fold(written([row(ONE), row(TWO)])), play(ONE, 1), play(TWO, 2)).knowledge()
    (standing,) = file_standings(known, History([play(ONE, 1)]))

    assert [one.subject for one in standing.removed] == [TWO]


@pytest.mark.parametrize(
    ("there", "doubled"),
    [
        ([play(ONE, 1), play(TWO, 2)], []),
        ([play(ONE, 1), play(ONE, 3), play(TWO, 2)], [ONE]),
        ([play(ONE, 1), play(ONE, 3), play(ONE, 4), play(TWO, 2), play(TWO, 5)], [ONE, TWO]),
        ([play(ONE, 1), play(ONE, 50), play(TWO, 2)], []),  # it stood there before
        ([play(ONE, 1), play(ONE, 3, NOON + timedelta(hours=1)), play(TWO, 2)], []),
        ([play(ONE, 1), play(ONE, 3, action="scrobble"), play(TWO, 2)], []),
    ],
)
def test_same_minute_doubles_of_exported_plays_are_found(
    there: list[Play], doubled: list[PlaySubject]
) -> None:
    known = looked(fold(written([row(ONE, before=(50,)), row(TWO)])), play(ONE, 1), play(TWO, 2)).knowledge()
    places = doubled_plays(known, History(there))

    assert [one.subject for one in known.plays if one.place in places] == doubled


def test_ratings_of_a_file_arrive_by_their_value_and_make_it_uploaded() -> None:
    state = fold(written([rated()]))
    assert list(arrived_ratings(state.knowledge(), [Rating(FILM, 7, NOON)])) == []
    ((sent, now),) = arrived_ratings(state.knowledge(), [Rating(FILM, 8, AT)])
    state.take(r.RatingsSeen(SEEN, (r.RatingSeen(sent.place, now.rated_at),)))

    assert states(state) == [(FileState.DONE, 0, 0, 0)]
    assert state.knowledge().ratings[0].state is SentState.SEEN


def test_a_renamed_entry_takes_its_exported_plays_with_it() -> None:
    state = fold([*written([row(ONE)]), r.Renamed(KEY, EntryKey("mal", 2), AT)])

    assert [one.entry for one in state.knowledge().plays] == [EntryKey("mal", 2)]
