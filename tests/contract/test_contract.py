"""Every request that the product makes, and every answer that the sandbox gives, against the services' contracts."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.sandbox.wire import Answer, Call
from tests.acceptance.conftest import Run
from tests.contract.lists import (
    ANILIST,
    MAL_LIST,
    MAL_QUERY,
    anilist_bared,
    mal_field_mistakes,
    query_mistakes,
)
from tests.contract.shapes import bared, problems
from tests.contract.tmdb import ENDPOINTS as OF_TMDB
from tests.contract.trakt import ENDPOINTS as OF_TRAKT
from tests.contract.trakt import PUBLIC_HEADERS, Endpoint
from tests.long import long
from tests.practice import Sandbox
from tests.practice.wire import WireRecord

ENDPOINTS = (*OF_TRAKT, *OF_TMDB)
LIST = (
    "<myanimelist><anime><series_animedb_id>2167</series_animedb_id><series_title>Clannad</series_title>"
    "<my_status>Completed</my_status></anime></myanimelist>"
)

COMMANDS = (
    "login",
    "whoami",
    "doctor",
    "plan --anilist sample --status all --send history,ratings,watchlist,dropped --verify -o plan.yaml",
    "plan --mal sample --status all -o mal.yaml",
    "plan --list-file list.xml -o file.yaml",
    "diff pasted.yaml",
    "apply plan.yaml --allow first-apply",
    "status plan.yaml",
    "apply plan.yaml",
    "undo -y",
    "whoami",
    "logout",
)


def without(some: Callable[[int], bool]) -> Callable[[Answer], Answer]:
    """Leave rows out of a page, by their position in it."""

    def change(answer: Answer) -> Answer:
        rows = json.loads(answer.body)
        return replace(answer, body=json.dumps([row for at, row in enumerate(rows) if some(at)]).encode())

    return change


@pytest.fixture
def product(anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs commands signed out, with a list and a plan that holds pasted addresses beside."""
    monkeypatch.delenv("ANITRAKT_TRAKT_TOKEN")
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    Path("list.xml").write_text(LIST, encoding="utf-8")
    return anitrakt


def run_all(product: Run, sandbox: Sandbox) -> None:
    for command in COMMANDS:
        if command.startswith("diff pasted"):
            write_pasted(sandbox)
        if command == "status plan.yaml":  # a hole in the history: works are read by themselves
            sandbox.faults.add(
                "GET", "/sync/history$", change=without(lambda at: at > 99), times=None, when=first_page
            )
        result = product(*command.split())
        assert result.code in (ExitCode.DONE, ExitCode.IN_PART), (command, result)
        sandbox.faults.clear()
        if command == "undo -y":
            sandbox.world.expire_tokens()
    with pytest.MonkeyPatch.context() as patch:  # without TMDB and id maps all is asked of Trakt
        patch.delenv("ANITRAKT_TMDB_TOKEN")
        patch.setenv("ANITRAKT_IDMAP_URL", "http://127.0.0.1:9")
        assert product("plan", "--anilist", "sample", "--status", "all", "-o", "by-trakt.yaml").code == 0


def first_page(call: Call) -> bool:
    return call.number("page", 1) == 1


def write_pasted(sandbox: Sandbox) -> None:
    """The plan, with one match as the address of a page and one as TMDB's id."""
    text = Path("plan.yaml").read_text(encoding="utf-8")
    entry = re.search(r"^  anilist:9253:\n(?:    .*\n)+", text, re.MULTILINE)
    assert entry is not None
    pasted = re.sub(r"match: .*", "match: https://trakt.tv/shows/steins-gate/seasons/1", entry[0])
    pasted = pasted.replace("decision: auto", "decision: confirmed")
    film = re.search(r"match: \{movie: (\d+)\}.*", text)
    assert film is not None
    work = sandbox.catalogue.movie("trakt", int(film[1]))
    assert work is not None
    text = text.replace(entry[0], pasted).replace(film[0], f"match: {{movie: tmdb:{work.ids['tmdb']}}}")
    Path("pasted.yaml").write_text(text, encoding="utf-8")


def endpoint_of(record: WireRecord) -> Endpoint | None:
    return next((one for one in ENDPOINTS if one.fits(record.service, record.method, record.path)), None)


