"""`plan --report`: the Markdown of a pull request, with what needs a person first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import Run
from tests.acceptance.living import PLAN, in_entry, list_entry, of_list, plan_file, weekly_user
from tests.practice import Sandbox

REPORT = Path("report.md")


def sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    heading = ""
    for line in REPORT.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif line.startswith("- "):
            found.setdefault(heading, []).append(line)
    return found


def test_a_report_names_what_is_new_under_what_it_means(anitrakt: Run, sandbox: Sandbox) -> None:
    user = weekly_user(sandbox)
    plan_file(anitrakt)
    in_entry("mal:5114", "decision: auto", "decision: confirmed")
    of_list(user, 5114).anime.episodes = 65
    of_list(user, 9253).score = 10
    of_list(user, 120).status = "dropped"
    user.entries.append(list_entry(sandbox, 11061, 148))

    assert anitrakt("plan", "--update", PLAN, "--report", REPORT).code == 0

    keys = {heading: [row.split("`")[1] for row in rows] for heading, rows in sections().items()}
    assert keys == {
        "Needs you": ["mal:5114"],
        "New": ["mal:11061"],
        "Changed": ["mal:9253"],
        "Not sent any more": ["mal:120"],
        "Waiting in review": ["mal:5114", "mal:13053"],
    }
    assert "episodes 64 -\\> 65" in REPORT.read_text(encoding="utf-8")


def test_a_report_of_nothing_new_says_so(anitrakt: Run, sandbox: Sandbox) -> None:
    weekly_user(sandbox)
    plan_file(anitrakt)
    anitrakt("plan", "--update", PLAN, "--report", REPORT)
    assert "Nothing changed; 11 entries in all, 1 of them in review." in REPORT.read_text(encoding="utf-8")


def test_a_title_can_not_write_markdown(anitrakt: Run, sandbox: Sandbox) -> None:
    user = weekly_user(sandbox)
    music = of_list(user, 13053)
    music.anime.title = "# [x](http://example.org) <b>*"
    music.anime.english = None
    anitrakt("plan", "--mal", user.name, "-o", PLAN, "--report", REPORT)
    assert "\\# \\[x\\](http://example.org) \\<b\\>\\*" in REPORT.read_text(encoding="utf-8")


@pytest.mark.whole_list
def test_the_report_of_a_first_plan_says_so(anitrakt: Run) -> None:
    assert anitrakt("plan", "--anilist", "sample", "-o", "first.yaml", "--report", "first.md").code == 0
    text = Path("first.md").read_text(encoding="utf-8")
    assert "A new plan; 55 entries in all, 3 of them in review." in text
