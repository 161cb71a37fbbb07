"""From the journal's records to what is known: the state of each play, rating and listing, and the runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import singledispatchmethod
from typing import Any

from anitrakt_plan.journal import records as r
from anitrakt_plan.model import EntryKey
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.sync.batches import (
    AddPlays,
    AddRatings,
    AddRows,
    ChangeList,
    FileToImport,
    ListedItem,
    RatingToAdd,
    RemovalReason,
    RemovePlays,
    RemoveRows,
    RowToAdd,
    taken_back_by,
)
from anitrakt_plan.sync.diff import PlayChange
from anitrakt_plan.sync.knowledge import (
    AddedRow,
    BatchItemId,
    Displaced,
    Knowledge,
    ListName,
    RemovedRow,
    Sent,
    SentFile,
    SentListing,
    SentPlay,
    SentRating,
    SentState,
)

_AFTER = {
    r.OutcomeState.ACCEPTED: SentState.ACKNOWLEDGED,
    r.OutcomeState.REFUSED: SentState.REFUSED,
    r.OutcomeState.IN_DOUBT: SentState.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run as `log` tells it; `exit` is None where it never came to its end. Times are UTC.

    `open`: it stopped with more to do; `resend` are the entries of which it sends again
    what stood in batches up to `resend_upto`. `failures` are sentences of its batches that were refused or in doubt.
    """

    run: str
    kind: r.RunKind
    user: str
    source: str | None
    began: datetime
    last: datetime
    exit: int | None = None
    sentence: str = ""
    batches: int = 0
    failures: tuple[str, ...] = ()
    open: bool = True
    resend: frozenset[EntryKey] = frozenset()
    resend_upto: int = 0