def mistakes_of(record: WireRecord) -> list[str]:
    endpoint = endpoint_of(record)
    if endpoint is None:
        return ["the contract has no such request"]
    found = [
        f"query {name}={value}"
        for name, value in record.query.items()
        if name not in endpoint.query or not re.fullmatch(endpoint.query[name], value)
    ]
    if endpoint.body is not None:
        found += problems(record.json(), endpoint.body)
    if record.service == "trakt":
        found += [f"header {n}" for n, value in PUBLIC_HEADERS.items() if record.headers.get(n) != value]
    if record.service != "auth" and ("authorization" in record.headers) != endpoint.signed_in:
        found.append("a bearer where none belongs, or none where one does")
    if not record.headers.get("user-agent", "").startswith("anitrakt/"):
        found.append("no name of its own")
    if record.status is not None and 200 <= record.status < 300 and endpoint.answer is not None:
        found += [f"answer {problem}" for problem in problems(json.loads(record.answer), endpoint.answer)]
    return found


def mal_mistakes(record: WireRecord) -> list[str]:
    found = [
        f"query {name}={value}"
        for name, value in record.query.items()
        if name not in MAL_QUERY or not re.fullmatch(MAL_QUERY[name], value)
    ]
    found += sorted(mal_field_mistakes(record.query.get("fields", "")))
    if record.status == 200 and record.path.endswith("/animelist"):
        found += problems(json.loads(record.answer), MAL_LIST)
    return found


MISTAKES: dict[str, Callable[[WireRecord], list[str]]] = {
    "trakt": mistakes_of,
    "auth": mistakes_of,
    "tmdb": mistakes_of,
    "mal": mal_mistakes,
    "anilist": lambda record: query_mistakes(record.json()["query"]),
}


def test_every_request_and_every_answer_is_one_that_the_contracts_allow(
    product: Run, sandbox: Sandbox
) -> None:
    run_all(product, sandbox)

    mistakes = {
        f"{record.method} {record.path}: {mistake}"
        for record in sandbox.wire
        if record.service in MISTAKES
        for mistake in MISTAKES[record.service](record)
    }
    assert sorted(mistakes) == []
    asked = {endpoint.path for record in sandbox.wire if (endpoint := endpoint_of(record))}
    assert sorted({endpoint.path for endpoint in ENDPOINTS} - asked) == []
    assert {"mal", "anilist"} <= {record.service for record in sandbox.wire}


# --- what the contracts allow, and a service seldom says ---


def say_less(sandbox: Sandbox, rng: Random, share: float) -> None:
    """From now on, every answer lacks this share of what may be missing or null."""

    def less(endpoint: Endpoint) -> Callable[[Answer], Answer]:
        def change(answer: Answer) -> Answer:
            if answer.status != 200 or endpoint.answer is None:
                return answer
            said = bared(json.loads(answer.body), endpoint.answer, rng, share)
            assert problems(said, endpoint.answer) == []
            return replace(answer, body=json.dumps(said).encode())

        return change

    mal = Endpoint("mal", "GET", "/users/.*/animelist", {}, None, MAL_LIST)
    for endpoint in (*ENDPOINTS, mal):
        if endpoint.method == "GET":
            path = f"^{endpoint.path}$"
            sandbox.faults.add("GET", path, service=endpoint.service, times=None, change=less(endpoint))

    def anilist(answer: Answer) -> Answer:
        said = json.loads(answer.body)
        if said.get("data") is None:
            return answer
        data = {name: anilist_less(name, value, rng, share) for name, value in said["data"].items()}
        return replace(answer, body=json.dumps({**said, "data": data}).encode())

    sandbox.faults.add("POST", "^/$", service="anilist", times=None, change=anilist)


def anilist_less(name: str, value: object, rng: Random, share: float) -> object:
    assert ANILIST.query_type is not None
    return anilist_bared(value, ANILIST.query_type.fields[name].type, rng, share)


LESS_COMMANDS = (
    "whoami",
    "doctor",
    "plan --anilist sample --status all --send history,ratings,watchlist,dropped -o plan.yaml",
    "plan --mal sample --status all -o mal.yaml",
    "validate plan.yaml",
    "plan --update plan.yaml --refresh",
    "diff plan.yaml",
    "apply plan.yaml --allow first-apply --account sandbox",
    "status plan.yaml",
    "undo -y",
)


@pytest.mark.parametrize("share", [0.3, 1.0, *long(0.05)])
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))])
def test_no_answer_that_the_contracts_allow_is_a_bug_of_ours(
    anitrakt: Run, sandbox: Sandbox, seed: int, share: float
) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")
    say_less(sandbox, Random(f"{seed}/{share}"), share)

    for command in LESS_COMMANDS:
        result = anitrakt(*command.split())

        assert result.code in set(ExitCode) - {ExitCode.BUG}, (command, result.err)
        assert "Traceback" not in result.err
        if share < 1 and command.startswith(("plan --anilist", "plan --mal", "validate")):
            assert result.code == ExitCode.DONE, (command, result.err)
