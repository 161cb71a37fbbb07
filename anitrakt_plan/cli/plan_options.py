"""What the options of `plan` mean together, and together with the plan that is already there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from anitrakt_plan.core.model import (
    ConflictPolicy,
    DatePolicy,
    PartialDate,
    Plan,
    Policy,
    RatingsPolicy,
    RewatchPolicy,
    Service,
    Status,
    SyncKind,
)
from anitrakt_plan.errors import BadUsage

if TYPE_CHECKING:
    from anitrakt_plan.commands.plan import ListFrom

ASKABLE = (Status.COMPLETED, Status.REPEATING, Status.WATCHING, Status.PAUSED, Status.DROPPED, Status.PLANNED)
"""The statuses that a plan can be made of, in its order."""

_POLICY_OPTIONS = ("auto_from", "dates", "no_date", "ratings", "on_conflict", "rewatches", "send")


def chosen_source(anilist: str | None, mal: str | None, list_file: Path | None, old: Plan | None) -> ListFrom:
    """The one list that the options name, or that the old plan was made from.

    Raises BadUsage where there is none, or more than one.
    """
    from anitrakt_plan.commands.plan import AnilistUser, ListFile, MalUser

    chosen: list[ListFrom] = []
    if anilist is not None:
        chosen.append(AnilistUser(anilist))
    if mal is not None:
        chosen.append(MalUser(mal))
    if list_file is not None:
        chosen.append(ListFile(list_file))
    if not chosen and old is not None:
        return _source_of(old)
    if len(chosen) != 1:
        raise BadUsage(
            "a plan is made from exactly one list",
            todo="Give one of --anilist USER, --mal USER, --list-file FILE. To try it: anitrakt --sandbox plan "
            "--anilist sample -o plan.yaml",
        )
    return chosen[0]


def _source_of(old: Plan) -> ListFrom:
    from anitrakt_plan.commands.plan import AnilistUser, ListFile, MalUser

    if old.source.file is not None:
        return ListFile(Path(old.source.file))
    if old.source.user is None:
        raise BadUsage(
            "the plan does not say which list it was made from",
            todo="Give one of --anilist USER, --mal USER, --list-file FILE.",
        )
    maker = MalUser if old.source.service is Service.MAL else AnilistUser
    return maker(old.source.user)


def chosen_statuses(text: str, old: Plan | None) -> tuple[Status, ...]:
    """The statuses that `--status` names; where it was not given, those of the plan that is updated."""
    if old is not None and not _was_given("status"):
        return old.source.statuses
    return parse_statuses(text)


def parse_statuses(text: str) -> tuple[Status, ...]:
    """Read `completed,watching` or `all`, in the plan's order. Raises BadUsage for a word nobody knows."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    if words == {"all"}:
        words = {status.value for status in ASKABLE}
    unknown = sorted(words - {status.value for status in ASKABLE})
    if unknown or not words:
        known = ", ".join(status.value for status in ASKABLE)
        raise BadUsage(f"`{', '.join(unknown) or text}` is not a status", todo=f"Known: {known}, and all.")
    return tuple(status for status in ASKABLE if status.value in words)


def parse_kinds(text: str) -> frozenset[SyncKind]:
    """Read `history,ratings,watchlist`. Raises BadUsage for a word nobody knows, and for none at all."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    unknown = sorted(words - set(SyncKind))
    if unknown or not words:
        raise BadUsage(
            f"--send: `{', '.join(unknown) or text}` is nothing that can be sent",
            todo=f"Known: {', '.join(SyncKind)}.",
        )
    return frozenset(SyncKind(word) for word in words)


def chosen_policy(given: dict[str, Any], old: Plan | None) -> tuple[Policy, tuple[str, ...]]:
    """The policy of the options; where a plan is updated, its own but for what was given, and what that changes."""
    asked = Policy(
        auto_from=float(given["auto_from"]),
        dates=DatePolicy(given["dates"]),
        ratings=RatingsPolicy(given["ratings"]),
        on_conflict=ConflictPolicy(given["on_conflict"]),
        rewatches=RewatchPolicy(given["rewatches"]),
        no_date=_days(given["no_date"]),
        send=parse_kinds(given["send"]),
    )
    if old is None:
        return asked, ()
    changes = {
        name: getattr(asked, name)
        for name in _POLICY_OPTIONS
        if _was_given(name) and getattr(asked, name) != getattr(old.policy, name)
    }
    said = tuple(
        f"The plan's policy changes: {name} {_word(getattr(old.policy, name))} → {_word(value)}."
        for name, value in changes.items()
    )
    return replace(old.policy, **changes), said


def _days(texts: tuple[str, ...]) -> tuple[PartialDate, ...]:
    try:
        days = tuple(PartialDate.parse(text) for text in texts)
    except ValueError as error:
        raise BadUsage(f"--no-date: {error}") from None
    return tuple(sorted(set(days), key=str))


def _word(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(kind for kind in SyncKind if kind in value)
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or "none"
    return str(value)


def _was_given(name: str) -> bool:
    """Whether the user gave this option, rather than its default standing in."""
    return click.get_current_context().get_parameter_source(name) not in (ParameterSource.DEFAULT, None)
