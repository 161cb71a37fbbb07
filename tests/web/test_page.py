"""The page in real Chromium: what a person does there is in the file, and nothing of it goes wrong on the way."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anitrakt_plan.planfile import load_plan
from anitrakt_plan.web.report import report_html
from tests.web.conftest import WAIT, Begin, Page
from tests.web.page_plans import ENTRIES, HYOUKA, STEINS, TITAN_2, candidate, entry, large_plan, plan_text

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser

ESCAPE, ENTER = "\ue00c", "\ue007"


def test_it_opens_on_what_looks_right_with_its_key_out_of_sight(page: Page) -> None:
    assert page.standing == "7 need you: 2 look right, 2 need a choice, 3 not found. Every answer is saved."
    assert page.keys == ["mal:25777", "mal:35760"]
    assert page.active == "mal:25777"
    assert page.chrome.current_url == page.address.partition("?")[0]
    key = page.address.partition("key=")[2]
    assert key not in str(page.chrome.execute_script("return document.documentElement.outerHTML"))
    assert page.wrong() == []


def test_one_key_accepts_and_goes_on(page: Page) -> None:
    page.press("a")
    page.says("Attack on Titan (2013) S02E01-E12")
    assert page.decisions()["mal:25777"] == "confirmed"
    page.until(lambda: page.active == "mal:35760")
    assert page.text().count("# mine") == len(ENTRIES)
    assert page.standing.startswith("6 need you: 1 look right")


def test_what_is_being_typed_outlives_that_others_write_the_file(page: Page) -> None:
    page.press("/")
    page.press("steins")  # the title that stood there is selected
    page.plan.write_text(page.text() + "# written meanwhile\n", encoding="utf-8", newline="\n")
    page.until(lambda: any("Steins;Gate" in one.text for one in page.all(".results li")))
    page.chrome.execute_script("return load()")  # as the page does by itself within seconds
    page.until(lambda: not page.all("#panel .skeleton"))
    page.press("u")
    assert page.one("#finder input").get_attribute("value") == "steinsu"


def test_a_candidate_is_chosen_and_what_speaks_against_it_is_asked(page: Page) -> None:
    page.queue("choice")
    page.go_to("mal:16498")
    page.press("2")
    page.until(
        lambda: "Is «Attack on Titan» (2013) really «Spirited Away» (2001), film?" in page.one("dialog").text
    )
    assert "it is a film, and the entry has 25 episodes" in page.one("dialog .doubts").text
    page.press(ENTER)  # the safe one has the keyboard
    page.until(lambda: not page.all("dialog[open]"))
    assert page.decisions()["mal:16498"] == "review"
    page.press("1")
    page.until_decided("mal:16498", "confirmed")
    assert "match: {show: 1420, episodes: S01E01-E25}" in page.text()


def test_a_card_says_who_broadcast_it_and_how_long_it_is(page: Page) -> None:
    page.until(lambda: bool(page.all("#panel .card")))
    page.until(lambda: "24 minutes · TV Tokyo" in page.one("#panel .card .sub").text)


def test_hyoukas_case_can_not_be_confirmed_without_the_question(page: Page) -> None:
    page.queue("choice")
    page.go_to("mal:12189")
    page.press("a")
    page.says("not accepted with one key")
    page.press("1")
    page.until(lambda: "Is «Hyouka» (2012) really «Attack on Titan» (2013)" in page.one("dialog").text)
    page.press(ESCAPE)
    assert page.decisions()["mal:12189"] == "review"
    page.press("1")
    page.click("dialog button", "Yes, it is")
    page.until_decided("mal:12189", "confirmed")


def test_hyoukas_case_is_no_part_of_an_answer_to_many(begin: Begin) -> None:
    ova = entry(
        13469,
        "Hyouka: Another",
        candidate("movie: 97", "Hyouka: Another", 2017, 0.97),
        episodes=1,
        kind="OVA",
    )
    page = begin(plan_text(HYOUKA, ova))
    page.queue("choice")
    assert page.keys == ["mal:12189"]
    assert not any("Accept" in one.text for one in page.all("#many button"))  # there is nothing to accept
    for keys in ("A", "xA", "f"):
        page.press(keys)
        page.until(lambda: bool(page.all("dialog[open]")))
        said = page.one("dialog").text
        assert "Accept 1" in said if keys == "f" else "Nothing here can be accepted together" in said
        page.press(ESCAPE)
        page.until(lambda: not page.all("dialog[open]"))
        page.press(ESCAPE)
    page.press("f")
    page.until(lambda: "1 stay open" in page.one("dialog").text)
    page.press(ENTER)
    page.until_decided("mal:13469", "confirmed")
    assert page.decisions()["mal:12189"] == "review"


def test_a_run_is_set_by_its_first_and_its_last_episode(page: Page) -> None:
    page.click("[data-cell='S03E01']")
    page.until(lambda: "From S03E01" in page.one("#run").text)
    page.click("[data-cell='S03E12']")
    page.until(lambda: "S03E01-E12" in page.one("#run").text)
    page.click("#run button", "Choose")
    page.says("S03E01-E12")
    assert "match: {show: 1420, episodes: S03E01-E12}" in page.text()
    page.queue("all")
    page.go_to("mal:35760")
    taken = "taken by Attack on Titan Season 2"
    page.until(lambda: taken in str(page.one("[data-cell='S03E05']").get_attribute("title")))


def test_a_run_of_another_length_is_refused_with_its_numbers(page: Page) -> None:
    page.click("[data-cell='S03E01']")
    page.click("[data-cell='S03E05']")
    page.until(lambda: "the list has 12 episodes, this match 5" in page.one("#run").text)
    assert page.decisions()["mal:25777"] == "review"


def test_a_suggestion_of_another_length_is_no_choice_and_leads_to_its_episodes(begin: Begin) -> None:
    page = begin(plan_text(TITAN_2.replace("S02E01-E12", "S02E01-E11").replace("S01E01-E12", "S03E01-E13")))
    page.until(lambda: bool(page.all("#panel .card")))
    assert "the list has 12 episodes, this match 11" in page.one("#panel .card").text
    assert not page.all("#panel .card button.primary")
    page.press("a")
    page.says("choose its episodes")
    page.click("#panel .card button", "Other episodes")
    assert page.one("#finder input").get_attribute("value") == "1420 S02E01-E11"
    page.press("1420 S02E01-E12")
    page.click("#finder .card button", "Choose")
    page.until_decided("mal:25777", "confirmed")


def test_a_search_leads_to_a_place(page: Page) -> None:
    page.queue("none")
    page.go_to("mal:9253")
    page.press("/")
    page.until(lambda: any("Steins;Gate" in one.text for one in page.all(".results li")))
    page.click(".results button", "Where in it")
    page.click("#finder .card button", "Choose")
    page.until_decided("mal:9253", "confirmed")
    assert "match: {show: 42285, episodes: S01E01-E24}" in page.text()


def test_without_a_catalogue_what_is_known_here_is_searched_at_once_and_chosen_by_its_number(
    begin: Begin,
) -> None:
    known = entry(21127, "Another", candidate("show: 42285, episodes: S01E01-E12", "Steins;Gate", 2011, 0.6))
    page = begin(plan_text(STEINS, known), keyless=True)
    page.queue("none")
    page.until(lambda: any("Steins;Gate" in one.text for one in page.all(".results li")))
    page.press("1")
    page.until(lambda: bool(page.all("#finder .card")))
    page.press("1")
    page.until(lambda: "nobody here has its season lists" in page.one("dialog .doubts").text)
    page.click("dialog button", "Yes, it is")
    page.until_decided("mal:9253", "confirmed")
    assert "match: {show: 42285, episodes: S01E01-E24" in page.text()


def test_what_nothing_is_known_of_is_skipped_together_after_it_was_said_what_that_is(begin: Begin) -> None:
    page = begin(plan_text(STEINS, entry(21127, "Another"), entry(1, "A Clip", kind="Music")), keyless=True)
    before = page.plan.read_bytes()
    page.queue("none")
    page.click("#many button", "Skip the 3 of which nothing is known")
    said = page.one("dialog").text
    assert "2 TV, 1 Music. No id map here knows them, and no catalogue was asked" in said
    assert "anitrakt login --tmdb" in said
    assert "One Undo takes all of it back" in said
    page.press(ENTER)
    page.says("3 entries skipped")
    page.press("u")
    page.says("3 entries taken back")
    assert page.plan.read_bytes() == before


def test_what_can_not_be_accepted_unseen_is_no_button_to_press(begin: Begin) -> None:
    another = candidate("show: 42285, episodes: S01E01-E12", "Quite Another Thing", 1999, 0.97, "year")
    page = begin(plan_text(entry(9253, "Steins;Gate", another)))
    button = page.one("#many button")
    assert (button.text, button.is_enabled()) == ("Accept the 1 shown", False)
    assert page.one("#why-not").text.startswith("Steins;Gate: ")
    page.press("x")
    page.until(lambda: "1 selected" in page.one("#many").text)
    assert not page.one("#many button").is_enabled()


@pytest.mark.parametrize(
    "pasted", ["42285 S01E01-E24", "https://trakt.tv/shows/steins-gate?view=seasons&season=1"]
)
def test_an_id_or_an_address_is_pasted(page: Page, pasted: str) -> None:
    page.queue("none")
    page.go_to("mal:9253")
    page.press("i")
    page.press(pasted)
    page.click("#finder .card button", "Choose")
    page.until_decided("mal:9253", "confirmed")
    assert "match: {show: 42285, episodes: S01E01-E24}" in page.text()


def test_many_are_skipped_with_one_note_and_taken_back(page: Page) -> None:
    before = page.plan.read_bytes()
    page.queue("none")
    page.press("xJ")
    page.until(lambda: "2 selected" in page.one("#many").text)
    page.press("S")
    page.until(lambda: "Skip 2 entries?" in page.one("dialog").text)
    page.press("not on Trakt" + ENTER)
    page.says("2 entries skipped")
    assert page.text().count('note: "not on Trakt"') == 2
    page.press("u")
    page.says("2 entries taken back")
    assert page.plan.read_bytes() == before
    page.until(lambda: page.standing.startswith("7 need you"))


def test_many_are_accepted_after_it_was_said_what_that_does(page: Page) -> None:
    page.press("A")
    page.until(lambda: "Accept 2, the least sure at 95 % (probably none wrong)?" in page.one("dialog").text)
    page.press(ENTER)
    page.says("2 entries accepted")
    assert {key for key, decision in page.decisions().items() if decision == "confirmed"} == {
        "mal:25777",
        "mal:35760",
    }
    page.until(lambda: "This queue is done" in page.one("#empty").text)
    page.click("#empty button", "On to")
    page.until(lambda: page.active is not None)


def test_facets_combine_and_count(page: Page) -> None:
    page.queue("all")
    assert len(page.keys) == 7
    page.click("#filter")
    page.click("[data-facet='kind'] label", "TV")
    page.until(lambda: len(page.keys) == 5)
    page.click("[data-facet='candidates'] label", "none")
    page.until(lambda: page.keys == ["mal:9253"])
    assert page.one("#filter").text == "Filter (2)"
    page.click("#facets button", "Clear all")
    page.until(lambda: len(page.keys) == 7)
    page.one("#text").send_keys("hyou")
    page.until(lambda: page.keys == ["mal:12189"])
    page.one("#text").send_keys("xyz")
    page.until(lambda: "Nothing fits these filters" in page.one("#empty").text)


def test_where_there_is_nothing_to_filter_by_no_empty_column_stands(begin: Begin) -> None:
    page = begin(plan_text(STEINS))
    page.click("#filter")
    page.queue("none")
    listed, panel = page.one(".list").rect, page.one("#panel").rect
    assert not page.one("#facets").is_displayed()
    assert (listed["x"], panel["y"]) == (0, listed["y"])
    assert panel["x"] >= listed["width"]


def test_a_decision_is_opened_again(page: Page) -> None:
    page.press("a")
    page.until_decided("mal:25777", "confirmed")
    page.queue("decided")
    page.until(lambda: page.active == "mal:25777" and bool(page.all("#panel .card")))
    page.press("r")
    page.until_decided("mal:25777", "review")


def test_two_windows_never_write_over_each_other(page: Page) -> None:
    first = page.chrome.current_window_handle
    page.press("s")  # a question is open here, about what the other window answers meanwhile
    page.one("dialog[open]")
    page.chrome.switch_to.new_window("tab")
    page.open()
    page.press("a")
    page.until_decided("mal:25777", "confirmed")
    page.chrome.switch_to.window(first)
    page.press(ENTER)
    page.says("1 entry changed in the file meanwhile")
    assert page.decisions()["mal:25777"] == "confirmed"
    page.until(lambda: page.standing.startswith("6 need you"))


def test_what_others_write_meanwhile_is_kept_and_shown_and_an_answer_to_what_was_seen_refused(
    page: Page,
) -> None:
    page.press("s")
    page.one("dialog[open]")
    text = page.text().replace("# mine 25777", "# mine 25777, and more")
    page.plan.write_text(text + "\n" + STEINS.replace("9253", "9254"), encoding="utf-8", newline="\n")
    page.press(ENTER)
    page.says("1 entry changed in the file meanwhile")
    page.until(lambda: page.standing.startswith("8 need you"))
    assert page.decisions()["mal:25777"] == "review"
    page.until(lambda: not page.all("#panel .skeleton"))
    page.press("a")
    page.until_decided("mal:25777", "confirmed")
    assert "# mine 25777, and more" in page.text()
    assert "mal:9254" in page.decisions()


def test_a_replan_of_the_same_file_meanwhile_keeps_every_answer_and_is_shown(page: Page) -> None:
    page.press("a")
    page.until_decided("mal:25777", "confirmed")
    assert page.run("plan", "--update", str(page.plan), "--quiet") == 0
    assert len(page.decisions()) > len(ENTRIES) + 20  # the list has more than stood in the file
    assert page.decisions()["mal:25777"] == "confirmed"
    assert page.text().count("# mine") == len(ENTRIES)
    page.until(lambda: page.standing.startswith("2 need you"))
    page.queue("none")
    page.press("s")
    page.one("dialog[open]")
    page.press(ENTER)
    page.until(lambda: "skip" in page.decisions().values())
    assert page.decisions()["mal:25777"] == "confirmed"
    assert page.text().count("# mine") == len(ENTRIES)


def test_a_server_that_was_killed_leaves_every_answer_in_the_file_and_the_page_says_so(page: Page) -> None:
    page.press("a")
    page.until_decided("mal:25777", "confirmed")
    page.until(lambda: page.active == "mal:35760")
    page.process.send_signal(signal.SIGKILL)
    page.process.wait(WAIT)
    page.press("a")
    page.until(lambda: "does not answer" in page.one("#banner").text)
    assert page.decisions() | {"mal:25777": "confirmed", "mal:35760": "review"} == page.decisions()
    assert page.text().count("# mine") == len(ENTRIES)


def test_done_ends_the_command(page: Page) -> None:
    page.click("#done")
    page.until(lambda: "Everything answered is in the file" in page.one("body").text)
    assert page.process.wait(WAIT) == 0


def test_titles_with_markup_are_shown_as_they_are(page: Page) -> None:
    page.queue("none")
    page.go_to("mal:34")
    assert "onerror=document.title" in page.one("#panel h2").text
    assert "pwned" not in page.chrome.title
    assert page.all("img[src='x']") == []


def test_it_asks_nobody_but_its_own_server(page: Page) -> None:
    names = page.chrome.execute_script(
        "return performance.getEntriesByType('resource').map((one) => new URL(one.name).origin)"
    )
    assert set(names) == {page.address.partition("/?")[0]}


def test_all_of_it_is_done_by_keyboard_alone(page: Page) -> None:
    page.press("aa")
    page.until_decided("mal:25777", "confirmed")
    page.until(lambda: "This queue is done" in page.one("#empty").text or page.active == "mal:35760")
    if page.decisions()["mal:35760"] == "review":
        page.until(lambda: not page.all("#panel .skeleton"))
        page.press("a")
        page.until_decided("mal:35760", "confirmed")
    page.queue("all")
    page.press("S")
    page.until(lambda: "Skip 5 entries?" in page.one("dialog").text)
    page.press(ENTER)
    page.until(lambda: page.standing.startswith("Nothing is open."))
    assert sorted(set(page.decisions().values())) == ["confirmed", "skip"]
    page.press("?")
    page.until(lambda: "undo, without end" in page.one("dialog").text)
    page.press(ESCAPE)
    page.until(lambda: not page.all("dialog[open]"))


def pictures_of(page: Page) -> set[str]:
    """The pictures that are really to be seen."""
    return set(
        page.chrome.execute_script(
            "return [...document.querySelectorAll('[data-picture] img')].filter((one) => one.naturalWidth)"
            ".map((one) => one.parentNode.dataset.picture)"
        )
    )


def test_covers_and_posters_come_through_the_server_and_stay_on_the_disk(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANITRAKT_HOME", str(tmp_path / "home"))
    page = begin(practice=True)
    page.queue("all")
    wanted = {"cover/mal:25777", "cover/mal:16498", "show/1420", "movie/97"}
    page.go_to("mal:16498")
    page.until(lambda: wanted <= pictures_of(page))
    assert len(list((tmp_path / "home").rglob("pictures/*"))) >= len(wanted)
    assert page.wrong() == []
    page.click("#done")
    again = begin(practice=True)
    again.until(lambda: {"cover/mal:25777", "show/1420"} <= pictures_of(again))


def test_no_pictures_are_asked_for_where_nobody_wants_them(begin: Begin) -> None:
    page = begin(practice=True, options=["--no-pictures"])
    page.queue("all")
    names = page.chrome.execute_script(
        "return performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)"
    )
    assert not any("picture" in name for name in names)
    assert pictures_of(page) == set()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(begin: Begin, dark: bool) -> None:
    from axe_core_python.selenium import Axe

    def check(where: str) -> None:
        found = Axe().run(page.chrome)["violations"]
        assert [(where, one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []

    page = begin(dark=dark)
    page.one("#strips .cells")
    check("list and entry")
    page.click("#filter")
    page.press("x")
    check("filters and a selection")
    page.press("A")
    page.one("dialog .plain")
    check("many at once")
    page.press(ESCAPE)
    page.queue("choice")
    page.go_to("mal:16498")
    page.press("2")
    page.one("dialog .doubts")
    check("a doubt")
    page.press(ESCAPE)
    page.press("/")
    page.one(".results li")
    check("a search")
    page.press(ESCAPE)
    page.press("?")
    check("the keys")
    page.press(ESCAPE)
    page.queue("decided")
    check("an empty queue")
    page.open(360, 740, dark=dark)
    check("a phone")


@pytest.mark.parametrize("width", [360, 820, 1200, 2560])
def test_nothing_sticks_out_at_any_width(begin: Begin, width: int) -> None:
    page = begin(width=width, height=800)
    first = page.chrome.execute_script("return document.querySelector('.row').getBoundingClientRect().top")
    assert first < 400  # the entries are what a small screen is for
    for queue in ("right", "choice", "none", "all"):
        page.queue(queue)
        wide = page.chrome.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, queue
    page.go_to("mal:16498")
    assert page.one("#panel .card").is_displayed()
    assert page.chrome.execute_script("return document.documentElement.scrollWidth") <= width


def test_2000_entries_with_300_open_are_answered_in_little_memory(begin: Begin) -> None:
    """How long it takes is measured in benchmarks/page.py: here other tests keep the machine busy."""
    small = begin().memory()
    page = begin(large_plan())
    page.chrome.get(page.address)
    page.until(lambda: len(page.keys) > 100)
    for _ in range(3):
        before = page.active
        page.press("a")
        page.until(lambda: page.active != before)  # noqa: B023  (it is waited for at once)
        page.until(lambda: not page.all("#panel .skeleton"))
    assert page.text().count("decision: confirmed") == 3
    assert page.memory() - small <= 60


def test_the_report_is_the_page_as_one_file_for_looking_only(chrome: Chrome, tmp_path: Path) -> None:
    loaded = load_plan(plan_text(*ENTRIES).encode(), "plan.yaml")
    assert loaded.plan is not None
    file = tmp_path / "r.html"
    file.write_text(report_html(loaded.plan, {}, lambda _: None), encoding="utf-8")
    page = Page(chrome, file.as_uri(), None, tmp_path)
    page.wrong()  # what was before
    page.open()
    assert page.standing.startswith("7 need you of 7 entries; nothing changed.")
    page.click("[data-queue='all']")
    page.until(lambda: len(page.keys) == 7)
    page.click("#filter")
    page.click("[data-facet='kind'] label", "OVA")
    page.until(lambda: page.keys == ["mal:34", "mal:35"])
    assert "onerror=document.title" in page.one("#panel h2").text
    assert "pwned" not in chrome.title
    page.press("a")
    assert not any(one.is_displayed() for one in page.all("#panel button, .tools button"))
    assert page.wrong() == []


def test_the_address_stands_alone_on_its_line(page: Page) -> None:
    assert page.address.startswith("http://127.0.0.1:")
    assert " " not in page.address
    assert plan_text(*ENTRIES) == page.text()
