"""Everything that the services' handlers share: the catalogue, the account, the lists, and what opens them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from anitrakt_plan.sandbox.catalogue import Catalogue
from anitrakt_plan.sandbox.lists import Lists
from anitrakt_plan.sandbox.world import World

TRAKT_CLIENT_ID = "sandbox-trakt-client-id"
TRAKT_CLIENT_SECRET = "sandbox-trakt-client-secret"  # noqa: S105  # opens nothing but the sandbox
TRAKT_TOKEN = "sandbox-access-token"  # noqa: S105
TRAKT_REFRESH_TOKEN = "sandbox-refresh-token"  # noqa: S105
MAL_CLIENT_ID = "sandbox-mal-client-id"
MAL_TOKEN = "sandbox-mal-token"  # noqa: S105
ANILIST_TOKEN = "sandbox-anilist-token"  # noqa: S105


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

    @property
    def today(self) -> str:
        """The services' ISO day."""
        return self.clock().date().isoformat()
