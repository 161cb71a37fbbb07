"""The fast parser refuses a colon inside a value on one line, which every plan with TMDB's ids has."""

from __future__ import annotations

import pytest

from anitrakt_plan.planfile import load_plan, yaml
from tests.planfile.plan_texts import FILM, HEAD, PLAN, SEQUEL, SERVICES, edited

WITH_COLONS = (
    SEQUEL.replace("show: 1420", "show: tmdb:1429"),
    SEQUEL.replace("show: 1420", "show: https://trakt.tv/shows/attack-on-titan"),
    SEQUEL.replace("match: {show: 1420,", "match: {show:tmdb:1429,"),
    SEQUEL.replace('"Shingeki', '"tmdb:1429 Shingeki'),
    SEQUEL.replace("1420 S03E13-E22 ·", "tmdb:1429 S03E13-E22 ·"),
    SEQUEL.replace("decision: auto", "decision: &a:b auto"),
    SEQUEL.replace("decision: auto", "decision: !a:b auto"),
    SEQUEL.replace("decision: auto", "decision: [auto:x"),
    FILM.replace("movie: 700311", "movie: tmdb:700311").replace("A Film", "A\ue000b:c Film"),
    FILM.replace("movie: 700311", "movie: tmdb:700311").replace("A Film", "A \ue000\ue001\ue002\ue003 Film"),
)


@pytest.mark.parametrize("entry", WITH_COLONS)
def test_both_parsers_read_the_same(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = (HEAD + entry).encode()
    by_c = load_plan(raw, "plan.yaml", services=SERVICES)
    monkeypatch.setattr(yaml, "CParser", None)
    pure = load_plan(raw, "plan.yaml", services=SERVICES)

    assert by_c.plan == pure.plan
    assert [one.code for one in by_c.diagnostics] == [one.code for one in pure.diagnostics]


def test_a_plan_of_tmdb_ids_is_not_left_to_the_slow_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "MAX_FOR_PURE_PARSER", 0)
    text = edited(("show: 1420", "show: tmdb:1429"), ("movie: 700311", "movie: tmdb:700311"))

    assert text != PLAN
    assert load_plan(text.encode(), "plan.yaml", services=SERVICES).errors == ()


def test_what_only_the_slow_parser_takes_for_a_text_is_no_plan() -> None:
    """The whole file as one block of text: the fast parser refuses the comment behind its sign."""
    loaded = load_plan(f"| # a comment\n{HEAD.rstrip()} {{}}\n".encode(), "plan.yaml")

    assert [error.code for error in loaded.errors] == ["PLAN010"]
