"""Asks a catalogue several questions at one time: those that are sure to come, while others are being answered."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from anitrakt_plan.matching.asking import Expected, FindTmdb, ReadAliases, ReadSeasons, SearchFor
from anitrakt_plan.model import Catalogue, Movie, Season, Show, TargetKind, Work, WorkId

T = TypeVar("T")
K = TypeVar("K")

IN_FLIGHT = 8
"""So many questions are on their way at most; the service's pace holds for all of them together."""

_LAST_SECONDS = 1.0
"""What takes longer is not waited for: it ends with the process."""

_INTERRUPTIBLE_SECONDS = 0.5
"""A wait without an end can't be broken off by Ctrl-C everywhere."""


@contextmanager
def side_by_side(catalogue: Catalogue) -> Iterator[SideBySide]:
    """The catalogue with so many questions on their way; afterwards none is begun any more, and none is waited for."""
    workers = Workers(IN_FLIGHT)
    several = SideBySide(catalogue, workers.submit)
    try:
        yield several
    finally:
        workers.close()
        several.forget()


class Workers:
    """A few threads that end with the process, whatever they wait for: a limit's window may be minutes long.

    The standard library's own are waited for, be it after Ctrl-C.
    """

    def __init__(self, threads: int) -> None:
        self._waiting: queue.SimpleQueue[tuple[Future[Any], Callable[[], object]]] = queue.SimpleQueue()
        self._is_over = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, do: Callable[[], T]) -> Future[T]:
        """Have it done when a thread is free."""
        future: Future[T] = Future()
        self._waiting.put((future, do))
        return future

    def close(self) -> None:
        """Begin nothing more; what is nearly done, such as writing into the cache, gets a moment."""
        self._is_over = True
        for _ in self._threads:
            self._waiting.put((Future(), lambda: None))  # wakes a thread
        until = time.monotonic() + _LAST_SECONDS
        with suppress(KeyboardInterrupt):  # whoever is that impatient gets no moment
            for thread in self._threads:
                thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while not self._is_over:
            future, do = self._waiting.get()
            if self._is_over or not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(do())
            except BaseException as error:  # noqa: BLE001  (who asks raises it)
                future.set_exception(error)


def result_of(coming: Future[T]) -> T:
    """What comes, or the error; Ctrl-C ends the waiting for it."""
    while not coming.done():
        wait([coming], timeout=_INTERRUPTIBLE_SECONDS)
    return coming.result()


def together(ask: Callable[[K], T], wanted: Sequence[K]) -> list[T]:
    """Ask for each of these at one time; the answers in their order. Raises the first error among them."""
    return list(one_by_one(ask, wanted))


def one_by_one(ask: Callable[[K], T], wanted: Sequence[K]) -> Iterator[T]:
    """As `together`, each answer as soon as it and those before it have come."""
    if len(wanted) < 2:
        yield from map(ask, wanted)
        return
    workers = Workers(min(IN_FLIGHT, len(wanted)))
    try:
        for coming in [workers.submit(partial(ask, one)) for one in wanted]:
            yield result_of(coming)
    finally:
        workers.close()


class SideBySide:
    """A catalogue whose answers may be on their way before somebody asks for them.

    Who asks gets the same answer, or the same error, as if it had been asked for then; the order in which answers come
    changes nothing. What was expected and is never asked for costs a request and nothing else.
    """

    def __init__(self, catalogue: Catalogue, submit: Callable[[Callable[[], object]], Future[Any]]) -> None:
        self._catalogue = catalogue
        self._submit = submit
        self._coming: dict[Expected, Future[Any]] = {}

    def expect(self, lookups: Sequence[Expected]) -> None:
        """These will be asked for soon."""
        for lookup in lookups:
            if lookup not in self._coming:
                self._coming[lookup] = self._submit(partial(self._ask, lookup))

    def forget(self) -> None:
        """Wait for nothing that was expected: who asks from now on asks the catalogue."""
        self._coming.clear()

    def _ask(self, lookup: Expected) -> object:
        match lookup:
            case SearchFor(query, kind):
                return self._catalogue.search(query, kind)
            case ReadSeasons(show):
                return self._catalogue.seasons(show)
            case ReadAliases(kind, work_id):
                return self._catalogue.aliases(kind, work_id)
            case FindTmdb(kind, tmdb):
                return self._catalogue.by_tmdb(kind, tmdb)

    def _answer(self, lookup: Expected) -> Any:
        # an error belongs to the one who expected it; whoever asks again asks anew
        coming = self._coming.pop(lookup, None)
        if coming is None:
            return self._ask(lookup)
        return result_of(coming)

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """As the catalogue's own."""
        found: tuple[Work, ...] = self._answer(SearchFor(query, kind))
        return found

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """As the catalogue's own."""
        found: tuple[Season, ...] | None = self._answer(ReadSeasons(show_id))
        return found

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        """As the catalogue's own."""
        found: tuple[str, ...] = self._answer(ReadAliases(kind, work_id))
        return found

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        """As the catalogue's own."""
        found: Work | None = self._answer(FindTmdb(kind, tmdb))
        return found

    def came_with_seasons(self, show_id: WorkId) -> Show | None:
        """As the catalogue's own."""
        return self._catalogue.came_with_seasons(show_id)

    def show(self, show_id: WorkId) -> Show | None:
        """As the catalogue's own."""
        return self._catalogue.show(show_id)

    def movie(self, movie_id: WorkId) -> Movie | None:
        """As the catalogue's own."""
        return self._catalogue.movie(movie_id)

    def by_imdb(self, imdb: str) -> Work | None:
        """As the catalogue's own."""
        return self._catalogue.by_imdb(imdb)

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        """As the catalogue's own."""
        return self._catalogue.by_slug(kind, slug)
