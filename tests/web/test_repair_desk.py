"""The page for a repair answers its own page alone, decides nothing that was not seen, and is quick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from anitrakt_plan.commands.review_repair import RepairFile, RepairSession
from anitrakt_plan.planfile import write_plan
from anitrakt_plan.planfile.repair import read_repair
from anitrakt_plan.web.guards import TOKEN_HEADER
from anitrakt_plan.web.repair_desk import RepairDesk
from anitrakt_plan.web.server import repair_application
from tests.web.page_plans import MARKUP
from tests.web.page_repairs import large_repair, repair_text
from tests.web.test_server import GUARD, OURS, Client, said

Opened = Callable[[str], Client]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "repair.yaml"


@pytest.fixture
def opened(path: Path) -> Opened:
    """Open the page on a repair of this text."""

    def opened(text: str) -> Client:
        path.write_text(text, encoding="utf-8", newline="\n")
        desk = RepairDesk(RepairSession(RepairFile(path, write_plan)))
        client = Client(repair_application(desk, GUARD, done=lambda: None).test_client())
        assert client.get(f"/?key={GUARD.door}").status_code == 200
        return client

    return opened


@pytest.fixture
def client(opened: Opened) -> Client:
    return opened(repair_text())


def decisions(path: Path) -> dict[str, str]:
    repair = read_repair(path).repair
    assert repair is not None
    return {group.key: group.decision.value for group in repair.groups}


def decide(client: Client, key: str, decision: str, **more: str) -> dict[str, Any]:
    return client.seen(key) | {"decision": decision} | more


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "evil.example:8765"}, id="DNS rebinding"),
        pytest.param({"Origin": "http://evil.example"}, id="another page"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
        pytest.param({TOKEN_HEADER: ""}, id="no token"),
    ],
)
def test_others_get_no_answer_and_change_nothing(client: Client, path: Path, headers: dict[str, str]) -> None:
    before, body = path.read_bytes(), decide(client, "G001", "remove")
    assert client.get("/api/state", **headers).status_code == 403
    assert client.post("/api/decide", body, **headers).status_code == 403
    assert path.read_bytes() == before
    assert client.post("/api/decide", body).status_code == 200


def test_the_page_itself_needs_the_key(opened: Opened) -> None:
    client = opened(repair_text())
    client.http.delete_cookie(f"anitrakt-{GUARD.port}", domain=GUARD.host.partition(":")[0])
    for address in ("/", "/api/session"):
        assert client.http.get(address, base_url=GUARD.origin, headers=OURS).status_code == 403


def test_a_group_says_what_goes_what_stays_and_what_speaks_against_it(client: Client) -> None:
    group = client.json("/api/group?key=G001")
    assert group["why"] == "25 plays at 2025-03-02 18:04 with mal:16498"
    assert group["against"] == "you may have watched this"
    assert group["plays"][1] == {
        "id": 1001,
        "item": "S01E02",
        "title": "Part 2 of 1",
        "at": "2025-03-02 18:04 UTC",
        "url": "",
    }
    assert group["url"] == "https://trakt.tv/shows/1420"
    assert (group["count"], group["kept"], group["days"]) == (25, 25, ["2025-03-02"])
    assert group["choices"] == ["remove", "keep"]
    assert client.json("/api/group?key=G005")["choices"] == ["redate", "keep", "remove"]
    several = client.json("/api/group?key=G006")
    assert several["url"] == ""
    assert {play["url"] for play in several["plays"]} == {
        "https://trakt.tv/shows/5",
        "https://trakt.tv/shows/6",
    }


def test_a_title_with_markup_is_text(client: Client) -> None:
    assert client.row("G004")["about"] == MARKUP
    assert MARKUP not in client.get("/").text


def test_a_decision_is_in_the_file_and_every_other_byte_stays(client: Client, path: Path) -> None:
    answer = client.post("/api/decide", decide(client, "G003", "remove"))
    assert said(answer)["says"] == "Attack on Titan (2013) → remove"
    before, after = repair_text().splitlines(), path.read_text(encoding="utf-8").splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [
        "    decision: remove  # mine"
    ]
    again = client.post("/api/decide", decide(client, "G003", "review"))
    assert said(again)["rows"][0]["decision"] == "review"
    assert path.read_text(encoding="utf-8") == repair_text()


def test_what_names_no_day_is_not_redated(client: Client, path: Path) -> None:
    answer = client.post("/api/decide", decide(client, "G001", "redate"))
    assert answer.status_code == 400
    assert "names no day" in said(answer)["what"]
    assert client.post("/api/decide", decide(client, "G001", "burn")).status_code == 400
    assert path.read_text(encoding="utf-8") == repair_text()


def test_what_was_changed_since_it_was_shown_is_refused_and_shown_anew(client: Client, path: Path) -> None:
    body = decide(client, "G002", "remove")
    text = path.read_text(encoding="utf-8").replace("Steins;Gate (2011)", "Steins;Gate (2011), mine")
    path.write_text(text, encoding="utf-8")
    answer = client.post("/api/decide", body)
    assert answer.status_code == 409
    assert said(answer)["row"]["about"] == "Steins;Gate (2011), mine"
    assert client.post("/api/decide-all", {"items": [body]}).status_code == 200
    assert path.read_text(encoding="utf-8") == text
    gone = text[: text.index("  G006:")]
    path.write_text(gone, encoding="utf-8")
    assert client.get("/api/group?key=G006").status_code == 409


def test_many_alike_are_said_before_and_taken_back_together(client: Client, path: Path) -> None:
    told = said(client.post("/api/alike", {"key": "G001", "among": ["G001", "G002", "G003", "G004"]}))
    assert told["question"] == "Remove 28 plays in 2 groups (doubled)?"
    assert [one["says"] for one in told["items"]] == [
        "Attack on Titan (2013): 25 plays",
        "Steins;Gate (2011): 3 plays",
    ]
    done = said(client.post("/api/decide-all", {"items": told["items"]}))
    assert done["says"] == "2 groups decided"
    assert [key for key, one in decisions(path).items() if one == "remove"] == ["G001", "G002"]
    assert client.post("/api/undo", {"undo": 0}).status_code == 409
    assert said(client.post("/api/undo", {"undo": done["undo"]}))["says"] == "2 groups taken back"
    assert path.read_text(encoding="utf-8") == repair_text()


def test_undo_has_no_end(client: Client, path: Path) -> None:
    for key in ("G001", "G003", "G004"):
        client.post("/api/decide", decide(client, key, "remove"))
    for left in (3, 2, 1):
        assert client.post("/api/undo", {"undo": left}).status_code == 200
    assert path.read_text(encoding="utf-8") == repair_text()
    assert client.post("/api/undo", {"undo": 0}).status_code == 400


def test_what_others_decided_since_is_no_part_of_an_undo(client: Client, path: Path) -> None:
    done = said(client.post("/api/decide", decide(client, "G004", "remove")))
    text = path.read_text(encoding="utf-8").replace("decision: remove", "decision: keep")
    path.write_text(text, encoding="utf-8")
    undone = said(client.post("/api/undo", {"undo": done["undo"]}))
    assert undone["left"] == ["G004: G004 was changed in the file since"]
    assert path.read_text(encoding="utf-8") == text


def test_a_play_of_two_groups_is_said_and_nothing_is_written(opened: Opened, path: Path) -> None:
    text = repair_text().replace("id: 2000,", "id: 1000,")
    client = opened(text)
    answer = client.post("/api/decide", decide(client, "G001", "remove"))
    assert answer.status_code == 400
    assert "play 1000 is in `G001` and in `G002`" in said(answer)["what"]
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("body", [{}, [], "x", {"items": 5}, {"items": [{}]}, {"key": "G001"}])
def test_nonsense_is_answered_in_a_sentence(client: Client, path: Path, body: object) -> None:
    for call in ("decide", "decide-all", "alike", "undo"):
        answer = client.post(f"/api/{call}", body)
        assert answer.status_code == 400
        assert said(answer)["what"]
    assert path.read_text(encoding="utf-8") == repair_text()


def test_a_megabyte_comes_in_a_second_and_answers_in_a_fifth(opened: Opened) -> None:
    text = large_repair()
    assert len(text) > 1_000_000
    client = opened(text)
    began = process_time()
    rows = client.json("/api/state")["rows"]
    assert process_time() - began < 1
    began = process_time()
    body = {"key": rows[7]["key"], "seen": rows[7]["seen"], "decision": "remove"}
    answer = client.post("/api/decide", body)
    assert process_time() - began < 0.2
    assert answer.status_code == 200, answer.text
