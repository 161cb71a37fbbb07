"""Every safety stop and exit code is explained."""

from __future__ import annotations

from anitrakt_plan.commands.codes import STOPS, explained_codes
from anitrakt_plan.commands.run import StopName
from anitrakt_plan.errors import MEANINGS, ExitCode
from anitrakt_plan.planfile import CODES


def test_every_stop_and_every_exit_code_is_explained() -> None:
    assert STOPS.keys() == set(StopName)
    assert MEANINGS.keys() == set(ExitCode)
    assert all(stop.value in explained_codes()["6"] for stop in StopName)
    assert explained_codes().keys() == {*CODES, *StopName, *(str(int(code)) for code in ExitCode)}
