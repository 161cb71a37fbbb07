"""AniList's own data export."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.model import (
    Entry,
    EntryKey,
    Ids,
    Kind,
    MarkedAt,
    PartialDate,
    Progress,
    Status,
    Titles,
)
from anitrakt_plan.sources import ALL_STATUSES, SourceList, read_list


def row(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": 90_000 + number,
        "series_id": number,
        "series_type": 0,
        "status": 2,
        "score": 85,
        "progress": 12,
        "progress_volume": 0,
        "repeat": 1,
        "started_on": 20190401,
        "finished_on": 0,
        "custom_lists": "[0]",
        "updated_at": "2019-06-30 20:15:00",
        **changed,
    }


def acted(number: int, value: str, **changed: Any) -> dict[str, Any]:
    return {
        "object_id": number,
        "object_type": 1,
        "action_type": 3,
        "object_value": value,
        "created_at": "2019-04-01 18:00:00",
        "updated_at": "2019-04-02 19:30:05",
        **changed,
    }


def read(*rows: Any, activity: Any = (), **options: Any) -> SourceList:
    export = {"user": {"display_name": "Yuki"}, "lists": list(rows), "activity": list(activity)}
    return read_list(json.dumps(export).encode(), "gdpr_data.json", ALL_STATUSES, **options)


def test_an_entry_is_read_as_far_as_the_export_goes() -> None:
    listed = read(row(7))

    assert listed.entries == (
        Entry(
            key=EntryKey("anilist", 7),
            ids=Ids(anilist=7),
            titles=Titles(""),
            kind=Kind.UNKNOWN,
            progress=Progress(
                Status.COMPLETED, watched=12, started=PartialDate(2019, 4, 1), repeats=1, rating=9
            ),
        ),
    )
    assert (listed.service, listed.user, listed.file) == ("anilist", "Yuki", "gdpr_data.json")


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (0, Status.WATCHING),
        (1, Status.PLANNED),
        (2, Status.COMPLETED),
        (3, Status.DROPPED),
        (4, Status.PAUSED),
        (5, Status.REPEATING),
    ],
)
def test_every_status_has_its_number(number: int, status: Status) -> None:
    assert read(row(1, status=number)).entries[0].progress.status is status


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, None),
        (20190401, "2019-04-01"),
        (20190400, "2019-04"),
        (20190000, "2019"),
        ("20190401", "2019-04-01"),
    ],
)
def test_a_date_is_a_number_of_which_parts_may_be_zero(number: object, expected: str | None) -> None:
    finished = read(row(1, finished_on=number)).entries[0].progress.finished
    assert (str(finished) if finished else None) == expected


def test_half_an_emoji_in_a_name_costs_one_sign() -> None:
    export = r'{"user": {"display_name": "Yuki\ud83d"}, "lists": [{"series_id": 1, "status": 2}]}'
    assert read_list(export.encode(), "x", ALL_STATUSES).user == "Yuki\ufffd"


def test_a_number_that_is_none_is_nothing() -> None:
    export = '{"lists": [{"series_id": 1, "status": 2, "progress": Infinity, "score": NaN, "repeat": 1e999}]}'
    [entry] = read_list(export.encode(), "x", ALL_STATUSES).entries
    assert (entry.progress.watched, entry.progress.rating, entry.progress.repeats) == (0, None, 0)


def test_manga_is_left_alone() -> None:
    assert [e.key.id for e in read(row(1), row(2, series_type=1)).entries] == [1]


def test_what_is_wrong_with_single_entries_is_left_out_and_named() -> None:
    listed = read(row(1, status=9), row(0), row(2, finished_on=20190231, score=900), "?", row(3), row(3))

    assert [e.key.id for e in listed.entries] == [2, 3]
    assert listed.entries[0].progress == Progress(
        Status.COMPLETED, watched=12, started=PartialDate(2019, 4, 1), repeats=1
    )
    assert [note.partition(" (")[0] for note in listed.notes] == [
        "left out: 1 entry with a status nobody knows",
        "left out: 1 entry without an AniList id",
        "left out: 1 impossible date",
        "left out: 1 impossible score",
        "the list has 1 entry several times; the last one counts",
    ]


def test_private_entries_stay_out_unless_asked_for() -> None:
    rows = (row(1), row(2, private=1))

    assert (len(read(*rows).entries), read(*rows).left_out_private) == (1, 1)
    assert len(read(*rows, include_private=True).entries) == 2


def test_the_times_of_episodes_are_read() -> None:
    activity = [
        acted(7, "1 - 3"),
        acted(7, "4", updated_at=None),
        acted(7, "5", object_type=2),
        acted(7, "6", action_type=1),
        acted(8, "1"),
        acted(7, "9 - 7"),
        acted(7, "many"),
        acted(7, "8", updated_at="?", created_at="?"),
        "?",
    ]
    key = EntryKey("anilist", 7)

    assert read(row(7), activity=activity).times == {
        key: [
            MarkedAt(1, 3, datetime(2019, 4, 2, 19, 30, 5, tzinfo=UTC)),
            MarkedAt(4, 4, datetime(2019, 4, 1, 18, 0, tzinfo=UTC)),
        ]
    }


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ('{"lists": [\n{"id": 1},\n{"id" 2}]}', "the JSON is broken", "gdpr_data.json:3:7"),
        ('{"lists": [{"id": 1}, {"id', "the JSON is broken", "gdpr_data.json:1:"),
        ('{"entries": []}', "no list of anime that anitrakt knows", "gdpr_data.json"),
        ("[1, 2]", "no list of anime that anitrakt knows", "gdpr_data.json"),
        ('{"lists": []}', "no anime in this export", "gdpr_data.json"),
        ('{"lists": [{"series_id": 1, "series_type": 1}]}', "no anime in this export", "gdpr_data.json"),
        ('{"lists": [{"series_id": 1, "status": 9}]}', "no entry of the list can be read", "gdpr_data.json"),
        ("[" * 100_000, "nested too deeply", "gdpr_data.json"),
    ],
)
def test_what_is_no_export_is_refused_with_its_place(text: str, words: str, place: str) -> None:
    with pytest.raises(Failed) as caught:
        read_list(text.encode(), "gdpr_data.json", ALL_STATUSES)

    assert words in caught.value.what
    assert (caught.value.where or "").startswith(place)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted(row(1)))


@given(st.dictionaries(FIELDS, JSON), st.dictionaries(st.sampled_from(sorted(acted(1, "1"))), JSON), JSON)
def test_no_export_makes_it_stumble(changed: dict[str, Any], act: dict[str, Any], user: Any) -> None:
    export = {"user": user, "lists": [{**row(1), **changed}], "activity": [{**acted(1, "1"), **act}]}
    try:
        read_list(json.dumps(export).encode(), "x.json", ALL_STATUSES)
    except AnitraktError:
        return
