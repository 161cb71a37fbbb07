"""The list services that a plan may name, as whoever reads or writes it knows them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from anitrakt_plan.model import EntryKey


class KnownService(NamedTuple):
    """What the schema says of a list service, and the address of an entry's page, with `{id}` in it."""

    what: str
    page: str


Services = Mapping[str, KnownService]
"""The services by the word with which an entry's key begins."""


NO_SERVICES: Services = MappingProxyType({})


def page_of(services: Services, key: EntryKey) -> str | None:
    """The entry's page on its list service; None where the service is not known, or has no id for it."""
    return services[key.service].page.format(id=key.id) if key.service in services else None
