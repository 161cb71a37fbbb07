"""`python -m anitrakt_plan` is the command `anitrakt`."""

from anitrakt_plan.cli.main import run

if __name__ == "__main__":
    run()
