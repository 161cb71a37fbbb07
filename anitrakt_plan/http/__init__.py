"""The only door to the network; nobody else imports requests and its friends."""

from anitrakt_plan.http.answers import Answer, RateLimit, RetryPolicy
from anitrakt_plan.http.client import OnRequest, ReadClient, WriteClient, check_keys_stay_secret

__all__ = [
    "Answer",
    "OnRequest",
    "RateLimit",
    "ReadClient",
    "RetryPolicy",
    "WriteClient",
    "check_keys_stay_secret",
]
