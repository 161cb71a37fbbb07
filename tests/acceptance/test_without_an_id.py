"""Entries of which the list has no id: kept under their titles, and taken along when the list has one."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.conftest import Result, Run
from tests.acceptance.wire import check_wire, sent_plays
from tests.practice import Sandbox

LIST = Path("list.xml")
TITLE = "Attack on Titan Season 2"
MATCH = "{show: 1420, episodes: S02E01-E12}"


def write_list(number: str, *more: str) -> None:
    anime = (
        f"<anime><series_animedb_id>{number}</series_animedb_id><series_title>{TITLE}</series_title>"
        "<series_type>TV</series_type><series_episodes>12</series_episodes><my_status>Completed</my_status>"
        "<my_finish_date>2019-02-24</my_finish_date></anime>"
    )
    LIST.write_text(f"<myanimelist>{anime}{''.join(more)}</myanimelist>", encoding="utf-8")


def confirm(plan: Path) -> None:
    text = plan.read_text("utf-8")
    entry = "  title:attack-on-titan-season-2:"
    head, key, tail = text.partition(entry)
    tail = (
        tail[: tail.index("    decision:")]
        + f"    decision: confirmed\n    match: {MATCH}\n    note: 'mine'\n"
    )
    plan.write_text(f"{head}  # above\n{key}  # behind{tail}    # below\n", encoding="utf-8")


def planned(anitrakt: Run) -> Result:
    return anitrakt("plan", "--list-file", LIST, "-o", "plan.yaml")


FIRST = (
    "<anime><series_animedb_id>16498</series_animedb_id><series_title>Shingeki no Kyojin</series_title>"
    "<series_type>TV</series_type><my_status>Completed</my_status></anime>"
)


def test_it_waits_in_review_with_what_its_title_finds(anitrakt: Run, sandbox: Sandbox) -> None:
    write_list("")

    done = planned(anitrakt)

    text = Path("plan.yaml").read_text("utf-8")
    assert done.code == 0
    assert f"1 entry without an id: kept in review by title ({TITLE})" in done.err
    assert "decision: review  #> " in text
    assert "- {show: 1420, episodes: S02E01-E12," in text
    assert anitrakt("validate").code == 0
    assert anitrakt("apply", "--yes").code == 0
    assert list(sent_plays(sandbox)) == []


def test_once_the_list_has_an_id_all_that_was_decided_and_sent_is_that_entrys(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    plan = Path("plan.yaml")
    write_list("", FIRST)
    planned(anitrakt)
    confirm(plan)
    assert anitrakt("apply", "--yes", "--only", "title:*").code == 0
    sent = list(sent_plays(sandbox))
    assert len(sent) == 12

    write_list("25777", FIRST)
    done = planned(anitrakt)

    assert done.code == 0, done.err
    assert "the list has an id now for 1 entry: title:attack-on-titan-season-2 is mal:25777" in done.err
    text = plan.read_text("utf-8")
    assert "title:" not in text.replace("title: ", "")
    entry = text[text.index("  # above") :]
    assert entry.startswith(f'  # above\n  mal:25777:  # behind\n    title: "{TITLE}"\n')
    assert f"    decision: confirmed\n    match: {MATCH}\n    note: 'mine'\n" in entry
    assert entry.endswith("    # below\n")
    assert text.index("mal:16498:") < text.index("mal:25777:")

    again = planned(anitrakt)
    assert "Nothing new" in again.err
    assert plan.read_text("utf-8") == text

    assert anitrakt("apply", "--yes", "--only", "mal:25777").code == 0
    assert list(sent_plays(sandbox)) == sent
    taken = anitrakt("undo", "--only", "mal:25777", "-y")
    assert "Taken back: 12 plays" in taken.out + taken.err
    assert anitrakt("apply", "--yes", "--only", "mal:25777").code == 0
    assert list(sent_plays(sandbox)) == sent
    check_wire(sandbox)


def test_of_twins_each_goes_where_kind_and_length_say(anitrakt: Run) -> None:
    def entry(number: str, kind: str, episodes: int) -> str:
        return (
            f"<anime><series_animedb_id>{number}</series_animedb_id><series_title>Twins</series_title>"
            f"<series_type>{kind}</series_type><series_episodes>{episodes}</series_episodes>"
            "<my_status>Completed</my_status></anime>"
        )

    write_list("1", entry("", "TV", 12), entry("", "Movie", 1), entry("", "OVA", 2))
    planned(anitrakt)
    write_list("1", entry("999001", "Movie", 1), entry("999002", "TV", 12), entry("999003", "ONA", 2))
    done = planned(anitrakt)

    assert "for 2 entries: title:twins is mal:999002, title:twins-2 is mal:999001" in done.err
    text = Path("plan.yaml").read_text("utf-8")
    assert text.index("mal:999003:") < text.index("title:twins-3:") < text.index("status: gone")


def test_a_name_that_is_no_text_ends_in_a_sentence(anitrakt: Run) -> None:
    """The file system and the command line hand over bytes that are no UTF-8 as halves of signs."""
    odd = "li\udcffst.xml"
    write_list("25777")
    LIST.rename(odd)

    assert anitrakt("plan", "--list-file", odd, "-o", "plan.yaml").code == 0
    assert anitrakt("plan", "--list-file", odd, "-o", "plan.yaml").code == 0
    assert anitrakt("plan", "--mal", "no\udcffone", "-o", "other.yaml").code == 1
    assert anitrakt("plan", "--anilist", "no\udcffone", "-o", "other.yaml").code == 1
    assert anitrakt("show", "plan.yaml", "no\udcffone").code == 2
