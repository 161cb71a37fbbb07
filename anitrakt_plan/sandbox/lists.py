"""The practice users' anime lists, one world behind both list services."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from anitrakt_plan.sandbox.catalogue import Anime, Catalogue, constants


@dataclass(slots=True)
class ListEntry:
    """What a user's list says of an anime: `score` 0-100 (0: none), dates ISO and maybe partial, or None."""

    id: int
    anime: Anime
    status: str
    watched: int
    score: int = 0
    started: str | None = None
    finished: str | None = None
    repeats: int = 0
    private: bool = False
    hidden: bool = False
    custom: list[str] = field(default_factory=list)

    def status_on(self, service: str) -> str:
        """The status in a service's own word."""
        word: str = constants("statuses")[self.status][service]
        return word

    @property
    def score_of_ten(self) -> int:
        """The score on the scale 1-10, half rounded up; 0: none."""
        return (self.score + 5) // 10


@dataclass(slots=True)
class ListUser:
    """A user of the list services. `services` says where the account exists."""

    name: str
    id: int
    entries: list[ListEntry]
    private: bool = False
    services: tuple[str, ...] = ("anilist", "mal")


class Lists:
    """All practice users, by name (case does not matter). Tests may add users and change entries in place."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._users: dict[str, ListUser] = {}
        self.add(ListUser("sample", 101, self._sample_entries()))
        self.add(ListUser("private", 102, [], private=True))

    def add(self, user: ListUser) -> ListUser:
        self._users[user.name.casefold()] = user
        return user

    def user(self, who: str | int | None, service: str = "mal") -> ListUser | None:
        """The user of a service with this name or id."""
        known = (user for user in self._users.values() if service in user.services)
        wanted = who.casefold() if isinstance(who, str) else who
        return next((user for user in known if wanted in (user.name.casefold(), user.id)), None)

    def add_user(self, name: str, entries: Iterable[ListEntry]) -> ListUser:
        """A new user with these entries, on both services."""
        return self.add(ListUser(name, 200 + len(self._users), list(entries)))

    def _sample_entries(self) -> list[ListEntry]:
        entries = []
        for number, row in enumerate(self._catalogue.sample_list):
            said = dict(row)
            anime = self._catalogue.anime_by(mal=said.pop("mal", None), anilist=said.pop("anilist", None))
            if anime is not None:
                entries.append(ListEntry(700_000 + number, anime, **said))
        return entries
