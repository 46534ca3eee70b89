"""The matrix of tests/authorisation_matrix.txt, tried over HTTP as every role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.authorisation import matrix, people, world
from tests.authorisation.attempts import Attempt, wrong_cells

pytestmark = pytest.mark.django_db

ATTEMPTS: list[Attempt] = [*people.ATTEMPTS]
ROWS = sorted({attempt.row for attempt in ATTEMPTS})


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

    assert wrong == []
