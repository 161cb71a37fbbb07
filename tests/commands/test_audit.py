"""What of a list leads to a work: by its titles, and by what `plan` has weighed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anitrakt_plan.commands.audit import alike_entries, weighed_works
from anitrakt_plan.commands.explain import evidence_path
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Facts,
    Kind,
    MovieSubject,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    ShowSubject,
    SourceInfo,
    Status,
)
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.matches import parse_match
from tests.practice import START

KANON, SECOND = EntryKey("mal", 1530), EntryKey("mal", 1531)
SOURCE = SourceInfo("mal", "me", 2, (Status.COMPLETED,))


def entry(key: EntryKey, title: str, match: str | None = None) -> PlanEntry:
    where = parse_match(match) if match else None
    return PlanEntry(
        key, title, Facts(Kind.TV, 2006, 24), Progress(Status.COMPLETED, 24), Decision.AUTO, where
    )


def plan(*entries: PlanEntry) -> Plan:
    return Plan("anitrakt 1", START, SOURCE, "me", Policy(), entries)


@pytest.mark.parametrize(
    ("name", "leads"),
    [("Kanon (2002)", True), ("Kanon", True), ("Canon (2002)", False), ("Clannad (2007)", False)],
)
def test_a_work_is_led_to_by_the_entry_that_is_called_like_it(name: str, leads: bool) -> None:
    work: ListSubject = ShowSubject(33977)
    found = alike_entries([plan(entry(KANON, "Kanon"))], {work: name})
    assert found[work] == ((KANON,) if leads else ())


def test_a_work_is_also_called_what_the_entries_in_it_are_called() -> None:
    work: ListSubject = ShowSubject(7)
    there = entry(SECOND, "Kanon: Kazahana", "7 S01E01-E24")
    found = alike_entries([plan(entry(KANON, "Kanon"), there)], {work: "A Title of Its Own"})
    assert SECOND in found[work]


def test_what_plan_has_weighed_leads_to_its_works(tmp_path: Path) -> None:
    rows = [
        {"key": str(KANON), "candidates": [{"match": "1420 S01E01-E24"}, {"match": "movie 97"}]},
        {
            "key": str(SECOND),
            "candidates": [{"match": "1420 S02E01-E12"}, {"match": "what an older one wrote"}],
        },
    ]
    path = evidence_path(tmp_path, SOURCE)
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")

    assert weighed_works([plan()], tmp_path) == {
        ShowSubject(1420): (KANON, SECOND),
        MovieSubject(97): (KANON,),
    }
    path.write_text("torn", encoding="utf-8")
    assert weighed_works([plan()], tmp_path) == {}
