"""Which texts stand in the sources, and which of them are marked for translation.

Reads the sources as text, so that it needs neither gettext nor the database.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import templatize

from tests.servers import ROOT

APPS = "common people incidents postmortems actions lessons alerts api config".split()
TEMPLATES = ROOT / "templates"
Key = tuple[str | None, str]  # context, text

# Catalogues ---------------------------------------------------------------------------------------
_QUOTED = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)?\s*"(.*)"$')


@dataclass
class Entry:
    context: str | None
    text: str
    plural: str | None
    words: list[str]

    @property
    def key(self) -> Key:
        return self.context, self.text


def catalogue(path: Path) -> dict[Key, Entry]:
    """The entries of a .po file, without its head and what is not used any more."""
    found = {}
    for block in path.read_text("utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if quoted := _QUOTED.match(line):
                name = quoted[1] or name
                parts[name] = parts.get(name, "") + ast.literal_eval(f'"{quoted[2]}"')
        if parts.get("msgid"):
            words = [text for name, text in sorted(parts.items()) if name.startswith("msgstr")]
            entry = Entry(parts.get("msgctxt"), parts["msgid"], parts.get("msgid_plural"), words)
            found[entry.key] = entry
    return found


# Marks --------------------------------------------------------------------------------------------
_CALL = {"_": 0, "gettext": 0, "gettext_lazy": 0, "gettext_noop": 0, "ngettext": 0,
         "ngettext_lazy": 0, "pgettext": 1, "pgettext_lazy": 1, "npgettext": 1,
         "npgettext_lazy": 1}  # fmt: skip
_STRING = r"""(u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))"""
_IN_TEMPLATE = re.compile(rf"\b(_|n?p?gettext)\(\s*{_STRING}(?:\s*,\s*{_STRING})?", re.S)


LOOKED_UP = frozenset(_CALL)


def sources() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not {"migrations", "management", "demo", "demo_data", "tests"} & set(path.parts):
                yield path


def templates() -> Iterator[Path]:
    for ending in ("html", "txt"):
        yield from sorted(TEMPLATES.rglob(f"*.{ending}"))


def marked() -> dict[Key, Path]:
    return {key: path for path in sources() for key in marked_in_python(path)} | {
        key: path for path in templates() for key in marked_in_template(path)
    }


def marked_in_python(path: Path) -> Iterator[Key]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
        if name in _CALL and len(texts) > _CALL[name] and isinstance(texts[_CALL[name]], str):
            yield (texts[0] if _CALL[name] else None), texts[_CALL[name]]
        elif name == "record" and len(texts) > 1 and isinstance(texts[1], str):
            yield None, texts[1]


def marked_in_template(path: Path) -> Iterator[Key]:
    code = templatize(path.read_text("utf-8"), origin=str(path))
    for name, first, second in _IN_TEMPLATE.findall(code):
        texts = [ast.literal_eval(text) for text in (first, second) if text]
        has_context = name in {"pgettext", "npgettext"}
        yield (texts[0] if has_context else None), texts[1 if has_context else 0]


# What is not marked -------------------------------------------------------------------------------
_LETTERS = re.compile(r"[A-Za-zÅÄÖåäö]{2,}")
_ENTITY = re.compile(r"&#?\w+;")
_SILENT = re.compile(
    r"\{#.*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}"
    r"|\{%\s*block main_class\s*%\}.*?\{%\s*endblock\s*%\}"
    r"|\{%\s*(blocktranslate|blocktrans)\b.*?\{%\s*end\1\s*%\}"
    r"|<!--.*?-->|<(script|style|code|kbd|samp)\b(?:\{[{%].*?[%}]\}|[^>{])*>.*?</\2>",
    re.S,
)
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
_ELEMENT = re.compile(r"<[A-Za-z/!][^<>]*>", re.S)
_SHOWN = re.compile(
    r"\s(aria-label|aria-description|aria-roledescription|title|placeholder|alt|label|"
    r'data-confirm)="([^"]*)"'
)
_WORDS_IN_TAG = re.compile(r"""(?:\b(?!tab=)\w+=|default(?:_if_none)?:)("[^"]*"|'[^']*')""")
#: As if it were a word of the page, and yet none: names of things that are called so everywhere.
_NAMES = re.compile(r"\b(?:UTC|SEV|PDF|CSV|JSON|Markdown|Ctrl|Esc|Enter|INC|MB|min|viewport)\b")


def unmarked_in_template(path: Path) -> Iterator[str]:
    """Text nodes, shown attributes, and words handed to tags and filters."""
    source = _SILENT.sub(" ", path.read_text("utf-8"))
    for tag in _TAG.findall(source):
        for words in _WORDS_IN_TAG.findall(tag):
            if " " in words.strip("\"' ") and words[1:2].isupper():
                yield words
    # "{% if a %}<div{% else %}<li{% endif %} id=…>" begins with either.
    plain = re.sub(r"<\w+(?=\x00<)", "", _TAG.sub("\x00", source))
    if "<" not in plain and '="' in plain:  # attributes, for an element of another template
        return
    for element in _ELEMENT.findall(plain):
        for _name, words in _SHOWN.findall(element):
            if _says_something(words):
                yield words
    for text in _ELEMENT.sub("\n", plain).split("\n"):
        if _says_something(text):
            yield text.replace("\x00", "…").strip()


def _says_something(text: str) -> bool:
    return bool(_LETTERS.search(_NAMES.sub("", _ENTITY.sub("", text))))


_SHOWN_BY = {"ValidationError", "NotReady", "Refused", "NotRead", "NotAllowed", "PermissionDenied"}
_SHOWN_AS = {"label", "help_text", "empty_label"}
_MESSAGES = {"success", "info", "warning", "error"}


def unmarked_in_python(path: Path) -> Iterator[str]:
    """What forms, choices, refusals and messages say."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            of = getattr(getattr(node.func, "value", None), "id", "")
            said = [each.value for each in node.keywords if each.arg in _SHOWN_AS]
            if name in _SHOWN_BY:
                said += node.args[:1]
            if of == "messages" and name in _MESSAGES:
                said += node.args[1:2]
            yield from (ast.unparse(each) for each in said if _is_plain(each))
        elif isinstance(node, ast.ClassDef) and any(
            ast.unparse(base).endswith("Choices") for base in node.bases
        ):
            for each in node.body:
                if isinstance(each, ast.Assign) and isinstance(each.value, ast.Tuple):
                    words = each.value.elts[-1]
                    if _is_plain(words):
                        yield ast.unparse(words)


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(_is_plain(each) for each in node.values if isinstance(each, ast.Constant))
    if isinstance(node, ast.IfExp):
        return _is_plain(node.body) or _is_plain(node.orelse)
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(_LETTERS.search(node.value))
    )
