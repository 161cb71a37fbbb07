"""Small inputs that once went wrong: each is a folder with a list, a world of its own, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from anitrakt_plan.model import Address, PlanEntry
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.planfile import read_plan
from tests.acceptance.conftest import Result, Run
from tests.acceptance.wire import check_wire
from tests.acceptance.worlds import Case, Json, add_users, cases, catalogue_of, plays_in
from tests.practice import Sandbox, serve

CASES = cases()
KNOWN_OPEN: frozenset[str] = frozenset()
"""Cases that fail today. Each of them must fail: who mends one takes its name out."""

PLAN = Path("plan.yaml")


@pytest.fixture(params=CASES, ids=[case.name for case in CASES])
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def sandbox(case: Case) -> Iterator[Sandbox]:
    """The practice services in the case's own world."""
    with serve(None, catalogue=catalogue_of(case)) as running:
        add_users(running, case)
        yield running


def test_case(case: Case, sandbox: Sandbox, anitrakt: Run) -> None:
    wrong = list(what_is_wrong(case, sandbox, anitrakt))
    if case.name in KNOWN_OPEN:
        assert wrong, f"{case.name} is mended: take it out of KNOWN_OPEN"
    else:
        assert not wrong, "\n".join(wrong)


def what_is_wrong(case: Case, sandbox: Sandbox, anitrakt: Run) -> Iterator[str]:
    """Each thing that is not as the case expects it, in a sentence."""
    expected = case.expected
    planned = anitrakt("plan", *case.arguments, "-o", PLAN)
    runs = [planned]
    yield from _code_of("plan", planned, expected.get("plan_exit", [0]))
    if PLAN.exists():
        validated = anitrakt("validate", PLAN)
        runs.append(validated)
        yield from _code_of("validate", validated, expected.get("validate_exit", [0]))
        yield from _wrong_entries(expected)
        if case.said["apply"]:
            applied = anitrakt("apply", "--yes", PLAN)
            runs.append(applied)
            yield from _code_of("apply", applied, expected.get("apply_exit", range(70)))
    yield from _wrong_plays(expected, list(plays_in(sandbox)))
    yield from _wrong_words(expected, "".join(run.err for run in runs))
    check_wire(sandbox)


def _code_of(command: str, run: Result, allowed: list[int] | range) -> Iterator[str]:
    if run.code not in allowed:
        yield f"{command} exits {run.code}: {run.err or run.out}"


def _wrong_entries(expected: Json) -> Iterator[str]:
    loaded = read_plan(PLAN)
    entries = {str(entry.key): entry for entry in loaded.plan.entries} if loaded.plan else {}
    if len(entries) != expected.get("entry_count", len(entries)):
        yield f"{len(entries)} entries: {', '.join(entries)}"
    for key, said in expected.get("entries", {}).items():
        if key not in entries:
            yield f"no entry {key}"
        else:
            yield from _wrong_entry(entries[key], said, _lines_of(loaded.text, key))


def _wrong_entry(entry: PlanEntry, said: Json, lines: list[str]) -> Iterator[str]:
    offers = [line.strip() for line in lines if line.strip().startswith("- {")]
    if entry.decision.value not in said.get("decision", [entry.decision.value]):
        yield f"{entry.key} is {entry.decision.value}: {lines}"
    if entry.match is not None and (match := _short(entry)) not in said.get("match", [match]):
        yield f"{entry.key} is matched to {match}"
    if "offers" in said and not any(said["offers"] in offer for offer in offers):
        yield f"{entry.key} offers {offers}"
    first = "".join(offers[:1]) if entry.match is None else _short(entry)
    if said.get("first", "") not in first:
        yield f"{entry.key} offers first {first or 'nothing'}"


def _short(entry: PlanEntry) -> str:
    return (
        entry.match.url
        if isinstance(entry.match, Address)
        else format_match(entry.match)
        if entry.match
        else ""
    )


def _lines_of(text: str, key: str) -> list[str]:
    """The entry's own lines in the plan's text."""
    body = text[text.index(f"\n  {key}:") + 1 :].splitlines()
    rest = (
        number for number, line in enumerate(body[1:], 1) if line[:3].strip() and not line.startswith("   ")
    )
    return body[: next(rest, len(body))]


def _wrong_plays(expected: Json, plays: list[str]) -> Iterator[str]:
    if sorted(plays) != sorted(expected.get("plays", plays)):
        yield f"the account has the plays {sorted(plays)}"
    if len(plays) > expected.get("most_plays", len(plays)):
        yield f"the account has {len(plays)} plays"


def _wrong_words(expected: Json, said: str) -> Iterator[str]:
    yield from (f"nobody says {text!r}: {said}" for text in expected.get("says", []) if text not in said)
    yield from (f"somebody says {text!r}: {said}" for text in expected.get("never_says", []) if text in said)
