"""JSON as it is taken: objects and lists, that every column can hold."""

from __future__ import annotations

import json
from typing import Any, NoReturn

_DEEPEST = 32


class CannotBeKept(ValueError):
    """It is JSON, and holds a text that no database keeps."""


def read(body: bytes) -> Any:
    """What the body says. Raises ValueError for anything that is not an object or a list in
    UTF-8, that says a thing twice, is nested too deep, or has halves of characters, NUL, NaN or
    numbers beyond sixteen digits in it."""
    try:
        said = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_once_each,
            parse_constant=_refuse,
            parse_int=_short,
        )
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(said, dict | list):
        raise ValueError("neither an object nor a list")
    _check(said, 0)
    return said


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a name stands there twice")
    return said


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _short(digits: str) -> int:
    if len(digits) > 17:
        raise ValueError("a number is too long")
    return int(digits)


def _check(said: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(said, str):
        try:
            said.encode()
        except UnicodeEncodeError:
            raise CannotBeKept("half a character in a text") from None
        if "\0" in said:
            raise CannotBeKept("NUL in a text")
    elif isinstance(said, dict):
        for name, value in said.items():
            _check(name, depth + 1)
            _check(value, depth + 1)
    elif isinstance(said, list):
        for value in said:
            _check(value, depth + 1)
