"""Caps: what forbids auto whatever the numbers say, and what lifts each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

import pytest
from _pytest.mark.structures import ParameterSet

from anitrakt_plan.matching import propose as matching
from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import MatchContext, Neighbour, Option
from anitrakt_plan.matching.propose import is_certain, judge, propose
from anitrakt_plan.matching.seasons import Leaves, Shape
from anitrakt_plan.model import (
    Decision,
    Entry,
    EntryKey,
    Episode,
    Kind,
    MovieMatch,
    Part,
    Parts,
    Ratio,
    Run,
    Show,
    ShowMatch,
    Status,
    Straight,
    TargetKind,
)
from anitrakt_plan.model.entries import TITLE
from tests.matching.matching_parts import entry, film, in_show

# What each cap holds, and what it lets pass.
Rows = list[tuple[Entry, Option]]
Pair = tuple[Rows, Rows]


class _Days(TypedDict):
    begins: str
    ends: str


class _Half(_Days):
    half: bool
    shape: Shape


BEGIN, END = "2010-04-01", "2010-06-17"
ON_ITS_DAYS: _Days = {"begins": BEGIN, "ends": END}
FOO = entry("Foo", 12, BEGIN, END)
FIRST = in_show(**ON_ITS_DAYS)
SECOND = in_show(2, begins="2012-04-01", ends="2012-06-17")
CLIP = entry("Foo", 1, BEGIN, BEGIN, kind=Kind.MUSIC)
HALFWAY = entry("Foo", 12, BEGIN, END, watched=3, status=Status.WATCHING)
EXTRA = in_show(leaves=Leaves.END, **ON_ITS_DAYS)
PROLOGUE = in_show(1, 2, leaves=Leaves.BEGINNING, **ON_ITS_DAYS)
HALF = in_show(half=True, shape=Shape.COUR, season_ends="2010-09-09", **ON_ITS_DAYS)
HALF_IN_TIME: _Half = {"half": True, "shape": Shape.COUR, "begins": BEGIN, "ends": "2010-05-10"}
DOUBLE_FIRST = Parts((Part(1, 1, (Run(1, 1, 2),)), Part(2, 12, (Run(1, 3, 13),))))
AS_FAR = Parts((Part(1, 10, (Run(1, 1, 10),)),))
WITH_A_HOLE = Straight((Run(1, 1, 6), Run(1, 8, 13)))
WITH_A_SPECIAL = Straight((Run(1, 1, 11), Run(0, 1, 1)))
GUESSED_ORDER = in_show(mapping=WITH_A_SPECIAL, shape=Shape.MIXED, unordered=True, **ON_ITS_DAYS)
KNOWN_ORDER = in_show(mapping=WITH_A_SPECIAL, shape=Shape.MIXED, unordered=False, **ON_ITS_DAYS)

DISPUTED = "Trakt's season has more episodes, and the days don't tell which"
CUT = "Trakt has twice as many episodes, and the days don't tell why"
NO_YEAR = "one map alone names it, and no year agrees"
NAMELESS = "one map alone names it, and by no title"
NOT_A_SPECIAL = "a series is not among the specials, and nobody looked there"
UNKNOWN_LENGTH = "nobody here knows how many episodes it has"
NOT_LOOKED_AT = "no map says which episodes, and nobody looked at its season list"
A_CLIP = "a clip is neither an episode nor a film"
TOO_SHORT = "2 more in the list than Trakt has"

# What holds also against maps that name the very episodes: each cap with what it holds, and what it lets pass.
ALWAYS: dict[str, Pair] = {
    "a series is not a film": (
        [(FOO, film()), (replace(FOO, kind=Kind.TV_SHORT, episodes=None), film())],
        [(entry("Foo", 1, BEGIN, BEGIN), film()), (entry("Foo", 1, BEGIN, BEGIN, kind=Kind.MOVIE), film())],
    ),
    "the number of episodes differs": (
        [
            (FOO, in_show(mapping=DOUBLE_FIRST, gap=-1, shape=Shape.UNEVEN, **ON_ITS_DAYS)),
            (FOO, in_show(mapping=Ratio((Run(1, 1, 6),), 2, 1), shape=Shape.UNEVEN, **ON_ITS_DAYS)),
            (entry("Foo", 3, BEGIN, kind=Kind.OVA), film()),
        ],
        [(FOO, FIRST), (entry("Foo", 3, BEGIN, kind=Kind.MOVIE), film())],
    ),
    TOO_SHORT: (
        [(FOO, in_show(mapping=AS_FAR, gap=2, shape=Shape.UNEVEN, **ON_ITS_DAYS))],
        [(FOO, FIRST)],
    ),
    "2 more watched than Trakt has": (
        [
            (
                entry("Foo", None, BEGIN, watched=12),
                in_show(mapping=AS_FAR, gap=2, shape=Shape.UNEVEN, **ON_ITS_DAYS),
            )
        ],
        [(entry("Foo", None, BEGIN, watched=12), FIRST)],
    ),
    A_CLIP: (
        [
            (CLIP, in_show(count=1, begins=BEGIN)),
            (replace(CLIP, kind=Kind.CM), film(year=1964)),
            (replace(CLIP, kind=Kind.PV), film(year=None)),
        ],
        [(CLIP, in_show(0, 1, 1, begins=BEGIN)), (FOO, FIRST)],
    ),
    DISPUTED: (
        [
            (replace(FOO, aired_from=None), EXTRA),
            (FOO, in_show(leaves=Leaves.END, begins="2010-04-03", ends=END)),
            (FOO, in_show(leaves=Leaves.END, even=False, **ON_ITS_DAYS)),
            (FOO, in_show(1, 2, leaves=Leaves.BEGINNING, apart=False, **ON_ITS_DAYS)),
            (FOO, in_show(leaves=Leaves.ELSEWHERE, **ON_ITS_DAYS)),
        ],
        [(FOO, EXTRA), (FOO, PROLOGUE)],
    ),
    CUT: (
        [
            # what ends on the entry's last day is the season, not its first half
            (FOO, in_show(season_ends=END, **HALF_IN_TIME)),
            (FOO, in_show(season_ends="2010-06-20", **HALF_IN_TIME)),
            (replace(FOO, aired_from=None, aired_to=None), HALF),
            (FOO, in_show(half=True, shape=Shape.COUR)),
        ],
        [
            (FOO, HALF),
            (replace(FOO, aired_from=None), HALF),
            (replace(FOO, aired_to=None), HALF),  # it begins on the day, and half of it has a day of its own
            (FOO, in_show(shape=Shape.COUR, **ON_ITS_DAYS)),
        ],
    ),
    "nobody knows where its specials aired": (
        [(HALFWAY, GUESSED_ORDER)],
        [(FOO, GUESSED_ORDER), (HALFWAY, KNOWN_ORDER)],
    ),
    "it leaves out an episode in the middle": (
        [(FOO, in_show(mapping=WITH_A_HOLE, skips=True, **ON_ITS_DAYS))],
        [(FOO, FIRST)],
    ),
    "the title is quite another": (
        [(entry("Xyz", 12, BEGIN, END, english="Quux"), FIRST)],
        [(entry("Xyz", 12, BEGIN, END, english="Foo"), FIRST)],
    ),
    "the year is another": (
        [(entry("Foo", 12, "2019-04-01"), in_show()), (entry("Foo", 1, "2019", kind=Kind.MOVIE), film())],
        [
            (entry("Foo", 12, "2011-04-01"), in_show()),
            # the run begins on the entry's very day: then it is the show's year that is wrong
            (entry("Foo", 12, "2019-04-01"), in_show(begins="2019-04-01")),
        ],
    ),
    "it aired in other years": (
        [(entry("Foo", 12, "2013-04-01"), in_show(2, begins="2010-04-01", year=2008))],
        # the show's own year says that it is the days on Trakt that are wrong
        [(FOO, in_show(begins="2020-04-01", ends="2020-06-17")), (FOO, FIRST)],
    ),
}  # fmt: skip
# What maps that name the place, or its season, lift.
UNLESS_MAPPED: dict[str, Pair] = {
    "no title says so": (
        [(FOO, in_show(title="Oof", **ON_ITS_DAYS)), (entry("Fuu no Uta", 12, BEGIN, END), FIRST)],
        [(FOO, FIRST)],
    ),
    "the title names another season": (
        [(entry("Foo 3rd Season", 12, "2012-04-01", "2012-06-17"), SECOND)],
        [(entry("Foo 2nd Season", 12, "2012-04-01", "2012-06-17"), SECOND)],
    ),
    "a year is unknown": (
        [
            (entry("Foo", 12), FIRST),  # one common word
            (entry("The Great Foo", 1, kind=Kind.MOVIE), film("The Great Foo")),
            (entry("The Great Foo", 1, kind=Kind.OVA), in_show(0, 1, 1, title="The Great Foo")),
            (entry("Foo", 1, "2010", kind=Kind.MOVIE), film(year=None)),
            (FOO, in_show(year=None)),
        ],
        [(entry("The Great Foo", 12), in_show(title="The Great Foo")), (FOO, FIRST)],
    ),
    "its episodes are of another length": (
        [(replace(FOO, minutes=4), in_show(runtime=24, **ON_ITS_DAYS))],
        [
            (replace(FOO, minutes=12), in_show(runtime=24, **ON_ITS_DAYS)),
            (replace(FOO, minutes=24), in_show(**ON_ITS_DAYS)),
        ],
    ),
    "Trakt does not call it animated": (
        [(FOO, in_show(genres=("drama", "romance"), **ON_ITS_DAYS))],
        [(FOO, in_show(genres=("drama", "anime"), **ON_ITS_DAYS)), (FOO, FIRST)],
    ),
}


def caps_of(
    one: Entry,
    option: Option,
    claims: Sequence[Claimed] = (),
    neighbours: Sequence[tuple[int, Neighbour]] = (),
    others: Sequence[Option] = (),
    other_work: str | None = None,
) -> tuple[str, ...]:
    """What is held against one option; also that `is_certain` and `propose` let the same pass."""
    around = MatchContext(tuple(claims), tuple(neighbours), other_work)
    verdict = judge(one, [option, *others], around)
    proposal = propose(one, verdict, auto_from=0.0)
    assert is_certain(one, verdict, auto_from=0.0) is (proposal.decision is Decision.AUTO)
    assert (proposal.decision is Decision.AUTO) is (not proposal.judged[0].caps)
    return next(item.caps for item in proposal.judged if item.candidate.match == option.match)


def named_by_a_map(option: Option) -> tuple[Claimed, ...]:
    """The word of a map that names this very option."""
    if isinstance(option.match, MovieMatch):
        return (Claimed("anitrakt", TargetKind.MOVIE, option.match.movie),)
    place, match = option.place, option.match
    assert place
    assert isinstance(match, ShowMatch)
    return (Claimed("anibridge", TargetKind.SHOW, match.show, season=place.season, mapping=match.mapping),)


def rows(table: Mapping[str, Pair], which: int) -> list[ParameterSet]:
    return [
        pytest.param(cap, one, option, id=f"{cap}-{number}")
        for cap, pair in table.items()
        for number, (one, option) in enumerate(pair[which])
    ]


@pytest.mark.parametrize(("cap", "one", "option"), rows(ALWAYS, 0))
def test_a_cap_holds_whatever_the_maps_say(cap: str, one: Entry, option: Option) -> None:
    assert cap in caps_of(one, option)
    assert cap in caps_of(one, option, named_by_a_map(option))


@pytest.mark.parametrize(("cap", "one", "option"), rows(UNLESS_MAPPED, 0))
def test_a_map_that_names_the_place_lifts_what_only_makes_it_unlikely(
    cap: str, one: Entry, option: Option
) -> None:
    assert cap in caps_of(one, option)
    assert cap not in caps_of(one, option, named_by_a_map(option))
    elsewhere = (Claimed("anibridge", TargetKind.SHOW, 1, season=9, mapping=Straight((Run(9, 1, 12),))),)
    assert cap in caps_of(one, option, elsewhere)


@pytest.mark.parametrize(("cap", "one", "option"), [*rows(ALWAYS, 1), *rows(UNLESS_MAPPED, 1)])
def test_a_cap_lets_pass_what_it_is_not_about(cap: str, one: Entry, option: Option) -> None:
    assert cap not in caps_of(one, option)


def test_a_half_is_an_entry_where_the_other_half_is_another_one() -> None:
    half = in_show(half=True, shape=Shape.COUR)
    other_half = Neighbour((Episode(1, 13), Episode(1, 24)), earlier=False)
    further_on = Neighbour((Episode(2, 1), Episode(2, 12)), earlier=False)
    assert CUT not in caps_of(FOO, half, neighbours=((1, other_half),))
    assert CUT in caps_of(FOO, half, neighbours=((1, further_on),))


@pytest.mark.parametrize(("other", "holds"), [(Run(1, 13, 24), False), (Run(1, 13, 23), True)])
def test_a_half_is_an_entry_where_a_map_has_another_one_on_the_other_half(other: Run, holds: bool) -> None:
    half = in_show(half=True, shape=Shape.COUR, rest=(Run(1, 13, 24),))
    proposal = propose(FOO, judge(FOO, [half], MatchContext(beside=frozenset({other}))), auto_from=0.0)
    assert (CUT in proposal.judged[0].caps) is holds


def test_every_cap_of_the_tables_has_its_rows_here() -> None:
    by_neighbours = {"another entry of the list is in the way"}
    by_claims = {
        *("the id maps name another work", NOT_LOOKED_AT, NO_YEAR, NAMELESS),
        *(NOT_A_SPECIAL, UNKNOWN_LENGTH),
    }
    counted = {TOO_SHORT, "2 more watched than Trakt has"}
    assert {reason for _, reason in matching._ALWAYS} == ALWAYS.keys() - counted | by_neighbours | by_claims
    assert {reason for _, reason in matching._UNLESS_MAPPED} == UNLESS_MAPPED.keys()


@pytest.mark.parametrize(
    ("count", "read", "held"), [(30, False, False), (31, False, True), (31, True, False)]
)
def test_a_long_work_is_not_taken_for_a_season_that_a_map_names_unread(
    count: int, read: bool, held: bool
) -> None:
    one, option = entry("Foo", count, BEGIN), in_show(count=count, read=read)
    season = Claimed("anitrakt", TargetKind.SHOW, 1, season=1)
    assert (NOT_LOOKED_AT in caps_of(one, option, [season])) is held
    assert NOT_LOOKED_AT not in caps_of(one, option, named_by_a_map(option))


@pytest.mark.parametrize(("count", "at_most"), [(30, 1.0), (31, 0.95), (100, 0.95), (101, 0.75), (220, 0.75)])
def test_a_run_that_only_the_list_counts_is_said_to_be_a_guess_and_is_less_likely_the_longer_it_is(
    count: int, at_most: float
) -> None:
    one, option = entry("Foo", count, BEGIN), in_show(count=count, read=False)
    season = Claimed("anitrakt", TargetKind.SHOW, 1, season=1)
    guess, named = (
        propose(one, judge(one, [option], MatchContext(tuple(claims))), auto_from=0.99).judged[0].candidate
        for claims in ([season], named_by_a_map(option))
    )
    assert guess.confidence <= at_most
    assert ("guessed-run" in guess.why) is ("episodes" not in guess.why) is (count > matching.MAX_GUESSED)
    assert "guessed-run" not in named.why
    assert named.confidence >= guess.confidence


@pytest.mark.parametrize(
    ("aired", "maps", "read", "held"),
    [
        (BEGIN, ("anitrakt",), False, False),
        (None, ("anitrakt",), False, True),
        (None, ("anitrakt",), True, False),
        (None, ("anitrakt", "anibridge"), False, False),
        (None, ("anitrakt", "bangumi"), False, False),
    ],
)
def test_without_a_year_one_map_alone_may_name_another_show_of_the_name(
    aired: str | None, maps: tuple[str, ...], read: bool, held: bool
) -> None:
    claims = [Claimed(name, TargetKind.SHOW, 1, season=1) for name in maps]
    assert (NO_YEAR in caps_of(entry("Foo", 12, aired), in_show(read=read), claims)) is held


@pytest.mark.parametrize(
    ("title", "maps", "read", "held"),
    [
        ("", ("anibridge",), False, True),
        ("Foo", ("anibridge",), False, False),
        ("", ("anibridge", "bangumi"), False, False),
        ("", ("anibridge",), True, False),
    ],
)
def test_an_id_without_a_title_that_one_map_alone_gives_is_not_certain(
    title: str, maps: tuple[str, ...], read: bool, held: bool
) -> None:
    option = in_show(read=read)
    option = replace(option, work=replace(option.work, title=title, original_title=None, aliases=None))
    claims = [
        Claimed(name, TargetKind.SHOW, 1, season=1, mapping=Straight((Run(1, 1, 12),))) for name in maps
    ]
    assert (NAMELESS in caps_of(entry("Foo", 12, BEGIN), option, claims)) is held


@pytest.mark.parametrize(
    ("kind", "season", "read", "held"),
    [
        (Kind.TV, 0, False, True),
        (Kind.UNKNOWN, 0, False, True),
        (Kind.SPECIAL, 0, False, False),
        (Kind.OVA, 0, False, False),
        (Kind.TV, 1, False, False),
        (Kind.TV, 0, True, False),
    ],
)
def test_a_series_that_maps_put_among_the_specials_is_not_certain_unseen(
    kind: Kind, season: int, read: bool, held: bool
) -> None:
    option = in_show(season, read=read)
    claims = [
        Claimed(name, TargetKind.SHOW, 1, season=season, mapping=Straight((Run(season, 1, 12),)))
        for name in ("anibridge", "bangumi")
    ]
    assert (NOT_A_SPECIAL in caps_of(entry("Foo", 12, BEGIN, kind=kind), option, claims)) is held


@pytest.mark.parametrize(
    ("count", "spelt", "read", "held"),
    [
        (None, False, False, True),
        (12, False, False, False),
        (None, True, False, False),
        (None, False, True, False),
    ],
)
def test_a_season_that_a_map_names_is_not_certain_where_nobody_knows_the_count(
    count: int | None, spelt: bool, read: bool, held: bool
) -> None:
    mapping = Straight((Run(1, 1, 12),)) if spelt else None
    claims = [
        Claimed(name, TargetKind.SHOW, 1, season=1, mapping=mapping) for name in ("anitrakt", "bangumi")
    ]
    one = entry("Foo", count, BEGIN, watched=12)
    assert (UNKNOWN_LENGTH in caps_of(one, in_show(read=read), claims)) is held


def test_a_clip_is_a_film_only_by_a_map_and_in_its_year() -> None:
    assert A_CLIP in caps_of(CLIP, film())
    assert A_CLIP not in caps_of(CLIP, film(), named_by_a_map(film()))


ELSEWHERE = Claimed("anibridge", TargetKind.SHOW, 77, season=1)
HERE = Claimed("anitrakt", TargetKind.SHOW, 1, season=1)


@pytest.mark.parametrize(
    ("claims", "held"),
    [
        ((ELSEWHERE,), True),
        ((ELSEWHERE, replace(ELSEWHERE, map="anitrakt")), True),
        ((ELSEWHERE, HERE), False),
        ((replace(ELSEWHERE, map="bangumi"),), False),
        ((HERE,), False),
        ((), False),
    ],
)
def test_what_no_map_of_the_older_family_names_is_held_where_they_name_another_work(
    claims: tuple[Claimed, ...], held: bool
) -> None:
    assert ("the id maps name another work" in caps_of(FOO, FIRST, claims)) is held


@pytest.mark.parametrize(
    ("episode", "earlier", "held"),
    [
        (Episode(1, 12), None, True),  # taken
        (Episode(1, 12), False, True),
        (Episode(2, 1), True, True),  # one that aired earlier lies behind
        (Episode(2, 1), False, False),
        (Episode(2, 1), None, False),
    ],
)
def test_another_entry_of_the_list_can_be_in_the_way(
    episode: Episode, earlier: bool | None, held: bool
) -> None:
    near = ((1, Neighbour((episode,), earlier)),)
    cap = "another entry of the list is in the way"
    for claims in ((), named_by_a_map(FIRST)):
        assert (cap in caps_of(FOO, FIRST, claims, near)) is held
    assert cap not in caps_of(FOO, FIRST, neighbours=((9, near[0][1]),))


def test_a_title_that_is_not_the_ids_is_held_whatever_the_maps_say() -> None:
    (cap,) = caps_of(FOO, FIRST, named_by_a_map(FIRST), other_work="Quux")
    assert cap == "the list's title and its id disagree: 1 is Quux"
    assert not caps_of(FOO, FIRST, named_by_a_map(FIRST))


def test_an_entry_without_an_id_is_asked_about() -> None:
    nameless = replace(FOO, key=EntryKey(TITLE, "foo"))
    assert caps_of(nameless, FIRST) == ("the list has no id for it",)


SAME_NAME = Option(Show(5, "Foo", 2010), None)
SEQUEL = entry("Foo 2nd Season", 12, BEGIN, END)
OF_ITS_OWN = in_show(title="Foo 2nd Season", **ON_ITS_DAYS)


@pytest.mark.parametrize(
    ("one", "option", "other", "held"),
    [
        (FOO, FIRST, SAME_NAME, True),
        (FOO, FIRST, Option(Show(5, "Foo", 2011), None), True),
        (FOO, FIRST, Option(Show(5, "Foo", 1999), None), True),  # a later season of it
        (FOO, FIRST, Option(Show(5, "Foo", 2013), None), False),
        (FOO, FIRST, Option(Show(5, "Oof Tales", 2010), None), False),
        # a show that bears the sequel's very title: the sequel may be a season of the show before
        (SEQUEL, OF_ITS_OWN, SAME_NAME, True),
        (SEQUEL, SECOND, Option(Show(5, "Foo", 1999), None), False),
    ],
)
def test_a_show_that_may_be_meant_as_well_must_be_looked_at(
    one: Entry, option: Option, other: Option, held: bool
) -> None:
    cap = "a show of the same name was not looked at"
    assert (cap in caps_of(one, option, others=[other])) is held
    assert cap not in caps_of(one, option, named_by_a_map(option), others=[other])


@pytest.mark.parametrize(
    ("other", "held"),
    [
        (in_show(2, show=6, title="Foo", year=2008, **ON_ITS_DAYS), True),
        (in_show(2, show=6, title="Foo", year=2008, begins="2010-04-01", ends="2010-06-20"), True),
        (in_show(2, show=6, title="Foo", year=2008, begins="2009-04-01", ends="2009-06-20"), False),
        (in_show(2, show=6, title="Cooking Tonight", aliases=(), year=2008, **ON_ITS_DAYS), False),
        (in_show(2, show=6, title="Foo", year=2008, shape=Shape.COUR, cour=2, **ON_ITS_DAYS), False),
    ],
)
def test_a_show_of_its_own_that_is_a_season_of_another_too_is_asked_about(other: Option, held: bool) -> None:
    cap = "it is a show of its own and a season of another"
    best = max(
        (OF_ITS_OWN, other), key=lambda option: judge(SEQUEL, [option], MatchContext()).options[0].score
    )
    rest = other if best is OF_ITS_OWN else OF_ITS_OWN
    assert (cap in caps_of(SEQUEL, best, others=[rest])) is held
    assert cap not in caps_of(SEQUEL, best, named_by_a_map(best), others=[rest])


def test_a_second_candidate_that_is_as_good_is_always_a_cap() -> None:
    twin = in_show(show=6, **ON_ITS_DAYS)
    both = (*named_by_a_map(FIRST), *named_by_a_map(twin))
    assert "a second candidate is as good" in caps_of(FOO, FIRST, others=[twin])
    assert "a second candidate is as good" in caps_of(FOO, FIRST, both, others=[twin])
    assert not caps_of(FOO, FIRST, others=[in_show(2, begins="2012-04-01")])
