"""The contracts are held against the real commands, as the acceptance tests run them."""

from tests.acceptance.conftest import anitrakt, sandbox

__all__ = ["anitrakt", "sandbox"]
