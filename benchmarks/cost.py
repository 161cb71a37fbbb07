"""What plan and apply cost: requests, waiting, CPU and memory of the real command, beside budgets.

    python -m benchmarks.cost [--entries 100,1000] [--accounts 0,5000] [--files 10000] [--unknown 3000]
                              [--data DIR | --practice] [--counts] [-v]

Prints a row for each step and exits with 1 if one is over its budget; a list of sizes may be empty (""). `waits` are
seconds at the services' own paces and 150 ms a request, whatever the machine. `--counts` goes by what is the same on
every machine, and fails where a step asks more than the last release did (benchmarks/history.jsonl); `--keep` writes
this run there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from time import process_time, sleep

from anitrakt_plan.commands.services import Services
from anitrakt_plan.idmaps import ID_MAPS
from anitrakt_plan.matching.search import match_entries
from anitrakt_plan.model import Decision, Status
from anitrakt_plan.settings import load_settings
from benchmarks import history
from benchmarks.modelled import ROUND_TRIP
from benchmarks.steps import PROJECT, Bench, Limits, Step, print_head, print_step
from benchmarks.world import NEEDED, forget_every_other, make_catalogue, make_list
from tests.practice import Sandbox, serve

USER = "bench"
PAGE_ROWS = 250
"""Trakt's largest page."""

MOST_OF_TRAKT = 20
"""Where TMDB is asked about a list that the id maps know."""

ACCOUNT = 1
"""Requests for whose account it is: a plan reads no more of it."""

LIST_CHUNK = 500
"""AniList's largest chunk of a list."""

BIG = 10_000
ACCOUNT_ENTRIES = 100

ON_ITS_WAY = ContextVar("seconds that each request takes here", default=ROUND_TRIP)
"""What overlaps on the wire depends on it; the counts do not."""

MEMORY = 300.0
"""Megabytes at the most of each command on a long plan, whose budgets are for BIG entries."""


# --- budgets --------------------------------------------------------------------------------------


QUICKLY = 60.0
"""Seconds that a person sits and watches."""

OF_TRAKT = tuple(f"ANITRAKT_TRAKT_{name}" for name in ("CLIENT_ID", "CLIENT_SECRET", "TOKEN"))
OF_TMDB = ("ANITRAKT_TMDB_TOKEN",)


def pages(rows: int) -> int:
    """Requests to read so many rows of Trakt's: the full pages, and the empty one that ends them."""
    return ceil(rows / PAGE_ROWS) + 1


def state_pages(sandbox: Sandbox) -> int:
    """Requests to read the account's history and ratings once."""
    return pages(len(sandbox.world.plays)) + pages(len(sandbox.world.ratings))


def count_unsettled(bench: Bench) -> int:
    """How many entries of the list the id maps don't settle by themselves."""
    settings = load_settings(
        {**bench.settings_environment(), "ANITRAKT_HOME": str(bench.folder / "own")}, bench.folder
    )
    services = Services(settings)
    try:
        listed = services.read_list(
            "anilist", USER, (Status.COMPLETED,), include_private=False, reporter=_Silence()
        )
        maps = services.id_maps(offline=False).maps
    finally:
        services.close()
    proposals = match_entries(listed.entries, maps, None, auto_from=0.99, now=datetime.now(UTC))
    return sum(proposal.decision is not Decision.AUTO for proposal in proposals)


class _Silence:
    def info(self, text: str = "") -> None: ...

    def debug(self, text: str) -> None: ...

    @contextmanager
    def progress(
        self,
        title: str,  # noqa: ARG002
        *,
        each: bool = False,  # noqa: ARG002
    ) -> Iterator[Callable[[int, int], None]]:
        yield lambda _done, _total: None


# --- the steps ------------------------------------------------------------------------------------


def measure_version(folder: Path, *, verbose: bool) -> list[Step]:
    """`anitrakt --version`, the best of three: what else the machine does only ever adds."""
    runs = []
    for _ in range(3):
        bench = Bench(None, folder, verbose)
        runs.append(bench.run("anitrakt --version", "--version", limits=Limits(cpu=0.25), quiet=True))
    best = min(runs, key=lambda step: step.cpu)
    print_step(best, verbose=verbose)
    return [best]


def measure_plan_and_apply(
    entries: int, data: Path | None, folder: Path, *, with_apply: bool, verbose: bool
) -> list[Step]:
    """First and second plan, first and second apply of a list of that many entries."""
    with served(entries, data, folder, verbose=verbose) as bench:
        plan = two_plans(bench, entries)
        plan_by_tmdb(bench, entries)
        if with_apply and bench.can("apply", "--allow"):
            two_applies(bench, plan)
        elif with_apply:
            print("  (no apply command yet)")
        return bench.steps


