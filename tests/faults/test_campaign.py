"""Random interruptions of many kinds: whatever breaks, nothing twice, nothing lost at exit 0, and a way back."""

from __future__ import annotations

import errno
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest

import anitrakt_plan.commands.send as apply_sending
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.journal.journal import JournalFile
from anitrakt_plan.journal.records import Record, RunKind
from anitrakt_plan.model import Plan, Policy, RatingScope, Status, SyncKind
from anitrakt_plan.reports.apply import ApplyResult
from anitrakt_plan.sandbox.wire import Answer
from anitrakt_plan.settings import Folders
from anitrakt_plan.sync.batches import pack
from tests.faults.bench import Bench, bench, plan_of, season
from tests.faults.kills import Killed, Moment, death_at
from tests.practice.faults import with_body

SEED = 13
CASES = 500

WRITES = {
    "plays": "/sync/history$",
    "ratings": "/sync/ratings$",
    "watchlist": "/sync/watchlist$",
    "dropped": "/users/hidden/dropped$",
}
READS = {
    "plays": "/sync/history$",
    "ratings": "/sync/ratings/all$",
    "watchlist": "/sync/watchlist/shows$",
    "dropped": "/users/hidden/dropped$",
    "account": "/users/settings$",
}
HISTORY = WRITES["plays"]

Installed = AbstractContextManager[object]
Install = Callable[["Case", Random], Installed]


@dataclass(frozen=True)
class Interruption:
    """One kind of trouble, and over how many applies it lasts."""

    name: str
    install: Install
    applies: tuple[int, int] = (1, 1)


# --- the plan and the account ---


def the_plan() -> Plan:
    return plan_of(
        season(1, "1420 S01E01-E25", rating=8, rates=RatingScope.SEASON),
        season(2, "1420 S02E01-E12", finished=None),
        season(3, "1420 S03E13-E22", rating=9, rates=RatingScope.SEASON),
        season(4, "movie 51", rating=7),
        season(5, "31771 S01E01-E64", rating=6, rates=RatingScope.SHOW),
        season(6, "30850 S01E01-E24", status=Status.PLANNED, finished=None),
        season(7, "movie 97", status=Status.PLANNED, finished=None),
        season(8, "61385 S01E01-E24", status=Status.DROPPED, watched=5),
        policy=Policy(send=frozenset(SyncKind)),
    )


def furnish(world: Bench, *, others: int) -> None:
    """Give the account what other programs and its user have left there."""
    account, start = world.sandbox.world, datetime(2012, 1, 1, tzinfo=UTC)
    filler = world.sandbox.catalogue.add_show("Filler", 1999, {1: 50}, trakt_id=1_400_000_001)
    with account.saving_once():
        for number in range(others):
            moment = f"{start + timedelta(hours=7 * number):%Y-%m-%dT%H:%M:00.000Z}"
            account.add_play("episode", filler.seasons[0].episodes[number % 50].id, moment, "scrobble")
        for number in (1, 2, 3):  # watched before, and so not sent
            account.add_play(
                "episode", world.episode(31771, 1, number), "2015-05-05T05:05:00.000Z", "scrobble"
            )
        account.add_rating("movie", 51, 3, "2016-01-01T00:00:00.000Z")
        account.watchlist = {
            ("show", 31771): "2014-01-01T00:00:00.000Z",
            ("movie", 51): "2014-01-02T00:00:00.000Z",
        }
        account.dropped = {("show", 13855): "2014-01-03T00:00:00.000Z"}
    for _ in range(5):
        account.plays_newest_first()  # what is there is not new: it lags behind no read


@dataclass(frozen=True)
class Standing:
    """What the account holds."""

    plays: Counter[tuple[str, int, str]]
    ratings: dict[tuple[str, int], tuple[int, str | None]]
    watchlist: frozenset[tuple[str, int]]
    dropped: frozenset[tuple[str, int]]


def standing(world: Bench, *, rated_at: bool = False) -> Standing:
    account, dates = world.sandbox.world, world.rated_at() if rated_at else {}
    ratings = {item: (value, dates.get(item)) for item, value in world.ratings().items()}
    return Standing(world.plays(), ratings, frozenset(account.watchlist), frozenset(account.dropped))


@dataclass(frozen=True)
class Ideal:
    """How the account stands where nothing breaks, and how many requests of each kind that takes."""

    standing: Standing
    requests: dict[str, int]


# --- the kinds of trouble ---


def nth(world: Case, rng: Random, what: str) -> int:
    """How many requests of a kind to let pass: any of those that the plan takes may be the one."""
    return rng.randrange(max(1, world.ideal.requests[what]))


