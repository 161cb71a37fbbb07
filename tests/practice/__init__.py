"""The practice services as tests use them: everything recorded, open to faults, the world changing at a word."""

from tests.practice.clock import START, Clock
from tests.practice.server import Sandbox, serve

__all__ = ["START", "Clock", "Sandbox", "serve"]
