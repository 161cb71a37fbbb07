"""What a re-plan changes, entry by entry: the diff shows what is new and no other line."""

from __future__ import annotations

import difflib
from dataclasses import replace
from datetime import timedelta

import pytest

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import (
    Candidate,
    Decision,
    EntryKey,
    Facts,
    Kind,
    MovieMatch,
    PartialDate,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    Run,
    ShowMatch,
    ShowSubject,
    Status,
    Straight,
    TmdbId,
)
from anitrakt_plan.model.resolving import resolver_of
from anitrakt_plan.planfile import (
    ChangeKind,
    Loaded,
    MergeResult,
    changed_by_rules,
    finished_plan,
    load_plan,
    merge_plan,
)
from tests.planfile.plan_texts import FILM, HEAD, PLAN, SEQUEL, SERVICES, edited, entry

SEQUEL_KEY = EntryKey("mal", 38524)
FILM_KEY = EntryKey("mal", 9999999)
CONFIRMED = ("decision: auto", "decision: confirmed")


def loaded(text: str = PLAN) -> Loaded:
    found = load_plan(text.encode(), "plan.yaml")
    assert found.plan is not None, found.errors[0].render()
    return found


def planned(text: str = PLAN) -> Plan:
    """What anitrakt would plan a week later, with other confidences, if nothing else has changed."""
    plan = loaded(text).plan
    assert plan is not None
    entries = tuple(
        replace(
            one,
            hint=(one.hint or "") + " · 0.5",
            candidates=tuple(replace(candidate, confidence=0.5) for candidate in one.candidates),
        )
        for one in plan.entries
    )
    return replace(plan, at=plan.at + timedelta(days=7), entries=entries)


def with_entry(plan: Plan, key: EntryKey, **values: object) -> Plan:
    entries = tuple(
        replace(one, **values) if one.key == key else one  # type: ignore[arg-type]
        for one in plan.entries
    )
    return replace(plan, entries=entries)


def without(plan: Plan, key: EntryKey) -> Plan:
    return replace(plan, entries=tuple(one for one in plan.entries if one.key != key))


def changed_lines(before: str, result: MergeResult) -> list[str]:
    """The lines of the diff, without the block `generated`."""
    lines = difflib.ndiff(before.splitlines(), result.text.decode().splitlines())
    kept = [line for line in lines if line[0] in "+-"]
    return [line for line in kept if not line[2:].startswith(("  at:", "  tool:"))]


def test_a_changed_confidence_is_nothing_new() -> None:
    result = merge_plan(loaded(), planned())
    assert result.text == PLAN.encode()
    assert not result.changed


def test_refresh_writes_the_confidences_anew() -> None:
    result = merge_plan(loaded(), planned(), refresh=True)
    assert "confidence: 0.50" in result.text.decode()
    assert "0.998 · id-maps, episodes · 0.5" in result.text.decode()
    assert "candidates" not in {name for change in result.changes for name in change.keys} or result.changed


def test_a_new_rating_changes_one_line_and_the_date_of_the_plan() -> None:
    progress = Progress(Status.COMPLETED, 10, finished=PartialDate(2019, 7, 1), rating=10)
    result = merge_plan(loaded(), with_entry(planned(), SEQUEL_KEY, progress=progress))
    assert changed_lines(PLAN, result) == [
        '-     list: {status: completed, watched: 10, finished: "2019-07-01", rating: 9}',
        '+     list: {status: completed, watched: 10, finished: "2019-07-01", rating: 10}',
    ]
    assert 'at: "2026-11-29T09:12:44Z"' in result.text.decode()
    (change,) = result.changes
    assert (change.kind, change.key, change.keys) == (ChangeKind.CHANGED, SEQUEL_KEY, ("list",))


def new_entry(number: int) -> PlanEntry:
    return PlanEntry(
        key=EntryKey("mal", number),
        title="New",
        facts=Facts(Kind.MOVIE, 2020, 1),
        progress=Progress(Status.COMPLETED, 1),
        decision=Decision.AUTO,
        match=MovieMatch(number),
        hint=f"movie {number} · New (2020) · 0.999",
    )


