"""Doors, settings, teams and accounts."""

from allauth.mfa.models import Authenticator
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from actions import parking, promise, reminders
from actions.forms.settings import ParkingRuleForm, ReminderRuleForm
from actions.models import Tracker
from common.forms import SharedModelForm
from common.history import mark_of
from config.models import TaskTry
from incidents.forms.custom import QuestionForm
from incidents.models import CustomField, SeverityLevel
from incidents.views.severity_words import SeverityWordsForm
from people import channels, working_days
from people.forms.settings import PersonForm, ServiceForm, TeamForm
from people.models import Delivery, Endpoint, Membership
from people.topics import TOPICS
from postmortems import depths
from postmortems.forms.meeting import BankQuestionForm
from postmortems.forms.protection import ProtectionForm
from postmortems.models import BankQuestion, FactorCategory, Protection, ReviewTemplate
from tests.authorisation.attempts import do, see
from tests.authorisation.world import Side
from tests.make import PASSWORD

NEW_PASSWORD = {
    "current_password": PASSWORD,
    "password1": "clouds over the harbour",
    "password2": "clouds over the harbour",
}


def _else(side: Side) -> list:
    return [side["elsewhere"].pk]


def _team(side: Side) -> list:
    return [side.team.slug]


def _member(side: Side) -> list:
    return [side.team.slug, side["P"].pk]


def _closed(side: Side) -> None:
    type(side["elsewhere"]).objects.filter(pk=side["elsewhere"].pk).update(is_active=False)


def _invited(side: Side) -> None:
    type(side["elsewhere"]).objects.filter(pk=side["elsewhere"].pk).update(password="!none")


def _log_in_twice(side: Side) -> None:
    """Everybody somewhere else, too."""
    for letter in side.people:
        Client().force_login(side[letter])


def _second_step(side: Side) -> None:
    Authenticator.objects.create(user=side["elsewhere"], type="recovery_codes", data={})


def _other_sessions(side: Side) -> dict:
    return {"which": "others"}


def _category(side: Side) -> list:
    return [FactorCategory.objects.get(slug="tooling").slug]


def _renamed(side: Side) -> dict:
    return {"name": "Tools", "mark": mark_of(FactorCategory.objects.get(slug="tooling").name)}


def _question(side: Side) -> dict:
    return {"label": "Which region?", "type": "line", "kinds": ["incident"]}


def _changed_question(side: Side) -> dict:
    return _question(side) | _mark(QuestionForm, CustomField.objects.get(key="seen-where"))


def _bank_question(side: Side) -> dict:
    return {"text": "What did the graph show?", "situation": "diagnosis", "part": "why"}


def _mark(form: type[SharedModelForm], row: Model, *, prefix: str = "") -> dict:
    """What the form sends along of what it was opened with."""
    return {f"{prefix}mark": form(instance=row).initial["mark"]}


def _telling(side: Side) -> dict:
    choices = {f"topic_{topic.name}": "bell" for topic in TOPICS if topic.can_be_chosen}
    return choices | {
        "working_days": ["1", "3"],
        "quiet_from": "20:00",
        "quiet_until": "07:30",
        "digest_every": "day",
        "digest_on": "2",
        "digest_at": "10:00",
        "report_every": "month",
        "days_off": "2036-12-25 Christmas Day",
    }


def _asked(side: Side) -> list:
    return [BankQuestion.objects.earliest("pk").pk]


def _channel(side: Side) -> list:
    return [Endpoint.objects.get(team=side.team).pk]


def _given_up(side: Side) -> list:
    row, _ = Delivery.objects.update_or_create(
        notification=side.notification,
        defaults={"state": "failed", "last_error": "550 No such mailbox"},
    )
    return ["mail", row.pk]


def _parked_task(side: Side) -> list:
    row, _ = TaskTry.objects.get_or_create(
        message="parked",
        defaults={
            "task": "config.tasks.heartbeat",
            "arguments": ["celery"],
            "started_at": timezone.now(),
            "parked_at": timezone.now(),
        },
    )
    return [row.pk]


_A_CHANNEL = {
    "name": "A room",
    "kind": "slack",
    "address": "https://hooks.example.org/x",
    "occasions": ["review_published"],
}


