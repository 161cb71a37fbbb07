"""Paging as Trakt does it: 100 a page unless asked, 250 at most, and four headers that say how much there is."""

from collections.abc import Sequence
from typing import TypeVar

from anitrakt_plan.sandbox.wire import Call

MOST_A_PAGE = 250  # since 2026-06-15; larger values are clamped without a word

T = TypeVar("T")


def page_and_limit(call: Call, default_limit: int = 100) -> tuple[int, int]:
    """The page (from 1) and the limit this request means."""
    page = max(1, _number(call.query.get("page"), 1))
    limit = _number(call.query.get("limit"), default_limit)
    return page, min(limit if limit > 0 else default_limit, MOST_A_PAGE)


def paged(call: Call, rows: Sequence[T], default_limit: int = 100) -> tuple[Sequence[T], dict[str, str]]:
    """The rows of the page asked for, and the X-Pagination headers."""
    page, limit = page_and_limit(call, default_limit)
    return rows[(page - 1) * limit : page * limit], paging_headers(page, limit, len(rows))


def paging_headers(page: int, limit: int, items: int, pages: int | None = None) -> dict[str, str]:
    return {
        "X-Pagination-Page": str(page),
        "X-Pagination-Limit": str(limit),
        "X-Pagination-Page-Count": str(pages if pages is not None else -(-items // limit)),
        "X-Pagination-Item-Count": str(items),
    }


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() else otherwise
