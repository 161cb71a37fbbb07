"""What a re-plan writes into entries that a person has decided: nothing that only an open one needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anitrakt_plan.model import Decision, EntryKey, MovieMatch, Plan, RatingScope, Run, ShowMatch, Straight
from anitrakt_plan.planfile import Loaded, MergeResult, Resolved, load_plan, merge_plan
from tests.planfile.plan_texts import PLAN, edited

SEQUEL, FILM = EntryKey("mal", 38524), EntryKey("mal", 9999999)
PAGE = '    url: "https://myanimelist.net/anime/9999999"\n'
MATCH = "match: {show: 1420, episodes: S03E13-E22}  #> 1420 S03E13-E22"
ADDRESS = 'match: "https://trakt.tv/shows/attack-on-titan/seasons/3"  # pasted'


def loaded(text: str) -> Loaded:
    found = load_plan(text.encode(), "plan.yaml")
    assert found.plan is not None, found.errors[0].render()
    return found


def merged(
    text: str, key: EntryKey, resolved: dict[EntryKey, Resolved] | None = None, **fresh: object
) -> MergeResult:
    """Plan again where anitrakt would now write these values into one entry."""
    old = loaded(text)
    assert old.plan is not None
    entries = tuple(
        replace(one, **fresh) if one.key == key else one  # type: ignore[arg-type]
        for one in old.plan.entries
    )
    plan: Plan = replace(old.plan, entries=entries)
    return merge_plan(old, plan, resolved=resolved)


@pytest.mark.parametrize("decision", ["confirmed", "skip"])
def test_a_decided_entry_neither_gets_nor_loses_the_address_of_its_page(decision: str) -> None:
    text = edited(("decision: auto", f"decision: {decision}"))
    assert not merged(text, SEQUEL, url="https://myanimelist.net/anime/38524").changed
    skipped = edited(("decision: review", "decision: skip"))
    assert PAGE in skipped
    assert not merged(skipped, FILM, url=None).changed


def test_an_entry_that_is_matched_by_now_needs_the_address_no_more() -> None:
    found = merged(
        PLAN,
        FILM,
        url=None,
        decision=Decision.AUTO,
        match=MovieMatch(700311),
        hint="movie 700311 · A Film (2021) · 0.995",
        candidates=(),
    )
    assert PAGE not in found.text.decode()


def test_a_skipped_entry_rates_nothing_new() -> None:
    text = edited(("decision: auto", "decision: skip"))
    assert not merged(text, SEQUEL, rates=RatingScope.SHOW).changed
    confirmed = edited(("decision: auto", "decision: confirmed"))
    assert merged(confirmed, SEQUEL, rates=RatingScope.SHOW).plan.entries[0].rates is RatingScope.SHOW


def pasted() -> str:
    line = next(one for one in PLAN.splitlines() if one.strip().startswith(MATCH))
    return edited((line.strip(), ADDRESS))


def test_an_address_becomes_what_it_names_and_the_comment_behind_it_stays() -> None:
    match = ShowMatch(1420, Straight((Run(3, 13, 22),)))
    hint = "1420 S03E13-E22 · Attack on Titan (2013)"

    found = merged(pasted(), SEQUEL, {SEQUEL: Resolved(match, hint)})

    entry = found.plan.entries[0]
    assert (entry.decision, entry.match, entry.hint) == (Decision.CONFIRMED, match, hint)
    body = found.text.decode()
    assert "https://trakt.tv/shows/attack-on-titan/seasons/3" not in body
    assert "# pasted" in body
    assert not merge_plan(found.loaded, found.plan).changed


def test_an_address_that_nobody_looked_up_stays() -> None:
    assert ADDRESS in merged(pasted(), SEQUEL).text.decode()