@pytest.mark.parametrize("number", [1, 40000, 99999999])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("cut", [False, True])
def test_a_new_entry_is_put_in_at_its_place(number: int, newline: str, cut: bool) -> None:
    text = (PLAN.removesuffix("\n") if cut else PLAN).replace("\n", newline)
    fresh = planned()
    result = merge_plan(loaded(text), replace(fresh, entries=(*fresh.entries, new_entry(number))))
    keys = [one.key.id for one in result.plan.entries]
    assert keys == sorted(keys)
    assert number in keys
    gone = [line for line in changed_lines(text, result) if line[0] == "-"]
    assert gone == []
    body = result.text.decode()
    assert body.count("\n") == body.count(newline)


def test_a_comment_above_an_entry_stays_with_it_when_another_is_put_in() -> None:
    text = HEAD + SEQUEL + "\n  # about the film\n" + FILM
    fresh = planned()
    result = merge_plan(
        loaded(text), replace(fresh, entries=(*fresh.entries, new_entry(40000), new_entry(1)))
    )
    body = result.text.decode()
    assert "  # about the film\n  mal:9999999:" in body
    assert body.index("mal:1:") < body.index("mal:38524:") < body.index("mal:40000:") < body.index("# about")


def test_an_entry_that_the_list_has_no_more_stays_and_is_not_sent() -> None:
    result = merge_plan(loaded(), without(planned(), SEQUEL_KEY))
    assert "    list: {status: gone}\n" in result.text.decode()
    assert result.changes[0].kind is ChangeKind.LEFT
    again = merge_plan(loaded(result.text.decode()), without(planned(), SEQUEL_KEY))
    assert not again.changed


def test_an_entry_under_another_status_keeps_its_place_with_it() -> None:
    progress = Progress(Status.DROPPED, 3)
    result = merge_plan(loaded(), without(planned(), SEQUEL_KEY), listed={SEQUEL_KEY: progress})
    assert "    list: {status: dropped, watched: 3}\n" in result.text.decode()


def test_an_auto_match_that_changed_before_anything_was_sent_is_replaced() -> None:
    fresh = with_entry(planned(), SEQUEL_KEY, match=MovieMatch(5), hint="movie 5 · Other (2019) · 0.997")
    result = merge_plan(loaded(), fresh)
    assert "    match: {movie: 5}  #> movie 5 · Other (2019) · 0.997\n" in result.text.decode()
    assert len(changed_lines(PLAN, result)) == 2


def test_an_auto_match_that_changed_after_plays_were_sent_waits_for_a_person() -> None:
    old_match = ShowMatch(1420, Straight((Run(3, 13, 22),)))
    other = with_entry(planned(), SEQUEL_KEY, match=MovieMatch(5), hint="movie 5 · Other (2019) · 0.997")
    result = merge_plan(loaded(), other, sent={SEQUEL_KEY})
    found = result.plan.entries[0]
    assert (found.decision, found.match) == (Decision.REVIEW, None)
    assert [one.match for one in found.candidates] == [old_match, MovieMatch(5)]
    assert found.candidates[0].title == "Attack on Titan (2013)"
    assert found.hint == "was sent as 1420 S03E13-E22; now it looks like movie 5"
    assert "#> 1420" not in result.text.decode()
    # and so it stays at the next re-plan, though the journal names no match of this file any more
    again = merge_plan(loaded(result.text.decode()), other)
    assert not again.changed
    # until anitrakt is of the old opinion again
    back = merge_plan(loaded(result.text.decode()), planned())
    assert (back.plan.entries[0].decision, back.plan.entries[0].match) == (Decision.AUTO, old_match)


def airing(match: str, watched: int) -> str:
    """A plan with one show that is still airing, by as much of it as Trakt has by now."""
    written = f'{{show: 1420, episodes: "{match}"}}'
    if "=" in match:
        listed, _, runs = match.removeprefix("parts ").partition(" = ")
        written = f"{{show: 1420, parts: [{{list: {listed}, episodes: {runs}}}]}}"
    return HEAD.replace("[completed]", "[watching]") + (
        '  mal:38524:\n    title: "A Show"\n    source: {kind: TV, year: 2026}\n'
        f"    list: {{status: watching, watched: {watched}}}\n    decision: auto\n"
        f"    match: {written}  #> 1420 {match} · A Show (2026) · 0.998 · id-maps\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("S01E01-E05", "S01E01-E06"),
        ("S01E01-E05", "parts 1-6 = S01E01-E06"),
        ("parts 1-5 = S01E01-E05", "parts 1-6 = S01E01-E06"),
        ("S01E01-E06", "S01E01-E05"),  # announced, and postponed: nobody has watched it
        ("S01E01-E06", "S01E01-E04"),
    ],
)
def test_a_show_that_is_still_airing_stays_auto_from_week_to_week(before: str, after: str) -> None:
    text = airing(before, 4)
    result = merge_plan(loaded(text), planned(airing(after, 4)), sent={SEQUEL_KEY})
    assert result.plan.entries[0].decision is Decision.AUTO
    assert result.plan.entries[0].match == planned(airing(after, 4)).entries[0].match
    assert not merge_plan(loaded(result.text.decode()), planned(airing(after, 4)), sent={SEQUEL_KEY}).changed


