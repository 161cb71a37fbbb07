"""The plays that Trakt lists, found by episode number, by episode id, by film, or by their own id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from anitrakt_plan.model import EpisodeSubject, Existing, MovieSubject, Play
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.sync.knowledge import ListName, SentPlay, SentState


def on_list(existing: Existing, name: ListName) -> Sequence[ListSubject] | None:
    """What stands on one of the account's lists; None where it was not read."""
    match name:
        case ListName.WATCHLIST:
            return existing.watchlist
        case ListName.DROPPED:
            return existing.dropped


class History:
    """An index over plays read from Trakt; a play that was read twice counts once.

    `lost` are the ids of plays that have lost their show or film: they are listed, and nothing can be said of them.
    """

    def __init__(self, plays: Iterable[Play], lost: Iterable[int] = ()) -> None:
        self._lost: set[int] = set()
        self._by_id: dict[int, Play] = {}
        self._by_subject: dict[PlaySubject, list[Play]] = defaultdict(list)
        self._by_episode: dict[int, list[Play]] = defaultdict(list)
        self.add(plays, lost)

    @classmethod
    def of_account(cls, existing: Existing) -> History:
        """What an account lists, as it was read."""
        return cls(existing.plays, existing.lost_plays)

    def add(self, plays: Iterable[Play], lost: Iterable[int] = ()) -> None:
        """Take in more plays, such as those that came in since the read began."""
        for play in plays:
            if play.id in self._by_id:
                continue
            self._by_id[play.id] = play
            self._by_subject[play.subject].append(play)
            if play.episode is not None:
                self._by_episode[play.episode].append(play)
        self._lost |= {*lost} - self._by_id.keys()

    def __contains__(self, history_id: object) -> bool:
        return history_id in self._by_id or history_id in self._lost

    def __len__(self) -> int:
        return len(self._by_id) + len(self._lost)

    def get(self, history_id: int) -> Play | None:
        """The play with this history id, if it is listed with what it is of."""
        return self._by_id.get(history_id)

    def listing(self, sent: SentPlay) -> Play | None:
        """What a play of ours is now; None for one that is not listed, lost its work, or was taken away."""
        return self._by_id.get(sent.id or 0) if sent.state is SentState.SEEN else None

    def of(self, subject: PlaySubject, episode: int | None = None) -> list[Play]:
        """The plays of an item; `episode` is the episode's own id where known, and then decides alone."""
        if episode is not None and isinstance(subject, EpisodeSubject):
            return self._by_episode.get(episode, [])
        return self._by_subject.get(subject, [])

    def count(self, *, films: bool) -> int:
        """How many plays of films, or of episodes, there are or may be."""
        by_subject = self._by_subject.items()
        known = (len(plays) for subject, plays in by_subject if isinstance(subject, MovieSubject) == films)
        return sum(known) + len(self._lost)
