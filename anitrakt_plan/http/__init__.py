"""The only door to the network; nobody else imports requests and its friends."""

from anitrakt_plan.http.answers import Answer, RateLimit, RetryPolicy, jittered
from anitrakt_plan.http.client import KEEP_MISSING, OnRequest, ReadClient, WriteClient, check_keys_stay_secret
from anitrakt_plan.http.pace import Pace, time_words
from anitrakt_plan.http.recording import Recorder, recording

__all__ = [
    "KEEP_MISSING",
    "Answer",
    "OnRequest",
    "Pace",
    "RateLimit",
    "ReadClient",
    "Recorder",
    "RetryPolicy",
    "WriteClient",
    "check_keys_stay_secret",
    "jittered",
    "recording",
    "time_words",
]
