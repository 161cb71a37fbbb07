"""The contracts are held against the real commands, as the acceptance tests run them."""

from tests.acceptance.conftest import anitrakt, is_whole, practice_list, sandbox

__all__ = ["anitrakt", "is_whole", "practice_list", "sandbox"]
