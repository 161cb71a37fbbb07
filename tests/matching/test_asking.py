"""Asking: which questions are worth a request, and in which order."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import pytest

from anitrakt_plan.matching.asking import (
    Asking,
    Lookup,
    ReadAliases,
    ReadSeasons,
    SearchFor,
    kinds_to_search,
    next_lookup,
    searches_for,
    shows_to_read,
)
from anitrakt_plan.matching.evidence import Option, SignalValue
from anitrakt_plan.matching.propose import Verdict, Weighed
from anitrakt_plan.matching.signals import TitleLevel
from anitrakt_plan.model import (
    Entry,
    Kind,
    Movie,
    MovieMatch,
    Show,
    TargetKind,
    Work,
    WorkId,
)
from tests.matching.matching_parts import entry

SHOW, MOVIE = TargetKind.SHOW, TargetKind.MOVIE
FOO = entry("Fuu 2nd Season", 12, "2012-04-01", english="Foo Season 2", japanese="フー 第2期")


def ask(
    one: Entry,
    works: Sequence[Work] = (),
    asked: Iterable[Lookup] = (),
    left: int = 5,
    promising: Mapping[WorkId, float] | None = None,
    known: Collection[Lookup] = (),
    doubtful: Work | None = None,
    namesake: Work | None = None,
    offered: Movie | None = None,
    asking: Asking = Asking.EVERYTHING,
) -> Lookup | None:
    """The next lookup; `namesake` is an unread show that bears the name of a film which is certain else."""
    rows = [_weighed(Show(show, "Foo"), belief) for show, belief in (promising or {}).items()]
    rows += [_weighed(doubtful, 0.9)] if doubtful else []
    rows += [_weighed(offered, 0.1, *SAME)] if offered else []
    rows += [_weighed(FILM, 0.9, *SAME), _weighed(namesake, 0.0, *SAME)] if namesake else []
    verdict = Verdict(tuple(rows))
    return next_lookup(one, works, set(asked), lambda lookup: lookup in known, left, verdict, asking)


FILM = Movie(90, "Foo", 2012, aliases=())
SAME = (SignalValue("title", (TitleLevel.SAME,), "the same", 1.0),)


def _weighed(work: Work, belief: float, *signals: SignalValue) -> Weighed:
    match = MovieMatch(work.id) if isinstance(work, Movie) else None
    return Weighed(Option(work, match), signals, belief, belief)


@pytest.mark.parametrize(
    ("kind", "count", "kinds"),
    [
        (Kind.TV, 12, (SHOW,)),
        (Kind.ONA, 12, (SHOW,)),
        (Kind.ONA, 1, (MOVIE, SHOW)),
        (Kind.MOVIE, 1, (MOVIE, SHOW)),
        (Kind.OVA, 1, (MOVIE, SHOW)),
        (Kind.OVA, 4, (SHOW, MOVIE)),
        (Kind.UNKNOWN, None, (MOVIE, SHOW)),
    ],
)
def test_each_kind_is_searched_where_it_may_be(
    kind: Kind, count: int | None, kinds: tuple[TargetKind, ...]
) -> None:
    assert kinds_to_search(entry(kind=kind, count=count)) == kinds


def test_the_first_question_is_a_search_for_the_english_name_without_season_words() -> None:
    assert ask(FOO) == SearchFor("foo", SHOW)


def test_searches_are_few_and_differ() -> None:
    searches = searches_for(FOO)
    assert len(searches) <= 3
    assert len(set(searches)) == len(searches)
    assert {search.query for search in searches} >= {"foo", "fuu"}


def test_an_entry_without_titles_has_nothing_to_search() -> None:
    assert searches_for(entry("")) == ()
    assert ask(entry("")) is None


def test_a_promising_show_is_read_before_the_next_search() -> None:
    hit = Show(1, "Foo", 2010)
    first = SearchFor("foo", SHOW)
    assert ask(FOO, [hit], [first], promising={1: 0.5}) == ReadSeasons(1)
    film = Movie(90, "Foo", 2012, aliases=())
    assert ask(FOO, [hit, film], [first], promising={1: 0.0}, offered=film) == SearchFor("fuu", SHOW)


def test_a_show_is_read_before_there_is_nothing_to_offer() -> None:
    hit, first = Show(1, "Foo", 2010), SearchFor("foo", SHOW)
    deciding = Asking.DECIDING
    assert ask(FOO, [hit], [first], promising={1: 0.0}, asking=deciding) == ReadSeasons(1)
    assert ask(FOO, [hit], [first, ReadSeasons(1)], asking=deciding) is None


def test_a_search_that_finds_nothing_goes_on_among_films() -> None:
    one = entry("Foo", kind=Kind.OVA, count=2)
    assert ask(one, (), [SearchFor("foo", SHOW)], asking=Asking.DECIDING) == SearchFor("foo", MOVIE)
    assert ask(one, (), [SearchFor("foo", SHOW), SearchFor("foo", MOVIE)], asking=Asking.DECIDING) is None
    assert ask(FOO, (), [SearchFor("foo", SHOW)], asking=Asking.DECIDING) is None


def test_nothing_more_is_asked_when_the_requests_are_spent_but_known_answers_are_free() -> None:
    hit = Show(1, "Foo", 2010)
    asked = [SearchFor("foo", SHOW)]
    assert ask(FOO, [hit], asked, left=0) is None
    assert ask(FOO, [hit], asked, left=0, known=[ReadSeasons(1)]) == ReadSeasons(1)


def test_questions_are_never_repeated_and_come_to_an_end() -> None:
    works = (
        Show(1, "Foo", 2010, aliases=()),
        Show(2, "Fuu", 2012, aliases=()),
        Movie(3, "Foo", 2012, aliases=()),
    )
    asked: list[Lookup] = []
    while (lookup := ask(FOO, works, asked, left=99)) is not None:
        assert lookup not in asked
        asked.append(lookup)
        assert len(asked) < 20


def test_the_other_names_of_a_work_are_read_when_only_its_name_speaks_against_it() -> None:
    hit = Show(1, "The Foo", 2012)
    asked: list[Lookup] = [SearchFor("foo", SHOW), ReadSeasons(1)]
    assert ask(FOO, [hit], asked, doubtful=hit) == ReadAliases(SHOW, 1)


def test_shows_are_read_in_the_order_of_their_promise() -> None:
    works: list[Work] = [
        Show(1, "Foolish Things", 2012),
        Show(2, "Foo", 2030),
        Show(3, "Foo", 2010),
        Movie(4, "Foo", 2012),
        Show(5, "Quite Another", 2012),
    ]
    order = shows_to_read(FOO, works, ())
    assert order[0] == 3
    assert 5 not in order
    assert 4 not in order
    assert shows_to_read(FOO, works, {3})[0] != 3


def test_what_decides_is_one_search_the_show_it_leads_to_and_those_of_the_same_name() -> None:
    hit, twin = Show(1, "Foo", 2010), Show(2, "Foo", 2012)
    asked: list[Lookup] = [SearchFor("foo", SHOW)]
    assert ask(FOO, [hit], asked, promising={1: 0.5}, asking=Asking.DECIDING) == ReadSeasons(1)
    asked.append(ReadSeasons(1))
    assert ask(FOO, [hit, twin], asked, namesake=twin, asking=Asking.DECIDING) == ReadSeasons(2)
    asked.append(ReadSeasons(2))
    assert ask(FOO, [hit, twin], asked, namesake=twin, asking=Asking.DECIDING) is None
    assert ask(FOO, [hit, twin], asked, namesake=twin) == SearchFor("fuu", SHOW)
