"""What programs ask for with a token, and the tokens themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alerts.models import AlertRule, AlertSource
from api.models import ApiToken
from tests.api.calling import make_secret
from tests.authorisation import actions_
from tests.authorisation.attempts import AS_A_FILE, Attempt, call, do, nothing, see
from tests.authorisation.incidents_ import others_event, own_event, picture, ref
from tests.authorisation.world import Side

_LOG = {
    "query": lambda side: {"name": "log.txt"},
    "data": lambda side: {AS_A_FILE: b"10:00 it began\n"},
}
NEW = {"title": "Saving fails for some people", "severity": "sev3", "started": "20 min ago"}


def _others_token(side: Side) -> list[Any]:
    if not ApiToken.objects.filter(owner=side["elsewhere"]).exists():
        make_secret(side["elsewhere"])
    return [ApiToken.objects.filter(owner=side["elsewhere"]).earliest("pk").pk]


def _named(side: Side) -> dict[str, Any]:
    return {"name": "Dashboard", "scope": "read", "days": "30"}


_TOKENS = [
    see("settings.own: read", "api:tokens"),
    do("settings.own: edit", "api:tokens", data=_named),
    do("tokens: others", "api:renew_token", _others_token),
    do("tokens: revoke-other", "api:take_back_token", _others_token),
    see("api.schema: read", "api:openapi"),
    see("api.schema: read", "api:docs"),
]
_INCIDENTS = [
    call("incident: list", "get", "api:v1:read_token"),
    call("incident: list", "get", "api:v1:list_incidents"),
    call("search: query", "get", "api:v1:list_incidents", query=lambda side: {"q": "title"}),
    call("search: query", "get", "api:v1:search", query=lambda side: {"q": "title"}),
    call("incident: create", "post", "api:v1:file_incident", data=lambda side: NEW),
    *(
        attempt
        for prefix in ("", "restricted.")
        for attempt in (
            call(f"{prefix}incident: read", "get", "api:v1:read_incident", ref),
            call(f"{prefix}incident: read", "get", "api:v1:list_events", ref),
            call(f"{prefix}incident: read", "get", "api:v1:read_event", own_event),
            call(f"{prefix}incident: read", "get", "api:v1:list_files", ref),
            call(f"{prefix}attachment: upload", "post", "api:v1:attach_file", ref, **_LOG),
            call(f"{prefix}attachment: download", "get", "api:v1:fetch_file", picture),
            call(
                f"{prefix}incident: edit",
                "patch",
                "api:v1:edit_incident",
                ref,
                data=lambda side: {"title": "In other words"},
            ),
            call(
                f"{prefix}incident: edit",
                "post",
                "api:v1:change_severity",
                ref,
                data=lambda side: {"severity": "sev4", "reason": "Two people noticed"},
            ),
            call(
                f"{prefix}incident: edit",
                "post",
                "api:v1:move_incident",
                ref,
                data=lambda side: {"reason": "It came back"},
                verb={"to": "investigating"},
            ),
            call(
                f"{prefix}timeline: add",
                "post",
                "api:v1:add_event",
                ref,
                data=lambda side: {"text": "Failed over", "at": "20 min ago"},
            ),
        )
    ),
    call(
        "incident: close",
        "post",
        "api:v1:move_incident",
        ref,
        data=lambda side: {"close_reason": "false_alarm", "reason": "Nothing was wrong"},
        verb={"to": "closed"},
    ),
    call(
        "timeline: edit-other",
        "patch",
        "api:v1:edit_event",
        others_event,
        data=lambda side: {"text": "In other words"},
    ),
    call("timeline: delete-other", "delete", "api:v1:take_out_event", others_event),
]


def _promised(side: Side) -> dict[str, Any]:
    """As the form of the page is filled in, said as a program says it."""
    answers = actions_.new(side)
    return {
        name: answers[name]
        for name in ("title", "kind", "measure", "priority", "done_test", "due_on")
    } | {"owner": side["U"].email, "later_because": "The machine comes later"}


def _deed(
    row: str,
    name: str,
    args: Callable[[Side], list[Any]],
    prepare: Callable[[Side], Any] = nothing,
    **said: Any,
) -> Attempt:
    return call(row, "post", f"api:v1:{name}", args, data=lambda side: said, prepare=prepare)


def _day(side: Side) -> str:
    return str(actions_.new(side)["due_on"])


_ACTIONS = [
    call("action: read", "get", "api:v1:list_actions"),
    *(
        call(f"{prefix}action: read", "get", "api:v1:read_action", actions_.others)
        for prefix in ("", "restricted.")
    ),
    call(
        "action: create",
        "post",
        "api:v1:create_action",
        data=lambda side: _promised(side),
        verb={"title": "Alert when a dump is missing", "kind": "detect", "review": "INC-4100"},
    ),
    call(
        "action: create",
        "post",
        "api:v1:create_action",
        data=lambda side: _promised(side),
        verb={"title": "Alert when a dump is missing", "kind": "detect", "incident": "INC-4100"},
    ),
    call(
        "action: agree",
        "post",
        "api:v1:agree_on_action",
        actions_.parked,
        data=lambda side: {
            "owner": side["U"].email,
            "due_on": _day(side),
            "done_test": "Removing a dump pages somebody",
            "later_because": "The machine comes later",
        },
    ),
    call(
        "action: assign",
        "post",
        "api:v1:hand_over_action",
        actions_.others,
        data=lambda side: {"owner": side["P"].email},
    ),
    *(
        attempt
        for row, args in (
            ("action: complete-other", actions_.others),
            ("restricted.action: complete-other", actions_.others),
            ("action.own: complete", actions_.own),
        )
        for attempt in (
            call(row, "patch", "api:v1:edit_action", args, data=lambda side: {"title": "Other"}),
            _deed(row, "start_action", args),
            _deed(row, "let_action_wait", args, blocked_on="The vendor"),
            _deed(row, "finish_action", args, proof="It paged"),
            call(
                row,
                "post",
                "api:v1:move_date_of_action",
                args,
                data=lambda side: {"due_on": _day(side), "reason": "The machine comes later"},
            ),
        )
    ),
    _deed("action: verify", "verify_action", actions_.others, actions_.done, showed="I saw it"),
    _deed("action: verify", "give_action_back", actions_.others, actions_.done, missing="One"),
    _deed("action: decide", "keep_action", actions_.others, actions_.suggested, reason="We do"),
    _deed(
        "action: complete-other",
        "drop_action",
        actions_.others,
        reason="Nobody uses it",
        risk_carried_by="Storage",
    ),
]


def _published(side: Side) -> list[Any]:
    return [side.told.reference]


def _lesson(side: Side) -> list[Any]:
    return [side.lesson.reference]


_READING = [
    call("incident: list", "get", "api:v1:list_reviews"),
    call("review.published: read", "get", "api:v1:list_publications"),
    call("review.published: read", "get", "api:v1:read_publication", _published),
    call("restricted.review: read", "get", "api:v1:read_publication", _published),
    call("incident: read", "get", "api:v1:read_review", ref),
    call("restricted.review: read", "get", "api:v1:read_review", ref),
    call("review.draft: read", "get", "api:v1:read_draft", ref),
    call("restricted.review: read", "get", "api:v1:read_draft", ref),
    call("lesson: read", "get", "api:v1:list_lessons"),
    call("lesson: read", "get", "api:v1:read_lesson", _lesson),
    call("incident: list", "get", "api:v1:list_teams"),
    call("incident: list", "get", "api:v1:list_services"),
]


def _source(side: Side) -> list[Any]:
    return [
        AlertSource.objects.get_or_create(
            name="Alerts", defaults={"kind": "alertmanager", "files_as": side["elsewhere"]}
        )[0].pk
    ]


def _rule(side: Side) -> list[Any]:
    (source,) = _source(side)
    rule, _ = AlertRule.objects.get_or_create(source_id=source, deed="ignore")
    return [source, rule.pk]


_ALERTS = [
    see("settings.org: edit", "alerts:sources"),
    do(
        "settings.org: edit",
        "alerts:sources",
        data=lambda side: {
            "name": "Alerts elsewhere",
            "kind": "grafana",
            "files_as": side["elsewhere"].pk,
        },
    ),
    see("settings.org: edit", "alerts:source", _source),
    do(
        "settings.org: edit",
        "alerts:source",
        _source,
        data=lambda side: {
            "labels": "severity=critical",
            "deed": "open",
            "service": side.service.pk,
            "severity": "sev2",
            "kind": "incident",
        },
    ),
    do("settings.org: edit", "alerts:renew", _source),
    do("settings.org: edit", "alerts:remove_rule", _rule),
    do("settings.org: edit", "alerts:remove", _source),
]
ATTEMPTS = [*_TOKENS, *_INCIDENTS, *_ACTIONS, *_READING, *_ALERTS]
