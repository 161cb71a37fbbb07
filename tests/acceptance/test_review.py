"""`review` at a pseudo-terminal and through a pipe: each answer is in the file, whatever happens afterwards.

Long: at a real terminal, what `commands/test_review.py` and `cli/test_review_dialog.py` prove without one.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from anitrakt_plan.planfile import read_plan
from anitrakt_plan.sandbox import environment
from tests.acceptance.conftest import Result, Run
from tests.long import long
from tests.practice import Sandbox

HEAD = """\
# kept in git
format: anitrakt-plan/1
generated:
  tool: "anitrakt 0.1.0"
  at: "2026-11-22T09:12:44Z"
  source: {service: mal, user: "sample", entries: 5, statuses: [completed]}
  target: {service: trakt, user: null}
  policy: {auto_from: 0.99, dates: finish, ratings: auto, on_conflict: keep, rewatches: ignore}

entries:
"""
TITAN = """\
    candidates:
    - {show: 1420, episodes: S01E01-E12, title: "Attack on Titan", year: 2013, url: "https://trakt.tv/shows/x", \
confidence: 0.71, why: [title]}
    - {show: 1420, episodes: S02E01-E12, title: "Attack on Titan", year: 2013, url: "https://trakt.tv/shows/x", \
confidence: 0.66, why: [air-dates]}
"""
ENTRIES = (
    (25777, "Shingeki no Kyojin Season 2", "TV", 2017, 12, TITAN),
    (9253, "Steins;Gate", "TV", 2011, 24, ""),
    (38524, "Shingeki no Kyojin Season 3 Part 2", "TV", 2019, 10, ""),
    (34, "Nowhere To Be Found", "OVA", 2002, 2, ""),
)
KEYS = [f"mal:{number}" for number, *_ in ENTRIES]
WAIT = 30


Rows = Sequence[tuple[int, str, str, int, int, str]]


def plan_text(entries: Rows = ENTRIES) -> str:
    return HEAD + "\n".join(
        f'  mal:{number}:  # mine {number}\n    title: "{title}"\n'
        f"    source: {{kind: {kind}, year: {year}, episodes: {episodes}}}\n"
        f"    list: {{status: completed, watched: {episodes}}}\n"
        f"    decision: review  #> not sure\n    match: null\n{rest}"
        for number, title, kind, year, episodes, rest in entries
    )


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(plan_text(), encoding="utf-8", newline="\n")
    return path


def decisions(path: Path) -> dict[str, str]:
    plan = read_plan(path).plan
    assert plan is not None
    return {str(entry.key): entry.decision.value for entry in plan.entries}


# --- through a pipe ---


@pytest.fixture
def review(anitrakt: Run, plan: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def run(*arguments: str, answers: str) -> Result:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        return anitrakt("review", plan, *arguments)

    return run


def test_lines_from_a_pipe_are_answers(review: Callable[..., Result], plan: Path) -> None:
    result = review("--in-order", answers="2\ni 42285 S01E01-E24\ni 1420\n1\ns nothing like it\n")
    assert result.code == 0, result.err
    assert result.out == ""
    assert decisions(plan) == dict(zip(KEYS, ["confirmed"] * 3 + ["skip"], strict=True))
    text = plan.read_text(encoding="utf-8")
    assert "match: {show: 1420, episodes: S02E01-E12}  #> 1420 S02E01-E12 · Attack on Titan (2013)\n" in text
    assert "match: {show: 42285, episodes: S01E01-E24}  #> 42285 S01E01-E24 · Steins;Gate (2011)\n" in text
    assert 'note: "nothing like it"\n' in text
    assert re.findall("# mine [0-9]+", text) == re.findall("# mine [0-9]+", plan_text())
    assert "3 confirmed, 1 skipped; none still open" in result.err
    assert "anitrakt diff" in result.err
    assert "\x1b" not in result.err


def test_what_has_candidates_comes_first_and_then_the_most_watched(review: Callable[..., Result]) -> None:
    result = review(answers="n\nn\nn\nn\n")
    assert re.findall(r"\d of 4  (mal:\d+)", result.err) == ["mal:25777", "mal:9253", "mal:38524", "mal:34"]


def test_scripts_learn_what_is_open_and_by_which_number_it_is_chosen(
    review: Callable[..., Result], plan: Path
) -> None:
    plan.write_text(plan_text() + "\n" + HYOUKA, encoding="utf-8", newline="\n")
    said = json.loads(review("--json", answers="").out)
    assert said["format"] == "anitrakt-review/1"
    by_key = {one["key"]: one for one in said["entries"]}
    assert [one["number"] for one in by_key["mal:25777"]["offers"]] == [1, 2]
    assert by_key["mal:25777"]["offers"][1]["match"] == "1420 S02E01-E12"
    assert by_key["mal:9253"]["offers"] == []
    assert "anitrakt gives it under 1 %" in by_key["mal:12189"]["offers"][0]["doubts"][0]
    assert set(decisions(plan).values()) == {"review"}
    assert review("--json", "--web", answers="").code == 2


def test_the_end_of_the_answers_quits(review: Callable[..., Result], plan: Path) -> None:
    result = review("--in-order", answers="a\n")
    assert result.code == 0
    assert decisions(plan) == dict(zip(KEYS, ["confirmed", *["review"] * 3], strict=True))
    assert "1 confirmed; 3 still open" in result.err


def test_an_answer_that_can_not_be_used_ends_it_before_the_next_line_hits_another_entry(
    review: Callable[..., Result], plan: Path
) -> None:
    result = review("--in-order", answers="a\n5\ns\n")
    assert result.code == 2
    assert "line 2 of the answers can't be used" in result.err
    assert decisions(plan) == dict(zip(KEYS, ["confirmed", *["review"] * 3], strict=True))


def test_a_search_with_other_words_leads_to_a_place(review: Callable[..., Result], plan: Path) -> None:
    result = review("mal:38524", answers="/ attack on titan\n1\n1\n")
    assert result.code == 0, result.err
    entry = read_plan(plan).plan.entries  # type: ignore[union-attr]
    assert entry[2].decision.value == "confirmed"
    assert entry[2].match is not None
    assert "Where in Attack on Titan?" in result.err


def test_a_search_without_words_is_for_the_title(review: Callable[..., Result], plan: Path) -> None:
    result = review("mal:9253", answers="/\n1\n1\n")
    assert result.code == 0, result.err
    assert "match: {show: 42285, episodes: S01E01-E24}" in plan.read_text(encoding="utf-8")


def test_an_answer_is_in_the_memory_from_which_a_bare_plan_takes_decisions(
    review: Callable[..., Result], plan: Path, tmp_path: Path
) -> None:
    review(answers="n\na\n")
    (remembered,) = tmp_path.rglob("plans/*.yaml")
    assert remembered.read_bytes() == plan.read_bytes()
    assert "decision: confirmed" in plan.read_text(encoding="utf-8")


def test_episodes_alone_are_those_of_the_show_that_is_offered(
    review: Callable[..., Result], plan: Path
) -> None:
    result = review("mal:25777", answers="i S03E01-E12\n")
    assert result.code == 0, result.err
    assert "match: {show: 1420, episodes: S03E01-E12}" in plan.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "decision", "match"),
    [
        ("y", "confirmed", "match: {show: 42285, episodes: S01E01-E12, sure: true}"),
        ("1", "confirmed", "match: {show: 1420, episodes: S01E01-E12}"),
        ("n", "review", "match: null"),
    ],
)
def test_a_typed_id_that_looks_wrong_names_both_titles_and_asks(
    review: Callable[..., Result], plan: Path, answer: str, decision: str, match: str
) -> None:
    result = review("mal:25777", answers=f"i 42285 S01E01-E12\n{answer}\n")
    assert result.code == 0, result.err
    for words in (
        "«Steins;Gate» (2011)",
        "«Shingeki no Kyojin Season 2» (2017)",
        "Did you mean Attack on Titan (2013)",
    ):
        assert words in result.err
    assert decisions(plan)["mal:25777"] == decision
    assert match in plan.read_text(encoding="utf-8").split("mal:9253")[0]


@pytest.mark.parametrize("answer", ["z", "9", "a"])
def test_a_wrong_key_is_no_answer_to_a_doubt(review: Callable[..., Result], plan: Path, answer: str) -> None:
    result = review("mal:25777", answers=f"i 42285 S01E01-E12\n{answer}\ny\n")
    assert result.code == 2
    assert "y, 1, n or q" in result.err
    assert plan.read_text(encoding="utf-8") == plan_text()


def test_a_wrong_count_is_refused_with_its_numbers(review: Callable[..., Result], plan: Path) -> None:
    result = review("mal:25777", answers="i 1420 S02E01-E11\n")
    assert result.code == 2
    assert "the list has 12 episodes, this match 11" in result.err
    assert plan.read_text(encoding="utf-8") == plan_text()


def test_without_a_key_what_is_typed_is_looked_up_in_what_is_known_here(
    review: Callable[..., Result], plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANITRAKT_TRAKT_CLIENT_ID")
    monkeypatch.delenv("ANITRAKT_TMDB_TOKEN")
    result = review(
        "mal:25777",
        "mal:38524",
        answers="i 1420 S02E01-E12\ni https://trakt.tv/shows/x?view=seasons&season=3\ny\n",
    )
    assert result.code == 0, result.err
    assert "There is no catalogue to ask" in result.err
    text = plan.read_text(encoding="utf-8")
    assert "match: {show: 1420, episodes: S02E01-E12}  #> 1420 S02E01-E12 · Attack on Titan (2013)\n" in text
    assert "match: {show: 1420, episodes: S03E01-E10, sure: true}" in text
    assert "from its first episode on, 10 as the list counts them" in result.err
    assert review("mal:34", answers="/ nowhere\n").code == 2
    refused = review("mal:34", answers="i https://trakt.tv/shows/nobody-knows/seasons/1\n")
    assert refused.code == 2
    assert "paste the page on themoviedb.org" in refused.err


@pytest.mark.parametrize("options", [["--no-browser"], ["--web", "--auto"], ["--web", "mal:34"]])
def test_what_does_not_go_with_the_page_is_said(review: Callable[..., Result], options: list[str]) -> None:
    assert review(*options, answers="").code == 2


def test_nothing_open_needs_no_answers(review: Callable[..., Result], plan: Path) -> None:
    plan.write_text(plan_text().replace("decision: review  #> not sure", "decision: skip"), encoding="utf-8")
    result = review(answers="")
    assert (result.code, result.out) == (0, "")
    assert "waits for a decision" in result.err


def test_a_broken_plan_is_shown_with_all_its_mistakes(review: Callable[..., Result], plan: Path) -> None:
    plan.write_text(plan_text().replace("decision: review", "decision: revue"), encoding="utf-8")
    result = review(answers="a\n")
    assert result.code == 3
    assert result.err.count("error[PLAN021]") == 4


def test_without_a_terminal_and_without_a_pipe_nothing_is_asked(
    anitrakt: Run, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        result = anitrakt("review", plan)
    assert result.code == 2
    assert "no terminal" in result.err
    assert plan.read_text(encoding="utf-8") == plan_text()


HYOUKA = (
    '  mal:12189:\n    title: "Hyouka"\n    source: {kind: TV, year: 2012, episodes: 22}\n'
    '    list: {status: completed, watched: 22, finished: "2015-03-01"}\n'
    "    decision: review  #> the best is 0.00 (0.99 needed)\n    match: null\n    candidates:\n"
    '    - {show: 1420, episodes: S03E01-E22, title: "Attack on Titan", year: 2013, '
    'url: "https://trakt.tv/shows/x", confidence: 0.00, why: [episodes]}\n'
)


@pytest.mark.parametrize(
    "path", ["a", "1", "i 1420 S03E01-E22", "i 1420\n1", "/ attack on titan\n1\n1", "A f\ny", "A 50\ny"]
)
def test_no_path_confirms_an_unlikely_candidate_without_a_question_that_names_both_titles(
    review: Callable[..., Result], plan: Path, path: str
) -> None:
    plan.write_text(plan_text() + "\n" + HYOUKA, encoding="utf-8", newline="\n")
    before = plan.read_bytes()
    result = review("mal:12189", answers=f"{path}\nn\n")
    assert plan.read_bytes() == before, result.err
    if result.code == 0:
        assert "Is «Hyouka» (2012) really «Attack on Titan» (2013), S" in result.err
    result = review("mal:12189", answers="1\ny\n")
    assert result.code == 0, result.err
    assert decisions(plan)["mal:12189"] == "confirmed"


def test_many_at_once_are_said_before_and_taken_back_by_one_key(
    review: Callable[..., Result], plan: Path
) -> None:
    before = plan.read_bytes()
    result = review("--in-order", answers="A 60\nn\nA 60\ny\nS a note\ny\n")
    assert result.code == 0, result.err
    assert "Accept 1, the least sure at 71 % (probably none wrong); 3 stay open?" in result.err
    assert "Skip 3 entries: they are never sent?" in result.err
    assert decisions(plan) == dict(zip(KEYS, ["confirmed", "skip", "skip", "skip"], strict=True))
    assert plan.read_text(encoding="utf-8").count('note: "a note"') == 3
    plan.write_bytes(before)
    result = review("--in-order", answers="A 60\ny\nu\nS\ny\n")
    assert "taken back: mal:25777" in result.err
    assert set(decisions(plan).values()) == {"skip"}


def test_what_nothing_is_known_of_is_answered_together_and_taken_back_by_one_key(
    review: Callable[..., Result], plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = plan.read_bytes()
    result = review("--in-order", answers="N s a note\n")
    assert result.code == 0, result.err
    said = "Nothing is known of 3 entries: 2 TV, 1 OVA. The most watched: Steins;Gate, "
    assert said in result.err
    assert "one by one, each is asked about more closely" in result.err
    assert decisions(plan) == dict(zip(KEYS, ["review", "skip", "skip", "skip"], strict=True))
    assert plan.read_text(encoding="utf-8").count('note: "a note"') == 3

    plan.write_bytes(before)
    result = review("--in-order", answers="N s a note\nu\nN l\n")
    assert "taken back: mal:34, mal:38524, mal:9253" in result.err
    assert "left open: 2" in result.err
    assert decisions(plan) == dict.fromkeys(KEYS, "review")

    monkeypatch.delenv("ANITRAKT_TRAKT_CLIENT_ID")
    monkeypatch.delenv("ANITRAKT_TMDB_TOKEN")
    keyless = review("mal:9253", "mal:34", answers="N n\nN s\n")
    assert "`N` answers all 2 like it at once" in keyless.err
    assert "No id map here knows them, and no catalogue was asked" in keyless.err
    assert decisions(plan)["mal:34"] == "skip"


def test_a_decision_is_opened_again(review: Callable[..., Result], plan: Path) -> None:
    review("mal:25777", answers="a\n")
    assert decisions(plan)["mal:25777"] == "confirmed"
    assert review("mal:25777", answers="r\n").code == 0
    assert decisions(plan)["mal:25777"] == "review"
    assert review("mal:25777", answers="r\n").code == 2


def test_help_and_explanation_come_back_to_the_entry(review: Callable[..., Result]) -> None:
    result = review("mal:25777", answers="?\nn\n")
    assert result.err.count("1 of 1  mal:25777") == 2


# --- at a terminal ---


class Terminal:
    """`anitrakt review`, or another command, behind a pseudo-terminal, with the eyes and the fingers of a person."""

    def __init__(
        self, sandbox: Sandbox, plan: Path, *arguments: str, command: str = "review", columns: int = 100
    ) -> None:
        import pty

        self._screen, inside = pty.openpty()
        self.seen = ""
        home = os.environ["ANITRAKT_HOME"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "anitrakt_plan", command, str(plan), *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env={
                **os.environ,
                **environment(sandbox.addresses),
                "ANITRAKT_HOME": home,
                "TERM": "xterm",
                "COLUMNS": str(columns),
            },
            start_new_session=True,
        )
        os.close(inside)

    def expect(self, words: str) -> str:
        """Read until these words are on the screen; the text up to and with them."""
        end = time.monotonic() + WAIT
        while words not in self._plain():
            left = end - time.monotonic()
            ready, _, _ = select.select([self._screen], [], [], max(left, 0))
            if not ready:
                raise AssertionError(f"`{words}` never came up; the screen says:\n{self.seen}")
            try:
                read = os.read(self._screen, 65536)
            except OSError:  # Linux says so when the other side has gone
                read = b""
            if not read:
                raise AssertionError(f"it ended before `{words}` came up; the screen says:\n{self.seen}")
            self.seen += read.decode(errors="replace")
        text = self._plain()
        before, _, rest = text.partition(words)
        self.seen = rest
        return before + words

    def press(self, keys: str) -> None:
        """Type keys; no Enter is added."""
        os.write(self._screen, keys.encode())

    def answer(self, key: str) -> None:
        """Press a key when a question stands there."""
        self.expect(" > ")
        self._wait_until_it_reads()
        self.press(key)

    def _wait_until_it_reads(self) -> None:
        """Keys that come before the terminal is in its raw mode are thrown away, as a person's would be."""
        import termios

        end = time.monotonic() + WAIT
        while termios.tcgetattr(self._screen)[3] & termios.ICANON:
            assert time.monotonic() < end, "it never asked for a key"
            select.select([], [], [], 0.01)

    def end(self) -> int:
        """Read to the end, which a person confirms after the last answer, and give the exit code."""
        is_confirmed = False
        with contextlib.suppress(OSError):
            while True:
                if not is_confirmed and re.search(r"any\s+other\s+key\s+ends\s+it\s+>", self._plain()):
                    is_confirmed = True
                    self._wait_until_it_reads()
                    self.press("\r")
                read = os.read(self._screen, 65536)
                if not read:
                    break
                self.seen += read.decode(errors="replace")
        return self.process.wait(WAIT)

    def close(self) -> None:
        """End it, however far it is."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(WAIT)
        os.close(self._screen)

    def _plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen)


needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
Open = Callable[..., Terminal]


@pytest.fixture
def terminal(sandbox: Sandbox, plan: Path) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(*arguments: str, command: str = "review", columns: int = 100) -> Terminal:
        opened.append(Terminal(sandbox, plan, *arguments, command=command, columns=columns))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@needs_pty
def test_single_keys_accept_choose_skip_go_back_and_quit(terminal: Open, plan: Path) -> None:
    at = terminal("--in-order")
    assert "Shingeki no Kyojin Season 2" in at.expect("1 of 4") + at.expect("because of")
    at.answer("a")
    at.expect("✓ confirmed: 1420 S01E01-E12")
    at.expect("2 of 4")
    at.answer("b")
    at.expect("1 of 4")
    assert decisions(plan)["mal:25777"] == "confirmed"
    at.answer("2")
    at.expect("✓ confirmed: 1420 S02E01-E12")
    at.answer("s")
    at.expect("A note")
    at.press("too odd\r")
    at.expect("✓ skipped")
    assert decisions(plan)["mal:9253"] == "skip"
    at.expect("3 of 4")
    at.answer("?")
    at.expect("paste a trakt.tv address")
    at.answer("n")
    at.expect("4 of 4")
    at.answer("q")
    assert at.end() == 0
    assert "1 confirmed, 1 skipped, 1 left for later; 2 still open" in at.seen
    text = plan.read_text(encoding="utf-8")
    assert "match: {show: 1420, episodes: S02E01-E12}  #> 1420 S02E01-E12 · Attack on Titan (2013)\n" in text
    assert 'decision: skip\n    match: null\n    note: "too odd"\n' in text
    assert decisions(plan) == dict(zip(KEYS, ["confirmed", "skip", "review", "review"], strict=True))


@pytest.mark.long
@needs_pty
def test_the_last_answer_can_be_taken_back_too(terminal: Open, plan: Path) -> None:
    at = terminal("mal:25777", "mal:9253")
    at.answer("S")
    at.expect("note for all")
    at.press("\r")
    at.answer("y")
    at.expect("skipped: 2 entries; u takes it back")
    at.answer("u")
    at.expect("taken back: ")
    assert {decisions(plan)[key] for key in ("mal:25777", "mal:9253")} == {"review"}
    at.answer("q")
    assert at.end() == 0


@needs_pty
def test_no_question_breaks_inside_a_word(terminal: Open) -> None:
    at = terminal("mal:9253", columns=50)
    at.answer("i")
    at.expect("address")
    at.press("1420 S01E01-E24\r")
    asked = at.expect("Is «").removesuffix("Is «") and at.expect("no > ")
    lines = asked.replace("\r", "").splitlines()
    assert len(lines) > 1
    assert all(len(line) <= 50 for line in lines)
    assert " ".join(f"Is «{asked}".split()).startswith(
        "Is «Steins;Gate» (2011) really «Attack on Titan» (2013), S01E01-E24? y yes"
    )


@needs_pty
def test_a_wrong_key_at_a_doubt_asks_again(terminal: Open, plan: Path) -> None:
    at = terminal("mal:25777")
    at.answer("i")
    at.expect("Id, match or address")
    at.press("42285 S01E01-E12\r")
    at.expect("really «Steins;Gate» (2011)")
    at.answer("z")
    at.expect("nothing is written yet")
    at.expect("really «Steins;Gate» (2011)")
    at.answer("y")
    assert at.end() == 0
    assert "sure: true" in plan.read_text(encoding="utf-8")


@pytest.mark.long
@needs_pty
def test_addresses_are_links_of_the_terminal(terminal: Open) -> None:
    at = terminal("mal:25777", "--color", "always")
    seen = at.expect("quit")
    assert re.search(r"\x1b\]8;[^;]*;https://trakt\.tv/shows/x\x1b", seen)
    at.answer("q")


LONG = "https://trakt.tv/movies/" + "-".join(["a-name-that-is-as-long"] * 4)


@needs_pty
@pytest.mark.parametrize("color", ["always", *long("never")])
def test_an_address_stays_whole_on_one_line_however_long_it_is(
    terminal: Open, plan: Path, color: str
) -> None:
    plan.write_text(plan_text().replace("https://trakt.tv/shows/x", LONG), encoding="utf-8", newline="\n")
    at = terminal("mal:25777", "--color", color)
    seen = at.expect("quit")
    assert "…" not in seen
    link = rf"\x1b\]8;[^;]*;{re.escape(LONG)}\x1b\\{re.escape(LONG)}\x1b\]8;;\x1b\\"
    assert len(re.findall(link, re.sub(r"\x1b\[[0-9;]*m", "", seen))) == 2  # of both candidates
    at.answer("q")


@needs_pty
@pytest.mark.parametrize("count", [5, 60])
def test_show_goes_through_the_pager_where_it_is_longer_than_the_screen(
    terminal: Open, plan: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    rows = [(number, f"Title {number}", "TV", 2017, 12, "") for number in range(1, count + 1)]
    plan.write_text(plan_text(rows), encoding="utf-8", newline="\n")
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")
    monkeypatch.setenv("LINES", "24")
    at = terminal(command="show")
    assert at.end() == 0
    assert at.seen.count("paged:") == (0 if count == 5 else count + 1)
    assert f"Title {count}" in at.seen
    assert "\x1b]8;" not in at.seen  # a pager shows a link's control signs as they are


@needs_pty
@pytest.mark.parametrize("typed", ["1-12", *long("E01-E12")])
def test_episodes_are_chosen_from_a_list(typed: str, terminal: Open, plan: Path) -> None:
    at = terminal("mal:25777")
    at.answer("l")
    assert "0 (specials)" in at.expect("Which season")
    at.press("2\r")
    assert "E12  2017-07-01  Episode 12" in at.expect("Which episodes")
    at.press(f"{typed}\r")
    at.expect("✓ confirmed: 1420 S02E01-E12")
    assert at.end() == 0
    assert "match: {show: 1420, episodes: S02E01-E12}" in plan.read_text(encoding="utf-8")


@needs_pty
def test_unlikely_episodes_from_a_list_are_asked_about_too(terminal: Open, plan: Path) -> None:
    plan.write_text(plan_text() + "\n" + HYOUKA, encoding="utf-8", newline="\n")
    at = terminal("mal:12189")
    at.answer("l")
    at.expect("Which season")
    at.press("3\r")
    at.expect("Which episodes")
    at.press("1-22\r")
    at.expect("Is «Hyouka» (2012) really «Attack on Titan» (2013), S03E01-E22?")
    at.answer("n")
    at.answer("q")
    assert at.end() == 0
    assert decisions(plan)["mal:12189"] == "review"


@pytest.mark.long  # a real kill; commands/test_review.py: saved before the next comes up
@needs_pty
def test_what_was_answered_is_in_the_file_when_it_is_killed_in_the_middle(terminal: Open, plan: Path) -> None:
    at = terminal("--in-order")
    at.answer("a")
    at.expect("2 of 4")
    at.answer("s")
    at.expect("A note")
    at.process.send_signal(signal.SIGKILL)
    assert at.process.wait(WAIT) == -signal.SIGKILL
    assert decisions(plan) == dict(zip(KEYS, ["confirmed", "review", "review", "review"], strict=True))
    again = terminal("--in-order")
    again.expect("1 of 3")
    again.answer("q")
    assert again.end() == 0


@needs_pty
def test_ctrl_c_quits_and_keeps_what_was_answered(terminal: Open, plan: Path) -> None:
    at = terminal("--in-order")
    at.answer("a")
    at.expect("2 of 4")
    at.answer("\x03")
    assert at.end() == 130
    assert "1 confirmed; 3 still open" in at.seen
    assert "Traceback" not in at.seen
    assert decisions(plan)["mal:25777"] == "confirmed"


@pytest.mark.long
@needs_pty
def test_an_answer_goes_into_what_another_program_wrote_meanwhile(terminal: Open, plan: Path) -> None:
    at = terminal("--in-order")
    at.expect("1 of 4")
    plan.write_text(plan.read_text(encoding="utf-8") + "# written meanwhile\n", encoding="utf-8")
    at.answer("a")
    at.expect("2 of 4")
    at.answer("q")
    assert at.end() == 0
    assert plan.read_text(encoding="utf-8").endswith("# written meanwhile\n")
    assert decisions(plan)["mal:25777"] == "confirmed"


def test_an_explanation_has_its_lines(anitrakt: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")
    monkeypatch.setattr(sys, "stdin", io.StringIO("e\nq\n"))
    said = anitrakt("review", "plan.yaml", "anilist:537").err
    assert "\ufffd" not in said
    assert re.search(r"^ +1\. .*TEKKEN.*$", said, re.MULTILINE)
