"""One run of apply: the plan it sends, and what of it is missing by now."""

from __future__ import annotations

from dataclasses import dataclass, field

from anitrakt_plan.commands.account_state import AccountState
from anitrakt_plan.commands.apply_account import source_name
from anitrakt_plan.commands.ports import Ports
from anitrakt_plan.commands.writing_run import WritingRun
from anitrakt_plan.core.changes import Diff
from anitrakt_plan.core.diff import DiffOptions, diff
from anitrakt_plan.core.model import Plan
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.records import RunKind


@dataclass
class ApplyRun(WritingRun):
    """A run that sends a plan; `options` say what of it."""

    plan: Plan = field(kw_only=True)
    options: DiffOptions = field(default_factory=DiffOptions, kw_only=True)

    def diff(self) -> Diff:
        """What is missing on Trakt by now."""
        return diff(
            self.plan,
            self.state.existing,
            self.state.history,
            self.knowledge,
            self.ports.clock(),
            self.options,
        )


def apply_run(
    plan: Plan, ports: Ports, journal: Journal, state: AccountState, notes: tuple[str, ...]
) -> ApplyRun:
    """A run of apply that has not begun."""
    return ApplyRun(ports, journal, state, RunKind.APPLY, source_name(plan), list(notes), plan=plan)
