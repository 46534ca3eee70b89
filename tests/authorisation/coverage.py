"""Which addresses are there, and what each of them is held to."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

#: Open to everybody, without signing in: the doors and what machines ask for.
PUBLIC = {
    "account_login",
    "account_logout",
    # After the password, or in place of it: tests/people/test_second_step.py.
    "mfa_authenticate",
    "mfa_login_webauthn",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    # For whoever has a secret address: tests/actions/test_calendars.py.
    "actions:calendar",
    # Signed by the source: tests/alerts/test_hearing.py.
    "alerts:hear",
    # The same: tests/lessons/test_feeds.py.
    "lessons:feed",
    "favicon",
    "healthz",
    # The signature in the address decides: tests/actions/test_mail_links.py.
    "mail_date",
    "mail_done",
    "mail_drop",
    "mail_held",
    "mail_snooze",
    # By the provider, when one is set: tests/people/test_single_sign_on.py.
    "single_sign_on",
    "single_sign_on_callback",
    # By token or address: tests/test_metrics.py.
    "metrics",
    # For this browser: tests/test_languages.py.
    "people:choose_language",
    "people:setup",
    "people:unsubscribe",
    "people:welcome",
    # Signed by the tracker: tests/actions/test_tickets.py.
    "actions:told",
    # Browsers tell of what a page tried; nothing is read: tests/test_policy.py.
    "policy_reports",
    "public_edition",
    # For programs that watch: tests/test_readiness.py.
    "readyz",
}
#: One's own and nobody else's, whoever one is. Their tests try somebody else's.
PERSONAL = {
    # Each asks for the password again first.
    "account_reauthenticate": "tests/people/test_second_step.py",
    "mfa_activate_totp": "tests/people/test_second_step.py",
    "mfa_add_webauthn": "tests/people/test_second_step.py",
    "mfa_deactivate_totp": "tests/people/test_second_step.py",
    "mfa_generate_recovery_codes": "tests/people/test_second_step.py",
    "mfa_reauthenticate": "tests/people/test_second_step.py",
    "mfa_reauthenticate_webauthn": "tests/people/test_second_step.py",
    "mfa_remove_webauthn": "tests/people/test_second_step.py",
    "mfa_view_recovery_codes": "tests/people/test_second_step.py",
    "actions:take_back_calendar": "tests/actions/test_calendars.py",
    "following:stop": "tests/lessons/test_following.py",
    "following:take_back_feed": "tests/lessons/test_feeds.py",
    "people:open_notification": "tests/test_authorisation.py",
    "people:delete_view": "tests/people/test_saved_views.py",
    "people:edit_view": "tests/people/test_saved_views.py",
    "people:pin_view": "tests/people/test_saved_views.py",
    "postmortems:uncombine": "tests/postmortems/test_combining.py",
    "postmortems:hints": "tests/postmortems/test_wording.py",
    "postmortems:draft_pdf": "tests/test_authorisation.py",
}
#: Rows of the matrix for what is not there yet: when an address with one of these words appears,
#: its row has to be tried.
NOT_BUILT_YET = {
    "backup: download": "backup",
    "contribution: admin-site": "admin",
    "contribution: reveal-author": "notes?/.*author",
    "incident: delete": "incidents/.*delete",
    "restricted.incident: delete": "incidents/.*delete",
    "settings.sso: edit": r"settings/.*\bsso\b",
    "users: impersonate": "impersonate",
}


def patterns() -> dict[str, str]:
    """{"incidents:detail": "incidents/<reference>/"}: the whole URL configuration."""
    found = dict(_walk(get_resolver(), "", ""))
    unnamed = [route for name, route in found.items() if name.endswith("None")]
    if unnamed:
        raise ValueError(f"These addresses have no name: {unnamed}")
    return found


def _walk(resolver: URLResolver, namespace: str, route: str) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", here
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner, here)
