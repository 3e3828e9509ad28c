"""`crosstie completion`."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script for completion in a shell.

    It completes commands, options, flows, streams and kinds.

    \b
    bash:  crosstie completion bash >> ~/.bashrc
    zsh:   crosstie completion zsh >> ~/.zshrc
    fish:  crosstie completion fish > ~/.config/fish/completions/crosstie.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell
    root = ctx.find_root()
    click.echo(kind(root.command, {}, "crosstie", "_CROSSTIE_COMPLETE").source())
