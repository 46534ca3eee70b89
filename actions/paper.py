"""The list of actions as a page for the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from actions.models import Action
from common import papers

#: Some forty pages.
MOST: Final = 1_000


def page(actions: Sequence[Action], chosen: Sequence[str], *, today: date) -> str:
    """As one reader may see them; `actions` come from `for_list`, at most MOST + 1 of them, and
    `chosen` says in words what the list was narrowed down to."""
    on = f"{today.day} {today:%B %Y}"
    return papers.page(
        "actions/actions_paper.html",
        title="Actions",
        kicker="List of actions",
        beside=on,
        foot=["Actions", "As the person who saved it may see them", on],
        actions=actions[:MOST],
        chosen=chosen,
        most=MOST if len(actions) > MOST else 0,
    )