def measure_mapped(entries: int, data: Path | None, folder: Path, *, verbose: bool) -> list[Step]:
    """First plans of a list of which the id maps know all: what is left is to look whether they are of today."""
    with served(entries, data, folder, verbose=verbose, mapped=True) as bench:
        each = entries / 1000
        by_key = Limits(trakt=ceil(900 * each), waits=420.0)
        plan_anew(bench, f"plan {entries} mapped, Trakt application", OF_TMDB, ceil(0.9 * entries), by_key)
        both = Limits(trakt=MOST_OF_TRAKT, waits=QUICKLY)
        plan_anew(bench, f"plan {entries} mapped, TMDB and key", (), ceil(0.95 * entries), both)
        quick = Limits(waits=QUICKLY)
        share = 0.35 if data else 0.5  # the practice catalogue is full of what is at risk
        plan_anew(bench, f"plan {entries} mapped, quick", OF_TMDB, ceil(share * entries), quick, "--quick")
        return bench.steps


def measure_account(
    entries: int, plays: int, data: Path | None, folder: Path, *, verbose: bool
) -> list[Step]:
    """What commands cost that change nothing, on an account with so many plays of other things."""
    with served(entries, data, folder, verbose=verbose, mapped=True) as bench:
        assert bench.sandbox is not None
        world, plan = bench.sandbox.world, bench.folder / "plan.yaml"
        by_trakt = Bench(bench.sandbox, bench.folder, bench.verbose, bench.steps, OF_TMDB)
        _watch_other_things(bench.sandbox, plays)
        by_trakt.run(f"plan {entries} (warms the caches)", "plan", "--anilist", USER, out=plan, quiet=True)
        whole, lists = pages(len(world.plays)), 3 * pages(0) + pages(len(world.ratings))
        on = f"{plays:,} plays"
        by_trakt.run(f"apply, {on}", "apply", str(plan), "--allow", "first-apply", quiet=True)
        update = Limits(ceil(entries / LIST_CHUNK) + ACCOUNT + 5, trakt=8, waits=3.0)
        by_trakt.run(f"plan --update, {on}", "plan", "--update", str(plan), limits=update)
        world.activities.clear()  # long ago: what is read now is kept while nothing moves
        by_trakt.run(f"diff, {on}, read anew", "diff", str(plan), limits=Limits(whole + lists + 12))
        for command in ("diff", "status", "apply"):
            limits = Limits(10 if command != "apply" else 12, waits=3.0)
            by_trakt.run(f"{command}, {on}, nothing moved", command, str(plan), limits=limits)
        return bench.steps


def _watch_other_things(sandbox: Sandbox, plays: int) -> None:
    show = sandbox.catalogue.add_show("Something Else", 1999, {1: 50})
    ids = [episode.id for episode in show.seasons[0].episodes]
    start = datetime(2001, 1, 1, tzinfo=UTC)
    with sandbox.world.saving_once():
        for number in range(plays):
            moment = f"{start + timedelta(minutes=number):%Y-%m-%dT%H:%M:00.000Z}"
            sandbox.world.add_play("episode", ids[number % len(ids)], moment, action="scrobble")


def measure_file(entries: int, data: Path | None, folder: Path, *, verbose: bool) -> list[Step]:
    """What the everyday commands cost on a long plan, with nothing new, with one change of the list, and all sent."""
    ON_ITS_WAY.set(0.0)  # CPU and memory are the question here
    with served(entries, data, folder, verbose=verbose) as bench:
        assert bench.sandbox is not None
        plan = bench.folder / "plan.yaml"

        def within(seconds: float, requests: int | None = None) -> Limits:
            return Limits(requests, cpu=seconds, peak_mb=MEMORY)

        def update(what: str) -> None:
            limits = within(5.0, ceil(entries / LIST_CHUNK) + ACCOUNT + 5)
            bench.run(f"plan --update {entries}, {what}", "plan", "--update", str(plan), limits=limits)

        bench.run(f"plan {entries} (fills the caches)", "plan", "--anilist", USER, out=plan)
        again = bench.folder / "again.yaml"
        bench.run(f"plan {entries}, again", "plan", "--anilist", USER, out=again, limits=within(15.0))
        bench.run(f"validate {entries}", "validate", str(plan), limits=within(2.0, 0))
        bench.run(f"show {entries}", "show", str(plan), limits=within(3.0, 0))
        update("nothing new")
        user = bench.sandbox.lists.user(USER, "anilist")
        assert user is not None
        user.entries[0].score = 20 if user.entries[0].score > 50 else 90
        update("one change")
        apply = ("apply", str(plan), "--yes", "--allow", "first-apply")
        bench.run(f"apply {entries} (sends all)", *apply)
        bench.run(f"apply {entries}, nothing to send", *apply, limits=within(5.0))
        return bench.steps


