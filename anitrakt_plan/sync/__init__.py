"""From a plan, an account and the journal to the changes that are missing; all of it values."""
