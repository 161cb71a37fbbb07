"""The page for a repair in real Chromium: what a person decides there is in the file, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anitrakt_plan.planfile.repair import read_repair
from tests.web.conftest import Begin, Page
from tests.web.page_repairs import GROUPS, large_repair, repair_text

pytestmark = pytest.mark.browser

ESCAPE, ENTER, DOWN = "\ue00c", "\ue007", "\ue015"

BeginRepair = Callable[..., Page]


@pytest.fixture
def begin_repair(begin: Begin) -> BeginRepair:
    def begin_repair(text: str = repair_text(), **more: Any) -> Page:
        return begin(text, file="repair.yaml", **more)

    return begin_repair


@pytest.fixture
def page(begin_repair: BeginRepair) -> Page:
    return begin_repair()


def decisions(page: Page) -> dict[str, str]:
    repair = read_repair(page.plan).repair
    assert repair is not None
    return {group.key: group.decision.value for group in repair.groups}


def until_decided(page: Page, key: str, decision: str) -> None:
    page.until(lambda: decisions(page)[key] == decision)


def test_it_opens_on_what_waits_with_its_key_out_of_sight(page: Page) -> None:
    assert page.standing == ("6 groups need you: 67 plays. Every answer is saved; nothing is sent from here.")
    assert page.keys == [group.key for group in GROUPS]
    assert page.active == "G001"
    panel = page.one("#panel").text
    for words in ("What speaks for it", "with mal:16498", "What speaks against it", "What goes (25)"):
        assert words in panel
    assert "What stays (25)" in panel
    assert page.chrome.current_url == page.address.partition("?")[0]
    assert page.wrong() == []


def test_one_key_does_what_is_suggested_and_goes_on(page: Page) -> None:
    page.press("a")
    page.says("Attack on Titan (2013) → remove")
    assert decisions(page)["G001"] == "remove"
    page.until(lambda: page.active == "G002")
    assert page.text().count("# mine") == len(GROUPS)
    page.press("k")
    until_decided(page, "G002", "keep")
    page.until(lambda: page.standing.startswith("4 groups need you: 39 plays"))


def test_a_group_is_redated_only_where_it_names_a_day(page: Page) -> None:
    page.press("d")
    page.says("names no day")
    page.click("[data-key='G005']")
    page.until(lambda: "What gets the day 2019-07-01 (22)" in page.one("#panel").text)
    page.press("d")
    until_decided(page, "G005", "redate")


def test_many_alike_are_decided_after_it_was_said_what_that_does(page: Page) -> None:
    page.press("A")
    page.until(lambda: "Remove 28 plays in 2 groups (doubled)" in page.one("dialog").text)
    assert "Steins;Gate (2011): 3 plays" in page.one("dialog ul").text
    page.press(ESCAPE)
    page.until(lambda: not page.all("dialog[open]"))
    assert set(decisions(page).values()) == {"review"}
    page.click("#many button", "Remove 28 plays of 2 × doubled")
    page.click("dialog button", "Remove 28 plays")
    page.says("2 groups decided")
    assert [key for key, one in decisions(page).items() if one == "remove"] == ["G001", "G002"]
    page.press("u")
    page.says("2 groups taken back")
    assert page.text() == repair_text()


def test_many_are_those_that_are_shown(page: Page) -> None:
    page.press("/")
    page.press("steins")
    page.until(lambda: page.keys == ["G002"])
    page.press(ESCAPE)
    page.press("A")
    page.until(lambda: "Remove 3 plays in 1 group (doubled)" in page.one("dialog").text)
    page.press(ENTER)
    until_decided(page, "G002", "remove")
    assert decisions(page)["G001"] == "review"


def test_undo_has_no_end_and_a_decided_group_is_opened_again(page: Page) -> None:
    for _ in range(3):
        before = page.active
        page.press("a")
        page.until(lambda: page.active != before)  # noqa: B023  (it is waited for at once)
        page.until(lambda: not page.all("#panel .skeleton"))
    page.click("[data-queue='decided']")
    page.until(lambda: page.keys == ["G001", "G002", "G003"])
    page.until(lambda: "Decided: remove" in page.one("#panel").text)
    page.press("v")
    until_decided(page, "G001", "review")
    for left in ("3", "2", "1"):
        page.press("u")
        page.until(lambda: f"({left})" in page.one("#undo").text)  # noqa: B023
    page.press("u")
    page.until(lambda: page.one("#undo").text == "Undo")
    assert page.text() == repair_text()


def test_kinds_and_titles_are_filters(page: Page) -> None:
    page.click("[data-kind='misdated']")
    assert page.keys == ["G005", "G006"]
    page.until(lambda: page.active == "G005")
    page.press(DOWN)
    page.until(lambda: page.active == "G006")
    page.press("a")
    until_decided(page, "G006", "keep")
    page.click("[data-kind='']")
    page.press("/")
    page.press("nothing is called so")
    page.click("#empty button", "Clear the filters")
    page.until(lambda: len(page.keys) == 5)


def test_what_others_wrote_meanwhile_is_shown_and_not_written_over(page: Page) -> None:
    changed = page.text().replace("Attack on Titan (2013)", "Attack on Titan, by hand", 1)
    page.plan.write_text(changed, encoding="utf-8", newline="\n")
    page.press("a")
    page.says("was changed in the file meanwhile")
    assert page.text() == changed
    page.until(lambda: "Attack on Titan, by hand" in page.one("[data-key='G001']").text)
    page.press("a")
    until_decided(page, "G001", "remove")
    page.plan.write_text(
        page.text().replace("remove  # mine", "keep  # mine"), encoding="utf-8", newline="\n"
    )
    page.until(lambda: "G001" not in page.keys)
    page.press("u")
    page.says("changed in the file since")
    assert decisions(page)["G001"] == "keep"


def test_two_windows_take_nothing_of_each_other(page: Page) -> None:
    first = page.chrome.current_window_handle
    page.press("a")
    until_decided(page, "G001", "remove")
    page.chrome.switch_to.new_window("tab")
    page.open()
    assert page.active == "G002"
    page.press("a")
    until_decided(page, "G002", "remove")
    page.chrome.switch_to.window(first)
    page.press("u")  # it means the first window's answer, and another was given since
    page.until(lambda: "another window" in page.one("#toast").text or "(2)" in page.one("#undo").text)
    page.until(lambda: "(2)" in page.one("#undo").text)
    assert decisions(page)["G001"] == "remove"
    page.click("[data-queue='all']")
    page.click("[data-key='G002']")
    page.until(lambda: "Decided: remove" in page.one("#panel").text)


def test_a_title_with_markup_is_text(page: Page) -> None:
    page.click("[data-key='G004']")
    page.until(lambda: "onerror=document.title" in page.one("#panel h2").text)
    assert "pwned" not in page.chrome.title


def test_all_plays_of_a_large_group_are_there(page: Page) -> None:
    assert len(page.all("#panel table:first-of-type tbody tr")) == 12
    page.click("#panel button", "Show all 25")
    assert len(page.all("#panel table:first-of-type tbody tr")) == 25


def test_done_ends_it_and_says_what_is_next(page: Page) -> None:
    page.click("#done")
    page.until(lambda: "The review has ended" in page.one("main").text)
    assert "anitrakt apply" in page.one("main").text
    assert page.process.wait(20) == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(begin_repair: BeginRepair, dark: bool) -> None:
    from axe_core_python.selenium import Axe

    page = begin_repair(dark=dark)

    def check(where: str) -> None:
        found = Axe().run(page.chrome)["violations"]
        assert [(where, one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []

    check("list and group")
    page.press("A")
    page.one("dialog .plain")
    check("many at once")
    page.press(ESCAPE)
    page.press("?")
    page.one("dialog dl")
    check("the keys")
    page.press(ESCAPE)
    page.press("a")
    page.says("→ remove")
    check("an answer")
    page.click("[data-queue='decided']")
    page.until(lambda: "Decided: remove" in page.one("#panel").text)
    check("a decided group")
    page.click("[data-kind='misdated']")
    page.one("#empty button")
    check("nothing fits")
    page.open(360, 740, dark=dark)
    check("a phone")
    page.click("[data-key='G002']")
    page.until(lambda: "What goes" in page.one("#panel").text)
    check("a group on a phone")


@pytest.mark.parametrize("width", [360, 820, 1200, 2560])
def test_nothing_sticks_out_at_any_width(begin_repair: BeginRepair, width: int) -> None:
    page = begin_repair(width=width, height=800)
    first = page.chrome.execute_script("return document.querySelector('.row').getBoundingClientRect().top")
    assert first < 400  # the groups are what a small screen is for
    for name in ("decided", "all", "open"):
        page.click(f"[data-queue='{name}']")
        assert page.chrome.execute_script("return document.documentElement.scrollWidth") <= width, name
    page.click("[data-key='G001']")
    page.until(lambda: "What goes" in page.one("#panel").text)
    assert page.one("#panel table").is_displayed()
    assert page.chrome.execute_script("return document.documentElement.scrollWidth") <= width


def test_an_answer_in_a_megabyte_takes_a_fifth_of_a_second(begin_repair: BeginRepair) -> None:
    page = begin_repair(large_repair())
    for _ in range(3):
        before = page.active
        page.press("a")
        page.until(lambda: page.active != before)  # noqa: B023  (it is waited for at once)
        page.until(lambda: not page.all("#panel .skeleton"))
    assert page.text().count("decision: remove") == 3
    times = page.chrome.execute_script(
        "return performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/api/decide'))"
        ".map((one) => one.duration)"
    )
    assert min(times) < 200  # the other tests keep the machine busy meanwhile
