"""Faults on demand: what goes wrong, at which request, and whether the server acted before it went wrong."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from anitrakt_plan.sandbox.records import Item
from anitrakt_plan.sandbox.trakt_items import split_body
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, html_answer, json_answer

Handler = Callable[[Call], Answer]
Hook = Callable[[Call], None]

ACT, ACT_NOT, ACT_LATER = "act", "not", "later"


@dataclass(slots=True)
class HistoryTroubles:
    """Lasting troubles of Trakt's history; all off at first."""

    lag_reads: int = 0  # each play stays invisible for so many GETs of the history
    pages_uncounted: int = 0  # the page count is so many pages too low
    shuffle_ties: bool = False  # plays of one minute come in another order at each request
    never_listed: set[Item] = field(default_factory=set)  # accepted and stored, but never shown
    never_stored: set[Item] = field(default_factory=set)  # counted as added, but not stored
    dates_become_now: bool = False


@dataclass(slots=True)
class Fault:
    """One scripted fault. It hits `times` matching requests (None: all) after letting `skip` of them pass.

    `act` says whether the server does its work: at once, not at all, or later (see Faults.commit_pending).
    With `first`, only the first so many items are acted on now; the others are lost, or come later where
    `rest_later` is set. Afterwards `change` may rewrite the true answer, or `answer` replaces it.
    """

    method: str
    path: re.Pattern[str]
    service: str = "trakt"
    skip: int = 0
    times: int | None = 1
    when: Callable[[Call], bool] | None = None
    act: str = ACT
    first: int | None = None
    rest_later: bool = False
    after_requests: int | None = None
    answer: Answer | None = None
    change: Callable[[Answer], Answer] | None = None
    before: Hook | None = None
    after: Hook | None = None
    hits: int = 0

    def matches(self, call: Call) -> bool:
        return (
            self.service == call.service
            and self.method in ("*", call.method)
            and self.path.search(call.path) is not None
            and (self.when is None or self.when(call))
        )


@dataclass(slots=True)
class _Pending:
    run: Callable[[], object]
    due_in: int | None


