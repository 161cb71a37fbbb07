"""`status` and `log`: what anitrakt has sent, what is on Trakt now and what is wanted; and run by run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from anitrakt_plan.commands.data_download import looked_at
from anitrakt_plan.commands.lookup import resolve_addresses
from anitrakt_plan.commands.run import (
    AccountState,
    Goal,
    Run,
    RunOptions,
    check_account,
    note_sightings,
    read_account_state,
)
from anitrakt_plan.commands.services import Ports
from anitrakt_plan.commands.trakt_ids import (
    PlanByTraktIds,
    by_known_ids,
    by_trakt_ids,
    known_ids,
    shared_claims,
)
from anitrakt_plan.commands.verify import note_arrivals
from anitrakt_plan.journal.journal import read_journal
from anitrakt_plan.journal.records import RunKind
from anitrakt_plan.journal.replay import RunInfo, fold
from anitrakt_plan.model import Plan
from anitrakt_plan.reports.export import standing_json, standing_lines
from anitrakt_plan.reports.names import some
from anitrakt_plan.settings import Way
from anitrakt_plan.sync.arrivals import FileStanding, file_standings
from anitrakt_plan.sync.desired import Desired, kinds_needed
from anitrakt_plan.sync.diff import EntryDiff, Verdict, stale_plays
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import Sent, SentState
from anitrakt_plan.sync.ratings import RatingVerdict
from anitrakt_plan.trakt.export_zip import DataZip
from anitrakt_plan.words import pluralize

FORMAT = "anitrakt-status/1"
LOG_FORMAT = "anitrakt-log/1"


@dataclass(frozen=True, slots=True)
class EntryStatus:
    """One entry in plays: `sent` by anitrakt and not taken back, of these `sent_gone` from Trakt since;
    `on_trakt` episodes or films with a play, whoever wrote it; `wanted` by the list; `to_send` by the next apply.

    `beyond`: on Trakt, but past the list's progress. `leftovers`: sent for an earlier match.
    """

    key: str
    title: str
    match: str
    sent: int
    sent_gone: int
    on_trakt: int
    wanted: int
    to_send: int
    beyond: int
    in_doubt: int
    unseen: int
    leftovers: int
    held: str | None

    @property
    def in_order(self) -> bool:
        """Whether nothing about this entry needs a word."""
        to_do = (self.to_send, self.in_doubt, self.on_trakt < self.wanted)
        return not any((*to_do, self.sent_gone, self.beyond, self.needs_person))

    @property
    def needs_person(self) -> bool:
        """Whether no further apply mends what is wrong with this entry."""
        return any((self.held, self.unseen, self.leftovers))


@dataclass(frozen=True, slots=True)
class StatusResult:
    """A plan's standing; `stale` counts all plays that the plan no longer points at.

    `files` are those that were written for Trakt's importer.
    """

    user: str
    entries: tuple[EntryStatus, ...]
    stale: int
    ratings_to_send: int
    ratings_kept: int
    listings_to_send: int
    notes: tuple[str, ...]
    files: tuple[FileStanding, ...] = ()

    def as_json(self) -> Mapping[str, Any]:
        """The versioned document of `--json`."""
        exports = [standing_json(standing) for standing in self.files]
        said = {name: value for name, value in asdict(replace(self, files=())).items() if name != "files"}
        return {"format": FORMAT, **said, "exports": exports}


def status(plan: Plan, ports: Ports, download: DataZip | None = None) -> StatusResult:
    """Compare journal, Trakt and plan; writes nothing, not even to the journal.

    `download` takes Trakt's place, and nothing is asked. Raises NotSignedIn, Failed, PlanInvalid, and SafetyStop for
    another account than the plan's.
    """
    account = download.existing.account if download is not None else ports.reader.read_account()
    notes = check_account(plan, account, ports, account.user if plan.target_user is None else None)
    with RunOptions(dry_run=True).open_journal(ports.journals, account, ports.clock) as journal:
        if download is not None:
            state = AccountState(ports, download.existing, History.of_account(download.existing), None)
            ids = known_ids([journal.knowledge], download.trakt_id)
            journal.name_works(ids)
            named = PlanByTraktIds(by_known_ids(plan, ids), {})
        else:
            plan = resolve_addresses(plan, ports.catalogue)
            named = by_trakt_ids(plan, ports, journal)
            kinds, remembered = kinds_needed(plan), journal.knowledge.is_settled
            state = read_account_state(ports, account, kinds, remembered=remembered)
            notes += state.notes
        run = Run(ports, journal, state, RunKind.APPLY)
    note_sightings(run)
    look = looked_at(download, ports.clock()) if download is not None else state.existing.read_at
    note_arrivals(journal, state.existing, state.history, look)
    goal = Goal(named.plan).with_options(held=named.held)
    if journal.stopped is not None:  # what it was asked to send again, the next apply goes on with
        goal = goal.with_options(resend=journal.stopped.resend, resend_upto=journal.stopped.resend_upto)
    found = goal.missing(run)
    by_key = {item.key: item for item in found.entries}
    return StatusResult(
        user=account.user,
        entries=tuple(_entry_status(run, item, by_key[item.entry.key]) for item in goal.desired(run)),
        stale=len(stale_plays(named.plan, run.knowledge, state.history)),
        ratings_to_send=len(found.rating_changes),
        ratings_kept=sum(verdict is RatingVerdict.KEPT for _, verdict in found.ratings),
        listings_to_send=len(found.listings),
        notes=(*notes, *(f"{claim}; `apply` refuses the plan." for claim in shared_claims(named.plan))),
        files=file_standings(run.knowledge, state.history),
    )


def _entry_status(run: Run, item: Desired, found: EntryDiff) -> EntryStatus:
    history, knowledge, key = run.state.history, run.knowledge, item.entry.key
    own = set(item.own)
    sent = [play for play in knowledge.plays_for[key] if play.state.stands and play.subject in own]
    gone = [play for play in sent if play.state is SentState.SEEN and play.id not in history]
    listed = {subject for subject in own if history.of(subject, knowledge.episode_id(key, subject))}
    there = listed | {play.subject for play in sent if play.id in history}
    watched = set(item.watched)
    return EntryStatus(
        key=str(key),
        title=item.entry.title,
        match=item.match_text,
        sent=len(sent),
        sent_gone=len(gone),
        on_trakt=len(there & watched),
        wanted=len(watched),
        to_send=len(found.plays),
        beyond=len(there - watched),
        in_doubt=found.count(Verdict.IN_DOUBT),
        unseen=found.count(Verdict.UNSEEN),
        leftovers=found.count(Verdict.LEFTOVER),
        held=found.held,
    )


def status_report(
    result: StatusResult,
    plan: Plan | None = None,
    *,
    quiet: bool = False,
    verbose: bool = False,
    way: Way = Way.API,
) -> tuple[str, ...]:
    """The lines to print: entries that differ, all if `verbose`, then counts; `quiet`: only what needs a person."""
    shown = (e for e in result.entries if (e.needs_person if quiet else verbose or not e.in_order))
    lines = [line for entry in shown for line in _lines(entry)]
    if quiet:
        return (*lines, *result.notes)
    files = standing_lines(result.files, plan)
    return (*lines, *([""] if lines else []), *result.notes, *files, *_totals(result, way))


def _totals(result: StatusResult, way: Way) -> Iterator[str]:
    entries = result.entries
    twice = {str(play.entry) for file in result.files for play in file.doubled}
    in_order = sum(entry.in_order and entry.key not in twice for entry in entries)
    yield f"{in_order} of {len(entries)} confirmed entries are in order on Trakt (`{result.user}`)."
    yield from _missing(result, way)
    for count, head, noun, why in (
        (result.ratings_kept, "Left alone", "rating", "given otherwise on Trakt"),
        (sum(e.sent_gone for e in entries), "Gone", "play", "sent by anitrakt, removed on Trakt since"),
        (
            result.stale,
            "Left on Trakt",
            "play",
            "of earlier matches (`anitrakt undo --stale` takes back; without an application, Trakt's pages do)",
        ),
    ):
        if count:
            yield f"{head}: {pluralize(count, noun)}, {why}."


def _missing(result: StatusResult, way: Way) -> Iterator[str]:
    apply = (
        "`anitrakt apply` sends them"
        if way is Way.API
        else "`anitrakt export-trakt` writes what its files can carry, and names the rest"
    )
    to_do = (
        (sum(entry.to_send for entry in result.entries), "play"),
        (result.ratings_to_send, "rating"),
        (result.listings_to_send, "list item"),
    )
    if missing := [pluralize(count, noun) for count, noun in to_do if count]:
        yield f"Missing: {some(missing)}, {apply}."


def _lines(entry: EntryStatus) -> Iterator[str]:
    counts = (
        (entry.to_send, "to send"),
        (entry.sent_gone, "removed on Trakt since"),
        (entry.beyond, "beyond the list's progress"),
        (entry.in_doubt, "in doubt"),
        (entry.unseen, "acknowledged, not listed"),
        (entry.leftovers, "left of an earlier match"),
    )
    said = [f"sent {entry.sent}", f"on Trakt {entry.on_trakt}", f"wanted {entry.wanted}"]
    said += [f"{count} {what}" for count, what in counts if count]
    yield f"  {entry.key}  {entry.title} → {entry.match}   {', '.join(said)}"
    if entry.held:
        yield f"    ! held back: {entry.held}"


# --- log: the runs of apply, undo and export-trakt, from the journals alone ---


@dataclass(frozen=True, slots=True)
class LogLine:
    """One run, its plays and ratings by the state they are in now, and how many plays stood twice when last seen."""

    info: RunInfo
    plays: Mapping[str, int]
    ratings: Mapping[str, int]
    doubled: int = 0


def read_log(folder: Path) -> tuple[LogLine, ...]:
    """Every run of every account of this anitrakt, oldest first. Raises Failed where a journal can't be read."""
    lines: list[LogLine] = []
    for path in sorted(folder.glob("*.jsonl")):
        known = fold(read_journal(path).records)
        knowledge = known.knowledge()
        plays, ratings = _by_run(knowledge.plays), _by_run(knowledge.ratings)
        doubled = Counter(play.run for play in knowledge.plays if play.place in knowledge.doubled)
        lines += [LogLine(info, plays[run], ratings[run], doubled[run]) for run, info in known.runs.items()]
    return tuple(sorted(lines, key=lambda line: (line.info.began, line.info.run)))


