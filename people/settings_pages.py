"""The pages under Settings, as their list shows them, and what lights up in the navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import ResolverMatch
from django.utils.translation import gettext_lazy as _

from people.models import User
from people.permissions import can_administer, can_see_channels

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Page:
    """`view` is the name of its address; `within` are pages that belong to it."""

    label: StrOrPromise
    view: str
    within: tuple[str, ...] = ()

    def holds(self, view: str) -> bool:
        return view == self.view or view in self.within


_CHANNELS = Page(
    _("Channels"),
    "people:channels",
    ("people:new_channel", "people:channel", "people:channel_secret"),
)
_ALERTS = Page(_("Alerts"), "alerts:sources", ("alerts:source", "alerts:renew"))
_AUDIT = Page(_("Audit trail"), "audit", ("find_glass", "incidents:break_glass"))
_IMPORT = Page(_("Import"), "import_postmortems")
_YOURS = (
    Page(_("You"), "people:settings"),
    Page(_("Notifications"), "people:telling"),
    Page(_("Following"), "following:list", ("following:choose", "following:make_feed")),
    Page(_("Password"), "people:change_password"),
    Page(
        _("Second step"),
        "mfa_index",
        (
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_deactivate_totp",
            "mfa_generate_recovery_codes",
            "mfa_remove_webauthn",
            "mfa_view_recovery_codes",
        ),
    ),
    Page(_("Devices"), "people:sessions"),
    Page(_("Tokens"), "api:tokens", ("api:renew_token", "api:docs")),
)
#: Of the organisation: for administrators. Channels, imports and the trail are also for
#: managers.
_GROUPS: tuple[tuple[StrOrPromise, tuple[Page, ...]], ...] = (
    (
        _("People"),
        (
            Page(
                _("People"),
                "people:people",
                ("people:person", "people:invite", "people:forget", "leaving"),
            ),
            Page(_("Teams"), "people:teams", ("people:edit_team",)),
            Page(_("Services"), "people:services", ("people:edit_service",)),
        ),
    ),
    (_("Telling people"), (_CHANNELS, Page(_("Deliveries"), "people:deliveries"))),
    (
        _("Incidents"),
        (
            Page(_("Severities"), "incidents:severity_words"),
            Page(
                _("Questions"),
                "incidents:questions",
                ("incidents:new_question", "incidents:question"),
            ),
        ),
    ),
    (
        _("Reviews"),
        (
            Page(_("Dates and templates"), "postmortems:due_rules", ("postmortems:templates",)),
            Page(
                _("Meetings"),
                "postmortems:bank",
                ("postmortems:new_bank_question", "postmortems:bank_question", "actions:resting"),
            ),
            Page(_("Factors"), "catalogue:factors", ("catalogue:factor", "catalogue:join_factor")),
            Page(_("Public editions"), "postmortems:public_switch"),
            Page(_("Protection"), "postmortems:protection"),
        ),
    ),
    (
        _("Actions"),
        (
            Page(_("Promises"), "actions:promise"),
            Page(_("Reminders"), "actions:reminding"),
            Page(_("Trackers"), "actions:trackers"),
        ),
    ),
    (_("In and out"), (_ALERTS, _IMPORT, Page(_("Take it along"), "export_site"))),
    (_("Running it"), (Page(_("System"), "system"), _AUDIT)),
)
_HELD = tuple(page for _, pages in (("", _YOURS), *_GROUPS) for page in pages)


def groups_for(user: User) -> list[tuple[StrOrPromise, list[Page]]]:
    """What this person can open, by the heading it stands under."""
    found: list[tuple[StrOrPromise, list[Page]]] = [(_("Yours"), list(_YOURS))]
    if can_administer(user):
        found += [(title, list(pages)) for title, pages in _GROUPS]
    elif can_see_channels(user):
        found += [
            (_("Telling people"), [_CHANNELS]),
            (_("In and out"), [_IMPORT]),
            (_("Running it"), [_AUDIT]),
        ]
    return found


def section_of(match: ResolverMatch | None) -> str:
    """What lights up in the navigation: "home", "incidents", "postmortems", "actions", "lessons",
    "how_we_review", "settings", or "" for none of them."""
    if match is None:
        return ""
    if any(page.holds(match.view_name) for page in _HELD):
        return "settings"
    if match.view_name in ("home", "how_we_review"):
        return match.view_name
    if match.app_name == "handbook":
        return "how_we_review"
    return match.app_name if match.app_name not in ("people", "catalogue") else ""