class Faults:
    """The script of what goes wrong. Paths are regular expressions on the service's path, found anywhere in it."""

    def __init__(self) -> None:
        self.history = HistoryTroubles()
        self.script: list[Fault] = []
        self._pending: list[_Pending] = []
        self._lock = threading.RLock()

    def add(self, method: str, path: str, **settings: Any) -> Fault:
        """Adds a fault with any of the fields of Fault; the other methods are short forms of this."""
        fault = Fault(method, re.compile(path), **settings)
        with self._lock:
            self.script.append(fault)
        return fault

    def clear(self) -> None:
        """No fault any more; what is pending stays pending."""
        with self._lock:
            self.script.clear()
            self.history = HistoryTroubles()

    # -- short forms -----------------------------------------------------------------------------------

    def answer(
        self,
        method: str,
        path: str,
        status: int,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> Fault:
        """Answers so without acting (with act="act": after acting). A text body is sent as it is, others as JSON."""
        answer = (
            Answer(status, body.encode(), dict(headers or {}))
            if isinstance(body, str)
            else empty_answer(status, headers)
            if body is None
            else json_answer(body, status, headers)
        )
        return self.add(method, path, **{"act": ACT_NOT, "answer": answer, **settings})

    def html(
        self, method: str, path: str, status: int, title: str = "Just a moment...", **settings: Any
    ) -> Fault:
        """Answers with an HTML page, without acting unless told."""
        return self.add(method, path, **{"act": ACT_NOT, "answer": html_answer(status, title), **settings})

    def drop_before(self, method: str, path: str, **settings: Any) -> Fault:
        """Breaks the connection without having acted."""
        return self.add(method, path, act=ACT_NOT, answer=Answer(0, drop=True), **settings)

    def drop_after(self, method: str, path: str, **settings: Any) -> Fault:
        """Acts, then breaks the connection instead of answering."""
        return self.add(method, path, answer=Answer(0, drop=True), **settings)

    def cut_body(self, method: str, path: str, keep: int = 10, **settings: Any) -> Fault:
        """Acts, then breaks the connection in the middle of the answer's body."""
        return self.add(method, path, change=lambda answer: replace(answer, cut=keep), **settings)

    def lie(
        self, path: str = "/sync/history$", method: str = "POST", *, added: Any = None, **settings: Any
    ) -> Fault:
        """Acts, but the answer lies: `added` is the counts to put in, or a function from body to body."""

        def change(answer: Answer) -> Answer:
            body = answer.json()
            if callable(added):
                return answer.with_json(added(body))
            return answer.with_json({**body, "added": {**body["added"], **(added or {})}})

        return self.add(method, path, change=change, **settings)

    def act_partly(self, method: str, path: str, first: int, status: int, **settings: Any) -> Fault:
        """Acts on the first so many items, then answers with this status."""
        return self.add(method, path, **{"first": first, "answer": empty_answer(status), **settings})

    def act_later(
        self, method: str, path: str, status: int | None = 504, *, first: int | None = None, **settings: Any
    ) -> Fault:
        """Answers (None: breaks the connection) now and acts on commit_pending(), or `after_requests` requests later.

        With `first`, so many items are acted on at once and the rest later.
        """
        answer = Answer(0, drop=True) if status is None else empty_answer(status)
        how: dict[str, Any] = {"act": ACT_LATER} if first is None else {"first": first, "rest_later": True}
        return self.add(method, path, **{**how, "answer": answer, **settings})

    def unauthorized(self, method: str = "*", path: str = "^/", **settings: Any) -> Fault:
        """401, as for a token that has just ended."""
        return self.answer(method, path, 401, {"error": "invalid_grant"}, **settings)

    def too_many_requests(
        self, method: str = "*", path: str = "^/", retry_after: int | None = 1, **settings: Any
    ) -> Fault:
        """429 as Trakt sends it; retry_after None leaves the header out."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return self.answer(method, path, 429, None, headers, **settings)

    def redirect(self, method: str, path: str, location: str, status: int = 301, **settings: Any) -> Fault:
        """Sends the client elsewhere."""
        return self.answer(method, path, status, None, {"Location": location}, **settings)

    def before(self, method: str, path: str, hook: Hook, **settings: Any) -> Fault:
        """Calls the hook before the matching request is handled (e.g. another program scrobbles)."""
        return self.add(method, path, before=hook, **settings)

    def after(self, method: str, path: str, hook: Hook, **settings: Any) -> Fault:
        """Calls the hook after the matching request was handled and before it is answered."""
        return self.add(method, path, after=hook, **settings)

    @property
    def spent(self) -> bool:
        """Whether every fault of the script has struck as often as it is to."""
        with self._lock:
            return all(
                fault.times is not None and fault.hits >= fault.skip + fault.times for fault in self.script
            )

    # -- what was put off ------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many writes were accepted and not yet carried out."""
        return len(self._pending)

    def commit_pending(self) -> int:
        """Carries out now what was put off; returns how many writes that were."""
        with self._lock:
            due, self._pending = self._pending, []
        for pending in due:
            pending.run()
        return len(due)

    def tick(self) -> None:
        """Another request came: carry out the put-off writes whose time has come."""
        with self._lock:
            for pending in self._pending:
                if pending.due_in is not None:
                    pending.due_in -= 1
            due = [pending for pending in self._pending if pending.due_in is not None and pending.due_in <= 0]
            self._pending = [pending for pending in self._pending if pending not in due]
        for pending in due:
            pending.run()

    # -- applying the script ---------------------------------------------------------------------------

    def carry_out(self, call: Call, handler: Handler) -> Answer:
        """The answer to a request, after everything the script has for it. Hooks run outside of any lock."""
        struck = list(self._struck_by(call))
        for fault in struck:
            if fault.before:
                fault.before(call)
        answer = self._act(call, handler, struck)
        for fault in struck:
            if fault.after:
                fault.after(call)
            if fault.change:
                answer = fault.change(answer)
            if fault.answer:
                answer = fault.answer
        return answer

    def _act(self, call: Call, handler: Handler, struck: list[Fault]) -> Answer:
        for fault in struck:
            if fault.act == ACT_NOT:
                return empty_answer(500)
            if fault.act == ACT_LATER:
                self._put_off(fault, call, handler)
                return empty_answer(500)
            if fault.first is not None:
                first, rest = split_body(call.json() or {}, fault.first)
                answer = handler(call.with_json(first)) if first else empty_answer(500)
                if fault.rest_later and rest:
                    self._put_off(fault, call.with_json(rest), handler)
                return answer
        return handler(call)

    def _put_off(self, fault: Fault, call: Call, handler: Handler) -> None:
        with self._lock:
            self._pending.append(_Pending(lambda: handler(call), fault.after_requests))

    def _struck_by(self, call: Call) -> Iterator[Fault]:
        with self._lock:
            for fault in self.script:
                if not fault.matches(call):
                    continue
                fault.hits += 1
                if fault.hits > fault.skip and (
                    fault.times is None or fault.hits <= fault.skip + fault.times
                ):
                    yield fault
