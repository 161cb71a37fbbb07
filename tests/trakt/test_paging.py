"""Reading all pages: whatever shifts, ties or is miscounted, no row is missed that can be had."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.errors import Failed
from anitrakt_plan.trakt.account import PASSES, Page, Reading, read_all


class Book:
    """A server of pages: `rows` may be changed between requests by `before`."""

    def __init__(self, rows: Sequence[int], limit: int = 10) -> None:
        self.rows = list(rows)
        self.limit = limit
        self.asked: list[int] = []
        self.pages_uncounted = 0
        self.hidden: set[int] = set()
        self.shuffle: random.Random | None = None
        self.changes: dict[int, list[int]] = {}

    def fetch(self, page: int) -> Page[int]:
        self.asked.append(page)
        self.rows = self.changes.pop(len(self.asked), self.rows)
        rows = list(self.rows)
        if self.shuffle:
            self.shuffle.shuffle(rows)
        shown = [row for row in rows[(page - 1) * self.limit : page * self.limit] if row not in self.hidden]
        pages = max(0, -(-len(rows) // self.limit) - self.pages_uncounted)
        return Page(shown, pages, len(rows), self.limit)

    def read(self) -> tuple[int, ...]:
        return read_all(self.fetch, lambda row: row).rows


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (1, 2), (10, 2), (11, 3), (30, 4)])
def test_a_quiet_account_is_read_in_one_pass_and_one_page_more(rows: int, requests: int) -> None:
    book = Book(range(rows))

    assert book.read() == tuple(range(rows))
    assert book.asked == list(range(1, requests + 1))


def test_the_page_count_is_a_floor_and_not_the_truth() -> None:
    book = Book(range(88))
    book.pages_uncounted = 4

    assert book.read() == tuple(range(88))


def test_short_and_empty_pages_in_the_middle_do_not_end_the_reading() -> None:
    book = Book(range(50))
    book.hidden = set(range(12, 30))

    assert set(book.read()) == set(range(50)) - book.hidden


def test_a_page_that_came_short_is_read_again_by_itself() -> None:
    book = Book(range(50))
    pages = {2: [row for row in range(10, 20) if row not in (12, 13)]}

    def short_once(page: int) -> Page[int]:
        answer = book.fetch(page)
        return replace(answer, rows=pages.pop(page, answer.rows))

    found = read_all(short_once, lambda row: row)

    assert (set(found.rows), found.is_whole) == (set(range(50)), True)
    assert book.asked == [1, 2, 3, 4, 5, 6, 2]


@pytest.mark.parametrize(
    ("rows", "hidden", "uncounted"),
    [(50, {12}, 0), (50, {0}, 2), (7, {0, 1, 2, 3, 4, 5, 6}, 0), (17, {16}, 0)],
)
def test_a_hole_that_stays_is_said(rows: int, hidden: set[int], uncounted: int) -> None:
    book = Book(range(rows))
    book.hidden, book.pages_uncounted = hidden, uncounted

    found = read_all(book.fetch, lambda row: row)

    assert not found.is_whole
    assert set(found.rows) == set(range(rows)) - hidden


def test_more_rows_than_are_counted_are_no_hole() -> None:
    def lagging(page: int) -> Page[int]:
        return Page(list(range(25))[(page - 1) * 10 : page * 10], 2, 18, 10)

    assert read_all(lagging, lambda row: row) == Reading(tuple(range(25)), clean_count=18)


def test_an_empty_last_page_does_not_end_it_either() -> None:
    book = Book(range(50))
    book.pages_uncounted = 1
    book.hidden = set(range(30, 40))

    assert set(book.read()) == set(range(50)) - book.hidden


def test_without_headers_it_reads_until_a_page_is_empty() -> None:
    pages = [[1, 2], [3], []]

    assert read_all(lambda page: Page(pages[page - 1], size=2), lambda row: row) == Reading((1, 2, 3))


def test_a_row_that_comes_twice_makes_it_read_again_and_the_clean_pass_counts() -> None:
    book = Book(range(30))
    book.changes = {2: [99, *range(30)]}  # a new play shifts everything by one

    assert book.read() == (99, *range(30))
    assert book.asked == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]


def test_a_removed_row_makes_it_read_again() -> None:
    book = Book(range(30))
    book.changes = {
        2: [row for row in range(30) if row != 3]
    }  # row 10 moves to page 1, which was read already

    assert set(book.read()) == set(range(30)) - {3}


def test_if_no_pass_is_clean_the_union_counts_after_three_more() -> None:
    book = Book(range(20))
    fetch = book.fetch

    def restless(page: int) -> Page[int]:
        answer = fetch(page)
        return Page(answer.rows, answer.pages, len(book.asked))

    assert set(read_all(restless, lambda row: row).rows) == set(range(20))
    assert book.asked.count(1) >= PASSES


def test_thousands_of_rows_in_another_order_each_time_are_all_found() -> None:
    book = Book(range(3000), limit=250)
    book.shuffle = random.Random(1)

    assert set(book.read()) == set(range(3000))


def test_a_server_that_ignores_the_page_number_comes_to_an_end() -> None:
    asked: list[int] = []

    def same(page: int) -> Page[int]:
        asked.append(page)
        return Page([1, 2, 3], 1, 3)

    assert read_all(same, lambda row: row).rows == (1, 2, 3)
    assert len(asked) <= 3 * PASSES


def test_a_page_that_fails_ends_the_reading() -> None:
    def failing(page: int) -> Page[int]:
        if page == 2:
            raise Failed("no")
        return Page([1], 3, 3)

    with pytest.raises(Failed):
        read_all(failing, lambda row: row)


@given(
    rows=st.lists(st.integers(), unique=True, max_size=60),
    limit=st.integers(1, 7),
    lag=st.integers(0, 4),
    hidden=st.sets(st.integers(0, 59)),
    shift=st.none() | st.tuples(st.integers(1, 8), st.booleans()),
)
def test_every_row_that_stays_and_is_shown_is_read(
    rows: list[int], limit: int, lag: int, hidden: set[int], shift: tuple[int, bool] | None
) -> None:
    book = Book(rows, limit)
    # Trakt's lag is about new rows at the end; a lag and hidden whole pages together can't be told from an end.
    book.pages_uncounted = lag if not hidden else 0
    book.hidden = {rows[index] for index in hidden if index < len(rows)}
    stays = set(rows)
    if shift is not None and rows:
        at, insert = shift
        book.changes = {at: [10**9, *rows] if insert else rows[1:]}
        stays -= set() if insert else {rows[0]}

    assert set(book.read()) >= stays - book.hidden