def write_fault(what: str, how: str, *arguments: Any, **options: Any) -> Install:
    def install(world: Case, rng: Random) -> Installed:
        getattr(world.sandbox.faults, how)(
            "POST", WRITES[what], *arguments, skip=nth(world, rng, what), **options
        )
        return nullcontext()

    return install


def read_fault(what: str, how: str, *arguments: Any, **options: Any) -> Install:
    def install(world: Case, rng: Random) -> Installed:
        skip = rng.randrange(4 if what == "plays" else 2)
        getattr(world.sandbox.faults, how)(
            "GET", READS[what], *arguments, skip=skip, **{"times": 2, **options}
        )
        return nullcontext()

    return install


def miscount(by: int, times: int | None) -> Install:
    def told(body: dict[str, Any]) -> object:
        counts = {**body["added"]}
        first = next(iter(counts))
        return {**body, "added": {**counts, first: max(0, counts[first] + by)}}

    def install(world: Case, rng: Random) -> Installed:
        for path in WRITES.values():
            world.sandbox.faults.lie(path, added=told, times=times)
        return nullcontext()

    return install


def short_page(keep: Callable[[int], bool], times: int | None) -> Install:
    def change(answer: Answer) -> Answer:
        rows = json.loads(answer.body)
        return with_body(answer, [row for at, row in enumerate(rows) if keep(at)])

    def install(world: Case, rng: Random) -> Installed:
        page = rng.choice((1, 1, 2))
        world.sandbox.faults.add(
            "GET", HISTORY, change=change, times=times, when=lambda call: call.number("page", 1) == page
        )
        return nullcontext()

    return install


def outage(how: str, *arguments: Any) -> Install:
    def install(world: Case, rng: Random) -> Installed:
        getattr(world.sandbox.faults, how)("POST", "^/(sync|users)/", *arguments, times=None)
        return nullcontext()

    return install


def troubles(**values: Any) -> Install:
    def install(world: Case, rng: Random) -> Installed:
        for name, value in values.items():
            setattr(world.sandbox.faults.history, name, value)
        return nullcontext()

    return install


def death(moment: Moment) -> Install:
    def install(world: Case, rng: Random) -> Installed:
        return death_at(moment, rng.randrange(1, sum(world.ideal.requests.values()) + 1))

    return install


def interrupt(world: Case, rng: Random) -> Installed:
    """Ctrl-C at some request."""
    world.sandbox.faults.before("POST", "^/", lambda _: world.stop.set(), skip=nth(world, rng, "plays"))
    return nullcontext()


