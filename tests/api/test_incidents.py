"""Incidents and their timeline over the API: the rules of the pages, told as JSON."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from api.v1.incidents import IncidentTold
from common.models import Activity, Tag
from incidents import search_text
from incidents.models import CustomField, CustomValue, Incident, TimelineEvent
from incidents.permissions import can_edit
from postmortems.models import ReviewRule
from tests.api.calling import Program, assert_problem
from tests.make import (
    make_event,
    make_incident,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

NEW = {"title": "Saving fails for some people", "severity": "sev2", "started": "20 min ago"}


def filed(program: Program, **said) -> dict:
    answer = program.post("incidents", NEW | said)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_an_incident_is_filed_and_found_again():
    service = make_service(name="Checkout", slug="checkout")
    program = Program(make_user(), "file")
    answer = program.post(
        "incidents", NEW | {"services": ["checkout"], "started": "2026-01-31T23:27:00Z"}
    )
    told = answer.json()
    again = program.get(
        answer["Location"].partition("/api")[1] + answer["Location"].partition("/api")[2]
    )

    assert answer.status_code == 201
    assert again.json() == told
    assert again["ETag"] == answer["ETag"]
    assert told["title"] == NEW["title"]
    assert told["services"] == [{"slug": "checkout", "name": "Checkout"}]
    assert told["team"] == {"slug": service.team.slug, "name": service.team.name}
    assert told["milestones"]["started"] == {
        "at": "2026-01-31T23:27:00Z", "zone": "UTC", "precision": "exact",
    }  # fmt: skip
    assert (told["state"], told["kind"], told["version"]) == ("reported", "incident", 1)
    assert Incident.objects.get().reporter_id is not None


@pytest.mark.parametrize(
    "said",
    [
        {"services": ["mail", "app"], "summary": "**Slow**\r\nagain ", "impact": " Pages & mail"},
        {"title": " Saving\n\tfails ", "started": "2026-01-31T23:27:59+05:00"},
        {"custom": {"vendor": " ACME ", "size": "1200.50", "day": "2026-01-02", "sure": ""}},
        {"kind": "signal", "severity": None, "visibility": "restricted"},
        {"started": "about 2 h ago", "detected": "30 min ago", "resolved": "10 min ago"},
    ],
)
def test_what_is_told_of_a_new_incident_is_what_is_read_of_it(said):
    for slug in ("mail", "app"):
        make_service(name=slug.title(), slug=slug)
    ReviewRule.objects.get_or_create(kind="incident", severity="sev2")
    asked = {"vendor": "line", "size": "number", "day": "date", "sure": "yes_no", "gone": "line"}
    for place, (key, kind) in enumerate(asked.items()):
        CustomField.objects.create(
            key=key, label=key, type=kind, kinds=["incident"], when_filing=True,
            position=-place % 3, is_retired=key == "gone",
        )  # fmt: skip
    program = Program(make_user(time_zone="Europe/Stockholm"))

    answer = program.post("incidents", NEW | said)
    was_read = Activity.objects.filter(verb="read").exists()
    read = program.get(f"incidents/{answer.json()['reference']}")

    assert answer.status_code == 201
    assert (read.json(), read["ETag"]) == (answer.json(), answer["ETag"])
    assert (answer.json()["review"] is None) == ("resolved" not in said)
    assert was_read == (said.get("visibility") == "restricted")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"started": "when the moon was up"}, "started"),
        ({"severity": None}, "severity"),
        ({"services": ["no-such-thing"]}, "services"),
        ({"custom": {"nobody-asks": "x"}}, "custom"),
        ({"started": "2026-01-31T23:27:00Z", "detected": "2026-01-31T20:00:00Z"}, "detected"),
    ],
)
def test_what_the_form_refuses_is_refused(said, field):
    make_team()
    answer = Program(make_user()).post("incidents", NEW | said)

    assert [one["field"] for one in assert_problem(answer, 422)["errors"]] == [field]
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"title": 7},
        {"title": ""},
        {"title": "x" * 201},
        {"kind": "catastrophe"},
        {"state": "closed"},
        {"reporter": 1},
        {"visibility": "everyone"},
        {"services": "checkout"},
    ],
)
def test_what_does_not_fit_the_schema_is_refused(said):
    make_team()
    answer = Program(make_user()).post("incidents", NEW | said)

    assert len(assert_problem(answer, 400)["errors"]) >= 1
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b'"hello world"',
        b"7",
        b"null",
        b"",
        b"{",
        b'{"title": NaN}',
        b'{"title": "a", "title": "b"}',
        "{}".encode("utf-16"),
        b"[" * 100_000,
        b'{"title": ' + b"9" * 5_000 + b"}",
        b'{"a": ' * 40 + b"1" + b"}" * 40,
    ],
)
def test_a_body_that_is_no_object_is_refused(body):
    program = Program(make_user())
    answer = program.client.generic(
        "POST",
        "/api/v1/incidents",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.secret}"},
    )

    assert_problem(answer, 400)


@pytest.mark.parametrize("title", ["a\0b", "\ud800"])
def test_a_text_that_no_database_keeps_is_refused(title):
    make_team()

    assert_problem(Program(make_user()).post("incidents", NEW | {"title": title}), 422)


def test_other_media_types_methods_and_addresses_are_told_as_problems():
    program = Program(make_user())
    form = program.client.post(
        "/api/v1/incidents", {"title": "x"}, headers={"Authorization": f"Bearer {program.secret}"}
    )

    assert_problem(form, 415)
    refused = program("put", "incidents", {})
    assert_problem(refused, 405)
    assert set(refused["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}
    for path in ("incidents/", "nothing", "incidents/INC-99999", "incidents/%00", "incidents/x"):
        assert_problem(program.get(path), 404)
    assert_problem(program.get("/api/v2/incidents"), 404)


def test_a_body_that_is_too_large_is_refused():
    answer = Program(make_user()).post("incidents", NEW | {"summary": "x" * 3_000_000})

    assert_problem(answer, 413)


def test_the_same_key_files_once():
    make_team()
    program = Program(make_user())
    first = program.post("incidents", NEW, Idempotency_Key="retry-1")
    second = program.post("incidents", NEW, Idempotency_Key="retry-1")
    other = program.post("incidents", NEW | {"title": "Another"}, Idempotency_Key="retry-1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert_problem(other, 422, "with another request")
    assert_problem(program.post("incidents", NEW, Idempotency_Key="ä"), 422)
    assert Incident.objects.count() == 1


def test_what_was_refused_can_be_sent_again_under_its_key():
    make_team()
    program = Program(make_user())
    wrong = program.post("incidents", NEW | {"started": "soonish"}, Idempotency_Key="k")
    right = program.post("incidents", NEW, Idempotency_Key="k")

    assert (wrong.status_code, right.status_code) == (422, 201)


# Reading ------------------------------------------------------------------------------------------
def test_the_list_goes_on_where_it_ended():
    program = Program(make_user(), "read")
    wanted = [make_incident().reference for _ in range(5)][::-1]
    found, address = [], "/api/v1/incidents?limit=2&kind=incident"
    while address:
        page = program.get(address.partition("127.0.0.1:8000")[2] or address).json()
        found.append([row["reference"] for row in page["items"]])
        address = page["next"]

    assert found == [wanted[:2], wanted[2:4], wanted[4:]]


@pytest.mark.parametrize("scope", ["read", "write"])
@pytest.mark.parametrize("view", ["", "ongoing", "near", "mine"])
def test_a_tab_begins_with_the_same_rows_whether_or_not_its_order_is_named(scope, view):
    """As it is, it is asked for by a statement that is ready."""
    user, stranger = make_user(), make_user()
    mine = make_team(members=(user,))
    for who in (user, stranger):
        make_incident(visibility="restricted", participants=(who,), team=mine, state="reported")
    for kind in ("near_miss", "incident", "incident"):
        make_incident(kind=kind, team=mine, state="reported")
        make_incident(kind=kind, state="resolved")
    program = Program(user, scope)
    known = f"view={view}&limit" if view else "limit"
    for limit in (1, 2, 100):
        first = program.get(f"incidents?{known}={limit}").json()
        named = program.get(f"incidents?{known}={limit}&sort=-filed").json()
        assert first["items"] == named["items"]
        assert first["next"] == (named["next"] and named["next"].replace("&sort=-filed", ""))
    seen = {"read": [6, 2, 2, 3], "write": [7, 3, 2, 4]}[scope]
    assert len(first["items"]) == seen[["", "ongoing", "near", "mine"].index(view)]


def test_the_filters_of_the_page_work():
    team = make_team(slug="storage")
    near = make_incident(kind="near_miss", severity="sev3", team=team)
    make_incident(severity="sev1")
    program = Program(make_user(), "read")

    def found(query: str) -> list[str]:
        return [row["reference"] for row in program.get(f"incidents?{query}").json()["items"]]

    assert found("kind=near_miss") == [near.reference]
    assert found("team=storage&severity=sev3&severity=sev4") == [near.reference]
    assert found("view=near") == [near.reference]
    assert found("severity=sev4") == []
    assert len(found("since=2020-01-01")) == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("author__password__startswith=x", 400), ("ordering=id", 400), ("q=a&q=b", 400),
        ("severity=sev9", 400),
        ("limit=0", 400), ("limit=101", 400), ("limit=1_0", 400), ("since=2026-02-30", 400),
        ("view=secret", 400), ("team=nobody", 422), ("team=", 422), ("since=0001-01-01", 422),
        ("after=nonsense", 422), ("q=%00", 422),
    ],
)  # fmt: skip
def test_what_the_list_does_not_know_is_refused(query, status):
    make_incident()

    assert_problem(Program(make_user(), "read").get(f"incidents?{query}"), status)


@pytest.mark.parametrize("rows", [1, 6])
def test_a_list_costs_the_same_for_any_length(django_assert_num_queries, rows):
    program = Program(make_user())
    for _ in range(rows):
        incident = make_incident()
        incident.services.add(make_service())

    program.get("me")
    # The token; its call; the rows with all that is told of them; questions.
    with django_assert_num_queries(4):
        assert len(program.get("incidents").json()["items"]) == rows


@pytest.mark.parametrize("number", [1, 6])
def test_to_file_costs_the_same_for_any_number_of_services_and_answers(
    django_assert_num_queries, number
):
    user = make_user()
    program = Program(user, "file")
    names = [f"name-{place}" for place in range(number)]
    for name in names:
        make_service(slug=name)
        CustomField.objects.create(key=name, label=name, kinds=["incident"], when_filing=True)
    filed(program)

    # The token; its call; questions; the named services; in one transaction who wants to hear of
    # it, the number, the incident, and (which PostgreSQL is told at one go) its services, who filed
    # it, its state, its first texts, the trail and the answers.
    expected = 10 if connection.vendor == "postgresql" else 15
    with django_assert_num_queries(expected) as asked:
        told = filed(program, services=names, custom=dict.fromkeys(names, "ACME"))

    assert [one["slug"] for one in told["services"]] == names
    assert CustomValue.objects.filter(text="ACME", start="acme").count() == number
    # Whoever else files waits from the number on.
    statements = [each["sql"] for each in asked.captured_queries]
    [numbered] = [each for each in statements if "common_referencecounter" in each]
    after = statements[statements.index(numbered) :]
    assert {each.split()[0] for each in after} <= {"INSERT", "RELEASE"}


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_list_tells_exactly_what_the_schema_says(scope):
    user, tag = make_user(), Tag.objects.create(name="DNS", slug="dns")
    field = CustomField.objects.create(key="vendor", label="Vendor", kinds=["incident"])
    full = make_incident(
        started_at=timezone.now() - timedelta(minutes=90),
        detected_at=timezone.now() - timedelta(minutes=60),
        started_zone="Europe/Berlin",
        state="closed",
        close_reason="learned",
    )
    full.services.add(make_service(name="Mail", slug="mail"), make_service(name="App", slug="app"))
    full.tags.add(tag)
    full.custom_values.create(field=field, text="ACME", start="acme")
    make_review(incident=full, state="published", published_at=timezone.now())
    make_incident()
    program = Program(user, scope)
    listed = program.get("incidents").json()["items"]

    # One at a time, they go through the schema.
    assert listed == [program.get(f"incidents/{one['reference']}").json() for one in listed]
    assert [one.keys() for one in listed] == [IncidentTold.model_fields.keys()] * 2
    told = listed[1]
    assert [one["slug"] for one in told["services"]] == ["app", "mail"]
    assert (told["tags"], told["custom"]["vendor"]) == (["DNS"], "ACME")
    assert told["minutes"]["to_detected"] == 30
    assert told["review"]["state"] == "published"


def test_what_was_filed_is_found_by_all_its_words():
    make_service(name="Checkout", slug="checkout")
    make_service(name="Basket", slug="basket")
    for place, key in ((2, "vendor"), (1, "region")):  # in which they are asked
        CustomField.objects.create(
            key=key, label=key, kinds=["incident"], when_filing=True, type="text", position=place
        )
    said = {"services": ["checkout", "basket"], "summary": "Slow.", "impact": "Nobody could pay.",
            "custom": {"vendor": "ACME", "region": "North"}}  # fmt: skip
    filed(Program(make_user(), "file"), **said)
    incident = Incident.objects.get()

    assert incident.search_text == search_text.build(incident)
    assert {"Checkout", "ACME", "North"} <= set(incident.search_text.splitlines())


@pytest.mark.parametrize("rows", [1, 6])
def test_a_timeline_costs_the_same_for_any_length(django_assert_num_queries, rows):
    incident = make_incident()
    for _ in range(rows):
        make_event(incident)
    program = Program(make_user())
    program.get("me")

    with django_assert_num_queries(4):  # the token, its call, incident, events
        page = program.get(f"incidents/{incident.reference}/timeline").json()
    assert len(page["items"]) == rows


def test_what_is_held_already_is_not_sent_again():
    program = Program(make_user(), "read")
    path = f"incidents/{make_incident().reference}"
    etag = program.get(path)["ETag"]
    again = program.get(path, If_None_Match=etag)

    assert (again.status_code, again.content) == (304, b"")
    assert program.get(path, If_None_Match='"other"').status_code == 200


def test_reading_what_is_restricted_leaves_a_line_in_its_trail():
    user = make_user()
    hidden = make_incident(visibility="restricted", participants=(user,))
    program = Program(user)
    program.get(f"incidents/{hidden.reference}")
    program.get(f"incidents/{hidden.reference}/timeline")
    program.get(f"incidents/{make_incident().reference}")

    trail = Activity.objects.filter(verb="read").values_list("actor", "object_id")
    assert set(trail) == {(user.pk, hidden.pk)}


# Changing -----------------------------------------------------------------------------------------
def test_a_change_needs_the_version_that_was_read():
    user = make_user()
    incident = make_incident(participants=(user,), summary="As it was")
    program, path = Program(user), f"incidents/{incident.reference}"
    etag = program.get(path)["ETag"]
    missing = program.patch(path, {"title": "New words"})
    done = program.patch(path, {"title": "New words"}, If_Match=etag)
    stale = program.patch(path, {"title": "Other words"}, If_Match=etag)

    assert_problem(missing, 428)
    assert done.status_code == 200
    assert (done.json()["title"], done.json()["summary"]) == ("New words", "As it was")
    assert_problem(stale, 412)
    assert stale["ETag"] == done["ETag"] == program.get(path)["ETag"]
    assert program.patch(path, {}, If_Match=f"W/{done['ETag']}").status_code == 200


def test_a_change_leaves_what_it_does_not_name_exactly_as_it_was():
    user = make_user(time_zone="Europe/Stockholm")
    incident = make_incident(participants=(user,), state="investigating", started_precision="about")
    incident.services.add(make_service())
    program, path = Program(user), f"incidents/{incident.reference}"
    before = program.get(path)
    after = program.patch(path, {"impact": "Nobody could pay"}, If_Match=before["ETag"])

    told = after.json()
    assert told.pop("impact") == "Nobody could pay"
    assert told == {name: value for name, value in before.json().items() if name != "impact"} | {
        "version": 2
    }


def test_milestones_are_set_denied_and_forgotten():
    user = make_user()
    incident = make_incident(participants=(user,), state="investigating")
    program, path = Program(user), f"incidents/{incident.reference}"
    changed = program.patch(
        path, {"started": None, "detected": "did not happen"}, If_Match="*"
    ).json()

    assert changed["milestones"]["started"]["precision"] == "unknown"
    assert changed["milestones"]["detected"]["precision"] == "never"


def test_who_may_not_change_it_is_refused_before_anything_is_read():
    incident = make_incident()
    program = Program(make_user())

    assert not can_edit(make_user(), incident)
    assert_problem(program.patch(f"incidents/{incident.reference}", {"nonsense": 1}), 403)
    assert_problem(program.post(f"incidents/{incident.reference}/state", {}), 403)


def test_an_incident_moves_and_says_why_it_cannot():
    user, facilitator = make_user(), make_user()
    incident = make_incident(
        participants=(user,), facilitator=facilitator, state="investigating", severity="sev1"
    )
    path = f"incidents/{incident.reference}/state"
    moved = Program(user).post(path, {"to": "resolved"})
    closed = Program(user).post(path, {"to": "closed", "close_reason": "learned"})
    guided = Program(facilitator).post(path, {"to": "closed", "close_reason": "learned"})
    back = Program(user).post(path, {"to": "investigating"})

    assert moved.json()["state"] == "resolved"
    assert_problem(closed, 403, "closed by the facilitator")
    assert_problem(guided, 409, "review is still under way")
    assert assert_problem(back, 422)["errors"][0]["field"] == "reason"


def test_a_severity_changes_with_a_reason():
    user = make_user()
    incident = make_incident(participants=(user,))
    program = Program(user)
    etag = program.get(f"incidents/{incident.reference}")["ETag"]
    path = f"incidents/{incident.reference}/severity"
    changed = program.post(path, {"severity": "sev4", "reason": "Two people"}, If_Match=etag)
    stale = program.post(path, {"severity": "sev1", "reason": "All"}, If_Match=etag)

    assert changed.json()["severity"] == "sev4"
    assert_problem(stale, 412)


# The timeline -------------------------------------------------------------------------------------
def test_an_event_is_added_changed_and_taken_out():
    user = make_user()
    incident = make_incident(participants=(user,))
    program, path = Program(user), f"incidents/{incident.reference}/timeline"
    added = program.post(
        path, {"text": "Failed over to the replica", "at": "2026-01-31T23:27:00Z", "source": "chat"}
    )
    one = f"{path}/{added.json()['id']}"
    changed = program.patch(one, {"is_key": True, "told_by": "on-call"}, If_Match=added["ETag"])
    stale = program.delete(one, If_Match=added["ETag"])
    gone = program.delete(one, If_Match=changed["ETag"])

    assert added.status_code == 201
    assert (added.json()["at"], added.json()["kind"]) == ("2026-01-31T23:27:00Z", "mitigation")
    told = changed.json()
    assert (told["is_key"], told["told_by"], told["at"], told["version"]) == (
        True, "on-call", "2026-01-31T23:27:00Z", 2,
    )  # fmt: skip
    assert_problem(stale, 412)
    assert (gone.status_code, gone.content) == (204, b"")
    assert_problem(program.get(one), 404)
    assert TimelineEvent.with_removed.get().removed_at is not None


def test_an_event_without_a_time_is_now_while_it_goes_on():
    user = make_user()
    over = make_incident(participants=(user,))
    ongoing = make_incident(participants=(user,), state="investigating")
    program = Program(user)
    at = {
        incident: program.post(f"incidents/{incident.reference}/timeline", {"text": "It"}).json()
        for incident in (over, ongoing)
    }

    assert at[over]["at"] is None
    assert at[ongoing]["at"][:13] == timezone.now().strftime("%Y-%m-%dT%H")


def test_others_events_are_changed_by_who_guides_it():
    user = make_user()
    incident = make_incident(participants=(user,))
    event = make_event(incident, author=make_user())
    answer = Program(user).patch(f"incidents/{incident.reference}/timeline/{event.pk}", {})

    assert_problem(answer, 403)


def test_an_event_of_another_incident_is_not_there():
    user = make_user()
    incident, event = make_incident(participants=(user,)), make_event(make_incident())

    for pk in (event.pk, 0, 2**64):
        assert_problem(Program(user).get(f"incidents/{incident.reference}/timeline/{pk}"), 404)


# The description ----------------------------------------------------------------------------------
def test_everybody_reads_the_description(client):
    make_user()
    schema = client.get("/api/openapi.json").json()
    page = client.get("/api/docs/").content.decode()

    assert schema["openapi"] == "3.1.0"
    assert set(schema["paths"]) >= {"/api/v1/incidents", "/api/v1/incidents/{reference}"}
    for path, operations in schema["paths"].items():
        assert f">{path}<" in page
        for operation in operations.values():
            for code, answer in operation["responses"].items():
                expected = "application/problem+json" if int(code) >= 400 else "application/json"
                if (path.rpartition("/")[0][-6:], code) == ("/files", "200"):
                    expected = "*/*"  # a file itself
                assert set(answer.get("content", {})) <= {expected}


def test_who_is_logged_in_reads_the_description_too(client):
    client.force_login(make_user())

    assert "How it works" in client.get("/api/docs/").content.decode()
    assert json.loads(client.get("/api/openapi.json").content)
