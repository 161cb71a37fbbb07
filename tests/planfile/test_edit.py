"""One entry's answer is written into the text of a plan, and nothing else in the file changes."""

from __future__ import annotations

import pytest

from anitrakt_plan.errors import PlanInvalid
from anitrakt_plan.model import (
    Address,
    Decision,
    EntryKey,
    Match,
    MovieMatch,
    Part,
    Parts,
    Run,
    ShowMatch,
    Straight,
)
from anitrakt_plan.planfile import load_plan
from anitrakt_plan.planfile.edit import KEEP, EntryGone, EntryRefused, Keep
from anitrakt_plan.planfile.edit import edited as answered

HEAD = """\
# mine, at the top
format: anitrakt-plan/1
generated:
  tool: "anitrakt 0.1.0"
  at: "2026-11-22T09:12:44Z"
  source: {service: mal, user: "x", entries: 2, statuses: [completed]}
  target: {service: trakt, user: null}
  policy: {auto_from: 0.99, dates: finish, ratings: auto, on_conflict: keep, rewatches: ignore}
entries:
  mal:1:
    title: "One"
    source: {kind: TV, year: 2019, episodes: 10}
    list: {status: completed, watched: 10}
    decision: auto
    match: {show: 1, episodes: S01E01-E10}  #> 1 S01E01-E10 · One (2019) · 0.998
"""
TITLE = """\
  # about the second
  mal:2:
    title: "Two"
    source: {kind: TV, year: 2019, episodes: 10}
    list: {status: completed, watched: 10}
"""
ONE, TWO = EntryKey("mal", 1), EntryKey("mal", 2)
TEN = ShowMatch(7, Straight((Run(3, 13, 22),)))
FILM = MovieMatch(97)

CONFIRMED = "    decision: confirmed\n    match: {show: 7, episodes: S03E13-E22}\n"


def edited(
    rest: str,
    decision: Decision = Decision.CONFIRMED,
    match: Match | Address | Keep | None = TEN,
    note: str | Keep | None = KEEP,
    hint: str | None = None,
    sure: bool = False,
) -> str:
    """What becomes of the second entry's text behind its list."""
    text = HEAD + TITLE + rest
    raw = answered(
        load_plan(text.encode(), "p"), TWO, decision=decision, match=match, note=note, hint=hint, sure=sure
    ).raw
    after = raw.decode()
    assert after.startswith(HEAD + TITLE)
    return after.removeprefix(HEAD + TITLE)


@pytest.mark.parametrize(
    ("rest", "wanted"),
    [
        pytest.param("    decision: review  #> nothing\n    match: null\n", CONFIRMED, id="as anitrakt writes it"),
        pytest.param("    decision: review\n", CONFIRMED, id="no match key"),
        pytest.param("    decision: review", CONFIRMED.rstrip("\n"), id="no line end at the end of the file"),
        pytest.param("    decision: review\n    match:\n", CONFIRMED, id="nothing behind the colon"),
        pytest.param("    match: ~\n    decision: 'review' #> x\n", "    match: {show: 7, episodes: S03E13-E22}\n"
                     "    decision: confirmed\n", id="another order, quoted"),
        pytest.param("    decision: review # why?\n    match: null # mine #> too\n\n# the end\n",
                     "    decision: confirmed # why?\n    match: {show: 7, episodes: S03E13-E22} # mine #> too\n\n"
                     "# the end\n", id="comments behind values"),
        pytest.param("    decision: review\n    match:  # key\n      # over\n      show: 1  # id\n      # between\n"
                     "      episodes: S01E01-E02  # last\n    # below\n",
                     "    decision: confirmed\n    match: {show: 7, episodes: S03E13-E22}  # last\n    # key\n"
                     "    # over\n    # id\n    # between\n    # below\n", id="a block map with comments"),
        pytest.param("    decision: review\n    match: {movie: 5, # the film\n       sure: true } # tail\n"
                     "    rate: show\n",
                     "    decision: confirmed\n    match: {show: 7, episodes: S03E13-E22} # tail\n    # the film\n"
                     "    rate: show\n", id="a flow map over two lines"),
        pytest.param("    decision: >-\n      review\n    match: |\n      https://trakt.tv/movies/x\n    rate: show\n",
                     CONFIRMED + "    rate: show\n", id="block scalars"),
        pytest.param("    decision: auto\n    match: {movie: 5}  #> movie 5 · Five (2019) · 0.993\n",
                     CONFIRMED, id="a hint of another match goes"),
    ],
)  # fmt: skip
def test_only_the_answered_keys_change(rest: str, wanted: str) -> None:
    assert edited(rest) == wanted


