"""The style sheet and the script that every page loads, each made of many files.

What stands in static/ is written to be read. A browser with an empty cache would ask for thirty
such files, and for all of Tabler, of which our pages use a sixth. So `collectstatic` finds two
files more than there are, and pages ask for those.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

STYLE, SCRIPT = "css/site.css", "js/site.js"

_STATIC = settings.BASE_DIR / "static"
_TABLER, _OURS = _STATIC / "vendor/tabler/tabler.min.css", _STATIC / "css/app.css"
_MODULES = _STATIC / "js"

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_LINE_OF_COMMENT = re.compile(r"^\s*//.*\n", re.M)
_PROPERTY = re.compile(r"(?<=[{;])(--[\w-]+):[^;{}]*(?:;|(?=}))")
_IMPORT = re.compile(r'^import (?:\{ [\w, ]+ \} from )?"\./([\w-]+\.js)";\n', re.M)


class BundleFinder(BaseFinder):
    """Finds the two files, made anew when one of their sources is newer."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in {STYLE, SCRIPT}:
            return []
        found = self._made().path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = self._made()
        for name in (STYLE, SCRIPT):
            yield name, storage

    @cached_property
    def _folder(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="bundles-")

    _made_of = 0

    def _made(self) -> FileSystemStorage:
        folder = Path(self._folder.name)
        newest = max(path.stat().st_mtime_ns for path in [*_speaking(), _TABLER, _OURS])
        if newest != self._made_of:
            texts = {
                STYLE: style(_TABLER.read_text(), _OURS.read_text(), words=_words()),
                SCRIPT: script(_MODULES, "app.js"),
            }
            for name, text in texts.items():
                place = folder / name
                place.parent.mkdir(exist_ok=True)
                place.write_text(text)
            self._made_of = newest
        return FileSystemStorage(location=folder)


def _speaking() -> Iterator[Path]:
    """Every file that can name a class: templates, our apps and our scripts."""
    yield from (settings.BASE_DIR / "templates").rglob("*.html")
    yield from _MODULES.glob("*.js")
    for config in apps.get_app_configs():
        if Path(config.path).parent == settings.BASE_DIR:
            yield from Path(config.path).rglob("*.py")


def _words() -> set[str]:
    return {
        word for path in _speaking() for word in re.findall(r"[A-Za-z][\w-]*", path.read_text())
    }


# Style --------------------------------------------------------------------------------------------
def style(tabler: str, ours: str, *, words: set[str]) -> str:
    """Of Tabler what has a meaning where no class is named but by one of `words`, under its
    licence, and then all of ours. Their order stays, so every page looks as with all of both."""
    licence = re.search(r"/\*!.*?\*/", tabler, re.S)
    rules = tinycss2.parse_stylesheet(tabler, skip_comments=True, skip_whitespace=True)
    ours = re.sub(r"\s+", " ", _COMMENT.sub("", ours))
    used = _without_unread("".join(_used(rules, words)), beside=ours)
    return f'@charset "UTF-8";{licence[0] if licence else ""}{used}{ours}'


def _used(rules: list[Any], words: set[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [each for each in _selectors(rule.prelude) if _named(each) <= words]
            if selectors:
                named = ",".join(tinycss2.serialize(each) for each in selectors)
                yield f"{named}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.lower_at_keyword == "media":
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if left := "".join(_used(inner, words)):
                yield f"@media{tinycss2.serialize(rule.prelude)}{{{left}}}"
        elif rule.lower_at_keyword != "charset":
            yield rule.serialize()


def _selectors(prelude: list[Any]) -> Iterator[list[Any]]:
    selector: list[Any] = []
    for part in prelude:
        if part == ",":
            yield selector
            selector = []
        else:
            selector.append(part)
    yield selector


def _named(selector: list[Any]) -> set[str]:
    """The classes and data attributes that have to be there. What stands in :not() and its like is
    not looked at."""
    pairs = pairwise(selector)
    classes = {after.value for dot, after in pairs if dot == "." and after.type == "ident"}
    attributes = {part.content[0].value for part in selector if part.type == "[] block"}
    return classes | {name for name in attributes if name.startswith("data-")}


def _without_unread(css: str, *, beside: str) -> str:
    """Without custom properties that nothing reads, and then those that only they have read."""
    read = set(re.findall(r"var\((--[\w-]+)", css + beside))
    left = _PROPERTY.sub(lambda found: found[0] if found[1] in read else "", css)
    return css if left == css else _without_unread(left, beside=beside)


# Script -------------------------------------------------------------------------------------------
def script(folder: Path, name: str) -> str:
    """The module and all that it imports as one, each once and after what it needs itself.

    Each stands in a block, which keeps its names from the others. One that exports names stands
    in none: they are everybody's.
    """
    parts: dict[str, str] = {}

    def add(name: str) -> None:
        text = (folder / name).read_text()
        for needed in _IMPORT.findall(text):
            if needed not in parts:
                add(needed)
        text = _LINE_OF_COMMENT.sub("", _IMPORT.sub("", text))
        own = re.sub(r"^export (?=const|function)", "", text, flags=re.M)
        if re.search(r"^(?:import|export)\b", own, re.M):
            raise ValueError(f"{name}: write imports and exports as the other modules do")
        parts[name] = own if own != text else f"{{\n{text}}}\n"

    add(name)
    return "".join(parts.values())
