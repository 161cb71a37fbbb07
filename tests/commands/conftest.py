"""Tests of apply, undo and what they share run in the practice world of the tests with faults."""

from __future__ import annotations

from tests.faults.conftest import world

__all__ = ["world"]
