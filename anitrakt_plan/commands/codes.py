"""What `explain CODE` says: mistakes of a plan, safety stops and exit codes."""

from __future__ import annotations

from collections.abc import Mapping

from anitrakt_plan.commands.run import StopName
from anitrakt_plan.errors import MEANINGS, ExitCode
from anitrakt_plan.planfile import CODES

STOPS: Mapping[StopName, str] = {
    StopName.FIRST_APPLY: "Nothing was sent to this Trakt account from here yet, and more than 500 plays are to go. "
    "`anitrakt apply --limit 1` sends one entry, to look at it on Trakt; at a terminal, apply offers that itself.",
    StopName.EMPTY_TRAKT: "Trakt lists no plays, none of films or none of episodes, or less than half as many as were "
    "sent from here: that is more often a fault of the service, or another account, than the truth.",
    StopName.SHRUNK_LIST: "The list has less than half the entries it had: it may be another user's, or half read.",
    StopName.CHANGED_MATCHES: "More than five, and more than a tenth, of the automatic entries were sent before as "
    "something else. Look at them with `anitrakt diff`; `anitrakt plan --update` puts such entries into review.",
    StopName.WATCH_ONCE: "The account keeps one play of each thing, and rewatches are to be sent: Trakt would put them "
    "in the place of the plays that are there. Change the setting on Trakt, or plan with `--rewatches ignore`.",
    StopName.CLOCK: "Trakt's answers are dated more than ten minutes from this machine's clock, so that plays could be "
    "dated in the future. Set the clock.",
    StopName.EXPORTED: "Plays stand in a file for Trakt's importer that may still be uploaded: sent now, they would be "
    "there twice. A new data download shows what has arrived.",
    StopName.JOURNAL_LINE: "The journal has a line that can't be read. Allowed, its batch counts as in doubt: it is "
    "settled by what Trakt lists before anything of it is sent again.",
    StopName.SHORT_DOWNLOAD: "The data download has fewer plays than it says that there are: what it lacks would "
    "be exported a second time. Download your data again.",
    StopName.OLD_DOWNLOAD: "The data download is older than three days, or than one that was read here before: what "
    "came since would be exported a second time. Download your data again.",
    StopName.FIRST_REPAIR: "Nothing was repaired on this account from here yet, and more than 100 plays are to go. A "
    "terminal offers one group first, so that you can look at it on Trakt.",
    StopName.FIRST_UPLOAD: "Nothing that was exported for this account has arrived yet, and more than 100 plays are to "
    "go. At a terminal, one entry is offered first: an upload can't be taken back from here.",
}
"""Why each safety stop is there, and what to do. `--allow NAME` passes it."""


def explained_codes() -> dict[str, str]:
    """Every word that `explain` knows, with what it means: `PLAN021`, `first-apply`, `5`."""
    stops = {
        stop.value: f"{text} `--allow {stop.value}` passes this safety stop (exit code 6)."
        for stop, text in STOPS.items()
    }
    exits = {str(int(code)): f"Exit code {int(code)}: {meaning}." for code, meaning in MEANINGS.items()}
    exits[str(int(ExitCode.SAFETY_STOP))] += f" The stops: {', '.join(stops)}."
    return {**CODES, **stops, **exits}