def measure_unknown(entries: int, data: Path | None, folder: Path, *, verbose: bool) -> list[Step]:
    """First plans of a popular list of which the id maps know every other entry: by Trakt alone, and with TMDB."""
    with served(entries, data, folder, verbose=verbose, mapped=True, unknown=True) as bench:
        print(f"  {count_unsettled(bench)} entries are not settled by the id maps")
        each = max(entries / 3000, 0.25)  # the pace of a short list is a burst
        name, asked = f"plan {entries}, half unknown", 2 * entries
        plan_anew(bench, f"{name}, Trakt application", OF_TMDB, asked, Limits(waits=37 * 60 * each))
        plan_anew(bench, f"{name}, TMDB and key", (), asked, Limits(waits=4 * 60 * each))
        return bench.steps


def two_plans(bench: Bench, entries: int) -> Path:
    """By Trakt's key alone, the first plan and, within the cache's life, the second; returns the second."""
    by_trakt = Bench(bench.sandbox, bench.folder, bench.verbose, bench.steps, OF_TMDB)
    print(f"  {count_unsettled(bench)} entries are not settled by the id maps")
    listed = ceil(entries / LIST_CHUNK)
    first = Limits(listed + ACCOUNT + len(ID_MAPS) + ceil(1.1 * entries))
    second = Limits(listed + ACCOUNT, *((15.0, MEMORY) if entries >= BIG else ()))
    out = [bench.folder / name for name in ("plan-1.yaml", "plan-2.yaml")]
    by_trakt.run(f"plan {entries}, first", "plan", "--anilist", USER, limits=first, out=out[0])
    by_trakt.run(f"plan {entries}, second", "plan", "--anilist", USER, limits=second, out=out[1])
    return out[1]


def plan_by_tmdb(bench: Bench, entries: int) -> None:
    """A first plan with a TMDB token and no Trakt application: one question a show, one an entry that nobody knows."""
    plan_anew(bench, f"plan {entries}, TMDB token", OF_TRAKT, ceil(0.95 * entries), Limits(trakt=0))


def plan_anew(
    bench: Bench, name: str, lacking: tuple[str, ...], of_catalogue: int, limits: Limits, *options: str
) -> Step:
    """A first plan on a machine of its own, without these keys; `of_catalogue`: so many requests to it at most."""
    folder = bench.folder / f"machine-{len(bench.steps)}"
    folder.mkdir()
    mine = Bench(bench.sandbox, folder, bench.verbose, bench.steps, lacking)
    assert bench.sandbox is not None
    listed = bench.sandbox.lists.user(USER, "anilist")
    assert listed is not None
    others = ceil(len(listed.entries) / LIST_CHUNK) + len(ID_MAPS) + ACCOUNT
    limits = replace(limits, requests=others + of_catalogue)
    return mine.run(name, "plan", "--anilist", USER, *options, limits=limits)


def two_applies(bench: Bench, plan: Path) -> None:
    """Apply all of it, and apply it again, which has to send nothing."""
    assert bench.sandbox is not None
    sandbox, world = bench.sandbox, bench.sandbox.world
    state, plays, ratings = state_pages(sandbox), len(world.plays), len(world.ratings)
    command = ("apply", str(plan), "--yes", "--allow", "first-apply")

    def first() -> Limits:
        sent = ceil((len(world.plays) - plays) / 90) + ceil((len(world.ratings) - ratings) / 200)
        return Limits(state + sent + state_pages(sandbox) + 8)

    entries = len(sandbox.lists.user(USER, "anilist").entries)  # type: ignore[union-attr]
    bench.run(f"apply {entries}, first", *command, limits=first)
    print(f"  {len(world.plays) - plays} plays and {len(world.ratings) - ratings} ratings came")
    plays, ratings = len(world.plays), len(world.ratings)
    bench.run(f"apply {entries}, second", *command, limits=Limits(state_pages(sandbox) + 8))
    if (len(world.plays), len(world.ratings)) != (plays, ratings):
        raise SystemExit("the second apply has sent something; that is a bug, whatever it cost")


def pace_of_machine() -> float:
    """CPU seconds for ten million additions: twice as many on a machine that others use at the same time."""
    begun, total = process_time(), 0
    for number in range(10_000_000):
        total += number
    return process_time() - begun


