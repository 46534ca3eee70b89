"""The matrix of tests/authorisation_matrix.txt, tried over HTTP as every role.

The roles are letters: A anonymous, M member, P participant, U author of the thing, F facilitator,
G manager of the owning team, X manager elsewhere, D administrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.authorisation import (
    actions_,
    api_,
    coverage,
    incidents_,
    lessons_,
    matrix,
    people,
    reviews,
    world,
)
from tests.authorisation.attempts import (
    Attempt,
    answer_class,
    is_for_programs,
    leads_to_login,
    send,
    words,
    wrong_cells,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ATTEMPTS: list[Attempt] = [
    *people.ATTEMPTS,
    *incidents_.ATTEMPTS,
    *reviews.ATTEMPTS,
    *actions_.ATTEMPTS,
    *lessons_.ATTEMPTS,
    *api_.ATTEMPTS,
]
ROWS = sorted({attempt.row for attempt in ATTEMPTS})
#: Who may know nothing of the restricted side, though each is somebody elsewhere.
STRANGERS = "MXD"


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker) -> Iterator[world.World]:
    """Built once for the module, in a transaction that is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


@pytest.mark.parametrize("row", ROWS)
def test_every_role_gets_the_answer_of_the_matrix(everything, row):
    wrong = [
        complaint
        for attempt in ATTEMPTS
        if attempt.row == row
        for complaint in wrong_cells(everything, attempt, matrix.MATRIX[row])
    ]

    assert not wrong, "\n".join(wrong)


def test_every_token_gets_the_answer_of_its_column(everything):
    """Their owner may do all of it: F, who guides what it is about."""
    calls = [one for one in api_.ATTEMPTS if is_for_programs(one.name)]
    wrong = [
        complaint
        for attempt in calls
        for complaint in wrong_cells(everything, attempt, matrix.of_tokens(attempt.row))
    ]

    assert len(calls) > 10
    assert not wrong, "\n".join(wrong)


# The matrix and the addresses -------------------------------------------------------------------
def test_every_row_is_tried_or_listed_as_not_built_yet():
    assert set(ROWS) | set(coverage.NOT_BUILT_YET) == set(matrix.MATRIX)
    assert not set(ROWS) & set(coverage.NOT_BUILT_YET)


def test_what_is_listed_as_not_built_has_no_address():
    routes = coverage.patterns().values()
    built = {
        row: route
        for row, mark in coverage.NOT_BUILT_YET.items()
        for route in routes
        if re.search(mark, route)
    }

    assert built == {}


def test_every_address_has_a_rule():
    held = {attempt.name for attempt in ATTEMPTS} | coverage.PUBLIC | set(coverage.PERSONAL)

    assert set(coverage.patterns()) - held == set(), "these addresses are held to no row"
    assert held - set(coverage.patterns()) == set(), "these rows try what is not there"


def test_a_wrong_answer_is_noticed(everything):
    """The test of the test: true answers pass, and each one turned around is complained of."""
    attempt = next(one for one in incidents_.ATTEMPTS if one.row == "incident: edit")
    true = matrix.MATRIX["incident: edit"]
    turned = {role: {"Y": "N", "N": "Y", "L": "H"}[code] for role, code in true.items()}

    assert wrong_cells(everything, attempt, true) == []
    assert len(wrong_cells(everything, attempt, turned)) == len(turned)


def test_a_malformed_matrix_is_refused():
    with pytest.raises(ValueError, match="one code for each column"):
        matrix.read("L YYYYYY --- | incident: read")
    with pytest.raises(ValueError, match="stands there twice"):
        matrix.read("L YYYYYYY --- | incident: read, read")


def test_only_the_doors_are_open_to_strangers(everything):
    open_to_all = set()
    for attempt in _one_for_each_address():
        args = attempt.args(everything.open)
        answers = [
            send(everything, "A", method, attempt.name, args, {}) for method in ("get", "post")
        ]
        if not all(leads_to_login(answer) or answer.status_code == 405 for answer in answers):
            open_to_all.add(attempt.name)

    assert open_to_all == {"healthz", "api:docs", "api:openapi"}


def _one_for_each_address() -> list[Attempt]:
    return list({attempt.name: attempt for attempt in ATTEMPTS}.values())


# Restricted things are absent: tests/restricted has the proof; here, what is open names them ------
@pytest.mark.parametrize("role", STRANGERS)
def test_no_page_shows_a_stranger_anything_of_what_is_restricted(everything, role):
    """Every address, with arguments of the open side, of the restricted side and without."""
    leaks = []
    for side in (everything.open, everything.restricted):
        for name, args, query in _addresses(side):
            page = words(send(everything, role, "get", name, args, {}, query))
            leaks += [f"{name} {args}: {needle}" for needle in _needles(side, everything, page)]

    assert not leaks, "\n".join(leaks)


def _addresses(side: world.Side) -> list[tuple[str, list, dict]]:
    """Every address with its arguments for this side, each once."""
    asked = [(one.name, one.args(side), one.query(side)) for one in ATTEMPTS]
    return list({repr(address): address for address in asked}.values())


def _needles(side: world.Side, everything: world.World, page: str) -> list[str]:
    """Words of the restricted side in a page. Its own references may be echoed when asked for."""
    found = [needle for needle in (world.CANARY, world.NEEDLE) if needle in page]
    if side is everything.open:
        found += re.findall(r"\b(?:INC|A|L)-77\d\d\b", page)
    # A published lesson is for everybody; it names nothing of where it comes from.
    return [needle for needle in found if needle != everything.restricted.lesson.reference]


def test_those_who_are_named_do_see_it(everything):
    """The canary is there to be seen: without this, absence would prove nothing."""
    seen = {
        name
        for name, args, query in _addresses(everything.restricted)
        if world.CANARY in words(send(everything, "F", "get", name, args, {}, query))
    }

    assert {
        "home",
        "incidents:list",
        "incidents:detail",
        "incidents:history",
        "postmortems:list",
        "postmortems:detail",
        "postmortems:published",
        "actions:list",
        "actions:export",
        "actions:detail",
        "lessons:edit",
    } <= seen


# One's own --------------------------------------------------------------------------------------
def test_a_notification_opens_for_its_recipient_alone(everything):
    with transaction.atomic():
        mine = everything.people["M"].notifications.get(occasion="M-4100")
        answer = send(everything, "M", "post", "people:open_notification", [mine.pk], {})
        hidden = everything.people["M"].notifications.get(occasion="M-7700")
        gone = send(everything, "M", "post", "people:open_notification", [hidden.pk], {})
        transaction.set_rollback(True)

    assert answer.status_code == 302
    assert gone.status_code == 404


def test_a_draft_on_paper_is_there_for_who_asked_for_it_alone(everything):
    reference = everything.open.incident.reference
    with transaction.atomic():
        send(everything, "F", "post", "postmortems:make_draft", [reference], {})
        answers = {
            role: answer_class(
                send(everything, role, "get", "postmortems:draft_pdf", [reference], {}),
                lambda role=role: send(
                    everything, role, "get", "postmortems:draft_pdf", ["INC-987654321"], {}
                ),
            )
            for role in "AMPUFGXD"
        }
        transaction.set_rollback(True)

    assert answers == dict(zip("AMPUFGXD", "LNHHYHNN", strict=True))
