"""Is this the Trakt account that the plan was made for? A wrong one is never passed."""

from __future__ import annotations

from anitrakt_plan.commands.ports import Ports, Question
from anitrakt_plan.core.model import Account, Plan
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.journal.journal import owners


def source_name(plan: Plan) -> str:
    """The list a plan was made from, as the journal names it: `mal:yourname`."""
    return f"{plan.source.service.value}:{plan.source.user or plan.source.file or '?'}"


def check_account(plan: Plan, account: Account, ports: Ports, named: str | None) -> tuple[str, ...]:
    """Compare the signed-in account with the plan's; `named` is what `--account` says. Sentences for the summary.

    A plan that names no account asks, or needs `--account`. An account that was renamed is known by its uuid.
    Raises SafetyStop, which nothing passes.
    """
    if named is not None and named.casefold() != account.user.casefold():
        raise _wrong(account, f"`--account` says `{named}`")
    if plan.target_user is None:
        if named is None:
            _ask(account, ports)
        return ()
    known = owners(ports.journals)
    mine = next((owner for owner in known if owner.account == account.uuid), None)
    if plan.target_user.casefold() == account.user.casefold():
        if mine is None and any((source_name(plan), account.user) in owner.sources for owner in known):
            raise _wrong(
                account, f"this plan was applied to another account that was called `{account.user}` then"
            )
        return ()
    if mine is not None and plan.target_user.casefold() in {name.casefold() for name in mine.names}:
        return (f"The Trakt account `{plan.target_user}` is called `{account.user}` now.",)
    raise _wrong(account, f"the plan was made for `{plan.target_user}`")


def _wrong(account: Account, why: str) -> SafetyStop:
    return SafetyStop(
        f"signed in to Trakt as `{account.user}`, but {why}",
        name=None,
        todo="Nothing was sent. Sign in to the other account (`anitrakt login`), or plan anew for this one.",
    )


def _ask(account: Account, ports: Ports) -> None:
    question = Question(
        f"The plan names no Trakt account. Send it to `{account.user}`?",
        ("no", "yes"),
        f"--account {account.user}",
    )
    if ports.ask is None:
        raise SafetyStop(
            f"the plan names no Trakt account, and the sign-in is `{account.user}`'s",
            name=None,
            todo=f"Nothing was sent. If that is the right one, add `{question.flag}`.",
        )
    if ports.ask(question) != "yes":
        raise SafetyStop(
            "not sent: the account was not confirmed", name=None, todo="Sign in to the right one."
        )
