"""Rows of a table that only the long tests take: the quick ones show the promise, these that it holds everywhere."""

from __future__ import annotations

from typing import Any

import pytest


def long(*values: Any) -> list[Any]:
    """Values for `parametrize`, each marked long."""
    return [pytest.param(value, marks=pytest.mark.long) for value in values]
