"""Answers of list services that are not what was asked for, told in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from anitrakt_plan.errors import AnitraktError, Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer

TRY_LATER = "Wait some minutes and run the same command again."


def json_object(answer: Answer) -> dict[str, Any] | None:
    """The body as a JSON object, or None where it is anything else."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error means: its status (None: any), a pattern in the service's words, and what a person is told.

    `what` may name `{said}`, the service's words, and what the caller knows, such as `{user}`.
    """

    status: int | None
    words: str
    error: type[Failed | NotSignedIn]
    what: str
    todo: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a service says in an error: the status, the words that tell its kind, and those for a person."""

    status: int
    words: str
    text: str


def refused(
    answer: Answer, service: str, said: Said, meanings: Iterable[Refusal], **known: str
) -> AnitraktError:
    """The error for an answer that is none: by the first meaning that fits, else by its status, else by its words."""
    where = place(answer, service)
    for one in meanings:
        if one.status in (None, said.status) and re.search(one.words, said.words, re.IGNORECASE | re.DOTALL):
            return one.error(one.what.format(said=said.text, **known), where=where, todo=one.todo)
    if said.status == 429:
        return too_many(answer, service)
    if said.status >= 500:
        return _out_of_order(answer, service)
    if not said.text:
        return not_an_answer(answer, service)
    return ServiceRefused(f"{service} refused: {said.text}", status=said.status, where=where, todo=TRY_LATER)


def not_an_answer(answer: Answer, service: str) -> ServiceRefused:
    """The error for a body that can't be read: a web page, nothing at all, or something cut off."""
    if answer.status == 429:
        return too_many(answer, service)
    if answer.status >= 500:
        return _out_of_order(answer, service)
    start = answer.body[:400].lstrip().lower()
    if not start:
        what = f"{service} sent an empty answer"
    elif not start.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        what = f"{service} sent an answer that is cut off or not JSON"
    elif answer.status == 403:
        what = f"{service} refused the request with a web page; something in between may block it"
    else:
        what = f"{service} sent a web page instead of the list"
    return ServiceRefused(what, status=answer.status, where=place(answer, service), todo=TRY_LATER)


def _out_of_order(answer: Answer, service: str) -> ServiceRefused:
    what = f"{service} is out of order (HTTP {answer.status})"
    return ServiceRefused(what, status=answer.status, where=place(answer, service), todo=TRY_LATER)


def too_many(answer: Answer, service: str) -> ServiceRefused:
    """The error for a service that still says "too many requests" after all waiting."""
    return ServiceRefused(
        f"{service} says that there were too many requests",
        status=answer.status,
        where=place(answer, service),
        todo="Wait some minutes and run the same command again; other programs on this connection count too.",
    )


def unwell(answer: Answer, service: str, address: str) -> Failed:
    """The error for a service that answers a check with an error."""
    return Failed(
        f"{service} answers with an error (HTTP {answer.status})",
        where=address,
        todo="Look at your connection; if only this service is away, try again later.",
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
