"""A practice world with its own clock, and apply, undo and status as the command line runs them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from anitrakt_plan.commands.apply import apply
from anitrakt_plan.commands.last_read import LastReads
from anitrakt_plan.commands.run import ApplyOptions
from anitrakt_plan.commands.services import Ports, Question
from anitrakt_plan.commands.undo import UndoOptions, undo
from anitrakt_plan.http import RateLimit, RetryPolicy
from anitrakt_plan.journal.journal import journal_path, read_journal, read_knowledge
from anitrakt_plan.journal.replay import RunInfo, fold
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Facts,
    Kind,
    Match,
    MovieMatch,
    PartialDate,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    RatingScope,
    ShowMatch,
    SourceInfo,
    Status,
    Straight,
    trakt_id,
)
from anitrakt_plan.model.matches import format_match, parse_runs
from anitrakt_plan.reports.apply import ApplyResult
from anitrakt_plan.reports.undo import UndoResult
from anitrakt_plan.settings import Folders, Settings
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.trakt.account import TraktState
from anitrakt_plan.trakt.catalogue import TraktCatalogue
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.send import Sender
from tests.practice import START, Clock, Sandbox, serve

NOON_IN_BERLIN = "2019-07-01T10:00:00.000Z"
_QUICK = RateLimit(1_000_000, 1)


class Told:
    """What a command said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, text: str = "") -> None:
        self.lines.append(text)

    def debug(self, text: str) -> None:
        self.lines.append(text)

    @contextmanager
    def progress(self, title: str, *, each: bool = False) -> Iterator[Callable[[int, int], None]]:
        self.lines.append(title)
        yield lambda done, total: None


def season(
    key: int,
    match: Match | str,
    *,
    title: str = "An Anime",
    finished: str | None = "2019-07-01",
    started: str | None = None,
    rating: int | None = None,
    status: Status = Status.COMPLETED,
    watched: int = 0,
    repeats: int = 0,
    decision: Decision = Decision.AUTO,
    rates: RatingScope | None = None,
    **more: object,
) -> PlanEntry:
    """A plan's entry; the match as `1420 S03E13-E22` or `movie 51`."""
    found = parse_match(match) if isinstance(match, str) else match
    entry = PlanEntry(
        key=EntryKey("mal", key),
        title=title,
        facts=Facts(Kind.TV),
        progress=Progress(
            status=status,
            watched=watched,
            started=PartialDate.parse(started) if started else None,
            finished=PartialDate.parse(finished) if finished else None,
            repeats=repeats,
            rating=rating,
        ),
        decision=decision,
        match=found,
        hint=format_match(found),
        rates=rates,
    )
    return replace(entry, **more)  # type: ignore[arg-type]


def parse_match(text: str) -> Match:
    first, _, rest = text.partition(" ")
    if first == "movie":
        return MovieMatch(int(rest))
    return ShowMatch(int(first), Straight(parse_runs(rest)))


def plan_of(*entries: PlanEntry, user: str | None = "sandbox", policy: Policy | None = None) -> Plan:
    """A plan of these entries, for every status."""
    return Plan(
        tool="anitrakt test",
        at=START,
        source=SourceInfo("mal", "sample", len(entries), tuple(s for s in Status if s is not Status.GONE)),
        target_user=user,
        policy=policy or Policy(),
        entries=tuple(entries),
    )


