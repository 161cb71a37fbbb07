"""Every record comes back from its line, and nothing else is taken for one."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.journal import codec
from anitrakt_plan.journal import records as r
from anitrakt_plan.journal.codec import NewerJournal, decode, encode
from anitrakt_plan.model import EntryKey, EpisodeSubject, MovieSubject, SeasonSubject, ShowSubject
from anitrakt_plan.model.account import format_subject, parse_list_subject, parse_play_subject, parse_subject
from anitrakt_plan.sync import batches as b
from anitrakt_plan.sync.diff import PlayChange
from anitrakt_plan.sync.knowledge import BatchItemId, OldRating

_moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
_whole_ms = _moments.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))
_minutes = _moments.map(lambda moment: moment.replace(second=0, microsecond=0))
_ids = st.integers(1, 2**63 - 1)
_episodes = st.builds(EpisodeSubject, _ids, st.integers(0, 99), st.integers(1, 9999))
_movies = st.builds(MovieSubject, _ids)
_shows = st.builds(ShowSubject, _ids)
_seasons = st.builds(SeasonSubject, _ids, st.integers(0, 99))
_keys = st.builds(EntryKey, st.sampled_from(["mal", "anilist"]), _ids)
_places = st.builds(BatchItemId, st.integers(1, 10**6), st.integers(0, 10**4))


def _strategies() -> st.SearchStrategy[r.Record]:
    """Hypothesis builds every kind of record from its types, with values that a journal may hold."""
    st.register_type_strategy(datetime, _whole_ms)
    st.register_type_strategy(EntryKey, _keys)
    st.register_type_strategy(BatchItemId, _places)
    st.register_type_strategy(OldRating, st.builds(OldRating, st.integers(1, 10), _whole_ms))
    plays = st.builds(
        PlayChange,
        subject=_episodes | _movies,
        when=_minutes | st.sampled_from(["unknown", "released"]).map(_undated),
        before=st.lists(_ids, max_size=3).map(tuple),
    )
    intended = st.tuples(st.integers(1, 3)).flatmap(lambda n: _ratings_of(n[0]))
    operations = st.one_of(
        st.builds(
            b.AddPlays,
            plays=st.lists(plays, max_size=3).map(tuple),
            watchlist=st.lists(_shows | _movies, max_size=2).map(tuple),
        ),
        st.builds(b.AddRatings, ratings=st.lists(intended, max_size=2).map(tuple)),
        st.builds(
            b.RestoreRatings,
            ratings=st.lists(
                st.builds(b.RatingToRestore, subject=_episodes | _movies | _shows | _seasons), max_size=2
            ).map(tuple),
        ),
        st.builds(
            b.ChangeList,
            items=st.lists(st.builds(b.ListedItem, subject=_shows | _movies), max_size=2).map(tuple),
        ),
        st.builds(b.RemovePlays),
        st.builds(
            b.FileToImport,
            plays=st.lists(plays, max_size=3).map(tuple),
            ratings=st.lists(intended, max_size=2).map(tuple),
            listings=st.lists(st.builds(b.ListedItem, subject=_shows | _movies, entry=_keys), max_size=2).map(
                tuple
            ),
        ),
    )
    return st.one_of(
        st.builds(r.Opened),
        st.builds(r.RunBegan, source=st.none() | st.text(min_size=1)),
        st.builds(r.Intent, operation=operations),
        st.builds(r.Outcome),
        st.builds(r.Seen),
        st.builds(r.Settled),
        st.builds(r.Removed),
        st.builds(r.Unseen),
        st.builds(r.Doubled),
        st.builds(r.RatingsSeen),
        st.builds(r.RatingsUndone),
        st.builds(r.Checked),
        st.builds(r.Renamed),
        st.builds(r.LinesPassed),
        st.builds(r.RunEnded),
    )


def _undated(word: str) -> object:
    from anitrakt_plan.model.dates import Undated

    return Undated(word)


def _ratings_of(count: int) -> st.SearchStrategy[b.RatingToAdd]:
    from anitrakt_plan.model import RatingScope

    return st.builds(
        b.RatingToAdd,
        entries=st.lists(_keys, min_size=count, max_size=count).map(tuple),
        matches=st.lists(st.text(), min_size=count, max_size=count).map(tuple),
        rates=st.lists(st.sampled_from(RatingScope), min_size=count, max_size=count).map(tuple),
        subject=_episodes | _movies | _shows | _seasons,
    )


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=150)
@given(_strategies())
def test_a_record_comes_back_from_its_line(record: r.Record) -> None:
    line = encode(record)
    assert "\n" not in line
    assert decode(line) == record


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"type": "unheard-of"}',
        '{"type": "plays", "batch": 1}',
        '{"type": "outcome", "batch": 1, "at": "2019-07-01", "state": "accepted"}',
        '{"type": "outcome", "batch": "x", "at": "2019-07-01T00:00:00Z", "state": "accepted"}',
        '{"type": "outcome", "batch": 1, "at": "2019-07-01T00:00:00Z", "state": "perhaps"}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_a_value_error(line: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode(line)


def test_a_newer_format_is_told_apart() -> None:
    with pytest.raises(NewerJournal):
        decode('{"type": "journal", "format": "anitrakt-journal/2", "account": "u", "user": "n", "at": "x"}')


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_at_all_raises_anything_but_a_value_error(text: str) -> None:
    with suppress(ValueError):
        decode(text)


@given(_episodes | _movies | _shows | _seasons)
def test_a_subject_comes_back_from_its_text(subject: EpisodeSubject) -> None:
    assert parse_subject(format_subject(subject)) == subject


@pytest.mark.parametrize("text", ["show 7", "7 S01", "7", "S01E01", "", "movie 0", "movie -1"])
def test_a_play_is_of_an_episode_or_a_film_and_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_play_subject(text)


@pytest.mark.parametrize("text", ["7 S01", "7 S01E01", "nonsense"])
def test_a_list_holds_shows_and_films_and_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_list_subject(text)


FORMAT_1 = (Path(__file__).parent / "format_1.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", FORMAT_1)
def test_a_line_that_an_earlier_anitrakt_wrote_is_read_and_written_the_same(line: str) -> None:
    """But for the sum at its end, which lines have now."""
    written = encode(decode(line))
    assert re.sub(r', "sum": "[0-9a-f]{8}"\}$', "}", written) == line != written


@pytest.mark.parametrize("line", FORMAT_1)
def test_a_flipped_bit_in_a_line_is_noticed(line: str) -> None:
    raw = encode(decode(line)).encode()
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match=r".*"):
            decode(flipped.decode())


def test_a_line_of_an_unknown_type_is_a_newer_anitrakts() -> None:
    with pytest.raises(NewerJournal, match="`forgotten`"):
        decode('{"type": "forgotten", "at": "2026-11-22T09:12:44.000Z"}')


def test_a_line_without_a_sum_may_end_with_anything_else() -> None:
    line = '{"type": "end", "run": "r", "at": "2026-11-22T09:12:44.000Z", "exit": 0, "sentence": "0123abcd"}'
    assert decode(line) == decode(encode(decode(line)))


def test_the_earlier_lines_are_of_every_kind() -> None:
    kinds = {json.loads(line)["type"] for line in FORMAT_1}
    assert kinds == set(codec._KINDS)
