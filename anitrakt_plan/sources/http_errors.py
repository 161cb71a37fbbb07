"""Answers of list services that are not what was asked for, told in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anitrakt_plan.errors import Failed, ServiceRefused
from anitrakt_plan.http import Answer

TRY_LATER = "Wait some minutes and run the same command again."


def json_object(answer: Answer) -> dict[str, Any] | None:
    """The body as a JSON object, or None where it is anything else."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def not_an_answer(answer: Answer, service: str) -> Failed:
    """The error for a body that can't be read: a web page, nothing at all, or something cut off."""
    where = place(answer, service)
    if answer.status == 429:
        return too_many(answer, service)
    if answer.status >= 500:
        return out_of_order(answer, service)
    start = answer.body[:400].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        what = f"{service} sent a web page instead of the list"
        if answer.status == 403:
            what = f"{service} refused the request with a web page; something in between may block it"
    elif not start:
        what = f"{service} sent an empty answer"
    else:
        what = f"{service} sent an answer that is cut off or not JSON"
    return ServiceRefused(what, status=answer.status, where=where, todo=TRY_LATER)


def too_many(answer: Answer, service: str) -> ServiceRefused:
    """The error for a service that still says "too many requests" after all waiting."""
    return ServiceRefused(
        f"{service} says that there were too many requests",
        status=answer.status,
        where=place(answer, service),
        todo="Wait some minutes and run the same command again; other programs on this connection count too.",
    )


def out_of_order(answer: Answer, service: str) -> ServiceRefused:
    """The error for a service that is down."""
    return ServiceRefused(
        f"{service} is out of order (HTTP {answer.status})",
        status=answer.status,
        where=place(answer, service),
        todo=TRY_LATER,
    )


def place(answer: Answer, service: str) -> str:
    """Where it happened: the service and the address, without its query."""
    return f"{service}, {answer.url.partition('?')[0]}"


@contextmanager
def expected_shape(service: str) -> Iterator[None]:
    """Turns a stumble over the answer's shape, which no service promised for ever, into a plain sentence."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Failed(
            f"{service} sent a list in a shape that this version does not know ({type(error).__name__}: {error})",
            where=service,
            todo="Look for a newer version of anitrakt, or report this.",
        ) from error
