"""Which deeds the audit trail shows, in the order of its filter.

Everything that is done leaves a line of the trail (common/history.py); most are the work itself,
and stand in the history of what they are about. Here are those by which somebody may see, do or
take along more or less than before, and reading what is restricted. Nothing here tells of a
confidential note: docs/audit.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Area(NamedTuple):
    """`shows_detail` is for details that hold words of our own, and never somebody's text."""

    key: str
    words: StrOrPromise
    verbs: frozenset[str]
    shows_detail: bool = True


GLASS = "broke the glass"
READING = frozenset({"read", "fetched a file"})

AREAS = (
    Area(
        "seeing",
        _("Who may see what"),
        frozenset(
            {
                "restricted",
                "opened",
                "named",
                "joined",
                "took back naming",
                "invited people",
                "took an invitation back",
                "named the facilitator",
                "named another facilitator",
                "named the second pair of eyes",
                "named who sits beside the facilitator",
                "named learners",
                "took a learner off",
                GLASS,
            }
        ),
    ),
    Area("reading", _("Reading what is restricted"), READING),
    Area(
        "accounts",
        _("Accounts, roles and teams"),
        frozenset(
            {
                "set up",
                "invited",
                "invited again",
                "accepted invitation",
                "joined by single sign-on",
                "followed groups",
                "changed account",
                "closed account",
                "reopened account",
                "forgot",
                "changed password",
                "ended sessions",
                "ended own sessions",
                "added second step",
                "removed second step",
                "added passkey",
                "removed passkey",
                "made recovery codes",
                "took off second step",
                "made a secret address",
                "took back a secret address",
                "made a token",
                "took back a token",
                "created team",
                "renamed team",
                "changed working days",
                "added member",
                "removed member",
                "made manager",
                "made member",
                "created service",
                "changed service",
            }
        ),
    ),
    Area(
        "settings",
        _("Settings"),
        frozenset(
            {
                "added a channel",
                "changed a channel",
                "made a new secret",
                "removed a channel",
                "added a source of alerts",
                "removed a source of alerts",
                "added a rule",
                "removed a rule",
                "connected a tracker",
                "took away a tracker",
                "changed severity words",
                "changed a question",
                "arranged a question",
                "changed a question to ask",
                "arranged a question to ask",
                "changed when reviews are due",
                "changed a template of reviews",
                "changed when a team gets its list",
                "changed how long ideas rest",
                "changed what is promised",
                "added a category",
                "renamed a category",
                "joined a category into another",
                "retired a category",
                "offered a category again",
                "added a page to the handbook",
                "changed a page of the handbook",
                "switched public editions on",
                "switched public editions off",
            }
        ),
    ),
    Area(
        "publishing",
        _("Publishing"),
        frozenset(
            {
                "signed the publication",
                "took the publication back",
                "published",
                "archived the review",
                "brought the review back",
                "made the public edition public",
                "withdrew the public edition",
                "published a lesson",
                "took a lesson back",
                "sent a bulletin",
            }
        ),
        shows_detail=False,
    ),
    Area(
        "files",
        _("In and out"),
        frozenset(
            {
                "took the site along",
                "took a list along",
                "imported from a file",
                "loaded from a file",
            }
        ),
    ),
    Area(
        "removed",
        _("Taken away"),
        frozenset({"removed the file", "took out of the timeline", "removed a comment"}),
        shows_detail=False,
    ),
)

#: Those that are named here as a text to be translated: where they are recorded, their words come
#: from a variable.
_NAMED = (
    gettext_noop("archived the review"),
    gettext_noop("broke the glass"),
    gettext_noop("brought the review back"),
    gettext_noop("fetched a file"),
    gettext_noop("imported from a file"),
    gettext_noop("joined"),
    gettext_noop("made manager"),
    gettext_noop("made member"),
    gettext_noop("named"),
    gettext_noop("named the facilitator"),
    gettext_noop("offered a category again"),
    gettext_noop("opened"),
    gettext_noop("published"),
    gettext_noop("read"),
    gettext_noop("switched public editions off"),
    gettext_noop("switched public editions on"),
    gettext_noop("took a list along"),
)

ALL = frozenset().union(*(area.verbs for area in AREAS))
AREA_OF = {verb: area for area in AREAS for verb in area.verbs}
BY_KEY = {area.key: area for area in AREAS}