@pytest.mark.parametrize(
    "after", ["S01E02-E06", "S01E01-E03", "S02E01-E06", "parts 2-6 = S01E01-E05", "S01E01-E03, S02E01-E03"]
)
def test_what_was_watched_and_sent_is_never_moved_without_a_person(after: str) -> None:
    result = merge_plan(loaded(airing("S01E01-E05", 4)), planned(airing(after, 3)), sent={SEQUEL_KEY})
    assert (result.plan.entries[0].decision, result.plan.entries[0].match) == (Decision.REVIEW, None)


def test_doubt_about_what_was_sent_changes_nothing() -> None:
    old_match = ShowMatch(1420, Straight((Run(3, 13, 22),)))
    candidates = (Candidate(old_match, "Attack on Titan", 2013, "u", 0.97, ()),)
    fresh = with_entry(
        planned(),
        SEQUEL_KEY,
        decision=Decision.REVIEW,
        match=None,
        candidates=candidates,
        hint="the best is 0.97",
    )
    assert not merge_plan(loaded(), fresh, sent={SEQUEL_KEY}).changed
    assert merge_plan(loaded(), fresh).plan.entries[0].decision is Decision.REVIEW


def test_a_decision_stays_and_attention_says_what_changed_beneath_it() -> None:
    text = edited(CONFIRMED, ("decision: confirmed", "decision: confirmed  # sure of it"))
    fresh = with_entry(planned(), SEQUEL_KEY, facts=Facts(Kind.TV, 2019, 12), match=MovieMatch(5))
    result = merge_plan(loaded(text), fresh)
    body = result.text.decode()
    assert "    decision: confirmed  # sure of it\n    match: {show: 1420, episodes: S03E13-E22}" in body
    assert '    attention: ["episodes 10 -> 12 since you decided"]\n' in body
    # the match fits no more, so this entry alone waits
    assert [one.code for one in load_plan(result.text, "p").diagnostics] == ["PLAN063"]
    assert result.plan.entries[0].decision is Decision.REVIEW
    assert not merge_plan(loaded(body), fresh).changed
    mended = body.replace("S03E13-E22}", "S03E13-E24}", 1)
    assert [one.code for one in load_plan(mended.encode(), "p").diagnostics] == []


def test_more_watched_than_a_decided_match_holds_is_no_mistake_of_the_user() -> None:
    text = edited(CONFIRMED, ("kind: TV, year: 2019, episodes: 10", "kind: TV, year: 2019"))
    fresh = with_entry(planned(text), SEQUEL_KEY, progress=Progress(Status.COMPLETED, 11))
    result = merge_plan(loaded(text), fresh)
    assert "11 episodes were watched" in result.plan.entries[0].attention[0]


def test_an_auto_match_that_a_person_changed_is_written_as_confirmed() -> None:
    text = edited(("{show: 1420, episodes: S03E13-E22}", "{show: 1420, episodes: S03E01-E10}"))
    result = merge_plan(loaded(text), planned())
    body = result.text.decode()
    assert "    decision: confirmed\n    match: {show: 1420, episodes: S03E01-E10}\n" in body
    assert result.plan.entries[0].decision is Decision.CONFIRMED


def test_a_match_in_review_is_never_taken_away() -> None:
    text = edited(("match: null", "match: {movie: 8}  # perhaps"))
    fresh = with_entry(planned(), FILM_KEY, decision=Decision.AUTO, match=MovieMatch(9), hint="movie 9")
    result = merge_plan(loaded(text), with_entry(fresh, FILM_KEY, candidates=()))
    assert "    match: {movie: 8}  # perhaps\n" in result.text.decode()
    assert result.plan.entries[1].decision is Decision.REVIEW


def test_what_became_certain_leaves_review_and_its_old_words_go() -> None:
    text = edited(("    candidates:", "    # mine\n    candidates:"))
    fresh = with_entry(
        planned(), FILM_KEY, decision=Decision.AUTO, match=MovieMatch(9), hint="movie 9", candidates=()
    )
    body = merge_plan(loaded(text), fresh).text.decode()
    assert "    decision: auto\n    match: {movie: 9}  #> movie 9\n    # mine\n" in body
    assert "candidates" not in body
    assert "the best is" not in body