def _page_words(side: Side) -> dict[str, str]:
    return {"title": "Reviews of drills", "text": "As any other, and shorter."}


def _looked_after(side: Side) -> None:
    """A manager elsewhere has a team of their own; here it is this one."""
    Membership.objects.update_or_create(
        team=side.team, user=side["X"], defaults={"is_manager": True}
    )


def _to_import(side: Side) -> dict:
    # A look; that it is brought in is tried in tests/importing/test_page.py.
    return {
        "form": "csv",
        "team": side.team.slug,
        "severity": "sev3",
        "zone": "UTC",
        "step": "look",
        "name": "found.csv",
        "text": "id,title\n1,Found\n",
    }


ATTEMPTS = [
    # What goes out and what comes in
    see("export: full", "export_site"),
    do("export: full", "export_full"),
    see("import: csv", "import_postmortems"),
    do(
        "import: csv",
        "import_postmortems",
        data=_to_import,
        prepare=_looked_after,
        changes=False,
    ),
    # The audit trail, of which nothing goes
    *(see("audit: read", name) for name in ("audit", "audit_csv", "audit_json")),
    *(do("audit: delete", name) for name in ("audit", "audit_csv", "audit_json")),
    see("users: list-admin", "find_glass", query=lambda side: {"reference": "INC-1"}),
    # Channels and the delivery log
    see("settings.webhooks: read", "people:channels"),
    see(
        "settings.webhooks: create",
        "people:new_channel",
        query=lambda side: {"team": side.team.slug},
    ),
    do(
        "settings.webhooks: create",
        "people:new_channel",
        query=lambda side: {"team": side.team.slug},
        data=lambda side: _A_CHANNEL,
    ),
    see("settings.webhooks: other-team", "people:channel", _channel),
    do(
        "settings.webhooks: other-team",
        "people:channel",
        _channel,
        data=lambda side: (
            _A_CHANNEL | {"mark": mark_of(channels.in_words(Endpoint.objects.get(team=side.team)))}
        ),
    ),
    do("settings.webhooks: other-team", "people:try_channel", _channel, changes=False),
    do("settings.webhooks: other-team", "people:channel_secret", _channel),
    do("settings.webhooks: other-team", "people:remove_channel", _channel),
    see("settings.webhooks: secret", "people:channel_secret", _channel),
    see("settings.org: edit", "people:deliveries"),
    do("settings.org: edit", "people:try_again", _given_up),
    do("settings.org: edit", "people:try_all_again", lambda side: _given_up(side)[:1]),
    see("draft.own: save", "people:unsent"),
    do("draft.own: save", "people:unsent", changes=False),
    see("settings.own: read", "people:settings"),
    see("settings.own: read", "people:change_password"),
    do(
        "settings.own: edit",
        "people:settings",
        data=lambda side: {"name": "Another", "time_zone": "Asia/Tokyo", "theme": "dark"},
    ),
    see("settings.own: read", "mfa_index"),
    see("settings.own: read", "people:sessions"),
    do("settings.own: edit", "people:end_sessions", data=_other_sessions, prepare=_log_in_twice),
    see("settings.own: read", "people:telling"),
    do("settings.own: edit", "people:telling", data=_telling),
    see("settings.own: read", "people:saved_views"),
    see("settings.own: read", "people:save_view", query=lambda side: {"page": "incidents"}),
    do(
        "settings.own: edit",
        "people:save_view",
        data=lambda side: {"name": "Grave ones", "page": "incidents", "query": "severity=sev1"},
    ),
    do("settings.own: edit", "people:switch_theme", data=lambda side: {"theme": "dark"}),
    do("settings.own: edit", "people:change_password", data=lambda side: NEW_PASSWORD),
    do("draft.own: save", "common:draft", lambda side: ["some-form"], data=lambda side: {"a": "b"}),
    see("team: read", "people:team", _team),
    see("team: report", "team_report", _team),
    # The bell
    see("notification.own: list", "people:notifications"),
    do("notification.own: list", "people:read_notifications"),
    do("notification.other: open", "people:open_notification", lambda side: [side.notification.pk]),
    # Pages of everybody
    see("page: home", "home"),
    see("page: how-we-review", "how_we_review"),
    see("handbook: read", "handbook:page", lambda side: ["writing"]),
    see("handbook: read", "handbook:versions", lambda side: ["writing"]),
    *(see("handbook: read", f"handbook:{form}") for form in ("pdf", "markdown", "json")),
    see("handbook: write", "handbook:new"),
    do("handbook: write", "handbook:new", data=_page_words),
    see("handbook: write", "handbook:edit", lambda side: ["writing"]),
    do(
        "handbook: write",
        "handbook:edit",
        lambda side: ["writing"],
        data=lambda side: _page_words(side) | {"seen": 1},
    ),
    see("search: palette", "palette"),
    see("search: query", "search", query=lambda side: {"q": "saving severity:1"}),
    see("search: query", "search_suggestions", query=lambda side: {"q": "tag:"}),
    see("search: query", "palette", query=lambda side: {"q": "saving"}),
    see("search: query", "lessons:list", query=lambda side: {"q": "restore"}),
    see("search: query", "incidents:list", query=lambda side: {"q": "saving"}),
    see("health: public", "healthz"),
    see("health: details", "system"),
    do("health: details", "try_task_again", _parked_task),
    # The catalogue of contributing factors
    see("settings.org: edit", "postmortems:protection"),
    do(
        "settings.org: edit",
        "postmortems:protection",
        data=lambda side: (
            {"seal_after_days": "30", "notes_open": "weekly"}
            | _mark(ProtectionForm, Protection.current())
        ),
    ),
    see("settings.org: edit", "catalogue:factors"),
    do("settings.org: edit", "catalogue:factors", data=lambda side: {"name": "Alerts"}),
    see("settings.org: edit", "catalogue:factor", _category),
    do("settings.org: edit", "catalogue:factor", _category, data=_renamed),
    see(
        "settings.org: edit",
        "catalogue:join_factor",
        _category,
        query=lambda side: {"into": "process"},
    ),
    do(
        "settings.org: edit",
        "catalogue:join_factor",
        _category,
        data=lambda side: {"into": "process"},
    ),
    do(
        "settings.org: edit",
        "catalogue:arrange_factor",
        _category,
        data=lambda side: {"to": "retire"},
    ),
    # Accounts
    see("users: list-admin", "people:people"),
    see("users: list-admin", "people:person", _else),
    see("users: invite", "people:invite"),
    do(
        "users: invite",
        "people:invite",
        data=lambda side: {"name": "New", "email": "new@example.org", "team": side.team.pk},
    ),
    do("users: invite", "people:invite_again", _else, prepare=_invited),
    do(
        "users: set-role",
        "people:person",
        _else,
        data=lambda side: (
            {"name": "Renamed", "is_admin": "on", "is_in_facilitator_pool": "on"}
            | _mark(PersonForm, side["elsewhere"])
        ),
    ),
    do("users: deactivate", "people:close_account", _else),
    do("users: deactivate", "people:reopen_account", _else, prepare=_closed),
    do("users: log-out", "people:log_out_everywhere", _else),
    do("users: take-off-second-step", "people:take_off_second_step", _else, prepare=_second_step),
    see("users: hand-over", "leaving", _else),
    do("users: hand-over", "leaving", _else, data=lambda side: {"close": "on"}),
    see("users: forget", "people:forget", _else, prepare=_closed),
    do(
        "users: forget",
        "people:forget",
        _else,
        data=lambda side: {"name": side["elsewhere"].name},
        prepare=_closed,
    ),
    # Teams, services, words
    see("team: working-days", "people:team_days", _team),
    do(
        "team: working-days",
        "people:team_days",
        _team,
        data=lambda side: {
            "weekdays": ["1", "2"],
            "days_off": "2036-12-25 Christmas Day",
            "mark": mark_of(working_days.in_words(side.team, side.team.days_off.order_by("on"))),
        },
    ),
    see("settings.org: edit", "people:teams"),
    do("settings.org: edit", "people:teams", data=lambda side: {"name": "A new team"}),
    see("settings.org: edit", "people:edit_team", _team),
    do(
        "settings.org: edit",
        "people:edit_team",
        _team,
        data=lambda side: {"name": "Renamed"} | _mark(TeamForm, side.team),
    ),
    do(
        "settings.org: edit",
        "people:add_member",
        _team,
        data=lambda side: {"email": side["elsewhere"].email, "is_manager": "on"},
    ),
    do("settings.org: edit", "people:change_member", _member, data=lambda side: {"role": "gone"}),
    see("settings.org: edit", "people:services"),
    do(
        "settings.org: edit",
        "people:services",
        data=lambda side: {"name": "A new service", "team": side.team.pk},
    ),
    see("settings.org: edit", "people:edit_service", lambda side: [side.service.slug]),
    do(
        "settings.org: edit",
        "people:edit_service",
        lambda side: [side.service.slug],
        data=lambda side: (
            {"name": "Renamed", "team": side.team.pk} | _mark(ServiceForm, side.service)
        ),
    ),
    see("settings.org: edit", "incidents:questions"),
    see("settings.org: edit", "incidents:new_question"),
    do("settings.org: edit", "incidents:new_question", data=_question),
    see("settings.org: edit", "incidents:question", lambda side: ["seen-where"]),
    do(
        "settings.org: edit",
        "incidents:question",
        lambda side: ["seen-where"],
        data=_changed_question,
    ),
    do(
        "settings.org: edit",
        "incidents:arrange_question",
        lambda side: ["seen-where"],
        verb={"to": "retire"},
    ),
    see("settings.org: edit", "actions:reminding"),
    do(
        "settings.org: edit",
        "actions:reminding",
        data=lambda side: {"list_after_days": 10, **_mark(ReminderRuleForm, reminders.rule())},
    ),
    see("settings.org: edit", "actions:trackers"),
    do(
        "settings.org: edit",
        "actions:trackers",
        data=lambda side: {"kind": "jira", "address": "https://jira.example.org"},
    ),
    do(
        "settings.org: edit",
        "actions:take_away_tracker",
        lambda side: [side.number],
        prepare=lambda side: Tracker.objects.create(
            pk=side.number, kind="github", address="https://github.example.org"
        ),
    ),
    see("settings.org: edit", "actions:promise"),
    do(
        "settings.org: edit",
        "actions:promise",
        data=lambda side: (
            {"mark": mark_of(promise.in_words(promise.table()))}
            | {
                f"{severity}_{priority}": 7
                for severity in ("sev1", "sev2", "sev3", "sev4")
                for priority in ("high", "normal", "low")
            }
        ),
    ),
    see("settings.org: edit", "actions:resting"),
    do(
        "settings.org: edit",
        "actions:resting",
        data=lambda side: {"working_days": 3} | _mark(ParkingRuleForm, parking.rule()),
    ),
    see("settings.org: edit", "postmortems:bank"),
    see("settings.org: edit", "postmortems:new_bank_question"),
    do("settings.org: edit", "postmortems:new_bank_question", data=_bank_question),
    see("settings.org: edit", "postmortems:bank_question", _asked),
    do(
        "settings.org: edit",
        "postmortems:bank_question",
        _asked,
        data=lambda side: (
            _bank_question(side) | _mark(BankQuestionForm, BankQuestion.objects.earliest("pk"))
        ),
    ),
    do(
        "settings.org: edit",
        "postmortems:arrange_bank_question",
        _asked,
        data=lambda side: {"to": "down"},
    ),
    see("settings.org: edit", "postmortems:due_rules"),
    do(
        "settings.org: edit",
        "postmortems:due_rules",
        data=lambda side: {"signal-sev1_depth": "light", "signal-sev1_days": "5"},
        verb={"kind": "signal"},
    ),
    see("settings.org: edit", "postmortems:templates"),
    do(
        "settings.org: edit",
        "postmortems:templates",
        data=lambda side: {
            "light-shows": ["summary", "impact"],
            "light-mark": mark_of(depths.in_words(ReviewTemplate.objects.get(depth="light").hides)),
        },
        verb={"depth": "light"},
    ),
    see("settings.org: edit", "incidents:severity_words"),
    do(
        "settings.org: edit",
        "incidents:severity_words",
        data=lambda side: (
            {
                "severity": "sev2",
                "sev2-name": "Big",
                "sev2-explanation": "Many people notice it",
            }
            | _mark(SeverityWordsForm, SeverityLevel.objects.get(severity="sev2"), prefix="sev2-")
        ),
    ),
]
