"""`python -m tests.golden --write [CHAPTER]...`: make the golden texts anew; without `--write`, only compare."""

from __future__ import annotations

import sys

from tests.golden.book import ALL_CHAPTERS, play, write, written
from tests.golden.stage import difference


def main(arguments: list[str]) -> int:
    """Write or compare the chapters that are named, or all: 1 where one differs."""
    names = [argument for argument in arguments if not argument.startswith("-")] or list(ALL_CHAPTERS)
    differ = 0
    for name in names:
        texts = play(name)
        if "--write" in arguments:
            write(name, texts)
            continue
        before = written(name)
        for step in before | texts:
            if before.get(step, "") != texts.get(step, ""):
                differ = 1
                sys.stdout.write(
                    f"{name}: {step}\n{difference(before.get(step, ''), texts.get(step, ''))}\n\n"
                )
    return differ


sys.exit(main(sys.argv[1:]))
