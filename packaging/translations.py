"""Collects every sentence the app shows into ui/languages/*.ts, and makes the .qm files that it loads.

    python packaging/translations.py update     after sentences changed: new ones stand in the .ts as unfinished
    python packaging/translations.py compile    after they were translated

`lupdate` and `lrelease` come with PySide6. What `lupdate` cannot see by itself is written out for it first: calls of a
module's own short form of `QCoreApplication.translate`, and the words of the engine (context `engine`), which knows no
language but English. Engine sentences with blanks also go to engine.json, by which the app finds them again.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ROOT / "ui" / "languages"
# Rooms of the engine whose words are read on a terminal, or by nobody.
_UNSEEN_ROOMS = {"cli", "judging"}
_LONG_FORM = "QCoreApplication.translate"
_SENTENCE = re.compile(r"[\"'`{\w][^\n]* [^\n]*[.?]( \{\w+\})?")


class Sentence(NamedTuple):
    context: str
    text: str
    is_counted: bool = False


def app_sentences() -> Iterator[Sentence]:
    """What is translated through short forms in ui/, in the order of the files."""
    for path in sorted((ROOT / "ui").rglob("*.py")):
        yield from short_form_sentences(ast.parse(path.read_text(encoding="utf-8")))


def short_form_sentences(module: ast.Module) -> Iterator[Sentence]:
    """Literals given to a module's own short form of `QCoreApplication.translate`, and those that it counts itself."""
    forms = dict(_short_forms(module))
    if len({context for context, _ in forms.values()}) == 1:
        forms["tr_noop"] = (next(iter(forms.values()))[0], False)  # marks a text that a short form is given later
    for call in ast.walk(module):
        if not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Name) and call.func.id in forms and call.args:
            context, is_counted = forms[call.func.id]
            for text in _literals(call.args[0]):
                yield Sentence(context, text, is_counted or len(call.args) == 2)
        elif ast.unparse(call.func) == _LONG_FORM and len(call.args) == 4:
            for context, text in product(_literals(call.args[0]), _literals(call.args[1])):
                yield Sentence(context, text, is_counted=True)


def _short_forms(module: ast.Module) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Functions that only pass their first argument on: name, context, and whether they always count."""
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef) or not function.args.args:
            continue
        last = function.body[-1]
        if isinstance(last, ast.Return) and isinstance(last.value, ast.Call):
            call = last.value
            if ast.unparse(call.func) == _LONG_FORM and ast.unparse(call.args[1]) == function.args.args[0].arg:
                always_counts = len(call.args) == 4 and not function.args.defaults
                for context in _literals(call.args[0]):
                    yield function.name, (context, always_counts)


def engine_sentences() -> list[str]:
    """The engine's own words: titles, details and hints of problems, descriptions of settings, reasons of presets."""
    found: dict[str, None] = {}
    for path in sorted((ROOT / "lora_studio").rglob("*.py")):
        if path.relative_to(ROOT / "lora_studio").parts[0] not in _UNSEEN_ROOMS:
            found.update(dict.fromkeys(_told(ast.parse(path.read_text(encoding="utf-8")))))
    for path in sorted((ROOT / "lora_studio" / "embedded" / "sample_projects").glob("*/project.json")):
        found[json.loads(path.read_text(encoding="utf-8"))["summary"]] = None
    for path in sorted((ROOT / "presets").rglob("*.json")):
        found.update(dict.fromkeys(_preset_words(json.loads(path.read_text(encoding="utf-8")))))
    return [text for text in found if re.search(r"[^\W\d_]{2}", re.sub(r"\{\w+\}", "", text))]


def _told(module: ast.Module) -> Iterator[str]:
    """Whole sentences, whoever says them, the titles of settings, and what tables named `…_TITLES` hold."""
    nodes = list(ast.walk(module))
    unsaid: set[ast.AST] = {node.value for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    unsaid |= {part for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
    for node in nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr) and node not in unsaid:
            yield from (text for text in _literals(node) if _SENTENCE.fullmatch(text))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "described":
            yield from _literals(node.args[1])  # a title
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target).endswith("_TITLES") and node.value:
            tables = [table for table in ast.walk(node.value) if isinstance(table, ast.Dict)]
            yield from (text for table in tables for value in table.values for text in _literals(value))


def _literals(node: ast.expr) -> Iterator[str]:
    """The text of a literal, of both sides of a choice, or of an f-string with its blanks named."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield _template(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        yield from _literals(node.func.value)


def _template(text: ast.JoinedStr) -> str:
    parts: list[str] = []
    names: list[str] = []
    for part in text.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            word = (re.findall(r"[a-z][a-z_]*", ast.unparse(part.value)) or ["value"])[-1]
            while word in names:
                word += "_2"
            names.append(word)
            parts.append("{" + word + "}")
    return "".join(parts)


def _preset_words(value: object, is_word: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _preset_words(inner, is_word or key in ("title", "summary", "advice", "because"))
    elif isinstance(value, str) and is_word:
        yield value


def update() -> None:
    """Merge every sentence of today into each .ts, and drop those that are gone."""
    sentences = [*app_sentences(), *(Sentence("engine", text) for text in engine_sentences())]
    blanks = [text for text in engine_sentences() if re.search(r"\{\w+\}", text)]
    _write(LANGUAGES / "engine.json", json.dumps(blanks, ensure_ascii=False, indent=1) + "\n")
    with tempfile.TemporaryDirectory() as folder:
        written_out = Path(folder, "sentences.py")
        _write(written_out, "".join(map(_as_call, dict.fromkeys(sentences))))
        for ts in sorted(LANGUAGES.glob("*.ts")):
            _run("lupdate", "-silent", "-extensions", "py", str(written_out), "ui", "-no-obsolete", "-locations",
                 "none", "-disable-heuristic", "similartext", "-target-language", ts.stem, "-ts", str(ts))  # fmt: skip


def compile_all(into: Path = LANGUAGES) -> None:
    """Make a .qm of each .ts."""
    for ts in sorted(LANGUAGES.glob("*.ts")):
        _run("lrelease", "-silent", str(ts), "-qm", str(into / f"{ts.stem}.qm"))


def _as_call(sentence: Sentence) -> str:
    context, text = (json.dumps(part, ensure_ascii=False) for part in sentence[:2])
    count = ', "", 1' if sentence.is_counted else ""  # lupdate takes `, n` for no count
    return f"QCoreApplication.translate({context}, {text}{count})\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _run(tool: str, *arguments: str) -> None:
    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        sys.exit("PySide6 is not installed here.")
    program = Path(spec.origin).parent / (f"{tool}.exe" if os.name == "nt" else tool)
    subprocess.run([str(program), *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case _:
            sys.exit(__doc__)
