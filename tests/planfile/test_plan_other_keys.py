"""Entries that get an id: they go under another key, and nothing that a person wrote is lost."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import EntryKey
from anitrakt_plan.planfile import load_plan, with_other_keys
from tests.planfile.plan_strategies import plans, styled

NORMAL = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))

PLAN = """\
format: anitrakt-plan/1
generated:
  tool: "anitrakt 0.1.0"
  at: "2026-11-22T09:12:44Z"
  source: {service: mal, user: "me", entries: 4, statuses: [completed]}
  target: {service: trakt, user: "me"}
  policy: {auto_from: 0.99, dates: finish, ratings: auto, on_conflict: keep, rewatches: ignore}

entries:
  # about five
  mal:5:
    title: "Five"
    source: {kind: Movie}
    list: {status: completed, watched: 1}
    decision: skip

  title:no-id:  # behind
    title: "No Id"
    # within
    source: {kind: Movie}
    list: {status: completed, watched: 1}
    decision: confirmed
    match: {movie: 4}  # mine
    note: "kept"
    # below

  # about twins
  # and more
  title:twins:
    title: "Twins"
    source: {kind: Movie}
    list: {status: completed, watched: 1}
    decision: review
"""
MOVED = PLAN.partition("entries:\n")[2]
BLOCKS = dict(zip(("five", "no-id", "twins"), re.split(r"\n\n(?=  \S)", MOVED.rstrip("\n")), strict=True))


def moved(text: str, names: dict[str, str]) -> str:
    loaded = load_plan(text.encode(), "plan.yaml")
    return with_other_keys(
        loaded, {EntryKey.parse(old): EntryKey.parse(new) for old, new in names.items()}
    ).text


def test_an_entry_moves_with_the_comments_above_within_and_below() -> None:
    head = PLAN.partition("entries:\n")[0] + "entries:\n"
    five, no_id, twins = BLOCKS.values()
    seven, two = no_id.replace("title:no-id", "mal:7"), twins.replace("title:twins", "mal:2")

    assert moved(PLAN, {"title:no-id": "mal:7"}) == head + f"{five}\n\n{seven}\n\n{twins}\n"
    assert moved(PLAN, {"title:twins": "mal:2"}) == head + f"{two}\n\n{five}\n\n{no_id}\n"
    assert (
        moved(PLAN, {"title:twins": "mal:2", "title:no-id": "mal:7"})
        == head + f"{two}\n\n{five}\n\n{seven}\n"
    )
    assert moved(PLAN, {"title:twins": "mal:8", "title:no-id": "mal:7"}) == (
        head + f"{five}\n\n{seven}\n\n{twins.replace('title:twins', 'mal:8')}\n"
    )


def test_a_file_of_nothing_but_titles_keeps_its_entries() -> None:
    text = PLAN.replace(BLOCKS["five"] + "\n\n", "")
    head = text.partition("entries:\n")[0] + "entries:\n"
    seven, two = (
        BLOCKS["no-id"].replace("title:no-id", "mal:7"),
        BLOCKS["twins"].replace("title:twins", "mal:2"),
    )

    assert moved(text, {"title:twins": "mal:2", "title:no-id": "mal:7"}) == head + f"{two}\n\n{seven}\n"


def remarks(text: str) -> list[str]:
    return sorted(re.findall(r"# mine[^\r\n]*", text))


@NORMAL
@given(st.data())
def test_whatever_the_file_looks_like_only_the_keys_are_others(data: st.DataObject) -> None:
    plan = data.draw(plans())
    titled = [entry.key for entry in plan.entries if entry.key.is_title]
    assume(titled)
    chosen = data.draw(st.lists(st.sampled_from(titled), min_size=1, unique=True))
    names = {key: EntryKey("mal", 70_000 + number) for number, key in enumerate(chosen)}
    old = load_plan(data.draw(styled(plan)), "plan.yaml")
    assert old.plan is not None

    new = load_plan(with_other_keys(old, names).raw, "plan.yaml")

    assert new.plan is not None, new.errors[0].render()
    expected = {
        names.get(entry.key, entry.key): replace(entry, key=names.get(entry.key, entry.key))
        for entry in old.plan.entries
    }
    assert {entry.key: entry for entry in new.plan.entries} == expected
    assert remarks(new.text) == remarks(old.text)
