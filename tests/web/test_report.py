"""`plan --report r.html`: one file that loads nothing, holds what waits and what is new, and takes no markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from anitrakt_plan.planfile import ChangeKind, EntryChange, load_plan
from anitrakt_plan.web.report import report_html
from tests.web.page_plans import ENTRIES, MARKUP, large_plan, plan_text


def test_it_holds_what_waits_and_what_changed_as_data_and_its_own_script_alone() -> None:
    plan = load_plan(plan_text(*ENTRIES).encode(), "plan.yaml").plan
    assert plan is not None
    new = EntryChange(ChangeKind.NEW, plan.entries[0].key, None, plan.entries[0], ())
    page = report_html(plan, {new.key: new}, lambda _: None)
    assert MARKUP not in page
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    assert {row["key"]: row["facets"]["change"] for row in data["state"]["rows"]}["mal:34"] == "new"
    assert {row["title"] for row in data["state"]["rows"]} >= {MARKUP, "Hyouka"}
    assert data["details"]["mal:16498"]["cards"][0]["match"] == "1420 S01E01-E25"
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    mark = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert f"script-src &#39;sha256-{mark}&#39;" in policy[1]
    assert "<link" not in page
    assert " src=" not in page.replace(script, "").replace(found[1], "")


def test_of_what_is_settled_it_says_the_number_alone() -> None:
    plan = load_plan(large_plan(200, 20).encode(), "plan.yaml").plan
    assert plan is not None
    page = report_html(plan, {}, lambda _: None)
    assert "of 200 entries; nothing changed." in page
    assert page.count('"queue":') == 20 or page.count('"queue": ') == 20
