"""Does Tab offer what a command takes? The scripts of `refnet completion` in bash, zsh and fish themselves."""

import argparse
import os
import shlex
import shutil
import subprocess

import pytest

from refnet.cli import parser
from refnet.cli.options import filename
from refnet.cli.train_network import OPTIMIZERS

COMMANDS = next(each.choices for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
ACTIONS = [(name, action) for name, command in COMMANDS.items() for action in command._actions]
BACKENDS = "python c auto"
LINES = [  # what is typed, the last word being completed; what is offered: words, FILES or nothing
    (["tr"], "train"), (["di"], "diagnose diff"), (["--v"], "--version"), ([""], " ".join(COMMANDS)),
    (["train", ""], "FILES"), (["train", "iris.csv", ""], ""), (["train", "--sa"], "--save"),
    (["train", "--optimizer", "nes"], "nesterov"), (["train", "iris.csv", "--optimizer", "="], " ".join(OPTIMIZERS)),
    (["train", "--backend", "=", ""], BACKENDS), (["train", "--save", "n"], "FILES"), (["train", "--layers", ""], ""),
    (["train", "--batch-norm", "iris.csv", "--backend", ""], BACKENDS), (["plot", "c"], "confusion"),
    (["plot", "--shape", "2x2", "c"], "confusion"), (["plot", "-o", "c.png", "c"], "confusion"),
    (["plot", "--shape", "=", "2x2", "c"], "confusion"), (["plot", "confusion", "n"], "FILES"),
    (["plot", "confusion", "net.refnet", "iris.csv", ""], ""), (["diagnose", "net.refnet", "a", "b", ""], "FILES"),
    (["completion", ""], "bash zsh fish"), (["nothing", ""], ""), (["nothing", "--"], ""),
]  # fmt: skip


def of(shell, program, script, tmp_path):
    """What a shell prints that runs a program, with the script in the file named $SCRIPT."""
    if not shutil.which(shell):
        pytest.skip(f"no {shell} on this machine")
    (tmp_path / "script").write_text(script, encoding="utf-8")
    (tmp_path / "my data.csv").touch()
    done = subprocess.run([shell, "-c", program], cwd=tmp_path, env={**os.environ, "SCRIPT": str(tmp_path / "script")},
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def script(refnet_command):
    def made(shell):
        status, out, err = refnet_command("completion", shell)
        assert (status, err) == (0, "")
        return out

    return made


def test_bash_offers_what_fits(script, tmp_path):
    program = ["source $SCRIPT", "compopt() { nothing_else=yes; }"]  # what it tells readline: no files
    for words, _ in LINES:
        program += [f"COMP_WORDS=(refnet {' '.join(map(shlex.quote, words))})", f"COMP_CWORD={len(words)}",
                    "nothing_else=; _refnet", '[[ $nothing_else ]] && echo "${COMPREPLY[*]}" || echo FILES']
    found = of("bash", "\n".join(program), script("bash"), tmp_path)
    assert [line.split() for line in found] == [
        expected.split() if words != [""] else ["-h", "--help", "--version", *COMMANDS]
        for words, expected in LINES
    ]


def test_bash_knows_each_option_of_each_command(script, tmp_path):
    program = ["source $SCRIPT"]
    for name in COMMANDS:
        program.append(f'_refnet_options {name}; echo "$choices"')
    for name, action in ACTIONS:
        for flag in action.option_strings:
            program.append(f'choices= is_file=; _refnet_value "{name} {flag}" && echo "$is_file $choices" || echo none')
    found = of("bash", "\n".join(program), script("bash"), tmp_path)
    options = [[flag for action in command._actions for flag in action.option_strings] for command in COMMANDS.values()]
    assert [line.split() for line in found[: len(COMMANDS)]] == options
    assert [line.split() for line in found[len(COMMANDS):]] == [
        ["none"] if action.nargs == 0 else ["yes"] if action.type is filename else list(action.choices or [])
        for _, action in ACTIONS for _ in action.option_strings
    ]


def test_fish_offers_what_fits(script, tmp_path):
    lines = {
        "refnet di": ["diagnose", "diff"], "refnet train --optimizer nes": ["nesterov"],
        "refnet train --sa": ["--save"], "refnet train my": ["my data.csv"], "refnet train --layers ": [],
        "refnet train --save my": ["my data.csv"],
        "refnet info --js": ["--json"], "refnet completion ": ["bash", "fish", "zsh"],
    }  # fmt: skip
    program = "source $SCRIPT" + "".join(f"; complete -C {shlex.quote(line)}; echo ." for line in lines)
    found = [line.split("\t")[0] for line in of("fish", program, script("fish"), tmp_path)]
    assert found == [each for words in lines.values() for each in (*words, ".")]


def test_zsh_reads_its_script(script, tmp_path):
    """zsh's own completion needs a terminal; here what the script tells it, command by command."""
    told = ('_arguments() { [[ $1 == -S ]] && print -rl -- "$@"; line=($which); state=rest; }\n'
            "compdef() { }\nsource $SCRIPT\n")
    text = script("zsh")
    assert text.startswith("#compdef refnet\n")
    for name, command in COMMANDS.items():
        found = of("zsh", f"which={name}\n{told}_refnet", text, tmp_path)
        for action in command._actions:
            values = " ".join(map(str, action.choices or []))
            end = "_files" if action.type is filename else f"({values})" if values else " "
            for flag in action.option_strings:
                [spec] = [line for line in found if line.partition("[")[0].rpartition(")")[2].rstrip("=+") == flag]
                assert spec.endswith("]" if action.nargs == 0 else f":{end}")
            if not action.option_strings:
                [spec] = [line for line in found if line.replace("\\", "").split(":")[1:2] == [action.metavar]]
                assert spec.endswith(f":{end}") and spec.startswith("*") == (action.nargs in ("*", "+"))


def test_a_shell_that_is_not_known_is_refused(refnet_command):
    status, out, err = refnet_command("completion", "tcsh")
    assert (status, out) == (2, "") and "'tcsh'" in err and "bash" in err and err.count("\n") == 1
