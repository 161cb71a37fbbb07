"""`python -m anitrakt_plan` is the command `anitrakt`."""

from anitrakt_plan.cli.main import start

if __name__ == "__main__":
    start()
