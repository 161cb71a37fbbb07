"""The only door to the network; nobody else imports requests and its friends."""

from anitrakt_plan.http.answers import Answer, RateLimit, RetryPolicy, jittered
from anitrakt_plan.http.client import KEEP_MISSING, OnRequest, ReadClient, WriteClient, check_keys_stay_secret
from anitrakt_plan.http.pace import Pace

__all__ = [
    "KEEP_MISSING",
    "Answer",
    "OnRequest",
    "Pace",
    "RateLimit",
    "ReadClient",
    "RetryPolicy",
    "WriteClient",
    "check_keys_stay_secret",
    "jittered",
]
