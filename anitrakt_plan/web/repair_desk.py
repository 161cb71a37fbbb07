"""What the page for a repair asks and answers: plain values, by the rules of a repair's review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from anitrakt_plan.commands.plan_file import EntryChanged
from anitrakt_plan.commands.review_repair import (
    Alike,
    RepairSession,
    is_waiting,
    next_after_groups,
    possible,
)
from anitrakt_plan.model import MovieSubject, ShowSubject, TargetKind
from anitrakt_plan.model.account import ListSubject, work_of
from anitrakt_plan.model.repair import RepairDecision, RepairGroup, RepairPlay
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.reports.audit import meaning_of
from anitrakt_plan.reports.names import part_name
from anitrakt_plan.web.desk import AnsweringDesk, Stale
from anitrakt_plan.web.view import Json, safe_url, seen
from anitrakt_plan.words import pluralize, printable

REPAIR_SCRIPTS = ("tools.js", "walk.js", "repair.js")
"""The page's scripts, in their order."""

DECIDE = ("key", "seen", "decision")
"""What an answer to a group consists of."""


class RepairDesk(AnsweringDesk[RepairSession]):
    """The review of a repair."""

    noun = "group"

    # --- what there is ---

    def state(self) -> Json:
        """All groups, in the order of the file."""
        with self._reading():
            repair = self._session.file.repair
            rows = [self._row(group) for group in repair.groups]
            means = {group.kind.value: f"Plays that {meaning_of(group.kind)}." for group in repair.groups}
            head = {"file": self._session.file.path.name, "user": printable(repair.account.user)}
            return head | {"rows": rows, "means": means} | self._standing()

    def group(self, key: str) -> Json:
        """All there is to decide one group by. Raises Stale where it is gone."""
        with self._reading():
            group = self._group(key)
            works = group.works
            several = len(works) > 1
            return self._row(group) | {
                "why": printable(group.why),
                "against": printable(group.against or ""),
                "note": printable(group.note or ""),
                "url": _page(works[0]) if len(works) == 1 else "",
                "choices": [decision.value for decision in possible(group)],
                "plays": [_play(play, several=several) for play in group.plays],
                "keeps": [_play(play, several=several) for play in group.keeps],
            }

    def alike(self, key: str, among: Sequence[str]) -> Json:
        """What doing as suggested with those of some groups that wait and are like one would do. Raises Stale."""
        with self._reading():
            group = self._group(key)
            some = [one for one in self._session.file.repair.groups if one.key in frozenset(among)]
            alike = self._session.alike(group, some)
            return {
                "question": f"{alike.sentence}?" if alike.groups else "",
                "items": [
                    {"key": one.key, "seen": self._mark(one), "says": _says(one)} for one in alike.groups
                ],
            }

    # --- answers ---

    def decide(self, key: str, seen: str, decision: str) -> Json:
        """Decide a group, or open it again (`review`), where it is still what the page has shown."""
        with self._reading():
            group = self._group(key)
            if self._mark(group) != seen:
                raise self._changed(group)
            wanted = RepairDecision(decision)
            if wanted not in (*possible(group), RepairDecision.REVIEW):
                raise ValueError(f"{key} can't be decided so: it names no day to redate to")
            try:
                self._session.decide(group, wanted)
            except (EntryChanged, EntryGone):
                raise self._changed(group) from None
            except EntryRefused as error:
                raise ValueError(error.sentence) from None
            did = "is open again" if wanted is RepairDecision.REVIEW else f"→ {wanted.value}"
            return self._answered([key], f"{printable(group.about)} {did}")

    def decide_all(self, items: Sequence[Mapping[str, str]]) -> Json:
        """Do what is suggested for groups, each as it was said before; what is otherwise by now stays open."""
        with self._reading():
            repair = {group.key: group for group in self._session.file.repair.groups}
            known = [(repair[item["key"]], item["seen"]) for item in items if item["key"] in repair]
            groups = [one for one, mark in known if self._mark(one) == mark and is_waiting(one)]
            try:
                result = self._session.decide_all(Alike(tuple(groups)))
            except EntryRefused as error:
                raise ValueError(error.sentence) from None
            return self._done(result, len(items) - len(groups), "decided")

    # --- inside ---

    def _group(self, key: str) -> RepairGroup:
        group = self._session.file.group(key)
        if group is None:
            raise Stale(f"{printable(key)} is no more in the file")
        return group

    def _changed(self, group: RepairGroup) -> Stale:
        now = self._session.file.group(group.key)
        what = f"{group.key} was changed in the file meanwhile; nothing was written"
        return Stale(what, self._row(now) if now is not None else None)

    def _mark(self, group: RepairGroup) -> str:
        return seen(self._session.file.lines_of(group.key))

    def _row(self, group: RepairGroup) -> Json:
        days = sorted({f"{play.watched_at:%Y-%m-%d}" for play in group.plays})
        return {
            "key": group.key,
            "seen": self._mark(group),
            "kind": group.kind.value,
            "about": printable(group.about),
            "count": len(group.plays),
            "kept": len(group.keeps),
            "days": days if len(days) < 2 else [days[0], days[-1]],
            "suggest": group.suggest.value,
            "to": str(group.to) if group.to is not None else "",
            "decision": group.decision.value,
        }

    def _rows_after(self, keys: Sequence[str]) -> list[Json]:
        found = (self._session.file.group(key) for key in keys)
        return [self._row(group) for group in found if group is not None]

    def _standing(self) -> Json:
        return {
            "version": seen(self._session.file.version),
            "undo": self._session.can_undo,
            "next": next_after_groups(self._session.file.path),
        }


def _says(group: RepairGroup) -> str:
    return f"{printable(group.about)}: {pluralize(len(group.plays), 'play')}"


def _play(play: RepairPlay, *, several: bool) -> Json:
    """One play; of a group of several works with its own work's page."""
    return {
        "id": play.id,
        "item": part_name(play.subject) or "film",
        "title": printable(play.title or ""),
        "at": f"{play.watched_at:%Y-%m-%d %H:%M} UTC",
        "url": _page(work_of(play.subject)) if several else "",
    }


def _page(work: ListSubject) -> str:
    match work:
        case MovieSubject(movie):
            return safe_url(TargetKind.MOVIE.page(movie))
        case ShowSubject(show):
            return safe_url(TargetKind.SHOW.page(show))
