"""`python -m tests.recordings`: make the recordings of this folder anew, by a plan and an apply in the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.recordings import FOLDER


def main() -> None:
    """Plan the sample list, apply the plan, and keep both recordings with the plan that came of it."""
    with tempfile.TemporaryDirectory() as home:
        around = {name: value for name, value in os.environ.items() if not name.startswith("ANITRAKT_")}
        for name, words in (
            ("plan.zip", ("plan", "--anilist", "sample", "-o", "plan.yaml")),
            ("apply.zip", ("apply", "plan.yaml")),
        ):
            (FOLDER / name).unlink(missing_ok=True)
            subprocess.run(
                [sys.executable, "-m", "anitrakt_plan", "--sandbox", "--record", str(FOLDER / name), *words],
                cwd=home,
                env={**around, "ANITRAKT_HOME": home, "PYTHONPATH": str(FOLDER.parents[1])},
                check=True,
            )
            (FOLDER / name).chmod(0o644)
        (FOLDER / "plan.yaml").write_bytes((Path(home) / "plan.yaml").read_bytes())


main()
