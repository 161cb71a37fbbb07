"""Sending to Trakt: each history request once, nothing that marks a whole show, and an honest word on the outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from anitrakt_plan.errors import AnitraktError, AnswerLost, NotSent
from anitrakt_plan.trakt.bodies import (
    Body,
    PlayById,
    SentRef,
    UnsafeBody,
    history_items,
    named_items,
    rating_items,
)
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.outcomes import Accepted, InDoubt, Refused, WriteOutcome, judge, refused

_PLAYS = ("movies", "episodes")
_ANYTHING = ("movies", "shows", "seasons", "episodes")
_TRIES = 3
_PAUSE_SECONDS, _LONGEST_PAUSE = 5.0, 300.0
_RECOVERY_SECONDS = 30.0
"""Trakt's API blueprint ("Status Codes") asks to wait so long after a 502, 503 or 504."""


class Sender:
    """Sends one apply run's requests. `wait` gets the seconds of each pause that Trakt asks for.

    Each body is checked before it leaves (UnsafeBody is a bug, not an outcome), `sent` has to be the number of things
    it names, and a film or episode that Trakt has acknowledged in this run is not sent again; `one_play_each=False`
    allows that, for rewatches. Nothing else raises: what prevents the sending comes back as Refused.
    """

    def __init__(
        self, trakt: Trakt, *, wait: Callable[[float], None] = time.sleep, one_play_each: bool = True
    ) -> None:
        self._trakt = trakt
        self._wait = wait
        self._one_play_each = one_play_each
        self._acknowledged: set[SentRef] = set()

    def add_history(self, body: Body, *, sent: int) -> WriteOutcome:
        """POST plays. Never repeated unless Trakt has said that it did not act (401 after renewing, 429)."""
        refs = history_items(body)
        if self._one_play_each:
            self._refuse_second_play(refs)
        outcome = self._send("/sync/history", body, refs, sent, kinds=_PLAYS)
        if isinstance(outcome, Accepted):
            self._acknowledged |= set(refs) - set(outcome.not_found)
        return outcome

    def remove_history_ids(self, ids: Sequence[int]) -> WriteOutcome:
        """Remove these plays and no others."""
        refs = tuple(PlayById(play_id) for play_id in ids)
        if not refs:
            raise UnsafeBody("an empty body")
        outcome = self._send("/sync/history/remove", {"ids": list(ids)}, refs, len(refs), kinds=_PLAYS)
        if isinstance(outcome, Accepted):
            self._acknowledged.clear()  # what was taken back may be wanted again
        return outcome

    def add_ratings(self, body: Body, *, sent: int) -> WriteOutcome:
        """POST ratings. A later one replaces the earlier, so a lost answer is asked for again, twice."""
        return self._send("/sync/ratings", body, rating_items(body), sent, kinds=_ANYTHING, repeatable=True)

    def remove_ratings(self, body: Body, *, sent: int) -> WriteOutcome:
        """Remove the ratings of what the body names; repeated like `add_ratings`."""
        return self._send(
            "/sync/ratings/remove", body, named_items(body), sent, kinds=_ANYTHING, repeatable=True
        )

    def add_watchlist(self, body: Body, *, sent: int) -> WriteOutcome:
        """Put shows and films on the watchlist."""
        return self._send("/sync/watchlist", body, named_items(body), sent, kinds=_ANYTHING)

    def remove_watchlist(self, body: Body, *, sent: int) -> WriteOutcome:
        """Take shows and films from the watchlist."""
        return self._send("/sync/watchlist/remove", body, named_items(body), sent, kinds=_ANYTHING)

    def add_dropped(self, body: Body, *, sent: int) -> WriteOutcome:
        """Put shows among the dropped ones."""
        return self._send("/users/hidden/dropped", body, named_items(body), sent, kinds=_ANYTHING)

    def remove_dropped(self, body: Body, *, sent: int) -> WriteOutcome:
        """Take shows from among the dropped ones."""
        return self._send("/users/hidden/dropped/remove", body, named_items(body), sent, kinds=_ANYTHING)

    def _refuse_second_play(self, refs: Sequence[SentRef]) -> None:
        once: set[SentRef] = set()
        for ref in refs:
            if ref in self._acknowledged or ref in once:
                raise UnsafeBody(f"a second play in one run: {ref}")
            once.add(ref)

    def _send(
        self,
        path: str,
        body: Body,
        refs: Sequence[SentRef],
        sent: int,
        *,
        kinds: Sequence[str],
        repeatable: bool = False,
    ) -> WriteOutcome:
        if len(refs) != sent:
            raise UnsafeBody(f"the body names {len(refs)} things, not {sent}")
        renewals = pauses = losses = 0
        while True:
            token, outcome = self._once(path, body, refs, kinds)
            match outcome:
                case Refused(status=401) if renewals == 0:
                    renewals += 1
                    stop = self._renew(token, outcome)
                    if stop is not None:
                        return stop
                case Refused(status=429, retry_after=told) if (
                    pauses < _TRIES - 1 and (told or 0.0) <= _LONGEST_PAUSE
                ):
                    pauses += 1
                    self._wait(_PAUSE_SECONDS if told is None else told)
                case InDoubt(status=status) if (
                    repeatable and losses < _TRIES - 1 and (status is None or status >= 500)
                ):
                    losses += 1
                    self._wait(_RECOVERY_SECONDS if status else _PAUSE_SECONDS)
                case _:
                    return outcome

    def _once(
        self, path: str, body: Mapping[str, object], refs: Sequence[SentRef], kinds: Sequence[str]
    ) -> tuple[str, WriteOutcome]:
        token = ""
        try:
            token = self._trakt.bearer()
            answer = self._trakt.post(path, body, token)
        except AnswerLost as error:
            # Only a write itself can be in doubt: without a token, nothing was written yet.
            return token, InDoubt(error.what) if token else refused(error)
        except (NotSent, AnitraktError) as error:
            return token, refused(error)
        return token, judge(answer, refs, request=f"POST {path}", kinds=kinds)

    def _renew(self, token: str, outcome: Refused) -> Refused | None:
        """None where the same body may be sent again: 401 means that Trakt did not look at it."""
        try:
            return None if self._trakt.renew_bearer(token) else outcome
        except AnitraktError as error:
            return Refused(status=401, sentence=error.what, stop=True, error=error)
