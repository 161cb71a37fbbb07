"""The only door to the network; nobody else imports requests and its friends."""

from anitrakt_plan.http.answers import Answer, Pace, Patience
from anitrakt_plan.http.client import Reader, Writer

__all__ = ["Answer", "Pace", "Patience", "Reader", "Writer"]
