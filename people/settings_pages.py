"""The pages under Settings, as their list shows them, and what lights up in the navigation."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import ResolverMatch

from people.models import User
from people.permissions import can_administer, can_see_channels


@dataclass(frozen=True)
class Page:
    """`view` is the name of its address; `within` are pages that belong to it."""

    label: str
    view: str
    within: tuple[str, ...] = ()

    def holds(self, view: str) -> bool:
        return view == self.view or view in self.within


_CHANNELS = Page(
    "Channels",
    "people:channels",
    ("people:new_channel", "people:channel", "people:channel_secret"),
)
_ALERTS = Page("Alerts", "alerts:sources", ("alerts:source", "alerts:renew"))
_AUDIT = Page("Audit trail", "audit", ("find_glass", "incidents:break_glass"))
_IMPORT = Page("Import", "import_postmortems")
_YOURS = (
    Page("You", "people:settings"),
    Page("Notifications", "people:telling"),
    Page("Following", "following:list", ("following:choose", "following:make_feed")),
    Page("Password", "people:change_password"),
    Page(
        "Second step",
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
    Page("Devices", "people:sessions"),
    Page("Tokens", "api:tokens", ("api:renew_token", "api:docs")),
)
#: Of the organisation: for administrators. Channels, imports and the trail are also for
#: managers.
_GROUPS: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        "People",
        (
            Page(
                "People",
                "people:people",
                ("people:person", "people:invite", "people:forget", "leaving"),
            ),
            Page("Teams", "people:teams", ("people:edit_team",)),
            Page("Services", "people:services", ("people:edit_service",)),
        ),
    ),
    ("Telling people", (_CHANNELS, Page("Deliveries", "people:deliveries"))),
    (
        "Incidents",
        (
            Page("Severities", "incidents:severity_words"),
            Page(
                "Questions", "incidents:questions", ("incidents:new_question", "incidents:question")
            ),
        ),
    ),
    (
        "Reviews",
        (
            Page("Dates and templates", "postmortems:due_rules", ("postmortems:templates",)),
            Page(
                "Meetings",
                "postmortems:bank",
                ("postmortems:new_bank_question", "postmortems:bank_question", "actions:resting"),
            ),
            Page("Factors", "catalogue:factors", ("catalogue:factor", "catalogue:join_factor")),
            Page("Public editions", "postmortems:public_switch"),
            Page("Protection", "postmortems:protection"),
        ),
    ),
    (
        "Actions",
        (
            Page("Promises", "actions:promise"),
            Page("Reminders", "actions:reminding"),
            Page("Trackers", "actions:trackers"),
        ),
    ),
    ("In and out", (_ALERTS, _IMPORT, Page("Take it along", "export_site"))),
    ("Running it", (Page("System", "system"), _AUDIT)),
)
_HELD = tuple(page for _, pages in (("", _YOURS), *_GROUPS) for page in pages)


def groups_for(user: User) -> list[tuple[str, list[Page]]]:
    """What this person can open, by the heading it stands under."""
    found = [("Yours", list(_YOURS))]
    if can_administer(user):
        found += [(title, list(pages)) for title, pages in _GROUPS]
    elif can_see_channels(user):
        found += [
            ("Telling people", [_CHANNELS]),
            ("In and out", [_IMPORT]),
            ("Running it", [_AUDIT]),
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