@dataclass
class Bench:
    """One practice world and one anitrakt home."""

    sandbox: Sandbox
    clock: Clock
    home: Path
    settle: float = 0.0
    stop: Event = field(default_factory=Event)
    told: Told = field(default_factory=Told)
    answers: list[str] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    practice: bool = True
    token: str | None = None
    results: list[ApplyResult] = field(default_factory=list)
    weighed: Mapping[EntryKey, Collection[str]] = field(default_factory=dict)

    @property
    def folders(self) -> Folders:
        return Folders(
            self.home / "config", self.home / "cache", self.home / "state", self.home / "state" / "journal"
        )

    def settings(self) -> Settings:
        addresses = self.sandbox.addresses
        return Settings(
            self.folders,
            trakt_client_id=addresses.trakt_client_id,
            trakt_client_secret=addresses.trakt_client_secret,
            trakt_token=addresses.trakt_token if self.token is None else self.token or None,
            trakt_url=addresses.trakt_url,
            trakt_auth_url=addresses.trakt_auth_url,
            trakt_get_limit=_QUICK,
            trakt_write_limit=_QUICK,
        )

    @contextmanager
    def ports(self, *, rewatches: bool = False) -> Iterator[Ports]:
        retry_policy = RetryPolicy(tries=1, backoff=0.0)
        with Trakt(self.settings(), clock=self.clock, retry_policy=retry_policy) as trakt:
            yield Ports(
                reader=TraktState(trakt),
                catalogue=TraktCatalogue(trakt),
                sender=Sender(trakt, wait=self.clock.sleep, one_play_each=not rewatches),
                journals=self.folders.journal,
                last_reads=LastReads(self.folders.last_reads),
                reporter=self.told,
                clock=self.clock,
                sleep=self.clock.sleep,
                settle=self.settle,
                stop=self.stop,
                ask=self._ask if self.answers else None,
                sandbox=self.practice,
                sign_in=lambda: trakt.tokens.load("trakt"),
                weighed=lambda: self.weighed,
            )

    def _ask(self, question: Question) -> str:
        self.asked.append(question)
        return self.answers.pop(0)

    def apply(self, plan: Plan, **options: object) -> ApplyResult:
        rewatches = plan.policy.rewatches.value == "count"
        with self.ports(rewatches=rewatches) as ports:
            result = apply(plan, ports, ApplyOptions(**options))  # type: ignore[arg-type]
        self.results.append(result)
        return result

    def undo(self, *, plan: Plan | None = None, yes: bool = True, **options: object) -> UndoResult:
        with self.ports() as ports:
            return undo(ports, UndoOptions(yes=yes, **options), plan)  # type: ignore[arg-type]

    def apply_until_done(self, plan: Plan, most: int = 8, **options: object) -> ApplyResult:
        """Apply again and again, as a user is told to, until it exits 0."""
        for _ in range(most):
            result = self.apply(plan, **options)
            if result.exit_code == 0:
                return result
        raise AssertionError(f"still {result.exit_code} after {most} applies: {result}")

    # --- the practice account ---

    def knowledge(self) -> Knowledge:
        return read_knowledge(self.folders.journal, self.sandbox.world.uuid)

    def runs(self) -> tuple[RunInfo, ...]:
        records = read_journal(journal_path(self.folders.journal, self.sandbox.world.uuid)).records
        return tuple(fold(records).runs.values())

    def plays(self) -> Counter[tuple[str, int, str]]:
        """Every play of the account: kind, Trakt id, date."""
        return Counter((p.kind, p.item, p.watched_at) for p in self.sandbox.world.plays.values())

    def ratings(self) -> dict[tuple[str, int], int]:
        return {item: rating.rating for item, rating in self.sandbox.world.ratings.items()}

    def rated_at(self) -> dict[tuple[str, int], str]:
        return {item: rating.rated_at for item, rating in self.sandbox.world.ratings.items()}

    def episode(self, show: int, season_number: int, number: int) -> int:
        return self.sandbox.catalogue.episode_id(show, season_number, number)

    def wanted(self, match: str, date: str = NOON_IN_BERLIN) -> Counter[tuple[str, int, str]]:
        """The plays that an entry should leave on an empty account."""
        found = parse_match(match)
        if isinstance(found, MovieMatch):
            return Counter({("movie", trakt_id(found.movie), date): 1})
        assert isinstance(found.mapping, Straight)
        return Counter(
            ("episode", self.episode(trakt_id(found.show), run.season, number), date)
            for run in found.mapping.runs
            for number in range(run.first, run.last + 1)
        )

    def history_posts(self) -> list[object]:
        return [json.loads(r.body) for r in self.sandbox.sent("POST", "/sync/history")]

    def check_wire(self) -> None:
        """What holds whatever happens: no bare show or season, no request that was not meant for this host."""
        for body in self.history_posts():
            assert isinstance(body, dict)
            assert set(body) <= {"movies", "shows"}
            for show in body.get("shows", ()):
                assert show["seasons"]
                for part in show["seasons"]:
                    assert part["episodes"]
                    assert all(episode["watched_at"] for episode in part["episodes"])
            for movie in body.get("movies", ()):
                assert movie["watched_at"]
        for record in self.sandbox.sent("POST", "/sync/history/remove"):
            assert set(json.loads(record.body)) == {"ids"}


@contextmanager
def bench(tmp_path: Path, *, empty: bool = True) -> Iterator[Bench]:
    clock = Clock()
    with serve(None, clock=clock) as sandbox:
        if empty:
            sandbox.world.clear()
        yield Bench(sandbox, clock, tmp_path / "home")


def sums(counters: Sequence[Counter[tuple[str, int, str]]]) -> Counter[tuple[str, int, str]]:
    total: Counter[tuple[str, int, str]] = Counter()
    for counter in counters:
        total += counter
    return total
