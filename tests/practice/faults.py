"""Faults on demand: what goes wrong, at which request, and whether the server acted before it went wrong."""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from anitrakt_plan.sandbox.catalogue import Json
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, html_answer, json_answer
from tests.practice.world import HistoryTroubles, World

Handler = Callable[[Call], Answer]
Hook = Callable[[Call], object]

ACT, ACT_NOT, ACT_LATER = "act", "not", "later"


@dataclass(frozen=True, slots=True)
class BrokenAnswer(Answer):
    """The connection breaks: at once, or after `keep` bytes of the promised body."""

    keep: int | None = None


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

    def __init__(self, world: World) -> None:
        self._world = world
        self.script: list[Fault] = []
        self._pending: list[_Pending] = []
        self._lock = threading.RLock()

    @property
    def history(self) -> HistoryTroubles:
        """The lasting troubles of the history."""
        return self._world.troubles

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
            self._world.troubles = HistoryTroubles()

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
        return self.add(method, path, act=ACT_NOT, answer=BrokenAnswer(0), **settings)

    def drop_after(self, method: str, path: str, **settings: Any) -> Fault:
        """Acts, then breaks the connection instead of answering."""
        return self.add(method, path, answer=BrokenAnswer(0), **settings)

    def cut_body(self, method: str, path: str, keep: int = 10, **settings: Any) -> Fault:
        """Acts, then breaks the connection in the middle of the answer's body."""

        def cut(answer: Answer) -> Answer:
            return BrokenAnswer(answer.status, answer.body, answer.headers, keep)

        return self.add(method, path, change=cut, **settings)

    def lie(
        self, path: str = "/sync/history$", method: str = "POST", *, added: Any = None, **settings: Any
    ) -> Fault:
        """Acts, but the answer lies: `added` is the counts to put in, or a function from body to body."""

        def change(answer: Answer) -> Answer:
            body = json.loads(answer.body)
            told = added(body) if callable(added) else {**body, "added": {**body["added"], **(added or {})}}
            return with_body(answer, told)

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
        answer = BrokenAnswer(0) if status is None else empty_answer(status)
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

    def polling(self, *statuses: int) -> None:
        """What polling for a sign-in meets, one after another, before the token."""
        for number, status in enumerate(statuses):
            self.answer("POST", "/oauth/device/token$", status, service="auth", skip=number)

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
        answer = self._troubled(call, self._act(call, handler, struck))
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
                answer = handler(_with_json(call, first)) if first else empty_answer(500)
                if fault.rest_later and rest:
                    self._put_off(fault, _with_json(call, rest), handler)
                return answer
        return handler(call)

    def _troubled(self, call: Call, answer: Answer) -> Answer:
        if call.method != "GET" or not call.path.startswith("/sync/history") or answer.status != 200:
            return answer
        if self.history.never_listed:
            rows = json.loads(answer.body)
            shown = [row for row in rows if _item_of(row) not in self.history.never_listed]
            answer = with_body(answer, shown)
        if self.history.pages_uncounted:
            answer = _with_pages_uncounted(answer, self.history.pages_uncounted)
        return answer

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


def with_body(answer: Answer, value: object) -> Answer:
    """The same answer with another JSON body."""
    return replace(answer, body=json_answer(value).body)


def split_body(body: Json, count: int) -> tuple[Json, Json]:
    """The body's first `count` explicit items, and the rest, each as a body of the same shape."""
    first: Json = {}
    rest: Json = {}
    for number, (name, path) in enumerate(_leaves(body)):
        _graft(first if number < count else rest, name, path)
    return first, rest


def _leaves(body: Json) -> Iterator[tuple[str, tuple[Json, ...]]]:
    for name in ("movies", "shows", "seasons", "episodes"):
        for said in body.get(name) or ():
            for path in _nested(said):
                yield name, path
    for play_id in body.get("ids") or ():
        yield "ids", (play_id,)


def _nested(said: Json) -> Iterator[tuple[Json, ...]]:
    for below in (*(said.get("seasons") or ()), *(said.get("episodes") or ())):
        for path in _nested(below):
            yield (said, *path)
    if not said.get("seasons") and not said.get("episodes"):
        yield (said,)


def _graft(body: Json, name: str, path: tuple[Json, ...]) -> None:
    if name == "ids":
        body.setdefault("ids", []).append(path[0])
        return
    level = body
    for key, said in zip((name, "seasons", "episodes"), path, strict=False):
        own, rows = copy.deepcopy(_own(said)), level.setdefault(key, [])
        if not rows or _own(rows[-1]) != own:
            rows.append(own)
        level = rows[-1]


def _own(said: Json) -> Json:
    return {key: value for key, value in said.items() if key not in ("seasons", "episodes")}


def _item_of(row: Json) -> tuple[str, int]:
    return row["type"], row[row["type"]]["ids"]["trakt"]


def _with_pages_uncounted(answer: Answer, uncounted: int) -> Answer:
    # The count is a cached number that lags behind the rows (trakt-web PR 3152).
    limit, items = (int(answer.headers[f"X-Pagination-{name}"]) for name in ("Limit", "Item-Count"))
    pages = max(1, -(-items // limit) - uncounted)
    told = {"X-Pagination-Page-Count": str(pages), "X-Pagination-Item-Count": str(min(items, pages * limit))}
    return replace(answer, headers={**answer.headers, **told})


def _with_json(call: Call, value: object) -> Call:
    return replace(call, body=json.dumps(value).encode())
