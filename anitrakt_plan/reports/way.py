"""The next command, by the way a person is on: with a Trakt application, or without one."""

from __future__ import annotations

from typing import assert_never

from anitrakt_plan.settings import DATA_PAGE, Way

EXISTING_UNKNOWN = (
    "What is on Trakt already is not known here. So that nothing gets there twice: download your data at "
    f"{DATA_PAGE} (no VIP needed), then `anitrakt plan --update FILE --trakt-data ZIP`."
)

NEXT_WITH_MAPS = (
    "Next: run the same command again where the id maps can be read: without them, and without Trakt's or TMDB's "
    "catalogue, nothing can be matched."
)

NEXT_WITH_A_FILE = (
    "Next: this plan is in no file yet. The same command with `-o plan.yaml` keeps it; then `anitrakt review FILE`, "
    "and what it names after that."
)


WITH_DOWNLOAD = " --trakt-data ZIP"
"""What `export-trakt` needs where nobody told the plan what is on Trakt: without it, it would only stop."""


def next_after_plan(way: Way, to_review: int, *, knows_trakt: bool = True, asked_all: bool = True) -> str:
    """What comes after a plan with so many entries to review.

    `knows_trakt`: it was told what is on Trakt already; `asked_all`: nobody whom it asked has failed to answer.
    """
    again = (
        ""
        if asked_all or not to_review
        else "`anitrakt plan --update FILE` asks what was not answered; then "
    )
    review = f"`anitrakt review FILE` settles the {to_review} in review; then " if to_review else ""
    match way:
        case Way.API:
            sends = "`anitrakt diff FILE` shows what would be sent, and `anitrakt apply FILE` sends it."
        case Way.FILES:
            more = "" if knows_trakt else WITH_DOWNLOAD
            sends = f"`anitrakt export-trakt FILE{more}` writes what to upload to Trakt."
        case _:
            assert_never(way)
    return f"Next: {again}{review}{sends}"


def next_after_review(way: Way, still_open: int, *, knows_trakt: bool = True) -> str:
    """What comes after a review that left so many entries open; `knows_trakt` as above."""
    if not still_open:
        return next_after_plan(way, 0, knows_trakt=knows_trakt)
    match way:
        case Way.API:
            sends = "`anitrakt apply FILE` sends what is confirmed by now."
        case Way.FILES:
            more = "" if knows_trakt else WITH_DOWNLOAD
            sends = (
                f"`anitrakt export-trakt FILE{more}` writes what is confirmed by now, for upload to Trakt."
            )
        case _:
            assert_never(way)
    return f"Next: `anitrakt review FILE` goes on; {sends}"
