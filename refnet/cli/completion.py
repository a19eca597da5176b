"""`refnet completion`: what does Tab offer in a shell? A script out of the commands' own options, choices and files.

The script is static: Tab starts no Python. One of a newer refnet is made anew.
"""

import argparse
import re
from collections.abc import Iterator
from functools import partial
from shlex import quote
from typing import Any, NamedTuple

import refnet
from refnet.cli.options import add_command, add_options, filename
from refnet.cli.screen import shown


class Argument(NamedTuple):
    """What a command takes: an option, or without names an argument by its place."""

    names: list[str]
    metavar: str
    words: str
    takes_value: bool
    choices: list[str]
    is_file: bool
    is_last: bool  # all further words are this argument too


class Command(NamedTuple):
    """A command with its line of help."""

    name: str
    words: str
    arguments: list[Argument]


def add(commands: Any) -> None:
    command = add_command(
        commands, "completion", "SHELL", partial(run, commands), "write what completes commands with Tab",
        "Writes a script that completes commands, options, their choices and files in bash, zsh or fish. It goes into "
        "a file that the shell reads when Tab is first pressed; zsh also needs its folder in fpath, in ~/.zshrc before "
        "compinit: fpath+=(~/.zfunc).",
        "mkdir -p ~/.local/share/bash-completion/completions\n"
        "refnet completion bash > ~/.local/share/bash-completion/completions/refnet\n"
        "mkdir -p ~/.zfunc\nrefnet completion zsh > ~/.zfunc/_refnet\n"
        "mkdir -p ~/.config/fish/completions\nrefnet completion fish > ~/.config/fish/completions/refnet.fish\n"
        'source <(refnet completion bash)',
    )
    add_options(command, [("shell", f"one of {', '.join(SHELLS)}", SHELLS, "SHELL")])


def run(commands: Any, arguments: Any) -> int:
    """Print the script for all of the commands."""
    summaries = {each.dest: each.help for each in commands._choices_actions}
    for line in SHELLS[arguments.shell]([
        Command(name, brief(summaries[name]), arguments_of(command)) for name, command in commands.choices.items()
    ]):
        print(shown(line))
    return 0


def arguments_of(command: argparse.ArgumentParser) -> list[Argument]:
    """What a command takes, in its own order."""
    return [Argument(
        names=list(action.option_strings),
        metavar=str(action.metavar or action.dest),
        words=brief(action.help or ""),
        takes_value=action.nargs != 0,
        choices=[str(each) for each in action.choices or ()],
        is_file=action.type is filename,
        is_last=action.nargs in ("*", "+"),
    ) for action in command._actions]


def brief(words: str) -> str:
    """The beginning of an option's help, which says what the rest explains."""
    return re.split(r"; | \(|: |\. ", words)[0].replace("%%", "%")


def made_by(shell: str) -> str:
    return f"# Made by `refnet completion {shell}` of refnet {refnet.__version__}."


# --- bash ---

BASH = r"""
_refnet() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} option= place=0 choices= is_file= each
    COMPREPLY=()
    [[ $word == = ]] && word=
    for each in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
        if [[ $each == = ]]; then continue
        elif [[ $option ]]; then option=
        elif [[ $each != -* ]]; then ((place++))
        elif _refnet_value "$command $each"; then option=$each
        fi
    done
    choices= is_file=
    if ((COMP_CWORD < 2)); then choices=$_refnet_commands
    elif [[ $option ]]; then _refnet_value "$command $option"
    elif [[ $word == -* ]]; then _refnet_options "$command"
    else _refnet_value "$command $place"
    fi
    if [[ ! $is_file ]]; then
        compopt +o default 2> /dev/null  # older shells offer files everywhere
        COMPREPLY=($(compgen -W "$choices" -- "$word"))
    fi
}
complete -o default -F _refnet refnet"""


