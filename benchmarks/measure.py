"""Runs one command and writes what it used: `python measure.py REPORT COMMAND...`, a process of its own.

A child inherits the peak memory of the process that starts it (Linux keeps it over exec), so the large process that
serves the practice world must not start the commands itself.
"""

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> int:
    """Run the command, write CPU seconds, peak memory (MB), wall seconds and exit code to `report`, as JSON."""
    begun = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes elsewhere
    values = {
        "code": code,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / unit,
        "seconds": time.monotonic() - begun,
    }
    with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123  # pathlib would cost more than the measuring
        json.dump(values, file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
