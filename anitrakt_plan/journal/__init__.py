"""The journal: what was sent to a Trakt account, what came of it, and how to take it back."""
