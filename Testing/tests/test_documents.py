"""What README and docs refer to exists: pictures, pages, make targets, commands with their options."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer
from scarseg_training.app import app as scarseg_train

from ScarSegLogic.cli.app import app as scarseg

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = {"scarseg": scarseg, "scarseg-train": scarseg_train}
MAXIMUM_BYTES, MAXIMUM_BYTES_TOGETHER = 250_000, 3_000_000

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
TARGET = re.compile(r"^([A-Za-z0-9_.-]+(?: [A-Za-z0-9_.-]+)*):", re.MULTILINE)


def commands_of(document: Path) -> list[list[str]]:
    """Every line of code in a document as words, comments and continued lines taken care of."""
    texts = [block or span for block, span in CODE.findall(document.read_text(encoding="utf-8"))]
    lines = (line for text in texts for line in text.replace("\\\n", " ").splitlines())
    return [line.split(" #")[0].split() for line in lines if line.split()]


def links_of(document: Path) -> list[str]:
    return [link for link in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_pictures_and_pages_that_are_linked_exist(document: Path) -> None:
    missing = [link for link in links_of(document) if not (document.parent / link.split("#")[0]).exists()]
    assert not missing


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").glob("*.png")}
    assert sizes
    assert not [name for name, size in sizes.items() if size > MAXIMUM_BYTES]
    assert sum(sizes.values()) < MAXIMUM_BYTES_TOGETHER


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {name for names in TARGET.findall(makefile) for name in names.split()}
    named = {words[1] for words in commands_of(document) if words[0] == "make" and len(words) > 1}
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_have_the_options_that_are_named(document: Path) -> None:
    for words in commands_of(document):
        program = PROGRAMS.get(words[0].removeprefix(".venv/bin/"))
        if program is not None:
            assert not unknown_words(typer.main.get_command(program), words[1:]), shlex.join(words)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_python_modules_that_are_run_exist(document: Path) -> None:
    modules = [words[2] for words in commands_of(document) if words[:2] == ["python", "-m"]]
    assert not [name for name in modules if importlib.util.find_spec(name) is None]


def unknown_words(command: object, words: list[str]) -> list[str]:
    """Subcommands and options that a program does not have."""
    while words and (known := getattr(command, "commands", None)):
        if words[0].startswith(("-", "...")):
            break
        if words[0] not in known:
            return [words[0]]
        command, words = known[words[0]], words[1:]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return [word for word in words if word.startswith("--") and word.split("=")[0] not in options | {"--help"}]


def test_an_unknown_option_or_command_is_found() -> None:
    program = typer.main.get_command(scarseg)
    assert unknown_words(program, ["lv", "study.nii.gz", "--no-such-option"]) == ["--no-such-option"]
    assert unknown_words(program, ["no-such-command"]) == ["no-such-command"]