def test_the_hint_names_what_the_match_is() -> None:
    after = edited("    decision: review  #> old\n    match: null\n", hint="Seven (2019)")
    assert after == CONFIRMED.rstrip("\n") + "  #> 7 S03E13-E22 · Seven (2019)\n"


def test_a_hint_that_still_holds_stays() -> None:
    text = "    decision: {}\n    match: {{show: 7, episodes: S03E13-E22}}  #> 7 S03E13-E22 · Seven · 0.993\n"
    assert edited(text.format("auto")) == text.format("confirmed")
    assert edited(text.format("auto"), match=KEEP) == text.format("confirmed")


def test_a_hint_gives_way_to_the_comment_of_the_user() -> None:
    after = edited("    decision: review\n    match: null  # mine\n", hint="Seven (2019)")
    assert after == CONFIRMED.rstrip("\n") + "  # mine\n"


@pytest.mark.parametrize(
    ("rest", "note", "wanted"),
    [
        ("    decision: review\n    match: null\n", 'say "no": it', "    decision: skip\n    match: null\n"
         '    note: "say \\"no\\": it"\n'),
        ("    decision: review\n    note: old # c\n", "new", '    decision: skip\n    note: "new" # c\n'),
        ("    decision: review\n    note: |  # c\n      a\n      b\n", "new",
         '    decision: skip\n    note: "new"\n    # c\n'),
        ("    decision: review\n    note: old\n    rate: show\n", None, "    decision: skip\n    rate: show\n"),
        ("    decision: review\n    note: old # c\n", None, "    decision: skip\n    note: null # c\n"),
        ("    decision: review\n    note: old\n", KEEP, "    decision: skip\n    note: old\n"),
    ],
)  # fmt: skip
def test_a_note_is_set_taken_out_or_left(rest: str, note: str | Keep | None, wanted: str) -> None:
    assert edited(rest, Decision.SKIP, KEEP, note) == wanted


def test_sure_and_parts_and_addresses_are_written() -> None:
    review = "    decision: review\n    match: null\n"
    uneven = ShowMatch(7, Parts((Part(1, 1, (Run(0, 3, 4),)), Part(2, 10, (Run(1, 1, 9),)))))
    assert "match: {movie: 97, sure: true}\n" in edited(review, match=FILM, sure=True)
    assert "parts: [{list: 1, episodes: S00E03-E04}, {list: 2-10, episodes: S01E01-E09}]" in edited(
        review, match=uneven
    )
    assert 'match: "trakt.tv/movies/x"\n' in edited(review, match=Address("trakt.tv/movies/x"))


@pytest.mark.parametrize(
    ("rest", "comments"),
    [
        ("}", ""),
        (", match}", ""),
        (", # why\n   match: {show: 1, # a\n  episodes: S01E01}}  # b", "# why # a # b"),
    ],
)
def test_an_entry_in_one_flow_map_is_written_on_lines_below_its_comments(rest: str, comments: str) -> None:
    flow = '  mal:2: {title: "Two", source: {kind: TV}, list: {status: completed}, decision: review'
    loaded = load_plan(f"{HEAD}{flow}{rest}\n".encode(), "p")
    after = answered(loaded, TWO, decision=Decision.CONFIRMED, match=FILM, note="n").text
    assert after == HEAD + "".join(f"  # {one}\n" for one in comments.split("# ") if one).replace(
        " \n", "\n"
    ) + (
        '  mal:2:\n    title: "Two"\n    source: {kind: TV}\n    list: {status: completed, watched: 0}\n'
        '    decision: confirmed\n    match: {movie: 97}\n    note: "n"\n'
    )


