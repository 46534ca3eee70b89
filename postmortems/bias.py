"""Short cards on habits of thought, shown beside the fields where they strike; they are told in
postmortems/bias.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("bias.toml")


class BiasCard(NamedTuple):
    key: str
    title: str
    beside: tuple[str, ...]
    says: str
    asks: str


@cache
def cards() -> tuple[BiasCard, ...]:
    """All of them, in the order of the file."""
    told = tomllib.loads(_FILE.read_text("utf-8"))["cards"]
    return tuple(BiasCard(**card | {"beside": tuple(card["beside"])}) for card in told)


def beside(field: str) -> list[BiasCard]:
    """Those that help with this field."""
    return [card for card in cards() if field in card.beside]
