"""Lists that were saved from the services' APIs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.model import EntryKey, Ids, PartialDate, Status
from anitrakt_plan.sources import ALL_STATUSES, SourceList, read_list


def row(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": 90_000 + number,
        "mediaId": number,
        "status": "COMPLETED",
        "score": 85,
        "progress": 12,
        "repeat": 1,
        "completedAt": {"year": 2019, "month": 6, "day": None},
        "media": {
            "id": number,
            "idMal": 1000 + number,
            "title": {"romaji": f"Namae {number}"},
            "episodes": 12,
        },
        **changed,
    }


def mal_row(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "node": {"id": number, "title": f"Namae {number}", "num_episodes": 12},
        "list_status": {"status": "completed", "score": 8, "num_episodes_watched": 12},
        **changed,
    }


def read(document: object, **options: Any) -> SourceList:
    return read_list(json.dumps(document).encode(), "list.json", ALL_STATUSES, **options)


LISTS = [{"name": "Completed", "entries": [row(1), row(2)]}, {"name": "Best", "entries": [row(2)]}]
COLLECTION = {"user": {"name": "Yuki", "mediaListOptions": {"scoreFormat": "POINT_100"}}, "lists": LISTS}


@pytest.mark.parametrize(
    ("document", "user"),
    [
        ({"data": {"MediaListCollection": COLLECTION}}, "Yuki"),
        ({"MediaListCollection": COLLECTION}, "Yuki"),
        (COLLECTION, "Yuki"),
        ({"lists": LISTS}, None),
        (LISTS, None),
        ([row(1), row(2)], None),
        ({"entries": [row(1), row(2)]}, None),
        ({"data": {"Page": {"mediaList": [row(1), row(2)]}}}, None),
        ([{"data": {"MediaListCollection": {"lists": [one]}}} for one in LISTS], None),
    ],
)
def test_anilists_entries_are_found_in_every_wrapping_each_once(document: object, user: str | None) -> None:
    listed = read(document)

    assert [(entry.key, entry.ids) for entry in listed.entries] == [
        (EntryKey("anilist", 1), Ids(mal=1001, anilist=1)),
        (EntryKey("anilist", 2), Ids(mal=1002, anilist=2)),
    ]
    assert (listed.service, listed.user, listed.file, listed.notes) == (
        "anilist",
        user,
        "list.json",
        (),
    )
    progress = listed.entries[0].progress
    assert (progress.status, progress.watched, progress.repeats) == (Status.COMPLETED, 12, 1)
    assert (progress.finished, progress.rating) == (PartialDate(2019, 6), 9)


@pytest.mark.parametrize(
    "document",
    [{"data": [mal_row(1), mal_row(2)], "paging": {}}, [{"data": [mal_row(1)]}, {"data": [mal_row(2)]}]],
)
def test_myanimelists_answers_are_a_list_too(document: object) -> None:
    listed = read(document)

    assert [str(entry.key) for entry in listed.entries] == ["mal:1", "mal:2"]
    assert (listed.service, listed.entries[0].progress.rating) == ("mal", 8)


@pytest.mark.parametrize(
    ("scores", "stated", "ratings"),
    [
        ([85, 0], None, [9, None]),
        ([8.5, 3], None, [9, 3]),
        ([5, 3], None, [None, None]),
        ([5, 3], "POINT_5", [10, 6]),
        ([3, 2], "POINT_3", [10, 7]),
        ([5, 3], "POINT_100", [1, 1]),
        ([8.5, 3], "POINT_10_DECIMAL", [9, 3]),
    ],
)
def test_a_score_is_on_the_lists_own_scale(
    scores: list[float], stated: str | None, ratings: list[int | None]
) -> None:
    options = {"user": {"mediaListOptions": {"scoreFormat": stated}}} if stated else {}
    entries = [row(number, score=score) for number, score in enumerate(scores, start=1)]

    listed = read({**options, "lists": [{"entries": entries}]})

    assert [entry.progress.rating for entry in listed.entries] == ratings
    told = "left out: 2 scores on a scale that the file does not tell (anilist:1 Namae 1; anilist:2 Namae 2)"
    assert listed.notes == ((told,) if ratings == [None, None] else ())


def test_what_is_wrong_with_single_entries_is_left_out_and_named() -> None:
    odd = [
        row(1, progress="many"),
        row(2, status="WISHED"),
        row(3, media=[]),
        {"mediaId": 0, "status": "COMPLETED"},
    ]
    manga = row(4, media={"id": 4, "format": "MANGA"})
    titled = row(0, mediaId=None, media={"title": {"romaji": "Home-made"}})

    listed = read([*odd, manga, titled, row(5)])

    assert [str(entry.key) for entry in listed.entries] == ["anilist:3", "anilist:5", "title:home-made"]
    assert listed.notes == (
        "left out: 2 entries in a shape nobody knows (id 1; id None)",
        "left out: 1 entry with a status nobody knows (anilist:2 Namae 2: `WISHED`)",
        "1 entry without an id: kept in review by title (Home-made)",
    )


def test_private_entries_stay_out_unless_asked_for() -> None:
    rows = [row(1), row(2, private=True)]

    assert (len(read(rows).entries), read(rows).left_out_private) == (1, 1)
    assert len(read(rows, include_private=True).entries) == 2


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"a": 1}, "no list of anime that anitrakt knows"),
        ([], "no list of anime that anitrakt knows"),
        ({"lists": [{"entries": []}]}, "no list of anime that anitrakt knows"),
        ([row(1, media={"type": "MANGA"})], "a manga list"),
        ([mal_row(1, list_status={"status": "completed", "num_chapters_read": 3})], "a manga list"),
        ([row(1, status=None)], "no entry of the list can be read"),
    ],
)
def test_a_document_without_any_anime_is_refused(document: object, words: str) -> None:
    with pytest.raises(Failed, match=words) as caught:
        read(document)

    assert (caught.value.where, bool(caught.value.todo)) == ("list.json", True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(sorted({**row(1), **mal_row(1)})), JSON, max_size=3),
    st.dictionaries(st.sampled_from(["user", "lists", "data"]), JSON, max_size=2),
)
def test_no_document_makes_it_stumble(changed: dict[str, Any], around: dict[str, Any]) -> None:
    for base in (row(1), mal_row(1)):
        try:
            listed = read({"entries": [{**base, **changed}], **around})
        except AnitraktError:
            continue
        (listed.user or "").encode()
