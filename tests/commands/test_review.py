"""A review walks through what is open, writes each answer at once, and never over somebody else's change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest

from anitrakt_plan.commands.doubts import Offer
from anitrakt_plan.commands.plan_file import EntryChanged, PlanFile
from anitrakt_plan.commands.review import (
    Choosing,
    Doubted,
    NothingToAccept,
    Outcome,
    Session,
    franchises,
    queue_of,
)
from anitrakt_plan.errors import Failed, PlanInvalid
from anitrakt_plan.model import Decision, EntryKey, MovieMatch, PlanEntry, Run, SeasonsOf, ShowMatch, Straight
from anitrakt_plan.model.matches import parse_match
from anitrakt_plan.planfile import read_plan
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused

HEAD = """\
format: anitrakt-plan/1
generated:
  tool: "anitrakt 0.1.0"
  at: "2026-11-22T09:12:44Z"
  source: {service: mal, user: "x", entries: 5, statuses: [completed]}
  target: {service: trakt, user: null}
  policy: {auto_from: 0.99, dates: finish, ratings: auto, on_conflict: keep, rewatches: ignore}
entries:
"""


def entry_text(number: int, decision: str, rest: str = "    match: null\n", episodes: int = 12) -> str:
    return (
        f'  mal:{number}:\n    title: "Title {number}"\n    source: {{kind: TV, year: 2019, episodes: {episodes}}}\n'
        f"    list: {{status: completed, watched: {episodes}}}\n    decision: {decision}\n{rest}"
    )


def auto_text(number: int, confidence: str) -> str:
    short = f"{number} S01E01-E12"
    return entry_text(
        number,
        "auto",
        f"    match: {{show: {number}, episodes: S01E01-E12}}  #> {short} · T (2019) · {confidence}\n",
    )


PLAN = (
    HEAD
    + entry_text(1, "review", episodes=3)
    + auto_text(2, "0.999")
    + entry_text(3, "review", episodes=26)
    + auto_text(4, "0.991")
    + entry_text(5, "skip")
    + entry_text(6, "review", episodes=12)
    + entry_text(7, "review").replace("completed, watched: 12", "gone")
)

ONE, THREE, SIX = (EntryKey.parse(f"mal:{number}") for number in (1, 3, 6))
MATCH = ShowMatch(77, Straight((Run(1, 1, 26),)))


def write(path: Path, data: bytes, *, expected: bytes | None) -> None:
    if path.read_bytes() != expected:
        raise Failed("changed")
    path.write_bytes(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture
def session(path: Path) -> Session:
    file = PlanFile(path, write)
    return Session(file, queue_of(file.plan))


@pytest.mark.parametrize(
    ("match", "own", "is_free"),
    [
        ("2 S01E05-E08", False, False),  # mal:2 is sent, and holds S01E01-E12
        ("2 S01E05-E08", True, True),
        ("2 S02E01-E12", False, True),
        ("5 S01E01-E12", False, True),  # mal:5 is skipped
        ("movie 2", False, True),
    ],
)
def test_what_another_sent_entry_holds_by_now_is_not_offered(
    session: Session, match: str, own: bool, is_free: bool
) -> None:
    offer = Offer(parse_match(match), "Title", 2019, "https://trakt.tv/shows/2", own=own)

    class OfThis(Choosing):
        def offers(self, entry: PlanEntry, seasons_of: SeasonsOf | None = None) -> tuple[Offer, ...]:
            return (offer,)

    session.choices = OfThis()
    assert session.offers(now(session)) == ((offer,) if is_free else ())


def now(session: Session) -> PlanEntry:
    step = session.current()
    assert step is not None
    return step.entry


def decided(path: Path) -> dict[str, str]:
    plan = read_plan(path).plan
    assert plan is not None
    return {str(entry.key): entry.decision.value for entry in plan.entries}


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [3, 6, 1]),
        ({"in_order": True}, [1, 3, 6]),
        ({"auto": True}, [4, 2]),
        ({"auto": True, "in_order": True}, [2, 4]),
        ({"patterns": ["title 5"]}, [5]),
        ({"patterns": ["mal:6", "mal:2"]}, [2, 6]),
        ({"patterns": ["mal:*"]}, [1, 2, 3, 4, 5, 6, 7]),
        ({"patterns": ["title"]}, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_what_is_asked_about_and_in_which_order(
    path: Path, options: dict[str, bool | list[str]], wanted: list[int]
) -> None:
    found = queue_of(PlanFile(path, write).plan, **options)  # type: ignore[arg-type]
    assert [key.id for key in found] == wanted


def test_each_answer_is_in_the_file_before_the_next_entry_comes_up(session: Session, path: Path) -> None:
    session.confirm(now(session), MATCH, hint="Long (2019)")
    assert "match: {show: 77, episodes: S01E01-E26}  #> 77 S01E01-E26 · Long (2019)\n" in path.read_text(
        encoding="utf-8"
    )
    session.skip(now(session), "not on Trakt")
    assert 'decision: skip\n    match: null\n    note: "not on Trakt"\n' in path.read_text(encoding="utf-8")
    session.later(now(session))
    assert session.current() is None
    assert decided(path) | {"mal:3": "confirmed", "mal:6": "skip", "mal:1": "review"} == decided(path)
    summary = session.summary()
    assert (summary.confirmed, summary.skipped, summary.later, summary.open) == (1, 1, 1, 1)


def test_going_back_lets_an_answer_be_changed(session: Session, path: Path) -> None:
    session.skip(now(session), "a slip")
    assert session.back()
    step = session.current()
    assert step is not None
    assert (step.number, step.total, step.outcome) == (1, 3, Outcome.SKIPPED)
    session.confirm(step.entry, MATCH)
    assert decided(path)["mal:3"] == "confirmed"
    assert session.summary().skipped == 0


def test_there_is_nothing_before_the_first_entry(session: Session) -> None:
    assert not session.back()
    assert now(session).key == THREE


def test_later_does_not_forget_an_earlier_answer(session: Session) -> None:
    session.skip(now(session))
    session.back()
    session.later(now(session))
    assert session.summary().skipped == 1


def test_accepting_an_automatic_match_keeps_its_line(path: Path) -> None:
    file = PlanFile(path, write)
    session = Session(file, queue_of(file.plan, auto=True))
    entry = now(session)
    session.confirm(entry, entry.match)  # type: ignore[arg-type]
    assert path.read_text(encoding="utf-8") == PLAN.replace(
        auto_text(4, "0.991"), auto_text(4, "0.991").replace("auto", "confirmed")
    )


def replan(text: str) -> str:
    """Another program adds an entry and a line of facts."""
    return text.replace(
        "  mal:3:\n", "  mal:2222:\n" + entry_text(2222, "skip").partition("\n")[2] + "  mal:3:\n"
    )


def test_an_answer_goes_into_what_a_replan_wrote_meanwhile(session: Session, path: Path) -> None:
    shown = now(session)
    path.write_text(replan(PLAN), encoding="utf-8")
    session.confirm(shown, MATCH)
    assert decided(path)["mal:2222"] == "skip"
    assert decided(path)["mal:3"] == "confirmed"


def test_a_replan_in_the_very_moment_of_writing_is_not_overwritten(path: Path) -> None:
    hits: list[int] = []

    def raced(path: Path, data: bytes, *, expected: bytes | None) -> None:
        if not hits:
            hits.append(1)
            path.write_text(replan(PLAN), encoding="utf-8")
        write(path, data, expected=expected)

    file = PlanFile(path, raced)
    session = Session(file, queue_of(file.plan))
    session.confirm(now(session), MATCH)
    assert decided(path)["mal:2222"] == "skip"
    assert decided(path)["mal:3"] == "confirmed"


def test_a_file_that_can_not_be_written_is_said_and_asked_again(path: Path) -> None:
    def full(path: Path, data: bytes, *, expected: bytes | None) -> None:
        raise Failed("no space left")

    file = PlanFile(path, full)
    session = Session(file, queue_of(file.plan))
    with pytest.raises(Failed, match="no space left"):
        session.confirm(now(session), MATCH)
    assert now(session).key == THREE
    assert session.summary().confirmed == 0


THIRD = entry_text(3, "review", episodes=26)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(THIRD, entry_text(3, "skip", episodes=26), id="decision"),
        pytest.param(THIRD, entry_text(3, "review", "    match: {movie: 5}\n", episodes=26), id="match"),
        pytest.param(THIRD, entry_text(3, "review", "    note: x\n", episodes=26), id="note"),
        pytest.param("episodes: 26", "episodes: 27", id="facts"),
    ],
)
def test_what_somebody_else_decided_meanwhile_is_not_overwritten(
    session: Session, path: Path, old: str, new: str
) -> None:
    shown = now(session)
    text = PLAN.replace(old, new)
    assert text != PLAN
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EntryChanged):
        session.skip(shown)
    assert path.read_text(encoding="utf-8") == text
    assert now(session) != shown


def test_an_entry_that_somebody_took_out_is_passed_over(session: Session, path: Path) -> None:
    shown = now(session)
    path.write_text(PLAN.replace(entry_text(3, "review", episodes=26), ""), encoding="utf-8")
    with pytest.raises(EntryGone):
        session.skip(shown)
    assert now(session).key == SIX
    session.later(now(session))
    session.back()
    session.back()
    assert now(session).key == SIX


def test_a_file_that_somebody_broke_ends_the_review_and_stays_as_it_is(session: Session, path: Path) -> None:
    shown = now(session)
    broken = PLAN.replace("decision: skip", "decision: skipp")
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(PlanInvalid, match="1 error, the first in line"):
        session.skip(shown)
    assert path.read_text(encoding="utf-8") == broken


def test_a_match_that_another_entry_claims_is_refused_and_asked_again(session: Session, path: Path) -> None:
    session.later(now(session))
    shown = now(session)
    with pytest.raises(EntryRefused, match="mal:2"):
        session.confirm(shown, ShowMatch(2, Straight((Run(1, 1, 12),))))
    assert path.read_text(encoding="utf-8") == PLAN
    assert now(session) == shown


def test_sure_is_written_for_what_a_person_insists_on(session: Session, path: Path) -> None:
    saved = session.confirm(now(session), MovieMatch(97), sure=True)
    assert (saved.decision, saved.match, saved.sure) == (Decision.CONFIRMED, MovieMatch(97), True)
    assert "match: {movie: 97, sure: true}" in path.read_text(encoding="utf-8")


# --- the rules for every choice ---


def candidate_text(number: int, confidence: float, *, title: str | None = None, year: int = 2019) -> str:
    name = title or f"Title {number}"
    return (
        f'    - {{show: {number * 10}, episodes: S01E01-E12, title: "{name}", year: {year}, '
        f'url: "https://trakt.tv/shows/x", confidence: {confidence}, why: [year]}}\n'
    )


def open_text(number: int, *candidates: str) -> str:
    return entry_text(number, "review", "    match: null\n    candidates:\n" + "".join(candidates))


MANY = (
    HEAD
    + open_text(1, candidate_text(1, 0.995))
    + open_text(2, candidate_text(2, 0.91), candidate_text(2, 0.2))
    + open_text(3, candidate_text(3, 0.49))
    + open_text(4, candidate_text(4, 0.97, title="Quite Another Thing", year=1999))
    + open_text(5)
    + "  # the user's own\n"
    + open_text(6, candidate_text(1, 0.93))
)


@pytest.fixture
def many(path: Path) -> Session:
    path.write_text(MANY, encoding="utf-8")
    file = PlanFile(path, write)
    return Session(file, queue_of(file.plan, in_order=True))


def test_a_candidate_of_specials_alone_that_does_not_fit_is_offered_as_it_is(path: Path) -> None:
    specials = candidate_text(1, 0.3).replace("S01E01-E12", "S00E01-E05")
    path.write_text(HEAD + open_text(1, specials), encoding="utf-8")
    file = PlanFile(path, write)
    session = Session(file, queue_of(file.plan))
    assert [offer.place for offer in session.offers(file.plan.entries[0])] == ["S00E01-E05"]


def at(session: Session, number: int) -> PlanEntry:
    entry = session.file.entry(EntryKey("mal", number))
    assert entry is not None
    return entry


def test_what_is_less_likely_than_not_is_not_accepted_with_one_key(many: Session) -> None:
    assert many.best(at(many, 1)).match == parse_match("10 S01E01-E12")
    with pytest.raises(NothingToAccept, match="49 %"):
        many.best(at(many, 3))
    with pytest.raises(NothingToAccept):
        many.best(at(many, 5))


def test_what_is_too_long_by_its_specials_is_offered_without_them_and_as_it_is_accepted_by_no_key(
    many: Session, path: Path
) -> None:
    path.write_text(
        MANY.replace("10, episodes: S01E01-E12", '10, episodes: "S00E01, S01E01-E12"'), encoding="utf-8"
    )
    shown = at(many, 1)
    without, too_long = many.offers(shown)
    assert (without.place, without.confidence) == ("S01E01-E12", None)
    assert (too_long.place, too_long.confidence) == ("S00E01, S01E01-E12", 0.995)
    assert not many.several([shown]).takes
    with pytest.raises(NothingToAccept):
        many.best(shown)
    many.choose(shown, without)
    assert at(many, 1).match == parse_match("10 S01E01-E12")


def test_a_choice_that_is_doubted_is_asked_with_both_titles_and_written_for_who_insists(
    many: Session, path: Path
) -> None:
    for number in (3, 4):
        shown = at(many, number)
        (offer,) = many.offers(shown)
        with pytest.raises(Doubted) as doubted:
            many.choose(shown, offer)
        assert f"«Title {number}» (2019) really «{offer.title}»" in doubted.value.question
        assert decided(path)[f"mal:{number}"] == "review"
        many.choose(shown, offer, insists=True)
        assert decided(path)[f"mal:{number}"] == "confirmed"


def test_a_typed_match_is_as_doubtful_as_the_candidate_that_it_is(many: Session) -> None:
    shown = at(many, 3)
    typed = Offer(parse_match("30 S01E01-E12"), "Title 3", 2019, "https://trakt.tv/shows/x")
    with pytest.raises(Doubted, match="49 %"):
        many.choose(shown, typed)


def test_many_at_once_are_told_before_and_what_is_doubted_or_unlikely_stays_open(
    many: Session, path: Path
) -> None:
    several = many.several(many.rest())
    assert [entry.key.id for entry, _ in several.takes] == [1, 2, 6]
    assert [entry.key.id for entry, _ in several.leaves] == [3, 4, 5]
    assert (several.lowest, round(several.expected_wrong, 3)) == (0.91, 0.165)
    assert several.sentence == "accept 3, the least sure at 91 % (probably none wrong); 3 stay open"
    written = many.accept_all(several)
    assert [change.key.id for change in written.changes] == [1, 2]  # 6 wanted what 1 has got
    assert "mal:1" in written.refused[EntryKey("mal", 6)].what
    assert decided(path)["mal:6"] == "review"
    assert [entry.key.id for entry in many.rest()] == [3, 4, 5, 6]


def test_what_was_answered_with_others_does_not_come_up_again_unless_one_goes_back(many: Session) -> None:
    many.accept_all(many.several(many.rest(), 0.9))
    assert now(many).key.id == 3
    many.later(now(many))
    many.back()
    assert now(many).key.id == 3
    many.back()
    assert now(many).key.id == 2
    many.later(now(many))
    many.skip_all(many.rest())
    assert many.current() is None
    many.undo()
    assert now(many).key.id == 3


def test_from_a_confidence_up(many: Session) -> None:
    assert [entry.key.id for entry, _ in many.several(many.rest(), 0.95).takes] == [1]
    assert many.several([at(many, 5)]).sentence == "nothing here can be accepted"


def test_undo_has_no_end_and_restores_every_byte(many: Session, path: Path) -> None:
    many.accept_all(many.several(many.rest(), 0.9))
    many.skip_all(many.rest(), "not there")
    many.reopen(at(many, 5))
    assert decided(path)["mal:5"] == "review"
    assert many.undo().changes[0].key == EntryKey("mal", 5)
    assert decided(path)["mal:5"] == "skip"
    assert len(many.undo().changes) == 4
    assert len(many.undo().changes) == 2
    assert path.read_text(encoding="utf-8") == MANY
    assert many.summary().open == 6
    with pytest.raises(ValueError, match="nothing to take back"):
        many.undo()


def test_undo_leaves_what_somebody_changed_since(many: Session, path: Path) -> None:
    many.skip_all([at(many, 1), at(many, 2)])
    path.write_text(
        path.read_text(encoding="utf-8").replace("watched: 12", "watched: 11", 1), encoding="utf-8"
    )
    written = many.undo()
    assert ([change.key.id for change in written.changes], list(written.refused)) == (
        [2],
        [EntryKey("mal", 1)],
    )
    assert decided(path) | {"mal:1": "skip", "mal:2": "review"} == decided(path)


def test_reopening_offers_the_candidates_again(many: Session, path: Path) -> None:
    many.choose(at(many, 1), many.best(at(many, 1)))
    many.reopen(at(many, 1))
    assert at(many, 1).match is None
    assert [offer.confidence for offer in many.offers(at(many, 1))] == [0.995]
    assert many.summary().confirmed == 0


def test_a_franchise_is_by_show_or_by_name(many: Session) -> None:
    names = ("Asterix", "Babar", "Calimero", "Dilbert", "Calimero 2nd Season", "Fix and Foxi")
    of = franchises([replace(one, title=name) for one, name in zip(many.rest(), names, strict=True)])
    assert [of[EntryKey("mal", number)] for number in range(1, 7)] == [0, 1, 2, 3, 2, 0]


def test_an_answer_among_2000_entries_is_quick(path: Path) -> None:
    text = HEAD + "".join(auto_text(number, "0.999") for number in range(10, 2000)) + entry_text(1, "review")
    path.write_text(text, encoding="utf-8")
    file = PlanFile(path, write)
    session = Session(file, queue_of(file.plan))
    began = process_time()
    session.skip(now(session))
    assert process_time() - began < 0.2