def _by_run(sent: Iterable[Sent]) -> Mapping[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in sent:
        found[one.run][one.state.value] += 1
    return found


def log_report(lines: Sequence[LogLine]) -> tuple[str, ...]:
    """The lines to print, newest last; a run's failures indented below it."""
    if not lines:
        return ("No runs yet: anitrakt has sent nothing to Trakt.",)
    return tuple(printed for line in lines for printed in _log_lines(line))


def _log_lines(line: LogLine) -> Iterator[str]:
    info = line.info
    ended = "never came to its end" if info.exit is None else f"exit {info.exit}"
    whose = f"{info.source} → {info.user}" if info.source else info.user
    when = f"{info.began:%Y-%m-%d %H:%M} UTC"
    if info.kind is RunKind.EXPORT:
        yield f"{info.run}  {when}  {info.kind}  {whose}  {_exported(line)}"
        return
    yield f"{info.run}  {when}  {info.kind:<5}  {whose}  {_counts(line)}  {ended}"
    yield from (f"    ! {failure}" for failure in dict.fromkeys(info.failures))


def _exported(line: LogLine) -> str:
    said = []
    for counts, noun in ((line.plays, "play"), (line.ratings, "rating")):
        written = sum(counts.values())
        if written:
            waiting, missing = counts[SentState.EXPORTED.value], counts[SentState.ABSENT.value]
            parts = [f"{written - waiting - missing} arrived"]
            parts += [f"{waiting} not seen yet"] * bool(waiting) + [f"{missing} missing"] * bool(missing)
            said.append(f"{pluralize(written, noun)} written ({', '.join(parts)})")
    said += [f"{pluralize(line.doubled, 'play')} doubled"] if line.doubled else []
    return ", ".join(said) or "nothing written"


_WORDS = {
    SentState.ACKNOWLEDGED.value: "acknowledged, not yet seen",
    SentState.SEEN.value: "sent",
    SentState.UNDONE.value: "taken back",
    SentState.SURPLUS.value: "stood twice and were taken away",
}


def _counts(line: LogLine) -> str:
    if line.info.kind in (RunKind.UNDO, RunKind.REPAIR):
        return line.info.sentence or pluralize(line.info.batches, "request")
    counts = [*_in_words(line.plays, "play"), *_in_words(line.ratings, "rating")]
    return ", ".join(counts) or "nothing sent"


def _in_words(counts: Mapping[str, int], noun: str) -> Iterator[str]:
    return (f"{pluralize(count, noun)} {_WORDS.get(state, state)}" for state, count in sorted(counts.items()))


def log_json(lines: Sequence[LogLine]) -> Mapping[str, Any]:
    """The versioned document of `--json`; times are UTC, and `exit` is null for a run that never came to its end."""
    return {"format": LOG_FORMAT, "runs": [_run_json(line) for line in lines]}


def _run_json(line: LogLine) -> Mapping[str, Any]:
    info = line.info
    return {
        "run": info.run,
        "began": info.began.isoformat(),
        **{name: getattr(info, name) for name in ("kind", "user", "source", "exit", "sentence", "batches")},
        "plays": dict(line.plays),
        "ratings": dict(line.ratings),
        "doubled": line.doubled,
        "failures": info.failures,
    }
