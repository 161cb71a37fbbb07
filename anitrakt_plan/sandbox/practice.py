"""Everything that the services' handlers share: the catalogue, the account, the lists, and what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from anitrakt_plan.sandbox.catalogue import Catalogue
from anitrakt_plan.sandbox.faults import Faults
from anitrakt_plan.sandbox.limits import Limits
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
    """A device code that was given out, and what has become of it; `ended` is the status that ended it."""

    expires_at: datetime
    last_poll: datetime | None = None
    used: bool = False
    ended: int | None = None


@dataclass(slots=True)
class DeviceSignIn:
    """How the practice user meets a device code.

    `script` is the statuses that polling answers before the token (e.g. [400, 429]; 404, 409, 410 and 418
    stay); `too_fast_matters` answers 429 to polls that come before `interval` seconds of the sandbox's clock.
    """

    interval: int = 1
    expires_in: int = 600
    script: list[int] = field(default_factory=list)
    token_lifetime: int = 604_800
    too_fast_matters: bool = False
    refused_refresh: int | None = None  # 400 or 401: every refresh is refused so
    codes: dict[str, DeviceCode] = field(default_factory=dict)  # those given out; in memory only


@dataclass(slots=True)
class Practice:
    """The state behind the practice services."""

    catalogue: Catalogue
    world: World
    lists: Lists
    faults: Faults
    limits: Limits
    clock: Callable[[], datetime]
    sign_in: DeviceSignIn = field(default_factory=DeviceSignIn)
