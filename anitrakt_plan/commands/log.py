"""`log`: the runs of apply and undo, with counts and failures; from the journals alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.knowledge import Knowledge, SentState
from anitrakt_plan.journal.folding import RunInfo, fold
from anitrakt_plan.journal.journal import read_journal
from anitrakt_plan.journal.records import Opened, RunKind

FORMAT = "anitrakt-log/1"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One run: when (UTC), of what kind, for whom; its plays by state now, its ratings, its failures.

    `exit` is None where it never came to its end.
    """

    run: str
    began: datetime
    kind: str
    user: str
    source: str | None
    exit: int | None
    sentence: str
    batches: int
    plays: Mapping[str, int]
    ratings: Mapping[str, int]
    failures: tuple[str, ...]


def read_log(folder: Path) -> tuple[LogLine, ...]:
    """Every run of every account of this anitrakt, oldest first. Raises Failed where a journal can't be read."""
    lines: list[LogLine] = []
    for path in sorted(folder.glob("*.jsonl")):
        records, _ = read_journal(path)
        if not records or not isinstance(records[0], Opened):
            continue
        known = fold(records)
        knowledge, runs = known.knowledge(), known.runs.values()
        plays, ratings = _plays_by_run(knowledge), _ratings_by_run(knowledge)
        lines += [_line(run, plays.get(run.run, {}), ratings.get(run.run, {})) for run in runs]
    return tuple(sorted(lines, key=lambda line: (line.began, line.run)))


def _line(run: RunInfo, plays: Mapping[str, int], ratings: Mapping[str, int]) -> LogLine:
    return LogLine(
        run=run.run,
        began=run.began,
        kind=run.kind.value,
        user=run.user,
        source=run.source,
        exit=run.exit,
        sentence=run.sentence,
        batches=run.batches,
        plays=dict(plays),
        ratings=dict(ratings),
        failures=run.failures,
    )


def _plays_by_run(knowledge: Knowledge) -> Mapping[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for play in knowledge.plays:
        found.setdefault(play.run, Counter())[play.state.value] += 1
    return found


def _ratings_by_run(knowledge: Knowledge) -> Mapping[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for rating in knowledge.ratings:
        found.setdefault(rating.run, Counter())[rating.state.value] += 1
    return found


def log_report(lines: Sequence[LogLine]) -> tuple[str, ...]:
    """The lines to print, newest last; a run's failures indented below it."""
    if not lines:
        return ("No runs yet: `anitrakt apply` has not sent anything.",)
    printed = []
    for line in lines:
        ended = "never came to its end" if line.exit is None else f"exit {line.exit}"
        whose = f"{line.source} → {line.user}" if line.source else line.user
        printed.append(
            f"{line.run}  {line.began:%Y-%m-%d %H:%M} UTC  {line.kind:<5}  {whose}  {_counts(line)}  {ended}"
        )
        printed += [f"    ! {failure}" for failure in dict.fromkeys(line.failures)]
    return tuple(printed)


_WORDS = {
    SentState.ACKNOWLEDGED.value: "acknowledged, not yet seen",
    SentState.SEEN.value: "sent",
    SentState.UNDONE.value: "taken back",
    SentState.SURPLUS.value: "stood twice and were taken away",
}


def _counts(line: LogLine) -> str:
    if line.kind == RunKind.UNDO:
        return line.sentence or counted(line.batches, "request")
    parts = [
        f"{counted(count, 'play')} {_WORDS.get(state, state)}" for state, count in sorted(line.plays.items())
    ]
    parts += [
        f"{counted(count, 'rating')} {_WORDS.get(state, state)}"
        for state, count in sorted(line.ratings.items())
    ]
    return ", ".join(parts) or "nothing sent"


def log_json(lines: Sequence[LogLine]) -> Mapping[str, Any]:
    """The versioned document of `--json`."""
    runs = [{**asdict(line), "began": line.began.isoformat()} for line in lines]
    return {"format": FORMAT, "runs": runs}
