"""One file a command: the order of its steps, without click."""
