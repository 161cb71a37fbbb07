"""The page's server answers its own page alone, never writes over what was not seen, and is quick."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import process_time
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from anitrakt_plan.commands.explain import EvidenceFile
from anitrakt_plan.commands.export import ExportOptions
from anitrakt_plan.commands.lookup import Lookup
from anitrakt_plan.commands.plan_file import PlanFile
from anitrakt_plan.commands.review import Choosing, Session, queue_of
from anitrakt_plan.commands.services import Ask
from anitrakt_plan.errors import Failed
from anitrakt_plan.planfile import read_plan, write_plan
from anitrakt_plan.reports.export import Exported
from anitrakt_plan.web.desk import Desk
from anitrakt_plan.web.guards import TOKEN_HEADER, Guard
from anitrakt_plan.web.server import application
from anitrakt_plan.web.upload import Upload
from tests.web.page_plans import ENTRIES, MARKUP, large_plan, plan_text

GUARD = Guard(8765)
OURS = {"Origin": GUARD.origin, TOKEN_HEADER: GUARD.token, "Sec-Fetch-Site": "same-origin"}


class Client:
    """A browser that has opened the page, or somebody else who asks."""

    def __init__(self, client: FlaskClient) -> None:
        self.http = client

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.http.get(path, base_url=GUARD.origin, headers=OURS | headers)

    def post(self, path: str, body: object, **headers: str) -> TestResponse:
        return self.http.post(path, base_url=GUARD.origin, json=body, headers=OURS | headers)

    def json(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return said(answer)

    def row(self, key: str) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.json("/api/state?scope=all")["rows"]
        return next(row for row in rows if row["key"] == key)

    def seen(self, key: str) -> dict[str, str]:
        return {"key": key, "seen": self.row(key)["seen"]}


def said(answer: TestResponse) -> Any:
    """What an answer says."""
    return answer.get_json()


Opened = Callable[..., Client]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Open the page on a plan of this text."""

    def opened(
        text: str,
        *,
        enters: bool = True,
        ends: Callable[[], None] = lambda: None,
        upload: Upload | None = None,
    ) -> Client:
        path = tmp_path / "plan.yaml"
        path.write_text(text, encoding="utf-8", newline="\n")
        evidence = EvidenceFile(tmp_path / "none.jsonl")
        file = PlanFile(path, write_plan)
        session = Session(file, queue_of(file.plan), Choosing(evidence))
        lookup = Lookup(None, datetime.now(UTC))
        desk = Desk(session, lookup, asked_seasons=lambda _: None, page_of=lambda _: None)
        app = application(desk, GUARD, pictures=None, upload=upload, done=ends)
        client = Client(app.test_client())
        if enters:
            assert client.get(f"/?key={GUARD.door}").status_code == 200
        return client

    return opened


@pytest.fixture
def client(opened: Opened) -> Client:
    return opened(plan_text(*ENTRIES))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plan.yaml"


def decisions(path: Path) -> dict[str, str]:
    plan = read_plan(path).plan
    assert plan is not None
    return {str(entry.key): entry.decision.value for entry in plan.entries}


# --- who may ask ---


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "evil.example:8765"}, id="DNS rebinding"),
        pytest.param({"Host": "localhost:8765"}, id="another name of this machine"),
        pytest.param({"Host": "127.0.0.1"}, id="without the port"),
        pytest.param({"Host": "127.0.0.1:8765.evil.example"}, id="a name that begins alike"),
        pytest.param({"Origin": "http://evil.example"}, id="another page"),
        pytest.param({"Origin": "http://127.0.0.1:1"}, id="another port of this machine"),
        pytest.param({"Origin": "null"}, id="a file, or a frame"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="another port"),
        pytest.param({TOKEN_HEADER: "x"}, id="a wrong token"),
        pytest.param({TOKEN_HEADER: ""}, id="no token"),
    ],
)
def test_others_get_no_answer_and_change_nothing(client: Client, path: Path, headers: dict[str, str]) -> None:
    before = path.read_bytes()
    skip = {"items": [client.seen("mal:9253")], "note": ""}
    assert client.get("/api/state", **headers).status_code == 403
    assert client.post("/api/skip", skip, **headers).status_code == 403
    assert path.read_bytes() == before
    assert client.post("/api/skip", skip).status_code == 200


def test_without_the_origin_nothing_is_written(client: Client, path: Path) -> None:
    body = {"items": [client.seen("mal:9253")], "note": ""}
    headers = {TOKEN_HEADER: GUARD.token}
    answer = client.http.post("/api/skip", base_url=GUARD.origin, json=body, headers=headers)
    assert answer.status_code == 403
    assert decisions(path)["mal:9253"] == "review"


