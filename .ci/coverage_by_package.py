"""Print how much of each package the tests cover, branches included; fail where one is below the percentage given.

Needs the data that `python -m pytest --cov` leaves. A package is a folder right below `anitrakt_plan`; the modules
beside the folders count as one.
"""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path, PurePath

from coverage import Coverage

COUNTED = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def main(floor: float) -> int:
    """Print the table; 1 where a package is below the floor."""
    packages = coverage_of_packages()
    low = [name for name, counts in packages.items() if percent(counts) < floor]
    print(f"{'package':<24}{'lines':>15}{'branches':>15}{'covered':>10}")
    for name, counts in [*sorted(packages.items()), ("all", sum(packages.values(), Counter()))]:
        lines = f"{counts['covered_lines']}/{counts['num_statements']}"
        branches = f"{counts['covered_branches']}/{counts['num_branches']}"
        told = f"  below {floor:g} %" if name in low else ""
        print(f"{name:<24}{lines:>15}{branches:>15}{percent(counts):>8.1f} %{told}")
    return 1 if low else 0


def coverage_of_packages() -> dict[str, Counter[str]]:
    """What is covered, and what there is, by package."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measured = Coverage()
        measured.load()
        measured.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    packages: dict[str, Counter[str]] = {}
    for path, file in files.items():
        parts = PurePath(path).parts
        package = ".".join(parts[:2] if len(parts) > 2 else parts[:1])
        packages.setdefault(package, Counter()).update({name: file["summary"][name] for name in COUNTED})
    return packages


def percent(counts: Counter[str]) -> float:
    """The share of lines and branches that were covered."""
    there = counts["num_statements"] + counts["num_branches"]
    return 100 * (counts["covered_lines"] + counts["covered_branches"]) / there if there else 100.0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
