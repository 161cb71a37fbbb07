"""What every command says, writes and sends, as committed texts: `python -m tests.golden --write` makes them anew."""
