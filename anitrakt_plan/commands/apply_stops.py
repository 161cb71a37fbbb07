"""The safety stops before anything is sent, each with its numbers and the flag that passes it."""

from __future__ import annotations

from anitrakt_plan.commands.apply_options import ApplyOptions, StopName
from anitrakt_plan.commands.ports import Ports, Question
from anitrakt_plan.core.changes import Diff, needs_rewatch_plays
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.desired import subjects_of_match
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, SentState
from anitrakt_plan.core.model import Account, Address, Decision, MovieSubject, Plan
from anitrakt_plan.errors import SafetyStop

FIRST_APPLY_PLAYS = 500
"""A first apply of more plays than this asks first."""

_FEW = 5
"""So few plays of one kind a person may well have removed by hand."""

_CHANGED_SHARE = 0.1


def check_stops(
    plan: Plan,
    found: Diff,
    account: Account,
    history: History,
    knowledge: Knowledge,
    options: ApplyOptions,
) -> None:
    """Raise SafetyStop where Trakt's state or the plan looks wrong enough not to go on (design, Safety stops)."""
    empty = empty_trakt(history, knowledge)
    if empty is not None and not options.passes(StopName.EMPTY_TRAKT):
        raise empty
    _changed_matches(plan, knowledge, options)
    _watch_once(plan, found, account, history, options)


def _stop(name: StopName, what: str, todo: str) -> SafetyStop:
    return SafetyStop(what, name=name.value, todo=f"Nothing was sent. {todo}, pass with `--allow {name}`.")


def empty_trakt(history: History, knowledge: Knowledge) -> SafetyStop | None:
    """The stop for a Trakt that reads empty, or one kind of it, or far smaller than the journal knows."""
    seen = [play for play in knowledge.plays if play.state is SentState.SEEN]
    films = sum(1 for play in seen if isinstance(play.subject, MovieSubject))
    for what, sent, listed, few in (
        ("plays", len(seen), len(history), 1),
        ("plays of episodes", len(seen) - films, history.count(films=False), _FEW),
        ("plays of films", films, history.count(films=True), _FEW),
    ):
        if sent >= few and not listed:
            return _stop(
                StopName.EMPTY_TRAKT,
                f"Trakt lists no {what} at all, though {sent} of anitrakt's stood there",
                "Look at your history on trakt.tv; if it really is empty",
            )
    if len(seen) >= 4 * _FEW and len(history) * 2 < len(seen):
        return _stop(
            StopName.EMPTY_TRAKT,
            f"Trakt lists {len(history)} plays, though {len(seen)} of anitrakt's alone stood there",
            "Look at your history on trakt.tv; if you have removed so many",
        )
    return None


def _changed_matches(plan: Plan, knowledge: Knowledge, options: ApplyOptions) -> None:
    """A match that holds all that was sent for it, in whatever order or run, is no changed one."""
    if options.passes(StopName.CHANGED_MATCHES):
        return
    known = changed = 0
    for entry in plan.entries:
        if entry.decision is not Decision.AUTO or entry.match is None or isinstance(entry.match, Address):
            continue
        sent = [play for play in knowledge.plays_for(entry.key) if play.state is SentState.SEEN]
        if sent:
            known += 1
            own = set(subjects_of_match(entry, entry.match)[0])
            changed += any(play.subject not in own for play in sent)
    if changed > max(_FEW, known * _CHANGED_SHARE):
        raise _stop(
            StopName.CHANGED_MATCHES,
            f"{changed} of {known} entries under `auto` were sent before as something else",
            "Look at them with `anitrakt status`; if the new matches are right",
        )


def _watch_once(plan: Plan, found: Diff, account: Account, history: History, options: ApplyOptions) -> None:
    if not account.watch_only_once or not needs_rewatch_plays(plan) or options.passes(StopName.WATCH_ONCE):
        return
    subjects = [play.subject for play in found.plays]
    again = len(subjects) - len(set(subjects)) + sum(1 for s in set(subjects) if history.of(s))
    if again:
        raise _stop(
            StopName.WATCH_ONCE,
            f"the account keeps one play of each thing, and {counted(again, 'play')} of rewatches would replace others",
            "Turn that setting off on trakt.tv, or plan with `--rewatches ignore`; else",
        )


def first_apply_limit(found: Diff, knowledge: Knowledge, ports: Ports, options: ApplyOptions) -> int | None:
    """Before a large first apply: how many entries to send, None for all. Raises SafetyStop for none.

    Asks on a terminal; `--yes` passes no safety stop.
    """
    count = len(found.plays)
    if ports.sandbox or options.passes(StopName.FIRST_APPLY) or knowledge.sent_anything():
        return None
    if count <= FIRST_APPLY_PLAYS:
        return None
    if ports.ask is not None and not options.yes:
        question = Question(
            f"This is the first apply to this account, and it adds {count} plays. "
            "Send one entry first, so that you can look at it on trakt.tv?",
            ("one entry first", "all", "nothing"),
            f"--allow {StopName.FIRST_APPLY}",
        )
        answer = ports.ask(question)
        if answer == "all":
            return None
        if answer == "one entry first":
            return 1
    raise _stop(
        StopName.FIRST_APPLY,
        f"this is the first apply to this account, and it would add {count} plays",
        "Send one entry first with `--limit 1` and look at it on trakt.tv; to send all",
    )
