"""`anitrakt sandbox`: serve the practice services until stopped."""

from __future__ import annotations

import signal
import threading

import click

from anitrakt_plan.cli.state import State, command, sandbox_folders


@command(short_help="Serve the practice services until stopped.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on (default: a free one)."
)
def sandbox(state: State, port: int) -> None:
    """Serve a practice AniList, MyAnimeList and Trakt on a loopback port until stopped with Ctrl-C.

    Prints the `export` lines that point anitrakt, in another terminal, at it.
    """
    import gc
    import os
    from pathlib import Path

    from anitrakt_plan.sandbox import environment, serve
    from anitrakt_plan.settings import load_settings

    gc.enable()  # unlike the other commands, this one lives for long
    folders = sandbox_folders(load_settings(os.environ, Path.cwd())).folders
    stopped = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stopped.set())
    with serve(folders.state, port=port) as running:
        variables = {**environment(running.addresses), "ANITRAKT_HOME": str(folders.state / "home")}
        state.data("".join(f"export {name}='{value}'\n" for name, value in sorted(variables.items())))
        state.say("The practice services are up; Ctrl-C stops them. The practice account lasts between runs.")
        while not stopped.wait(0.5):
            pass
    state.say("Stopped.")