def test_the_key_in_the_address_opens_and_the_cookie_carries_on(opened: Opened) -> None:
    client = opened(plan_text(*ENTRIES), enters=False)
    for address in ("/", "/?key=", f"/?key={GUARD.door[:-1]}", "/api/session", "/api/state"):
        assert client.get(address).status_code == 403
    answer = client.get(f"/?key={GUARD.door}")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    for secret in (GUARD.door, GUARD.token, GUARD.cookie):
        assert secret not in answer.text
    assert client.json("/api/session")["token"] == GUARD.token
    assert client.get("/").status_code == 200


def test_a_link_in_a_terminal_that_is_a_page_itself_opens(opened: Opened) -> None:
    client = opened(plan_text(*ENTRIES), enters=False)
    assert (
        client.http.get(
            f"/?key={GUARD.door}", base_url=GUARD.origin, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused_and_no_other_origin_is_allowed(client: Client, method: str) -> None:
    answer = client.http.open("/api/skip", base_url=GUARD.origin, method=method, headers=OURS)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_forms_and_texts_are_no_answers(client: Client, path: Path) -> None:
    text = json.dumps({"items": [client.seen("mal:9253")]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = client.http.post(
            "/api/skip", base_url=GUARD.origin, data=text, headers=OURS, content_type=kind
        )
        assert answer.status_code == 415
    assert decisions(path)["mal:9253"] == "review"


@pytest.mark.parametrize("address", ["/", "/static/app.js", "/api/state", "/nowhere"])
def test_every_answer_forbids_what_is_not_its_own(client: Client, address: str) -> None:
    with client.get(address) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_script(client: Client) -> None:
    page = client.get("/").text
    assert "http" not in page.replace("http-equiv", "")
    assert "<script>" not in page
    static = (Path(__file__).parents[2] / "anitrakt_plan" / "web" / "static").glob("*")
    for file in static:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text
        assert "https://" not in text
        assert "innerHTML" not in text


def test_a_title_with_markup_is_text(client: Client) -> None:
    assert client.row("mal:34")["title"] == MARKUP
    assert client.get("/api/state").mimetype == "application/json"
    assert MARKUP not in client.get("/").text


def test_a_note_with_control_signs_stays_one_value_of_the_file(client: Client, path: Path) -> None:
    note = 'x\x1b[2J\r\n  mal:1:\n    decision: auto\u202e "q" #> no'
    answer = client.post("/api/skip", {"items": [client.seen("mal:9253")], "note": note})
    assert answer.status_code == 200
    plan = read_plan(path).plan
    assert plan is not None
    assert next(entry.note for entry in plan.entries if entry.key.id == 9253) == note
    assert len(plan.entries) == len(ENTRIES)
    assert "\x1b" not in path.read_text(encoding="utf-8")
    assert "\x1b" not in client.row("mal:9253")["note"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "x",
        {"items": 5},
        {"items": [{}]},
        {"items": [{"key": "mal:9253"}]},
        {"items": [{"key": "x", "seen": ""}]},
    ],
)
def test_nonsense_is_answered_in_a_sentence(client: Client, path: Path, body: object) -> None:
    before = path.read_bytes()
    answer = client.post("/api/skip", body)
    assert answer.status_code in (200, 400)
    assert said(answer)["what" if answer.status_code == 400 else "left"]
    assert path.read_bytes() == before


# --- what is answered ---


def test_a_choice_is_in_the_file_with_every_comment(client: Client, path: Path) -> None:
    answer = client.post(
        "/api/choose", client.seen("mal:25777") | {"match": "1420 S02E01-E12", "alone": True}
    )
    assert answer.status_code == 200, answer.text
    assert said(answer)["says"].endswith("Attack on Titan (2013) S02E01-E12")
    text = path.read_text(encoding="utf-8")
    assert "match: {show: 1420, episodes: S02E01-E12}  #> 1420 S02E01-E12 · Attack on Titan (2013)\n" in text
    assert text.count("# mine") == len(ENTRIES)
    assert text.startswith("# kept in git\n")


def test_what_was_changed_since_it_was_shown_is_refused_and_shown_anew(client: Client, path: Path) -> None:
    given = client.seen("mal:25777") | {"match": "1420 S02E01-E12"}
    text = path.read_text(encoding="utf-8").replace("# mine 25777", "# mine 25777, another")
    path.write_text(text, encoding="utf-8")
    assert client.post("/api/choose", given).status_code == 409  # the comment is part of what was seen
    answer = client.post("/api/choose", given)
    assert said(answer)["row"]["seen"] != given["seen"]
    assert path.read_text(encoding="utf-8") == text
    skip = client.post("/api/skip", {"items": [given]})
    assert said(skip)["left"] == ["1 entry changed in the file meanwhile"]
    assert path.read_text(encoding="utf-8") == text


def test_only_what_was_shown_can_be_chosen(client: Client, path: Path) -> None:
    answer = client.post("/api/choose", client.seen("mal:9253") | {"match": "1 S01E01-E24", "insists": True})
    assert answer.status_code == 409
    assert client.json("/api/typed?key=mal:9253&text=1 S01E01-E24")["offers"][0]["match"] == "1 S01E01-E24"
    doubted = client.post("/api/choose", client.seen("mal:9253") | {"match": "1 S01E01-E24"})
    assert (doubted.status_code, said(doubted)["kind"]) == (422, "doubted")
    sure = client.post("/api/choose", client.seen("mal:9253") | {"match": "1 S01E01-E24", "insists": True})
    assert sure.status_code == 200, sure.text
    assert "sure: true" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("flags", [{}, {"alone": True}])
def test_hyoukas_case_is_asked_with_both_titles(client: Client, path: Path, flags: dict[str, bool]) -> None:
    given = client.seen("mal:12189") | {"match": "1420 S03E01-E22"}
    answer = client.post("/api/choose", given | flags)
    assert answer.status_code in (400, 422)
    if not flags:
        assert said(answer)["what"] == "Is «Hyouka» (2012) really «Attack on Titan» (2013), S03E01-E22?"
        assert any("2013" in doubt for doubt in said(answer)["doubts"])
    several = said(client.post("/api/several", {"keys": ["mal:12189"], "from": 0.0}))
    assert several["takes"] == []
    items = [given]
    assert said(client.post("/api/accept-all", {"items": items}))["rows"] == []
    assert decisions(path)["mal:12189"] == "review"


def test_several_are_said_before_and_taken_back_together(client: Client, path: Path) -> None:
    before = path.read_bytes()
    keys = [row["key"] for row in client.json("/api/state")["rows"]]
    told = said(client.post("/api/several", {"keys": keys, "from": 0.9}))
    assert told["sentence"] == "accept 2, the least sure at 95 % (probably none wrong); 5 stay open"
    done = said(client.post("/api/accept-all", {"items": told["takes"]}))
    assert done["says"] == "2 entries accepted"
    assert client.post("/api/undo", {"undo": 0}).status_code == 409
    undone = said(client.post("/api/undo", {"undo": done["undo"]}))
    assert undone["says"] == "2 entries taken back"
    assert path.read_bytes() == before


def test_an_undo_that_another_window_has_overtaken_is_refused(client: Client) -> None:
    first = said(client.post("/api/skip", {"items": [client.seen("mal:34")]}))
    client.post("/api/skip", {"items": [client.seen("mal:35")]})
    assert client.post("/api/undo", {"undo": first["undo"]}).status_code == 409


def test_an_answer_tells_of_the_others_whose_suggestion_it_took(client: Client) -> None:
    answer = client.post(
        "/api/choose", client.seen("mal:25777") | {"match": "1420 S01E01-E12", "insists": True}
    )
    rows = {row["key"]: row for row in said(answer)["rows"]}
    assert rows["mal:25777"]["decision"] == "confirmed"
    assert rows["mal:16498"]["best"]["match"] == "movie 97"  # its first season is taken by now


def test_reopened_entries_are_open(client: Client, path: Path) -> None:
    client.post("/api/skip", {"items": [client.seen("mal:34")]})
    assert said(client.post("/api/reopen", client.seen("mal:34")))["rows"][0]["queue"] == "none"
    assert decisions(path)["mal:34"] == "review"


def test_a_broken_file_is_said_and_left_alone(client: Client, path: Path) -> None:
    broken = path.read_text(encoding="utf-8").replace("decision: review", "decision: revue", 1)
    path.write_text(broken, encoding="utf-8")
    answer = client.get("/api/state")
    assert answer.status_code == 400
    assert "1 error" in said(answer)["what"]


def test_the_end_is_told_before_it_comes(opened: Opened) -> None:
    over = Event()
    client = opened(plan_text(*ENTRIES), ends=over.set)
    assert "in the file" in said(client.post("/api/done", {}))["says"]
    assert over.wait(10)


# --- how long it takes ---


def test_2000_entries_with_300_open_come_in_a_second_and_answers_in_a_fifth(opened: Opened) -> None:
    client = opened(large_plan())
    began = process_time()
    rows = client.json("/api/state")["rows"]
    assert process_time() - began < 1
    assert len(rows) == 300
    best = rows[0]["best"]["match"]
    began = process_time()
    answer = client.post("/api/choose", {"key": rows[0]["key"], "seen": rows[0]["seen"], "match": best})
    assert process_time() - began < 0.2
    assert answer.status_code == 200, answer.text


def test_an_error_says_where_it_happened_and_what_to_do(opened: Opened, tmp_path: Path) -> None:
    def export(options: ExportOptions, _: Ask | None) -> Exported:
        raise Failed("there is no data download", where=str(options.trakt_data), todo="Make one.")

    client = opened(plan_text(*ENTRIES), upload=Upload(export, downloads=tmp_path / "Downloads"))
    answer = client.post("/api/upload/check", {})
    assert answer.status_code == 400
    assert said(answer)["what"] == f"there is no data download (in {tmp_path / 'Downloads'})."
    assert said(answer)["todo"] == "Make one."
