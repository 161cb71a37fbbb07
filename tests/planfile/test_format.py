"""`fmt` writes one form for all, keeps every comment and every meaning, and finds nothing to do the second time."""
# ruff: noqa: E501  (a plan has long lines)

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import Plan
from anitrakt_plan.planfile import dump_plan, format_plan, load_plan
from tests.planfile.plan_strategies import plans, styled
from tests.planfile.plan_texts import FILM, HEAD, PLAN, SEQUEL, edited, entry

NORMAL = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def formatted(text: str, *, prune: bool = False) -> str:
    loaded = load_plan(text.encode(), "plan.yaml")
    assert not loaded.errors, loaded.errors[0].render()
    return format_plan(loaded, prune=prune)


def remarks(text: str) -> list[str]:
    return sorted(re.findall(r"# mine \d+|# mine, the last", text))


@st.composite
def files(draw: st.DrawFn) -> tuple[Plan, bytes]:
    plan = draw(plans())
    return plan, draw(styled(plan))


def check_format(file: tuple[Plan, bytes]) -> None:
    plan, raw = file
    loaded = load_plan(raw, "plan.yaml")
    once = loaded.encoding.to_bytes(format_plan(loaded))
    again = load_plan(once, "plan.yaml")
    assert again.plan is not None, again.errors[0].render()
    assert [replace(one, hint=None) for one in again.plan.entries] == [
        replace(one, hint=None) for one in plan.entries
    ]
    assert replace(again.plan, entries=()) == replace(plan, entries=())
    assert remarks(again.text) == remarks(loaded.text)
    assert again.encoding == loaded.encoding
    assert again.encoding.to_bytes(format_plan(again)) == once


@NORMAL
@given(files())
def test_a_formatted_file_says_the_same_and_is_stable(file: tuple[Plan, bytes]) -> None:
    check_format(file)


@pytest.mark.long
@LONG
@given(files())
def test_every_formatted_file_says_the_same_and_is_stable(file: tuple[Plan, bytes]) -> None:
    check_format(file)


@pytest.mark.parametrize("name", ["plan.yaml", "plan-commented.yaml"])
def test_an_example_stays_valid_and_keeps_its_comments(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    again = formatted(text)
    assert formatted(again) == again
    comments = re.findall(r"#(?![>]).*", text)
    assert [one for one in comments if one not in again] == []
    if name == "plan.yaml":
        assert again == text


def test_entries_are_sorted_and_their_comments_move_with_them() -> None:
    text = (
        HEAD
        + "  # about seven\n"
        + entry("mal:7")
        + "\n  # about five\n"
        + entry("mal:5", match="{movie: 2}")
    )
    body = formatted(text)
    assert body.index("about five") < body.index("mal:5:") < body.index("about seven") < body.index("mal:7:")


def test_what_a_person_wrote_loosely_gets_the_one_form() -> None:
    text = edited(
        (
            "{show: 1420, episodes: S03E13-E22}  #>",
            "\n       show:  1420 # mine\n       episodes: s3e13-22\n    #>",
        ),
        (
            'title: "Shingeki no Kyojin Season 3 Part 2"',
            "title: Shingeki no Kyojin Season 3 Part 2  # mine 2",
        ),
        ('finished: "2019-07-01"', "finished: 2019-07-01"),
        ("decision: auto", "decision: 'confirmed'"),
    )
    body = formatted(text)
    assert '    title: "Shingeki no Kyojin Season 3 Part 2"  # mine 2\n' in body
    assert "    decision: confirmed\n    # mine\n    match: {show: 1420, episodes: S03E13-E22}\n" in body
    assert 'finished: "2019-07-01"' in body


def test_an_auto_match_that_a_person_changed_is_written_as_confirmed() -> None:
    body = formatted(edited(("S03E13-E22}", "S03E01-E10}")))
    assert "    decision: confirmed\n    match: {show: 1420, episodes: S03E01-E10}\n" in body


def test_a_copied_candidate_becomes_a_plain_match() -> None:
    line = '{movie: 700311, title: "A Film", year: 2021, url: "https://trakt.tv/movies/a-film-2021", confidence: 0.71, why: [title]}'
    body = formatted(edited(("match: null", f"match: {line}"), ("decision: review", "decision: confirmed")))
    assert "    match: {movie: 700311}\n" in body


def test_prune_takes_out_what_the_list_has_no_more() -> None:
    text = HEAD + SEQUEL + FILM.replace("{status: completed, watched: 1", "{status: gone, watched: 1")
    assert "mal:9999999" in formatted(text)
    assert "mal:9999999" not in formatted(text, prune=True)
    assert formatted(HEAD + FILM.replace("status: completed", "status: gone"), prune=True).endswith(
        "entries: {}\n"
    )


def test_windows_line_ends_stay() -> None:
    assert "\n" not in formatted(PLAN.replace("\n", "\r\n")).replace("\r\n", "")


def test_a_file_with_mistakes_is_left_alone() -> None:
    with pytest.raises(Failed, match="validate"):
        format_plan(load_plan(edited(("decision: auto", "decision: x")).encode(), "plan.yaml"))


def test_the_canonical_form_of_a_plan_is_what_a_fresh_plan_looks_like() -> None:
    plan = load_plan(PLAN.encode(), "plan.yaml").plan
    assert plan is not None
    assert formatted(dump_plan(plan)) == dump_plan(plan)


def test_a_comment_behind_the_sign_of_a_text_over_several_lines_is_kept() -> None:
    body = formatted(edited(("decision: auto", "note: |  # mine\n      as it was\n    decision: auto")))
    assert '    # mine\n    note: "as it was\\n"\n' in body
