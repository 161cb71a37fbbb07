"""From the journal's records to what is known: the state of each play, rating and listing, and the runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from anitrakt_plan.core.knowledge import (
    Displaced,
    Knowledge,
    Place,
    SentListing,
    SentPlay,
    SentRating,
    SentState,
)
from anitrakt_plan.core.model import EntryKey
from anitrakt_plan.core.subjects import ListSubject
from anitrakt_plan.journal import records as r

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

    plays: dict[Place, SentPlay] = field(default_factory=dict)
    ratings: dict[Place, SentRating] = field(default_factory=dict)
    listings: dict[Place, SentListing] = field(default_factory=dict)
    displaced: list[Displaced] = field(default_factory=list)
    checked: set[tuple[EntryKey, str]] = field(default_factory=set)
    reported: set[Place] = field(default_factory=set)
    removing: set[Place] = field(default_factory=set)
    restored: dict[ListSubject, int] = field(default_factory=dict)
    intents: dict[int, r.Intent] = field(default_factory=dict)
    runs: dict[str, RunInfo] = field(default_factory=dict)

    def take(self, record: r.Record) -> None:
        """Learn what one more record says."""
        match record:
            case r.PlaysIntent() | r.RatingsIntent() | r.RestoreIntent() | r.ListIntent() | r.RemovalIntent():
                self._intent(record)
            case r.Outcome():
                self._outcome(record)
            case r.Seen():
                for seen in record.plays:
                    self._seen(seen)
            case r.Settled():
                for index in record.absent:
                    self._play_becomes(Place(record.batch, index), SentState.ABSENT)
            case r.Removed():
                for place in record.places:
                    self._play_becomes(place, SentState.UNDONE)
            case r.Unseen():
                self.reported.update(record.places)
            case r.RatingsSeen():
                for rating in record.ratings:
                    sent = self.ratings.get(rating.place)
                    if sent and sent.state is not SentState.UNDONE:
                        seen_rating = replace(sent, state=SentState.SEEN, rated_at=rating.rated_at)
                        self.ratings[rating.place] = seen_rating
            case r.RatingsUndone():
                for place in record.places:
                    if place in self.ratings:
                        self.ratings[place] = replace(self.ratings[place], state=SentState.UNDONE)
            case r.Checked():
                self.checked.add((record.entry, record.match))
            case r.Renamed():
                self._renamed(record.entry, record.to)
            case r.RunBegan():
                self._run_began(record)
            case r.RunEnded():
                info = self.runs.get(record.run)
                if info:
                    self.runs[record.run] = replace(
                        info,
                        exit=record.exit,
                        sentence=record.sentence,
                        last=record.at,
                        open=record.open,
                    )
            case r.Opened():
                pass

    def knowledge(self) -> Knowledge:
        """All that is known of what was sent."""
        return Knowledge(
            plays=tuple(self.plays.values()),
            ratings=tuple(self.ratings.values()),
            listings=tuple(self.listings.values()),
            displaced=tuple(self.displaced),
            checked=frozenset(self.checked),
            reported=frozenset(self.reported),
            removing=frozenset(self.removing),
            restored=dict(self.restored),
        )

    def run_infos(self) -> tuple[RunInfo, ...]:
        """The runs, oldest first."""
        return tuple(self.runs.values())

    def _run_began(self, record: r.RunBegan) -> None:
        info = self.runs.get(record.run)
        if info is None:
            info = RunInfo(record.run, record.kind, record.user, record.source, record.at, record.at)
        if record.resend:
            resend, upto = info.resend | frozenset(record.resend), max(self.intents, default=0)
            info = replace(info, resend=resend, resend_upto=upto)
        self.runs[record.run] = replace(info, last=record.at, exit=None, user=record.user, open=True)

    def _renamed(self, entry: EntryKey, to: EntryKey) -> None:
        def now(key: EntryKey) -> EntryKey:
            return to if key == entry else key

        self.plays = {place: replace(play, entry=now(play.entry)) for place, play in self.plays.items()}
        self.ratings = {
            place: replace(rating, entries=tuple(map(now, rating.entries)))
            for place, rating in self.ratings.items()
        }
        self.listings = {place: replace(one, entry=now(one.entry)) for place, one in self.listings.items()}
        self.checked = {(now(key), match) for key, match in self.checked}
        self.runs = {
            name: replace(info, resend=frozenset(map(now, info.resend))) for name, info in self.runs.items()
        }

    def _intent(self, intent: r.Intent) -> None:
        self.intents[intent.batch] = intent
        info = self.runs.get(intent.run)
        if info:
            self.runs[intent.run] = replace(info, batches=info.batches + 1, last=intent.at)
        match intent:
            case r.PlaysIntent():
                for index, play in enumerate(intent.plays):
                    place = Place(intent.batch, index)
                    self.plays[place] = _sent_play(intent, play, place)
                self.displaced += [Displaced(intent.batch, intent.run, item) for item in intent.watchlist]
            case r.RatingsIntent():
                for index, rating in enumerate(intent.ratings):
                    place = Place(intent.batch, index)
                    self.ratings[place] = _sent_rating(intent, rating, place)
            case r.RemovalIntent(reason=r.RemovalReason.UNDO):
                self.removing.update(play.place for play in intent.plays)
            case r.ListIntent(add=True):
                for index, item in enumerate(intent.items):
                    place = Place(intent.batch, index)
                    if item.entry is not None:
                        self.listings[place] = SentListing(
                            place, intent.run, item.entry, intent.list, item.subject, SentState.IN_DOUBT
                        )
            case _:
                pass

    def _outcome(self, outcome: r.Outcome) -> None:
        intent = self.intents.get(outcome.batch)
        if intent is None:
            return
        if outcome.state is not r.OutcomeState.ACCEPTED:
            self._note_failure(intent.run, outcome.sentence)
        not_found = frozenset(outcome.not_found)
        match intent:
            case r.PlaysIntent(plays=plays):
                for index in range(len(plays)):
                    state = SentState.NOT_FOUND if index in not_found else _AFTER[outcome.state]
                    place = Place(outcome.batch, index)
                    self._play_becomes(place, state)
                    if state is SentState.IN_DOUBT:  # it counts as sent from when its request was over
                        self.plays[place] = replace(self.plays[place], sent_at=outcome.at)
            case r.RatingsIntent(ratings=ratings):
                for index in range(len(ratings)):
                    place = Place(outcome.batch, index)
                    state = SentState.NOT_FOUND if index in not_found else _AFTER[outcome.state]
                    self.ratings[place] = replace(self.ratings[place], state=state)
            case r.ListIntent(add=True, items=items):
                if outcome.state is r.OutcomeState.ACCEPTED:
                    self.restored.update({item.subject: outcome.batch for item in items if not item.entry})
                for index in range(len(items)):
                    place = Place(outcome.batch, index)
                    if place in self.listings:
                        state = SentState.NOT_FOUND if index in not_found else _AFTER[outcome.state]
                        self.listings[place] = replace(self.listings[place], state=state)
            case _ if outcome.state is r.OutcomeState.ACCEPTED:
                self._taken_back(intent)
            case _:
                pass

    def _taken_back(self, intent: r.Intent) -> None:
        match intent:
            case r.RestoreIntent(ratings=restored):
                for rating in restored:
                    for place in rating.places:
                        self.ratings[place] = replace(self.ratings[place], state=SentState.UNDONE)
            case r.ListIntent(items=items):
                for item in items:
                    if item.place in self.listings and item.place is not None:
                        self.listings[item.place] = replace(self.listings[item.place], state=SentState.UNDONE)
            case r.RemovalIntent(reason=reason, plays=plays):
                gone = SentState.UNDONE if reason is r.RemovalReason.UNDO else SentState.SURPLUS
                for play in plays:
                    self._play_becomes(play.place, gone)
            case _:
                pass

    def _note_failure(self, run: str, sentence: str) -> None:
        info = self.runs.get(run)
        if info:
            self.runs[run] = replace(info, failures=(*info.failures, sentence))

    def _play_becomes(self, place: Place, state: SentState) -> None:
        play = self.plays.get(place)
        if play is not None:
            self.plays[place] = replace(play, state=state)

    def _seen(self, seen: r.SeenPlay) -> None:
        play = self.plays.get(seen.place)
        if play is not None:
            self.plays[seen.place] = replace(
                play,
                state=SentState.SEEN,
                id=seen.id,
                episode=seen.episode,
                seen_at=seen.watched_at,
            )


def _sent_play(intent: r.PlaysIntent, play: r.IntendedPlay, place: Place) -> SentPlay:
    """Until an outcome says otherwise, what was about to be sent is in doubt."""
    return SentPlay(
        place=place,
        run=intent.run,
        entry=play.entry,
        match=play.match,
        subject=play.subject,
        when=play.when,
        before=frozenset(play.before),
        sent_at=intent.at,
        state=SentState.IN_DOUBT,
        instead_of=play.instead_of,
    )


def _sent_rating(intent: r.RatingsIntent, rating: r.IntendedRating, place: Place) -> SentRating:
    return SentRating(
        place=place,
        run=intent.run,
        entries=rating.entries,
        matches=rating.matches,
        rates=rating.rates,
        subject=rating.subject,
        value=rating.value,
        rated_at=rating.rated_at,
        old=rating.old,
        state=SentState.IN_DOUBT,
    )


def fold(records: Iterable[r.Record]) -> tuple[Knowledge, tuple[RunInfo, ...]]:
    """Everything that a journal knows, and its runs, oldest first."""
    state = Fold()
    for record in records:
        state.take(record)
    return state.knowledge(), state.run_infos()