@contextmanager
def served(
    entries: int,
    data: Path | None,
    folder: Path,
    *,
    verbose: bool,
    mapped: bool = False,
    unknown: bool = False,
) -> Iterator[Bench]:
    """A world with a list of that many entries, served while the block runs; `unknown`: every other to no map."""
    catalogue = make_catalogue(entries, data)
    listed = make_list(catalogue, entries, mapped=mapped)
    if unknown:
        forget_every_other(listed)
    own = Path(tempfile.mkdtemp(prefix=f"{entries}-", dir=folder))
    with serve(None, catalogue=catalogue) as sandbox:
        sandbox.world.limits.update(history=10_000_000, ratings=1_000_000)
        sandbox.lists.add_user(USER, listed)
        if seconds := ON_ITS_WAY.get():
            for service in ("anilist", "idmap", "tmdb", "trakt", "auth"):
                sandbox.faults.before("*", "", lambda _: sleep(seconds), times=None, service=service)
        print(f"\n{entries} {'mapped ' if mapped else ''}entries, from a world of {len(catalogue.anime)}")
        yield Bench(sandbox, own, verbose)


def main(arguments: list[str] | None = None) -> int:
    """Measure everything asked for; 1 if anything is over its budget."""
    asked = _arguments(arguments)
    data = None if asked.practice else _data_folder(asked.data)
    if asked.counts:
        ON_ITS_WAY.set(0.0)
    print(f"World: {'the data folder' if data else 'the practice catalogue of the sandbox'}")
    print(
        f"Pace: {pace_of_machine():.2f} CPU s for ten million additions; every CPU time below grows with it"
    )
    print_head()
    steps: list[Step] = []
    with tempfile.TemporaryDirectory(prefix="anitrakt-cost-") as name:
        folder = Path(name)
        steps += measure_version(folder, verbose=asked.verbose)
        for entries in asked.entries:
            with_apply = not (asked.no_big_apply and entries >= BIG)
            steps += measure_plan_and_apply(
                entries, data, folder, with_apply=with_apply, verbose=asked.verbose
            )
            if entries < BIG:
                steps += measure_mapped(entries, data, folder, verbose=asked.verbose)
        for plays in asked.accounts:
            steps += measure_account(ACCOUNT_ENTRIES, plays, data, folder, verbose=asked.verbose)
        for entries in asked.unknown:
            steps += measure_unknown(entries, data, folder, verbose=asked.verbose)
        for entries in asked.files:
            steps += copy_context().run(measure_file, entries, data, folder, verbose=asked.verbose)
    world = "data" if data else "practice"
    more = history.more_than_before(history.FILE, world, steps) if asked.counts else []
    print(*more, sep="\n")
    over = [step.name for step in steps if (step.over_counts if asked.counts else step.over)]
    if asked.keep:
        history.keep(history.FILE, world, steps)
    print(f"\nPace at the end: {pace_of_machine():.2f} CPU s")
    print(f"{len(steps)} steps, {len(over)} over budget{': ' + ', '.join(over) if over else ''}")
    return 1 if over or more else 0


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What plan and apply cost, beside the budgets.")
    parser.add_argument("--entries", type=_sizes, default=_sizes("100,1000"), metavar="N,N,...")
    parser.add_argument("--accounts", type=_sizes, default=_sizes("0,5000,30000,100000"), metavar="N,N,...")
    parser.add_argument("--files", type=_sizes, default=_sizes("10000"), metavar="N,N,...")
    parser.add_argument("--unknown", type=_sizes, default=_sizes("3000"), metavar="N,N,...")
    parser.add_argument(
        "--practice", action="store_true", help="the practice catalogue, whatever data there is"
    )
    parser.add_argument("--counts", action="store_true", help="only what is the same on every machine counts")
    parser.add_argument("--keep", action="store_true", help="add this run to the history")
    parser.add_argument("--data", type=Path, metavar="DIR", help="real data (default: ../shared/data)")
    parser.add_argument("--no-big-apply", action="store_true", help=f"no apply from {BIG} entries on")
    parser.add_argument("-v", "--verbose", action="store_true", help="requests by service and endpoint")
    return parser.parse_args(given)


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _data_folder(given: Path | None) -> Path | None:
    """The folder given, which must be whole, or the one beside the project where it is, else None."""
    folder = given or PROJECT.parent / "shared" / "data"
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if given and missing:
        raise SystemExit(f"{given} lacks {', '.join(missing)}")
    return None if missing else folder


if __name__ == "__main__":
    sys.exit(main())
