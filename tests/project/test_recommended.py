"""Whatever a sentence of the package recommends is there: the option, the flag, the call, on the face that says it.

:mod:`tests.project.test_advice` obeys sentences; this list is made of the sources, so that none is forgotten.
"""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from dataclasses import fields
from pathlib import Path
from pkgutil import resolve_name
from typing import NamedTuple

import pytest

import captum_dna as cd
from captum_dna import motifs, training
from captum_dna.cli import main
from captum_dna.core.errors import options_in
from captum_dna.core.options import defaults
from captum_dna.io.arrays import write_modisco
from captum_dna.io.reading import Reading
from captum_dna.methods import METHODS
from captum_dna.render.figure.figure import figure
from captum_dna.results import Attributions

PACKAGE = Path(cd.__file__).parent
READING = {field.name for field in fields(Reading)}
EXPLAINING = {*defaults(), *READING, "on_invalid"}


class Said(NamedTuple):
    """A sentence, or a part of one, and where it stands."""

    file: str
    line: int
    text: str
    command: str | None
    """The command whose function it stands in."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def takes(*calls):
    """Return the names of what calls take."""
    return {name for call in calls for name in inspect.signature(call).parameters}


FACES = {
    "core": EXPLAINING | takes(cd.load, cd.finetune),
    "io": EXPLAINING | takes(write_modisco, Attributions.to_bigwig, Attributions.to_bed),
    "model": EXPLAINING | takes(cd.load),
    "engine": EXPLAINING,
    "methods": EXPLAINING,
    "render": takes(figure, cd.visualize, cd.report),
    "results.py": takes(figure),
    "pipeline": EXPLAINING | takes(cd.attribute_to, cd.attribute_genome, cd.merge, cd.load),
    "variants": takes(cd.variant_effect) | EXPLAINING,
    "experiments": takes(cd.ablate, cd.marginalize, cd.slide, cd.space, cd.test, cd.dependencies, cd.load)
    | EXPLAINING,
    "evaluation": takes(cd.evaluate) | READING,
    "reporting": takes(cd.report, cd.visualize),
    "motifs": takes(*(getattr(motifs, name) for name in motifs.__all__ if name != "MotifError")) | EXPLAINING,
    "training": takes(cd.finetune, training.split, training.Finetuned.push_to_hub, training.Augmentation)
    | READING,
    "insights": takes(cd.Insights) | EXPLAINING,
}
"""What can be given, by the folder whose sentences say so: the options of the verbs that it stands behind."""


def sentences():
    """Yield the text of every string in the sources that is no docstring, with ``{}`` for what is filled in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        inner = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        commands = [
            (node.lineno, node.end_lineno, node.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and any("main.command" in ast.unparse(d) for d in node.decorator_list)
        ]
        for node in ast.walk(tree):
            if id(node) in inner | docs:
                continue
            if isinstance(node, ast.JoinedStr):
                text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if " " not in text:
                continue
            where = str(path.relative_to(PACKAGE))
            command = next((name for first, last, name in commands if first <= node.lineno <= last), None)
            yield Said(where, node.lineno, text, command)


@pytest.fixture(scope="module")
def every() -> list[Said]:
    return list(sentences())


_CALL = re.compile(r"(?<![\w`./])(?P<name>(?:\w+(?:\[0\])?\.)*\w+)\((?P<given>[^()]*)\)")
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_COMMAND = re.compile(r"captum-dna (?:" + "|".join(main.commands) + r")\b[^\n`]*")
COMMANDS = {
    name: {word for one in c.params for word in (*one.opts, *one.secondary_opts)}
    for name, c in main.commands.items()
}


def recommended(every):
    """Yield each option that a sentence says to give or to leave out."""
    for said in every:
        for name, value in options_in(said.text):
            if value is not None and not said.file.startswith(("cli", "core/errors", "compat")):
                yield said, name


def test_an_option_that_a_sentence_recommends_can_be_given_to_the_calls_that_say_it(every):
    found = list(recommended(every))
    assert len(found) > 80
    own = {field.name for name in METHODS for field in fields(METHODS[name]) if field.init}
    for said, name in found:
        face = said.file.partition("/")[0]
        assert name in FACES[face] | (own if face in ("methods", "core", "evaluation") else set()), str(said)


def test_a_flag_that_a_sentence_recommends_is_one_of_the_command_that_says_it(every):
    found = [said for said in every if said.file.startswith("cli") and _FLAG.search(said.text)]
    assert len(found) > 30
    all_flags = set().union(*COMMANDS.values())
    for said in found:
        known = COMMANDS.get(said.command.replace("_", "-"), all_flags) if said.command else all_flags
        others = re.search(r"captum-dna|to attribute|export it", said.text)
        for flag in _FLAG.findall(said.text):
            assert flag in (all_flags if others else known), str(said)


def test_a_command_line_that_a_sentence_recommends_can_be_typed(every):
    found = [(said, line) for said in every for line in _COMMAND.findall(said.text)]
    assert len(found) > 20
    for said, line in found:
        words = line.partition("|")[0].split()
        assert words[1] in COMMANDS, str(said)
        assert set(_FLAG.findall(line)) <= COMMANDS[words[1]] | {"--help"}, str(said)


def called(name):
    """Return what a name in a sentence stands for, if it is ours: by its place, of the package, or of results."""
    if name.startswith("captum_dna."):
        return resolve_name(name)
    last = name.rpartition(".")[2]
    for place in (cd, motifs, training, Attributions):
        if hasattr(place, last) and callable(getattr(place, last)):
            return getattr(place, last)
    return None


def test_a_call_that_a_sentence_recommends_can_be_made(every):
    found = []
    for said in every:
        for one in _CALL.finditer(said.text):
            call = called(one["name"])
            assert call is not None or not one["name"].startswith("results"), str(said)
            if call is not None and inspect.isroutine(call):
                found.append((said, call, re.findall(r"(\w+)=", one["given"])))
    assert len(found) > 10
    for said, call, given in found:
        parameters = inspect.signature(call).parameters.values()
        known = {one.name for one in parameters}
        if any(one.kind is one.VAR_KEYWORD for one in parameters):
            known |= EXPLAINING
        assert set(given) <= known, str(said)


def test_examples_of_commands_are_split_as_a_shell_does():
    for name, command in main.commands.items():
        for line in (command.epilog or "").splitlines():
            program, verb, *rest = shlex.split(line)
            assert (program, verb in COMMANDS) == ("captum-dna", True), line
            assert {word for word in rest if word.startswith("--")} <= COMMANDS[verb], (name, line)


def test_what_is_not_there_is_found():
    """The list would find a slip: an option, a flag and a call that nobody has."""
    assert dict(options_in("Give `n_stpes=`, or `target='all'`.")).keys() - FACES["engine"] == {"n_stpes"}
    assert set(_FLAG.findall("Give --metod deeplift, or --target all.")) - COMMANDS["attribute"] == {
        "--metod"
    }
    with pytest.raises(AttributeError):
        called("captum_dna.explain")