def bash(commands: list[Command]) -> Iterator[str]:
    """A function that is told the words, and tables: what follows each option, or stands in each place."""
    yield made_by("bash")
    yield f"_refnet_commands={quote(' '.join(['-h', '--help', '--version', *(each.name for each in commands)]))}"
    yield "_refnet_options() {\n    case $1 in"
    for command in commands:
        flags = [flag for each in command.arguments for flag in each.names]
        yield f"        ({command.name}) choices={quote(' '.join(flags))} ;;"
    yield "    esac\n}\n_refnet_value() {  # what follows an option or has a place; false where nothing does"
    yield "    case $1 in"
    for command in commands:
        values: dict[str, list[str]] = {}
        place = 0
        for each in command.arguments:
            keys = each.names
            if not keys:
                keys, place = ["[0-9]*" if each.is_last else str(place)], place + 1
            if each.takes_value:
                value = "is_file=yes" if each.is_file else f"choices={quote(' '.join(each.choices))}"
                values.setdefault(value, []).extend(f"{command.name}\\ {key}" for key in keys)
        for value, patterns in values.items():
            yield f"        ({'|'.join(patterns)}) {value} ;;"
    yield "        (*) return 1 ;;\n    esac\n}"
    yield BASH.strip()


# --- zsh ---

ZSH = r"""
    local state line
    _arguments -C '(- *)'{-h,--help}'[show the help]' '(- *)--version[show the version]' '1: :->command' '*:: :->rest'
    case $state in
        (command) _describe command commands ;;
        (rest) case $line[1] in"""


def zsh(commands: list[Command]) -> Iterator[str]:
    """zsh's own _arguments, told what each command takes."""
    yield f"#compdef refnet\n{made_by('zsh')}\n_refnet() {{\n    local -a commands=("
    for command in commands:
        yield f"        {quote(f'{command.name}:{command.words}')}"
    yield "    )" + ZSH
    for command in commands:
        yield f"            ({command.name}) _arguments -S \\"
        for each in command.arguments:
            yield f"                {' '.join(quote(spec) for spec in _specs(each))} \\"
        yield "                ;;"
    yield "        esac ;;\n    esac\n}"
    yield 'if [ "$funcstack[1]" = _refnet ]; then _refnet "$@"; else compdef _refnet refnet; fi'


def _specs(each: Argument) -> Iterator[str]:
    """What _arguments is told of one argument, a text for each of its names."""
    value = ""
    if each.takes_value:
        what = "_files" if each.is_file else f"({' '.join(each.choices)})" if each.choices else " "
        value = f":{_escaped(each.metavar)}:{what}"
    for name in each.names:
        others = f"({' '.join(each.names)})" if len(each.names) > 1 else ""
        sign = "" if not each.takes_value else "=" if name.startswith("--") else "+"
        yield f"{others}{name}{sign}[{_escaped(each.words)}]{value}"
    if not each.names:
        yield f"{'*' if each.is_last else ''}{value}"


def _escaped(text: str) -> str:
    return re.sub(r"([\[\]:\\])", r"\\\1", text)


# --- fish ---


def fish(commands: list[Command]) -> Iterator[str]:
    """A line for each command, and for each option of it."""
    yield f"{made_by('fish')}\ncomplete -c refnet -f"
    first, later = "complete -c refnet -n __fish_use_subcommand", "complete -c refnet -n '__fish_seen_subcommand_from"
    yield f"{first} -s h -l help -d 'show the help'\n{first} -l version -d 'show the version'"
    for command in commands:
        yield f"{first} -a {command.name} -d {_fish(command.words)}"
        for each in command.arguments:
            line = f"{later} {command.name}'"
            for flag in each.names:
                line += f" -{'l' if flag.startswith('--') else 's'} {flag.lstrip('-')}"
            if each.names and each.takes_value:
                line += " -r" if each.is_file else " -x"
            if each.is_file:
                line += " -F"
            if each.choices:
                line += f" -a {_fish(' '.join(each.choices))}"
            if each.names:
                line += f" -d {_fish(each.words)}"
            yield line


def _fish(text: str) -> str:
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