@dataclass
class Fold:
    """What is known so far, by place; takes one record after the other."""

    sent: dict[BatchItemId, Sent] = field(default_factory=dict)
    carried: dict[int, tuple[BatchItemId, ...]] = field(default_factory=dict)
    intents: dict[int, r.Intent] = field(default_factory=dict)
    displaced: list[Displaced] = field(default_factory=list)
    checked: set[tuple[EntryKey, str]] = field(default_factory=set)
    identified: dict[ListSubject, int] = field(default_factory=dict)
    reported: set[BatchItemId] = field(default_factory=set)
    expired: set[BatchItemId] = field(default_factory=set)
    accepted_missing: set[BatchItemId] = field(default_factory=set)
    removing: set[BatchItemId] = field(default_factory=set)
    restored: dict[ListSubject, int] = field(default_factory=dict)
    files: dict[int, SentFile] = field(default_factory=dict)
    doubled: frozenset[BatchItemId] = frozenset()
    added_rows: dict[BatchItemId, AddedRow] = field(default_factory=dict)
    removed_rows: dict[BatchItemId, RemovedRow] = field(default_factory=dict)
    runs: dict[str, RunInfo] = field(default_factory=dict)

    @property
    def last_batch(self) -> int:
        """The number of the newest batch; 0 before the first."""
        return max(self.intents, default=0)

    def knowledge(self) -> Knowledge:
        """All that is known of what was sent."""
        sent = self.sent.values()
        return Knowledge(
            plays=tuple(one for one in sent if isinstance(one, SentPlay)),
            ratings=tuple(one for one in sent if isinstance(one, SentRating)),
            listings=tuple(one for one in sent if isinstance(one, SentListing)),
            displaced=tuple(self.displaced),
            checked=frozenset(self.checked),
            identified=dict(self.identified),
            reported=frozenset(self.reported),
            expired=frozenset(self.expired),
            accepted_missing=frozenset(self.accepted_missing),
            removing=frozenset(self.removing),
            restored=dict(self.restored),
            files=tuple(self.files.values()),
            doubled=self.doubled,
            added_rows=tuple(self.added_rows.values()),
            removed_rows=tuple(self.removed_rows.values()),
        )

    @singledispatchmethod
    def take(self, record: r.Record) -> None:
        """Learn what one more record says; the first line says nothing of what was sent."""

    @take.register
    def _run_began(self, record: r.RunBegan) -> None:
        info = self.runs.get(record.run)
        if info is None:
            info = RunInfo(record.run, record.kind, record.user, record.source, record.at, record.at)
        if record.resend:
            info = replace(info, resend=info.resend | set(record.resend), resend_upto=self.last_batch)
        self.runs[record.run] = replace(info, last=record.at, exit=None, user=record.user, open=True)

    @take.register
    def _run_ended(self, record: r.RunEnded) -> None:
        said = {"exit": record.exit, "sentence": record.sentence, "last": record.at, "open": record.open}
        self._of_run(record.run, **said)

    @take.register
    def _intent(self, intent: r.Intent) -> None:
        sent = {one.place: one for one in _sent_by(intent)}
        self.sent |= sent
        self.carried[intent.batch] = tuple(sent)
        self.intents[intent.batch] = intent
        if intent.run in self.runs:
            self._of_run(intent.run, batches=self.runs[intent.run].batches + 1, last=intent.at)
        self._take_rows(intent)
        match intent.operation:
            case AddPlays(watchlist=watchlist) | AddRows(watchlist=watchlist):
                self.displaced += [Displaced(intent.batch, intent.run, item) for item in watchlist]
            case RemovePlays(reason=RemovalReason.UNDO, plays=plays):
                self.removing.update(play.place for play in plays)
            case FileToImport(path):
                self.files[intent.batch] = SentFile(intent.batch, intent.run, path, intent.at)
            case _:
                pass

    def _take_rows(self, intent: r.Intent) -> None:
        match intent.operation:
            case AddRows(rows=rows):
                for place, row in _numbered(intent, rows):
                    self.added_rows[place] = _added_row(place, intent, row)
            case RemoveRows(rows=gone):
                for place, row in _numbered(intent, gone):
                    self.removed_rows[place] = RemovedRow(intent.run, intent.batch, row)
            case _:
                pass

    @take.register
    def _outcome(self, outcome: r.Outcome) -> None:
        intent = self.intents.get(outcome.batch)
        if intent is None:
            return
        assert not isinstance(intent.operation, FileToImport)  # it was never sent from here
        after = _AFTER[outcome.state]
        for place in self.carried[outcome.batch]:
            self._become([place], SentState.NOT_FOUND if place.index in outcome.not_found else after)
            sent = self.sent[place]
            if isinstance(sent, SentPlay) and sent.state is SentState.IN_DOUBT:
                self.sent[place] = sent._replace(sent_at=outcome.at)  # sent once its request was over
        self._outcome_of_rows(outcome, after)
        if outcome.state is r.OutcomeState.ACCEPTED:
            self._taken_in(intent)
        elif intent.run in self.runs:
            failures = (*self.runs[intent.run].failures, outcome.sentence)
            self._of_run(intent.run, failures=failures)

    def _outcome_of_rows(self, outcome: r.Outcome, after: SentState) -> None:
        if not isinstance(self.intents[outcome.batch].operation, AddRows | RemoveRows):
            return
        for place, added in self.added_rows.items():
            if place.batch == outcome.batch:
                state = SentState.NOT_FOUND if place.index in outcome.not_found else after
                self.added_rows[place] = replace(added, state=state, sent_at=outcome.at)
        for place, removed in self.removed_rows.items():
            if place.batch == outcome.batch:
                self.removed_rows[place] = replace(removed, is_refused=after is SentState.REFUSED)
        self._follow_rows()

    @take.register
    def _rows_seen(self, record: r.RowsSeen) -> None:
        for seen in record.plays:
            if seen.place in self.added_rows:
                added = replace(
                    self.added_rows[seen.place], state=SentState.SEEN, id=seen.id, seen_at=seen.watched_at
                )
                self.added_rows[seen.place] = added
        self._follow_rows()

    def _follow_rows(self) -> None:
        """A play of ours that a repair moved, or put back, is ours still: at its new id and date."""
        gone = {removed.row.id for removed in self.removed_rows.values() if not removed.is_refused}
        standing = _standing_in_place(self.added_rows.values(), gone)
        for place, sent in self.sent.items():
            if isinstance(sent, SentPlay) and sent.state is SentState.SEEN and sent.id in gone:
                now = standing.get(sent.id)
                self.sent[place] = sent._replace(id=now.id, seen_at=now.seen_at) if now else sent

    def _taken_in(self, intent: r.Intent) -> None:
        operation = intent.operation
        is_surplus = isinstance(operation, RemovePlays) and operation.reason is RemovalReason.SURPLUS
        self._become(taken_back_by(operation), SentState.SURPLUS if is_surplus else SentState.UNDONE)
        if isinstance(operation, ChangeList) and operation.add:
            self.restored |= {item.subject: intent.batch for item in operation.items if not item.entry}

    @take.register
    def _seen(self, record: r.Seen) -> None:
        for seen in record.plays:
            self._become(
                [seen.place], SentState.SEEN, id=seen.id, episode=seen.episode, seen_at=seen.watched_at
            )
        self._see_files({seen.place.batch for seen in record.plays}, record.at)

    @take.register
    def _settled(self, record: r.Settled) -> None:
        places = [BatchItemId(record.batch, index) for index in record.absent]
        self._become(places, SentState.ABSENT)
        for place in places:
            if place in self.added_rows:
                self.added_rows[place] = replace(self.added_rows[place], state=SentState.ABSENT)

    @take.register(r.Removed)
    @take.register(r.RatingsUndone)
    def _removed(self, record: r.Removed | r.RatingsUndone) -> None:
        self._become(record.places, SentState.UNDONE)

    @take.register
    def _unseen(self, record: r.Unseen) -> None:
        self.reported.update(record.places)

    @take.register
    def _expired(self, record: r.Expired) -> None:
        self.expired.update(record.places)

    @take.register
    def _missing_accepted(self, record: r.MissingAccepted) -> None:
        self.accepted_missing.update(record.places)

    @take.register
    def _doubled(self, record: r.Doubled) -> None:
        self.doubled = frozenset(record.places)

    @take.register
    def _ratings_seen(self, record: r.RatingsSeen) -> None:
        self._see_files({seen.place.batch for seen in record.ratings}, record.at)
        for seen in record.ratings:
            if seen.place in self.sent and self.sent[seen.place].state is not SentState.UNDONE:
                self._become([seen.place], SentState.SEEN, rated_at=seen.rated_at)

    @take.register
    def _lists_seen(self, record: r.ListsSeen) -> None:
        self._become(record.places, SentState.SEEN)

    @take.register
    def _checked(self, record: r.Checked) -> None:
        self.checked.add((record.entry, record.match))

    @take.register
    def _identified(self, record: r.Identified) -> None:
        self.identified.setdefault(record.subject, record.trakt)

    @take.register
    def _renamed(self, record: r.Renamed) -> None:
        def now(key: EntryKey) -> EntryKey:
            return record.to if key == record.entry else key

        for place, sent in self.sent.items():
            if isinstance(sent, SentRating):
                self.sent[place] = sent._replace(entries=tuple(map(now, sent.entries)))
            else:
                self.sent[place] = sent._replace(entry=now(sent.entry))
        self.checked = {(now(key), match) for key, match in self.checked}
        for run, info in self.runs.items():
            self._of_run(run, resend=frozenset(map(now, info.resend)))

    def _see_files(self, batches: Iterable[int], at: datetime) -> None:
        for batch in batches:
            if batch in self.files:
                self.files[batch] = replace(self.files[batch], last_seen=at)

    def _become(self, places: Iterable[BatchItemId], state: SentState, **more: Any) -> None:
        for place in places:
            if place in self.sent:
                self.sent[place] = self.sent[place]._replace(state=state, **more)

    def _of_run(self, run: str, **said: Any) -> None:
        if run in self.runs:
            self.runs[run] = replace(self.runs[run], **said)


