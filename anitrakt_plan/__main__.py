"""`python -m anitrakt_plan` is the command `anitrakt`."""

import sys
from typing import NoReturn


def start() -> NoReturn:
    """Run the command; who interrupts it while it is still being loaded gets no traceback either."""
    try:
        from anitrakt_plan.cli.main import start as run
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201  (click is what was being loaded)
        sys.exit(130)
    run()


if __name__ == "__main__":
    start()
