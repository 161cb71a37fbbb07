"""Where a person stands with a plan, and what comes next: by the file and the journal alone, without the network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from anitrakt_plan.commands.run import source_name
from anitrakt_plan.files import keep_if_possible
from anitrakt_plan.journal.journal import owners, read_knowledge
from anitrakt_plan.model import Plan, SourceInfo
from anitrakt_plan.model.sending import is_open, is_sent
from anitrakt_plan.planfile.plan_cache import file_stem
from anitrakt_plan.reports.way import next_after_plan, next_after_review
from anitrakt_plan.settings import DATA_PAGE, Folders, Way
from anitrakt_plan.sync.arrivals import FileState, file_standings
from anitrakt_plan.words import pluralize


class Step(StrEnum):
    """A step on the way of a list to Trakt."""

    PLAN = "plan"
    REVIEW = "review"
    SIGN_IN = "sign in"
    APPLY = "apply"
    EXPORT = "export"
    UPLOAD = "upload"
    CHECK = "check what arrived"
    KEEP = "keep up to date"


STEPS = {
    Way.API: (Step.PLAN, Step.REVIEW, Step.SIGN_IN, Step.APPLY, Step.KEEP),
    Way.FILES: (Step.PLAN, Step.REVIEW, Step.EXPORT, Step.UPLOAD, Step.CHECK),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a plan stands. `step` None: everything is done for now."""

    way: Way
    step: Step | None
    sent: int
    open: int
    entries: int
    whose: str
    knows_trakt: bool


def standing_of(
    plan: Plan, raw: bytes, folders: Folders, *, way: Way, signed_in: bool, file: Path
) -> Standing:
    """Where a plan stands whose file holds `raw`. Raises Failed for a bad journal."""
    waiting = sum(is_open(plan, entry) for entry in plan.entries)
    done = is_carried_out(folders.state, plan.source, raw)
    step = _step(way, folders.journal, file, signed_in=signed_in, done=done)
    is_under_way = step in (Step.UPLOAD, Step.CHECK)  # what was made is uploaded before more is
    return Standing(
        way,
        Step.REVIEW if waiting and not is_under_way else step,
        sum(is_sent(plan, entry) for entry in plan.entries),
        waiting,
        len(plan.entries),
        source_name(plan),
        plan.target_user is not None,
    )


def _step(way: Way, journals: Path, file: Path, *, signed_in: bool, done: bool) -> Step | None:
    match way:
        case Way.API:
            applied = Step.KEEP if done else Step.APPLY
            return applied if signed_in else Step.SIGN_IN
        case Way.FILES:
            return _step_by_files(journals, file, done=done)
        case _:
            assert_never(way)


def _step_by_files(journals: Path, file: Path, *, done: bool) -> Step | None:
    folder = (file.parent / "trakt-upload").absolute()
    states = {
        one.state
        for owner in owners(journals)
        for one in file_standings(read_knowledge(journals, owner.account), None)
        if Path(one.file.path).parent == folder
    }
    if FileState.ARRIVING in states:
        return Step.CHECK
    if FileState.NOT_UPLOADED in states:
        return Step.UPLOAD
    return None if done else Step.EXPORT


# --- which text of a plan was carried out as a whole, here ---


def note_carried_out(state_folder: Path, source: SourceInfo, raw: bytes) -> None:
    """Keep that everything a plan says was brought to Trakt, or written for upload."""
    keep_if_possible(_record(state_folder, source), hashlib.sha256(raw).hexdigest().encode())


def is_carried_out(state_folder: Path, source: SourceInfo, raw: bytes) -> bool:
    """Whether that holds for a plan with this very text."""
    try:
        return _record(state_folder, source).read_bytes() == hashlib.sha256(raw).hexdigest().encode()
    except OSError:
        return False


def _record(state_folder: Path, source: SourceInfo) -> Path:
    return state_folder / "carried-out" / file_stem(source)


def overview_lines(standing: Standing) -> tuple[str, ...]:
    """What bare `anitrakt` says: the plan in a line, the step, and the next command. FILE stands for the plan."""
    steps = STEPS[standing.way]
    waits = f", {standing.open} wait for you" if standing.open else ""
    head = f"{pluralize(standing.entries, 'entry')} ({standing.whose}): {standing.sent} are to be on Trakt{waits}."
    if standing.step is None or standing.step is Step.KEEP:
        where = f"All {len(steps)} steps are done for now."
    else:
        number = steps.index(standing.step) + 1
        where = f"Step {number} of {len(steps)}: {standing.step}."
    return head, where, _next(standing)


def next_after_answers(file: Path, plan: Plan, folders: Folders, way: Way, still_open: int) -> str:
    """What comes after a review of the plan in a file that left so many open. Raises Failed for a bad journal."""
    if still_open:
        return next_after_review(way, still_open, knows_trakt=plan.target_user is not None)
    return _next(standing_of(plan, file.read_bytes(), folders, way=way, signed_in=True, file=file))


def _next(standing: Standing) -> str:
    match standing.step:
        case Step.PLAN:
            return "Next: `anitrakt plan --anilist NAME -o FILE`."
        case Step.REVIEW:
            return next_after_plan(standing.way, standing.open, knows_trakt=standing.knows_trakt)
        case Step.SIGN_IN:
            return "Next: `anitrakt login` signs in to Trakt; then `anitrakt diff FILE` shows what would be sent."
        case Step.APPLY | Step.EXPORT:
            return next_after_review(standing.way, 0, knows_trakt=standing.knows_trakt)
        case Step.UPLOAD:
            return (
                f"Next: upload what lies in trakt-upload/ at {DATA_PAGE}, download your data there when Trakt is done, "
                "and run `anitrakt export-trakt FILE --trakt-data ZIP`: it says what arrived."
            )
        case Step.CHECK:
            return (
                f"Next: download your data at {DATA_PAGE}, and run `anitrakt export-trakt FILE --trakt-data ZIP`: it "
                "says what arrived."
            )
        case Step.KEEP:
            return (
                "Next: `anitrakt plan --update FILE` brings in what is new in your list; `anitrakt schedule FILE` does "
                "it every day."
            )
        case None:
            return (
                "Next: `anitrakt plan --update FILE --trakt-data ZIP`, with a new download, brings in what is new in "
                "your list."
            )
        case _:
            assert_never(standing.step)
