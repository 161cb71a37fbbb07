"""What became of a write: accepted, refused, or in doubt; nothing else, and never "probably"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.http import Answer
from anitrakt_plan.trakt.bodies import SentRef, echoed_items
from anitrakt_plan.trakt.refusals import is_html, refusal

REFUSED_STATUSES = frozenset({400, 401, 403, 404, 412, 413, 422, 423, 426, 429})
"""With these Trakt says that it has not acted. 409 and 420 do not say so: 420 may come after half of a batch."""

_STOPPING = frozenset({401, 403, 412, 423, 426, 429})


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each kind an answer counts."""

    movies: int = 0
    shows: int = 0
    seasons: int = 0
    episodes: int = 0

    @property
    def total(self) -> int:
        """All kinds together."""
        return self.movies + self.shows + self.seasons + self.episodes


@dataclass(frozen=True, slots=True)
class Accepted:
    """Trakt has acted, and its counts account for everything that was sent.

    `added` counts what is new (for a removal: `deleted` what is gone), `updated` what replaced something,
    `existing` what was there; `not_found` names what Trakt does not know, in terms of what was sent.
    """

    status: int
    added: Counts = Counts()
    updated: Counts = Counts()
    existing: Counts = Counts()
    deleted: Counts = Counts()
    not_found: tuple[SentRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Trakt has not acted. `status` is None where it was not even asked (no connection, no sign-in).

    `stop`: further requests would be refused as well. `error` is what to end with, and gives the exit code.
    """

    status: int | None
    sentence: str
    stop: bool
    error: AnitraktError
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Trakt may have acted on all, some or none of it, now or later; only reading tells. `status` None: no answer."""

    sentence: str
    status: int | None = None


WriteOutcome = Accepted | Refused | InDoubt


def refused(error: AnitraktError, answer: Answer | None = None) -> Refused:
    """The outcome for an error before the request, or for an answer that says no."""
    if answer is None:
        return Refused(status=None, sentence=error.what, stop=True, error=error)
    return Refused(
        status=answer.status,
        sentence=error.what,
        stop=answer.status in _STOPPING,
        error=error,
        retry_after=answer.retry_after,
    )


def judge(answer: Answer, sent: Sequence[SentRef], *, request: str, kinds: Sequence[str]) -> WriteOutcome:
    """What became of a write that named `sent`; `kinds` are the counts that matter for it."""
    if answer.status in REFUSED_STATUSES:
        return refused(refusal(answer, request=request), answer)
    if not answer.ok:
        return InDoubt(_doubt_of_status(answer, request), answer.status)
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        what = "a web page" if is_html(answer) else "something that is not whole"
        return InDoubt(f"Trakt answered with {what} instead of what it did", answer.status)
    return _judge_counts(said, sent, answer.status, kinds)


def _judge_counts(
    said: Mapping[str, object], sent: Sequence[SentRef], status: int, kinds: Sequence[str]
) -> Accepted | InDoubt:
    if "added" not in said and "deleted" not in said:
        return InDoubt("Trakt's answer does not say what it did", status)
    counts = {
        name: _counts(said.get(name, {}), kinds) for name in ("added", "updated", "existing", "deleted")
    }
    echoed = echoed_items(said.get("not_found", {}), sent)
    if echoed is None or None in counts.values():
        return InDoubt("Trakt's answer can't be understood", status)
    known = {name: count for name, count in counts.items() if count is not None}
    times = Counter(sent)
    missing = sum(times[ref] for ref in echoed)
    accounted = sum(count.total for count in known.values()) + missing
    if accounted != len(sent):
        return InDoubt(f"Trakt was sent {len(sent)} and accounts for {accounted}", status)
    return Accepted(
        status=status, **known, not_found=tuple(ref for ref in dict.fromkeys(sent) if ref in echoed)
    )


def _counts(said: object, kinds: Sequence[str]) -> Counts | None:
    if not isinstance(said, dict):
        return None
    numbers = {kind: said.get(kind, 0) for kind in kinds}
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in numbers.values()):
        return None
    return Counts(**numbers)


def _doubt_of_status(answer: Answer, request: str) -> str:
    if answer.status == 409:
        return "Trakt speaks of a conflict with something that is there (409)"
    error = refusal(answer, request=request)
    # The only doubt that a person can do something about; the others settle by themselves.
    return f"{error.what}. {error.todo}" if answer.status == 420 else error.what
