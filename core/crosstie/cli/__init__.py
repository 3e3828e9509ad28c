"""The command line: each command parses, calls one public function of the core, and prints.

`crosstie.cli.root` is where a command begins and where every error ends; a topic has a module of
its own. Plugins add commands by the hook `register_commands`::

    @hookimpl
    def register_commands(cli):
        cli.commands["sandbox"].add_command(my_sandbox)

What a command returns is its exit code: 0 all well, 1 done but records were set aside, 2 wrong
usage or config, 3 a flow stopped.
This package is the only one that imports click.
"""

from crosstie.cli.root import command_line, main

__all__ = ["command_line", "main"]
