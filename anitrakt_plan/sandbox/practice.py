"""Everything that the services' handlers share: the catalogue, the account, the lists, and what opens them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from anitrakt_plan.sandbox.catalogue import Catalogue
from anitrakt_plan.sandbox.lists import Lists
from anitrakt_plan.sandbox.world import World


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What opens the practice services. None of it opens anything else."""

    trakt_client_id: str = "sandbox-trakt-client-id"
    trakt_client_secret: str = "sandbox-trakt-client-secret"  # noqa: S105
    trakt_public_client_id: str = "sandbox-trakt-public-client-id"
    trakt_token: str = "sandbox-access-token"  # noqa: S105
    trakt_refresh_token: str = "sandbox-refresh-token"  # noqa: S105
    mal_client_id: str = "sandbox-mal-client-id"
    mal_token: str = "sandbox-mal-token"  # noqa: S105
    anilist_token: str = "sandbox-anilist-token"  # noqa: S105
    tmdb_token: str = "sandbox-tmdb-token"  # noqa: S105


KEYS = Keys()

APPLICATIONS = {KEYS.trakt_client_id: KEYS.trakt_client_secret, KEYS.trakt_public_client_id: None}
"""The applications that the practice Trakt knows, with their secrets; a public one has none."""


@dataclass(slots=True)
class DeviceCode:
    """A device code that was given out, and whether it has been exchanged."""

    expires_at: datetime
    used: bool = False


@dataclass(slots=True)
class Practice:
    """The state behind the practice services."""

    catalogue: Catalogue
    world: World
    lists: Lists
    clock: Callable[[], datetime]
    codes: dict[str, DeviceCode] = field(default_factory=dict)  # in memory only
    pictures: str = ""
    """Where its pictures are, once it is served."""

    @property
    def today(self) -> str:
        return self.clock().date().isoformat()