def test_line_ends_and_byte_order_mark_stay() -> None:
    text = (HEAD + TITLE + "    decision: review\n").replace("\n", "\r\n")
    raw = b"\xef\xbb\xbf" + text.encode()
    after = answered(load_plan(raw, "p"), TWO, decision=Decision.CONFIRMED, match=FILM).raw
    assert after == raw.replace(b"decision: review\r\n", b"decision: confirmed\r\n    match: {movie: 97}\r\n")


def test_nothing_to_change_gives_the_same_bytes() -> None:
    raw = (HEAD + TITLE + "    decision: 'skip'\n").encode()
    assert answered(load_plan(raw, "p"), TWO, decision=Decision.SKIP).raw == raw


def test_a_match_that_can_not_stand_is_refused_with_the_mistake() -> None:
    loaded = load_plan((HEAD + TITLE + "    decision: review\n").encode(), "p")
    twice = ShowMatch(1, Straight((Run(1, 1, 10),)))
    with pytest.raises(EntryRefused, match="claims S01E01-E10 of show 1"):
        answered(loaded, TWO, decision=Decision.CONFIRMED, match=twice)
    with pytest.raises(EntryRefused, match="the list has 10 episodes, this match 9"):
        answered(loaded, TWO, decision=Decision.CONFIRMED, match=ShowMatch(7, Straight((Run(1, 1, 9),))))


def test_a_confirmed_match_that_the_list_has_outgrown_waits_for_one_that_fits() -> None:
    outgrown = (
        '    decision: confirmed\n    match: {show: 7, episodes: S01E01-E08}\n    attention: ["8 -> 10"]\n'
    )
    loaded = load_plan((HEAD + TITLE + outgrown).encode(), "p")
    with pytest.raises(EntryRefused, match="the list has 10 episodes, this match 8"):
        answered(loaded, TWO, decision=Decision.CONFIRMED)
    assert edited(outgrown) == CONFIRMED + '    attention: ["8 -> 10"]\n'


def test_an_entry_that_is_gone_and_a_file_with_errors_are_refused() -> None:
    with pytest.raises(EntryGone):
        answered(load_plan(HEAD.encode(), "p"), TWO, decision=Decision.SKIP)
    with pytest.raises(PlanInvalid):
        answered(load_plan((HEAD + "  mal:2: {}\n").encode(), "p"), ONE, decision=Decision.SKIP)


def test_only_the_matcher_may_say_auto() -> None:
    with pytest.raises(ValueError, match="auto"):
        answered(load_plan(HEAD.encode(), "p"), ONE, decision=Decision.AUTO)


def test_a_hint_in_the_midst_of_a_flow_map_has_the_entry_written_on_lines() -> None:
    flow = '  mal:2: {title: "Two", source: {kind: TV}, list: {status: completed},\n'
    flow += "   decision: review, #> why\n   match: null}\n"
    loaded = load_plan((HEAD + flow).encode(), "p")
    after = answered(loaded, TWO, decision=Decision.CONFIRMED, match=FILM).text
    assert after.endswith("    decision: confirmed\n    match: {movie: 97}\n")


def test_what_a_hint_behind_the_key_of_a_block_says_of_another_decision_goes() -> None:
    block = "    decision: {}\n    match:{}\n      show: 7  # the show\n      episodes: S03E13-E22\n"
    before = block.format("auto", "  #> 7 S03E13-E22 · Seven · 0.993")
    assert edited(before, Decision.SKIP, KEEP) == block.format("skip", "  #> 7 S03E13-E22 · Seven · 0.993")
    assert edited(before, Decision.REVIEW, KEEP) == block.format("review", "")


def test_a_decision_that_the_list_brought_onto_what_another_claims_is_refused_with_the_reason() -> None:
    rest = '    decision: skip\n    match: {show: 1, episodes: S01E01-E10}\n    attention: ["9 -> 10"]\n'
    loaded = load_plan((HEAD + TITLE + rest).encode(), "p")
    with pytest.raises(EntryRefused, match="`mal:1` claims S01E01-E10 of show 1 too"):
        answered(loaded, TWO, decision=Decision.CONFIRMED)