def full_disk(world: Case, rng: Random) -> Installed:
    """The journal can't be written, from some line on."""
    original, left = JournalFile._write, rng.randrange(1, 30)

    def write(self: JournalFile, file: Any, line: bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            file.write(line[: len(line) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        original(self, file, line)

    return patch.object(JournalFile, "_write", write)


def torn_line(world: Case, rng: Random) -> Installed:
    """The machine goes down while a line is being written."""
    original, left = JournalFile.append, rng.randrange(1, 30)

    def append(self: JournalFile, record: Record) -> None:
        nonlocal left
        left -= 1
        original(self, record)
        if left < 0:
            with self.path.open("r+b") as file:
                file.truncate(self.path.stat().st_size - rng.randrange(1, 20))
            raise Killed

    return patch.object(JournalFile, "append", append)


def scrobbles(world: Case, rng: Random) -> Installed:
    """Another program writes between two requests of ours."""
    item = world.sandbox.catalogue.add_show("Elsewhere", 2001, {1: 3}).seasons[0].episodes[0].id
    date = f"2022-02-02T02:{rng.randrange(60):02d}:00.000Z"

    def write(_: object) -> None:
        world.sandbox.world.add_play("episode", item, date, "scrobble")
        world.others[("episode", item, date)] += 1

    world.sandbox.faults.after("POST", HISTORY, write, skip=nth(world, rng, "plays"))
    return nullcontext()


def clock_jump(minutes: int) -> Install:
    def install(world: Case, rng: Random) -> Installed:
        def jump(_: object) -> None:
            world.clock.time += timedelta(minutes=minutes)

        world.sandbox.faults.after("POST", HISTORY, jump, skip=nth(world, rng, "plays"))
        return nullcontext()

    return install


def expired_token(world: Case, rng: Random) -> Installed:
    world.sandbox.faults.unauthorized(skip=rng.randrange(12))
    return nullcontext()


_WRITE_FAULTS: tuple[tuple[str, str, tuple[Any, ...], dict[str, Any]], ...] = (
    ("connection breaks before", "drop_before", (), {}),
    ("connection breaks after", "drop_after", (), {}),
    ("body is cut", "cut_body", (), {}),
    ("502 without acting", "answer", (502,), {}),
    ("504 after acting", "answer", (504,), {"act": "act"}),
    ("422", "answer", (422,), {}),
    ("429", "too_many_requests", (), {}),
    ("a page of HTML", "html", (200,), {"act": "act"}),
    ("slow commit", "act_later", (504,), {}),
    ("slow commit without an answer", "act_later", (None,), {}),
    ("slow commit soon", "act_later", (504,), {"after_requests": 3}),
)
_PLAY_FAULTS: tuple[tuple[str, str, tuple[Any, ...], dict[str, Any]], ...] = (
    ("half, then 500", "act_partly", (4, 500), {}),
    ("half, then 420", "act_partly", (2, 420), {}),
    ("half, the rest later", "act_later", (504,), {"first": 3}),
    ("409", "answer", (409,), {}),
    ("redirect", "redirect", ("https://elsewhere.example",), {"status": 307}),
    ("423", "answer", (423,), {}),
    ("403 of the guard", "html", (403,), {}),
)


_OUTAGES: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("502", "answer", (502,)),
    ("504", "answer", (504,)),
    ("nobody there", "drop_before", ()),
    ("HTML", "html", (503,)),
    ("slow, all of it comes later", "act_later", (504,)),
)


def kinds() -> Iterator[Interruption]:
    """Every kind of trouble."""
    for what in WRITES:
        for name, how, arguments, options in _WRITE_FAULTS:
            yield Interruption(f"{what}: {name}", write_fault(what, how, *arguments, **options))
    for name, how, arguments, options in _PLAY_FAULTS:
        yield Interruption(f"plays: {name}", write_fault("plays", how, *arguments, **options))
    for what in READS:
        yield Interruption(f"reading {what}: connection breaks", read_fault(what, "drop_before"))
        yield Interruption(f"reading {what}: 503", read_fault(what, "answer", 503))
        yield Interruption(f"reading {what}: body is cut", read_fault(what, "cut_body"))
    yield Interruption("a page short once", short_page(lambda at: at < 200, 1))
    yield Interruption("a page empty once", short_page(lambda at: False, 1))
    yield Interruption("a page short for good", short_page(lambda at: at >= 30, None), (1, 3))
    yield Interruption("a page with gaps for good", short_page(lambda at: at % 3 != 0, None), (1, 3))
    yield Interruption("pages uncounted", troubles(pages_uncounted=1), (1, 3))
    yield Interruption("plays lag behind by a read", troubles(lag_reads=1), (1, 2))
    yield Interruption("plays lag behind by three reads", troubles(lag_reads=3), (1, 2))
    yield Interruption("ties in any order", troubles(shuffle_ties=True), (1, 3))
    yield Interruption("counts one too many", miscount(1, None), (1, 2))
    yield Interruption("counts one too few", miscount(-1, None), (1, 2))
    for name, how, arguments in _OUTAGES:
        yield Interruption(f"outage of several applies: {name}", outage(how, *arguments), (2, 5))
    for moment in Moment:
        yield Interruption(f"dies {moment}", death(moment))
    yield Interruption("Ctrl-C", interrupt)
    yield Interruption("full disk", full_disk)
    yield Interruption("torn line", torn_line)
    yield Interruption("another program writes", scrobbles)
    yield Interruption("the clock goes on by 9 minutes", clock_jump(9))
    yield Interruption("the read is too old to send from", clock_jump(12))
    yield Interruption("a token that has ended", expired_token)


KINDS = tuple(kinds())


# --- one case ---


class Home(StrEnum):
    """Where a person's files are."""

    FRESH = "fresh"
    COPIED = "copied to another place after each trouble"
    JOURNAL_ELSEWHERE = "with ANITRAKT_JOURNAL set"


@dataclass
class Case(Bench):
    """A bench of the campaign: `batch` plays a request; `others` is what another program wrote meanwhile."""

    batch: int = 100
    many: bool = False
    journal: Path | None = None
    others: Counter[tuple[str, int, str]] = field(default_factory=Counter)

    @property
    def folders(self) -> Folders:
        folders = super().folders
        return folders if self.journal is None else replace(folders, journal=self.journal)

    @property
    def ideal(self) -> Ideal:
        return ideal(self.batch, self.many)

    def move(self, folder: Path) -> None:
        """Go on from a copy of the home, as on another computer."""
        if self.home.exists():
            shutil.copytree(self.home, folder)
        self.home = folder


@contextmanager
def opened(folder: Path, batch: int, *, many: bool) -> Iterator[Case]:
    with bench(folder) as made, pytest.MonkeyPatch.context() as patch:
        case = Case(made.sandbox, made.clock, folder / "home", batch=batch, many=many)
        furnish(case, others=300 if many else 20)
        patch.setattr(apply_sending, "pack", lambda changes: pack(changes, batch))
        yield case


@cache
def ideal(batch: int, many: bool) -> Ideal:
    with TemporaryDirectory() as folder, opened(Path(folder), batch, many=many) as case:
        assert case.apply(the_plan()).exit_code == 0
        sent = {what: len(case.sandbox.sent("POST", path.rstrip("$"))) for what, path in WRITES.items()}
        return Ideal(standing(case), sent)


def apply_once(case: Case) -> ApplyResult | None:
    """Apply as a person does. What ends it with a sentence, or kills it, is no bug; at exit 0 nothing is missing."""
    case.stop.clear()
    result = None
    with suppress(AnitraktError, Killed):
        result = case.apply(the_plan())
    if result is not None and result.exit_code == 0:
        now, wanted = standing(case), case.ideal.standing
        assert not wanted.plays + case.others - now.plays, "plays lost at exit 0"
        assert (now.ratings, now.watchlist, now.dropped) == (wanted.ratings, wanted.watchlist, wanted.dropped)
    return result


def time_passes(case: Case, rng: Random) -> None:
    """Some time, in which what is slow may come in; within a day it does, or never (docs/applying.md 4.3)."""
    span = rng.choice((timedelta(seconds=5), timedelta(minutes=3), timedelta(hours=2), timedelta(days=1)))
    if span >= timedelta(days=1) or rng.random() < 0.3:
        case.sandbox.commit_pending()
    case.clock.time += span


def come_to_rest(case: Case) -> ApplyResult:
    """Apply until exit 0, on several days: no play goes out more than three times on one."""
    for _ in range(16):
        case.clock.time += timedelta(hours=5)
        result = apply_once(case)
        case.sandbox.commit_pending()
        if result is not None and result.exit_code == 0:
            return result
    raise AssertionError(f"never came to exit 0: {case.results[-1]}")


def run_case(number: int, folder: Path) -> None:
    rng = Random(f"{SEED}/{number}")
    home = rng.choice(tuple(Home))
    some = [SCHEDULE[number], *rng.choices(KINDS, k=rng.choice((0, 0, 1)))]
    with opened(folder, rng.choice((9, 17, 100)), many=rng.random() < 0.3) as case:
        case.settle = rng.choice((0.0, 120.0))
        case.journal = folder / "elsewhere" if home is Home.JOURNAL_ELSEWHERE else None
        before = standing(case, rated_at=True)
        for place, kind in enumerate(some):
            with kind.install(case, rng):
                for _ in range(rng.randint(*kind.applies)):
                    apply_once(case)
                    time_passes(case, rng)
            if place == 0:
                assert all(fault.hits > fault.skip for fault in case.sandbox.faults.script), "never happened"
            case.sandbox.faults.clear()
            if home is Home.COPIED:
                case.move(folder / f"copy-{place}")
        come_to_rest(case)
        come_to_rest(case)
        assert not come_to_rest(case).changes
        check_same(standing(case), case.ideal.standing, case.others)
        case.check_wire()
        if rng.random() < 0.4:
            how = rng.choice(("drop_before", "drop_after", "cut_body"))
            getattr(case.sandbox.faults, how)("POST", "/remove$", skip=rng.randrange(3))
        undo_all(case)
        check_same(standing(case, rated_at=True), before, case.others)


def check_same(now: Standing, wanted: Standing, others: Counter[tuple[str, int, str]]) -> None:
    expected = wanted.plays + others
    assert now.plays - expected == Counter(), "plays that should not be there"
    assert expected - now.plays == Counter(), "plays that are missing"
    assert (now.ratings, now.watchlist, now.dropped) == (wanted.ratings, wanted.watchlist, wanted.dropped)


def undo_all(case: Case) -> None:
    """Take back all runs, again and again, as a person is told to."""
    runs = tuple(run.run for run in case.runs() if run.kind is RunKind.APPLY)
    for _ in range(6):
        result = case.undo(runs=runs)
        if result.exit_code == 0 and not result.changes:
            return
    raise AssertionError("undo never came to an end")


def scheduled() -> list[Interruption]:
    """The kind that each case begins with: all of them, again and again, in any order."""
    rounds = -(-CASES // len(KINDS))
    rng = Random(SEED)
    return [kind for _ in range(rounds) for kind in rng.sample(KINDS, len(KINDS))][:CASES]


SCHEDULE = scheduled()


def test_there_are_kinds_enough() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 40


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=[pytest.mark.campaign, *([pytest.mark.long] if number % 10 == 0 else [])])
        for number in range(CASES)
    ],
)
def test_an_interruption_doubles_nothing_and_loses_nothing(number: int, tmp_path: Path) -> None:
    run_case(number, tmp_path)
