"""The page as one file without a server, to be looked at by a friend or in a pull request."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from anitrakt_plan.commands.explain import Evidence
from anitrakt_plan.commands.review import offers_of
from anitrakt_plan.commands.services import page_of
from anitrakt_plan.model import EntryKey, Match, Plan, PlanEntry
from anitrakt_plan.model.account import format_subject
from anitrakt_plan.model.repair import RepairGroup
from anitrakt_plan.model.sending import Holders, is_open, is_sent
from anitrakt_plan.planfile import ChangeKind, EntryChange
from anitrakt_plan.reports.audit import Audited, headline, meaning_of
from anitrakt_plan.sync.knowledge import grouped
from anitrakt_plan.web.view import SCRIPTS, Json, detail_of, found_of, rows_of, safe_url
from anitrakt_plan.words import pluralize

_CHANGES = {ChangeKind.NEW: "new", ChangeKind.CHANGED: "changed", ChangeKind.LEFT: "not sent any more"}


def report_html(
    plan: Plan,
    changes: Mapping[EntryKey, EntryChange],
    evidence_of: Callable[[EntryKey], Evidence | None],
) -> str:
    """What is new, changed or waits for a person, with facets, as one HTML file that loads nothing."""
    entries = [one for one in plan.entries if one.key in changes or is_open(plan, one)]
    holders = Holders.of(plan.entries, plan.source.statuses, plan.policy.send)

    def holder_of(entry: PlanEntry, match: Match) -> EntryKey | None:
        return holders.of_any(match, but=entry.key)

    every = [
        found_of(
            one,
            offers_of(one, evidence := evidence_of(one.key), lambda _: None),
            holder_of,
            evidence.maps if evidence is not None else None,
        )
        for one in entries
    ]
    rows = rows_of(plan, every, lambda _: "")
    for row in rows:
        change = changes.get(EntryKey.parse(row["key"]))
        row["facets"]["change"] = _CHANGES[change.kind] if change is not None else "waits"
    details = {
        str(found.entry.key): detail_of(found, evidence_of(found.entry.key), lambda _show, _episode: None)
        | {"url": safe_url(page_of(found.entry))}
        for found in every
    }
    still_open = sum(is_open(plan, one) for one in plan.entries)
    changed = f"{pluralize(len(changes), 'entry')} changed" if changes else "nothing changed"
    state = {
        "rows": rows,
        "version": "",
        "undo": 0,
        "open": still_open,
        "ready": sum(is_sent(plan, one) for one in plan.entries),
        "skipped": 0,
        "next": "",
    }
    says = f" of {pluralize(len(plan.entries), 'entry')}; {changed}. Planned {plan.at:%Y-%m-%d %H:%M} UTC."
    return _rendered("anitrakt plan", {"state": state, "details": details, "says": says})


def _rendered(title: str, data: Json) -> str:
    static = files("anitrakt_plan.web") / "static"
    style = (static / "app.css").read_text(encoding="utf-8")
    script = "".join((static / name).read_text(encoding="utf-8") for name in SCRIPTS)
    policy = f"default-src 'none'; style-src {_mark(style)}; script-src {_mark(script)}; base-uri 'none'"
    page = Environment(loader=PackageLoader("anitrakt_plan.web"), autoescape=True).get_template("page.html")
    # both are ours, and hold nothing of a list's
    own = {"style": Markup(style), "script": Markup(script)}  # noqa: S704
    return page.render(report={"title": title, "policy": policy, "data": data} | own)


def _mark(text: str) -> str:
    """By which a browser knows that this is the one script or style that may be in the page."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def audit_html(audited: Audited) -> str:
    """What an audit found, as one HTML file that loads nothing: with links, for those who mend it by hand."""
    kinds = [
        {
            "name": kind.value,
            "means": f"Plays that {meaning_of(kind)}.",
            "groups": [_audit_group(group, audited.pages.get(group.key, ())) for group in groups],
        }
        for kind, groups in grouped((group.kind, group) for group in audited.groups).items()
    ]
    style = (files("anitrakt_plan.web") / "static" / "audit.css").read_text(encoding="utf-8")
    page = Environment(loader=PackageLoader("anitrakt_plan.web"), autoescape=True).get_template("audit.html")
    policy = f"default-src 'none'; style-src {_mark(style)}; base-uri 'none'"
    title = f"anitrakt audit of {audited.repair.account.user}"
    own = Markup(style)  # noqa: S704
    return page.render(title=title, says=headline(audited), kinds=kinds, policy=policy, style=own)


def _audit_group(group: RepairGroup, pages: Sequence[str]) -> Json:
    return {
        "about": group.about,
        "why": group.why,
        "against": group.against,
        "suggest": group.suggest.value,
        "pages": [page for page in map(safe_url, pages) if page],
        "plays": [
            {
                "item": format_subject(play.subject),
                "title": play.title or "",
                "at": f"{play.watched_at:%Y-%m-%d %H:%M} UTC",
            }
            for play in group.plays
        ],
    }
