"""What is known of a work without asking anybody: by id maps, a plan's candidates, a data download."""

from __future__ import annotations

from dataclasses import dataclass

from anitrakt_plan.model.catalogue import Work


@dataclass(frozen=True, slots=True)
class KnownWork:
    """A work as one file names it. `names` are what else it is called there, `seasons` those that are named of it."""

    work: Work
    names: tuple[str, ...] = ()
    seasons: tuple[int, ...] = ()
    imdb: str | None = None