def test_two_entries_that_claim_the_same_go_into_review_unless_a_person_decided() -> None:
    text = HEAD + entry("mal:1", match="{movie: 5}") + SEQUEL
    other = with_entry(planned(text), SEQUEL_KEY, match=MovieMatch(5), hint="movie 5")
    result = merge_plan(loaded(text), other)
    assert [one.decision for one in result.plan.entries] == [Decision.CONFIRMED, Decision.REVIEW]
    assert result.plan.entries[1].hint == "mal:1 claims film 5 too"
    assert not merge_plan(loaded(result.text.decode()), other).changed


def test_a_fresh_plan_has_no_two_claims_on_the_same() -> None:
    fresh = planned()
    fresh = replace(fresh, entries=tuple(replace(new_entry(n), match=MovieMatch(5)) for n in (1, 2)))
    assert {one.decision for one in finished_plan(fresh, "plan.yaml")[0].entries} == {Decision.REVIEW}


def test_another_policy_is_written_and_nothing_else() -> None:
    result = merge_plan(loaded(), replace(planned(), policy=Policy(auto_from=0.95)))
    assert result.changed
    assert not result.changes
    assert [line[:12] for line in changed_lines(PLAN, result)] == ["-   policy: ", "+   policy: "]


def test_a_plan_made_without_a_sign_in_does_not_forget_the_account() -> None:
    assert not merge_plan(loaded(), replace(planned(), target_user=None)).changed


def test_what_is_rated_is_fixed_once_it_was_sent() -> None:
    text = edited(("    decision: auto", "    rates: season\n    decision: auto"))
    fresh = with_entry(planned(text), SEQUEL_KEY, rates=None)
    assert not merge_plan(loaded(text), fresh, sent={SEQUEL_KEY}).changed
    assert merge_plan(loaded(text), fresh).changed


def test_an_entry_in_flow_form_is_rewritten_without_losing_its_comment() -> None:
    flow = "  mal:5: {title: x, source: {kind: Movie}, list: {status: completed}, decision: skip}  # mine\n"
    fresh = planned(HEAD + flow)
    fresh = with_entry(fresh, EntryKey("mal", 5), progress=Progress(Status.COMPLETED, 1, rating=3))
    body = merge_plan(loaded(HEAD + flow), fresh).text.decode()
    assert '  # mine\n  mal:5:\n    title: "x"\n' in body
    assert "rating: 3" in body


def test_json_is_a_plan_too_and_is_written_anew_where_it_changes() -> None:
    text = HEAD.replace("entries:\n", "entries: {}\n")
    fresh = replace(planned(text), entries=(new_entry(1),))
    assert "  mal:1:\n" in merge_plan(loaded(text), fresh).text.decode()
    line = '{"mal:5": {"title": "x", "source": {"kind": "Movie"}, "list": {"status": "gone"}, "decision": "skip"}}'
    text = HEAD.replace("entries:\n", f"# mine\nentries: {line}\n")
    assert not merge_plan(loaded(text), replace(planned(text), entries=())).changed
    body = merge_plan(loaded(text), fresh).text.decode()
    assert "# mine" in body
    assert "  mal:1:\n" in body
    assert "  mal:5:\n" in body


def test_a_plan_with_mistakes_is_not_planned_again() -> None:
    with pytest.raises(Failed, match="validate"):
        merge_plan(load_plan(edited(("decision: auto", "decision: x")).encode(), "plan.yaml"), planned())


NEWER = "anitrakt 9.0"


def by_newer_rules(text: str, **values: object) -> MergeResult:
    """The sequel's entry after a re-plan by a newer version, which sees it so; its plays are on Trakt."""
    fresh = replace(with_entry(planned(text), SEQUEL_KEY, **values), tool=NEWER)
    return merge_plan(loaded(text), fresh, sent={SEQUEL_KEY}, services=SERVICES)


SENT_AS = ShowMatch(1420, Straight((Run(3, 13, 22),)))
BACKWARDS = ShowMatch(1420, Straight((Run(3, 18, 22), Run(3, 13, 17))))