def _sent_by(intent: r.Intent) -> Iterator[Sent]:
    # until an outcome says otherwise, all of it is in doubt; nothing is ever heard of a file that was written
    run, doubt = intent.run, SentState.IN_DOUBT
    match intent.operation:
        case AddPlays(plays=plays):
            for place, play in _numbered(intent, plays):
                yield _sent_play(place, intent, play, doubt)
        case AddRatings(ratings=ratings):
            for place, rating in _numbered(intent, ratings):
                yield _sent_rating(place, run, rating, doubt)
        case ChangeList(add=True, list=name, items=items):
            for place, item in _numbered(intent, items):
                if item.entry is not None:
                    yield SentListing(place, run, item.entry, name, item.subject, intent.at, doubt)
        case FileToImport(plays=plays, ratings=ratings, listings=listings):
            for place, item in _numbered(intent, (*plays, *ratings, *listings)):
                yield _sent_in_file(place, intent, item)
        case _:
            pass


def _sent_play(place: BatchItemId, intent: r.Intent, play: PlayChange, state: SentState) -> SentPlay:
    return SentPlay(
        place,
        intent.run,
        play.entry,
        play.match,
        play.subject,
        play.when,
        frozenset(play.before),
        sent_at=intent.at,
        state=state,
        instead_of=play.instead_of,
        by_import=state is SentState.EXPORTED,
    )


def _added_row(place: BatchItemId, intent: r.Intent, one: RowToAdd) -> AddedRow:
    before, doubt = frozenset(one.before), SentState.IN_DOUBT
    return AddedRow(place, intent.run, one.row, one.when, before, intent.at, doubt)


def _standing_in_place(rows: Iterable[AddedRow], gone: Collection[int]) -> dict[int, AddedRow]:
    """By the id of a play, and by that of one that stood in its place, the one that stands there now."""
    rows = list(rows)
    now = {added.row.id: added for added in rows if added.id is not None and added.id not in gone}
    before = {added.id: now[added.row.id] for added in rows if added.id in gone and added.row.id in now}
    return {number: added for number, added in (before | now).items() if number is not None}


def _sent_rating(place: BatchItemId, run: str, one: RatingToAdd, state: SentState) -> SentRating:
    return SentRating(
        place,
        run,
        one.entries,
        one.matches,
        one.rates,
        one.subject,
        one.value,
        one.rated_at,
        old=one.old,
        state=state,
    )


def _sent_in_file(place: BatchItemId, intent: r.Intent, item: PlayChange | RatingToAdd | ListedItem) -> Sent:
    match item:
        case PlayChange():
            return _sent_play(place, intent, item, SentState.EXPORTED)
        case RatingToAdd():
            return _sent_rating(place, intent.run, item, SentState.EXPORTED)
        case ListedItem(subject=subject, entry=entry):
            assert entry is not None  # a file puts things on a list for entries alone
            watchlist, state = ListName.WATCHLIST, SentState.EXPORTED
            return SentListing(place, intent.run, entry, watchlist, subject, intent.at, state)


def _numbered(intent: r.Intent, items: Iterable[Any]) -> Iterator[tuple[BatchItemId, Any]]:
    return ((BatchItemId(intent.batch, index), item) for index, item in enumerate(items))


def fold(records: Iterable[r.Record]) -> Fold:
    """Everything that a journal knows, and its runs."""
    state = Fold()
    for record in records:
        state.take(record)
    return state
