"""The committed golden texts: one file a chapter, its steps one below the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.golden.chapters import CHAPTERS
from tests.golden.edits import EDITS
from tests.golden.stage import Stage, stage

TEXTS = Path(__file__).parent / "texts"
ALL_CHAPTERS: dict[str, Callable[[Stage], None]] = {**CHAPTERS, **EDITS}
_STEP = "=" * 20


def play(name: str) -> dict[str, str]:
    """Run the commands of a chapter: what each step has left behind."""
    with stage() as where:
        ALL_CHAPTERS[name](where)
        return where.texts


def written(name: str) -> dict[str, str]:
    """The committed texts of a chapter."""
    text = (TEXTS / f"{name}.txt").read_bytes().decode()
    steps = re.split(rf"(?m)^{_STEP} (.*)\n", text)[1:]
    return {step: said.removesuffix("\n") for step, said in zip(steps[::2], steps[1::2], strict=True)}


def write(name: str, texts: dict[str, str]) -> None:
    """Commit the texts of a chapter."""
    TEXTS.mkdir(exist_ok=True)
    text = "".join(f"{_STEP} {step}\n{said}\n" for step, said in texts.items())
    (TEXTS / f"{name}.txt").write_bytes(text.encode())