def some_candidates(*matches: MovieMatch | ShowMatch) -> tuple[Candidate, ...]:
    return tuple(Candidate(one, "A Show", 2019, "https://trakt.tv/x", 0.5) for one in matches)


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        # no longer certain, and another is the best now, but it is still among the possible ones
        (
            {
                "decision": Decision.REVIEW,
                "match": None,
                "candidates": some_candidates(MovieMatch(5), SENT_AS),
            },
            True,
        ),
        # the same episodes in another order
        ({"match": BACKWARDS, "hint": "1420 S03E18-E22, S03E13-E17"}, True),
        # certainly another
        ({"match": MovieMatch(5), "hint": "movie 5"}, False),
        # nothing speaks for it any more
        ({"decision": Decision.REVIEW, "match": None, "candidates": some_candidates(MovieMatch(5))}, False),
        # possible, but the list has another number of episodes by now
        (
            {
                "decision": Decision.REVIEW,
                "match": None,
                "candidates": some_candidates(SENT_AS),
                "facts": Facts(Kind.TV, 2019, 11),
                "url": "https://mal.example/anime/38524",
            },
            False,
        ),
    ],
)
def test_what_was_sent_and_still_fits_newer_rules_stays_as_it_is(
    values: dict[str, object], stays: bool
) -> None:
    result = by_newer_rules(PLAN, **values)
    found = result.plan.entries[0]
    if stays:
        assert (found.decision, found.match) == (Decision.AUTO, SENT_AS)
        assert not result.changed
    else:
        assert (found.decision, found.match) == (Decision.REVIEW, None)
        assert (found.candidates[0].match, found.candidates[0].why) == (SENT_AS, ("already-sent",))
        fresh = replace(with_entry(planned(), SEQUEL_KEY, **values), tool=NEWER)
        assert not merge_plan(result.loaded, fresh, services=SERVICES).changed


def test_what_stays_by_newer_rules_is_no_question_a_week_later() -> None:
    """The file says by then that the newer version has made it."""
    values: dict[str, object] = {
        "decision": Decision.REVIEW,
        "match": None,
        "candidates": some_candidates(MovieMatch(5), SENT_AS),
    }
    progress = Progress(Status.COMPLETED, 10, rating=10)
    first = by_newer_rules(PLAN, progress=progress, **values)
    assert first.changed
    assert first.plan.tool == NEWER
    fresh = replace(with_entry(planned(), SEQUEL_KEY, progress=progress, **values), tool=NEWER)
    assert not merge_plan(first.loaded, fresh, sent={SEQUEL_KEY}).changed


def test_of_nothing_watched_nothing_fits() -> None:
    """No episode of either match was seen: that they send the same, namely none, says nothing for the old one."""
    text = PLAN.replace("completed, watched: 10", "watching, watched: 0").replace(
        "[completed]", "[completed, watching]"
    )
    fresh = with_entry(planned(text), SEQUEL_KEY, match=MovieMatch(5), hint="movie 5")
    result = merge_plan(loaded(text), fresh, sent={SEQUEL_KEY})
    assert result.plan.entries[0].decision is Decision.REVIEW


def test_the_matches_that_newer_rules_changed_are_counted() -> None:
    old = loaded().plan
    assert old is not None
    moved = by_newer_rules(PLAN, match=MovieMatch(5), hint="movie 5")
    assert [one.key for one in changed_by_rules(old, moved.changes, moved.plan) or ()] == [SEQUEL_KEY]
    longer = by_newer_rules(PLAN, match=MovieMatch(5), hint="movie 5", facts=Facts(Kind.TV, 2019, 11))
    assert changed_by_rules(old, longer.changes, longer.plan) == ()
    same = merge_plan(loaded(), with_entry(planned(), SEQUEL_KEY, match=MovieMatch(5), hint="movie 5"))
    assert changed_by_rules(old, same.changes, same.plan) is None


