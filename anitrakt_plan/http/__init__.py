"""The only door to the network; nobody else imports requests and its friends."""

from anitrakt_plan.http.answers import Answer, RateLimit, RetryPolicy
from anitrakt_plan.http.client import OnRequest, ReadClient, WriteClient, check_keys_stay_secret
from anitrakt_plan.http.pace import Pace

__all__ = [
    "Answer",
    "OnRequest",
    "Pace",
    "RateLimit",
    "ReadClient",
    "RetryPolicy",
    "WriteClient",
    "check_keys_stay_secret",
]
