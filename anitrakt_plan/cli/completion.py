"""`anitrakt completion`: the shell's own completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from anitrakt_plan.cli.state import State, command
from anitrakt_plan.errors import BadUsage

_SHELLS = ("bash", "zsh", "fish")


@command(short_help="Print a completion script for your shell.")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(state: State, shell: str) -> None:
    """Print a completion script for SHELL; put it where your shell looks for them.

    \b
    bash:  anitrakt completion bash > ~/.local/share/bash-completion/completions/anitrakt
    zsh:   anitrakt completion zsh > ~/.zfunc/_anitrakt
    fish:  anitrakt completion fish > ~/.config/fish/completions/anitrakt.fish
    """
    from anitrakt_plan.cli.main import app

    maker = get_completion_class(shell)
    if maker is None:
        raise BadUsage(f"no completion for {shell}")
    state.data(maker(app, {}, "anitrakt", "_ANITRAKT_COMPLETE").source())