@pytest.mark.parametrize("late", [1, 2])
def test_two_decisions_that_the_list_brings_onto_one_film_stop_nothing_else(late: int) -> None:
    """One was planned, and is completed by now: both were decided by a person, and the file must go on holding."""

    def listed(number: int, status: str) -> str:
        text = entry(f"mal:{number}", match="{movie: 5}")
        return text.replace("completed, watched: 1", status) if number == late else text

    head = HEAD.replace("[completed]", "[completed, planned]")
    text = head + listed(1, "planned") + listed(2, "planned") + SEQUEL
    fresh = planned(text)
    key = EntryKey("mal", late)
    result = merge_plan(loaded(text), with_entry(fresh, key, progress=Progress(Status.COMPLETED, 1)))
    found = next(one for one in result.loaded.drafts if one.entry.key == key).entry
    assert (found.decision, found.match) == (Decision.CONFIRMED, MovieMatch(5))
    assert found.attention == (f"mal:{3 - late} claims film 5 too",)
    assert [one.code for one in result.loaded.diagnostics] == ["PLAN063"]
    assert {one.key.id: one.decision for one in result.plan.entries} == {
        late: Decision.REVIEW,
        3 - late: Decision.CONFIRMED,
        38524: Decision.AUTO,
    }
    again = merge_plan(result.loaded, with_entry(fresh, key, progress=Progress(Status.COMPLETED, 1)))
    assert not again.changed


def test_a_comment_below_an_entry_stays_with_it_when_another_is_put_in_behind_it() -> None:
    text = HEAD + SEQUEL + "    # to be watched again\n\n" + FILM
    fresh = planned(text)
    body = merge_plan(loaded(text), replace(fresh, entries=(*fresh.entries, new_entry(40000)))).text.decode()
    assert f"{SEQUEL}    # to be watched again\n\n  mal:40000:\n" in body


def test_a_comment_within_a_value_that_becomes_another_goes_below_it() -> None:
    text = edited(
        (
            "match: {show: 1420, episodes: S03E13-E22}  #>",
            "match: {show: 1420, # mine\n      episodes: S03E13-E22}  #>",
        )
    )
    other = with_entry(planned(text), SEQUEL_KEY, match=MovieMatch(5), hint="movie 5 · Other (2019) · 0.997")
    body = merge_plan(loaded(text), other).text.decode()
    assert "    match: {movie: 5}  #> movie 5 · Other (2019) · 0.997\n    # mine\n" in body


KNOWN = resolver_of({ShowSubject(TmdbId(1429)): 1420})


def test_a_tmdb_id_of_anitrakts_own_becomes_trakts_once_it_is_known() -> None:
    by_tmdb = PLAN.replace("show: 1420,", "show: tmdb:1429,").replace("#> 1420 ", "#> tmdb:1429 ")
    assert not merge_plan(loaded(by_tmdb), planned_by_tmdb()).changed

    result = merge_plan(loaded(by_tmdb), planned(), sent={SEQUEL_KEY}, resolve=KNOWN)

    assert result.plan.entries[0].decision is Decision.AUTO
    assert "match: {show: 1420, episodes: S03E13-E22}  #> 1420 S03E13-E22 " in result.text.decode()
    assert not merge_plan(result.loaded, planned(), sent={SEQUEL_KEY}, resolve=KNOWN).changed
    newer = replace(planned(), tool="anitrakt 99")
    before = loaded(by_tmdb).plan
    assert before is not None
    assert changed_by_rules(before, result.changes, newer, KNOWN) == ()


def test_a_tmdb_id_of_the_users_stays_as_written() -> None:
    mine = PLAN.replace("show: 1420,", "show: tmdb:1429,").replace("decision: auto", "decision: confirmed")
    result = merge_plan(loaded(mine), planned(), resolve=KNOWN)
    assert result.text == mine.encode()


def test_what_another_claims_by_trakts_id_waits_beside_a_tmdb_id_of_the_users() -> None:
    mine = PLAN.replace("show: 1420,", "show: tmdb:1429,").replace("decision: auto", "decision: confirmed")
    (sequel, *others) = planned().entries
    rival = replace(sequel, key=EntryKey("mal", 40_000))
    fresh = replace(planned(), entries=(sequel, rival, *others))

    unknown = merge_plan(loaded(mine), fresh)
    known = merge_plan(loaded(mine), fresh, resolve=KNOWN)

    assert {one.key: one.decision for one in unknown.plan.entries}[rival.key] is Decision.AUTO
    (waiting,) = (one for one in known.plan.entries if one.key == rival.key)
    assert waiting.decision is Decision.REVIEW
    assert waiting.hint == f"{SEQUEL_KEY} claims S03E13-E22 of show 1420 too"


def planned_by_tmdb() -> Plan:
    """The fresh plan of somebody who can't ask Trakt."""
    (sequel, *others) = planned().entries
    assert isinstance(sequel.match, ShowMatch)
    match = replace(sequel.match, show=TmdbId(1429))
    hint = (sequel.hint or "").replace("1420 ", "tmdb:1429 ")
    return replace(planned(), entries=(replace(sequel, match=match, hint=hint), *others))
