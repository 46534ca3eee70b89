"""Whatever a source sends, signed or not: an answer, never a crash, and never half of it.

ALERT_INPUTS is how many deliveries are made up (150).
"""

from __future__ import annotations

import copy
import json
import os
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.models import AlertSource
from tests.alerts.sending import GROUP, PAGERDUTY, firing, make_rule, make_source, send_body

pytestmark = pytest.mark.django_db
INPUTS = int(os.environ.get("ALERT_INPUTS", "150"))

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=300)
    | st.sampled_from(["firing", "resolved", "incident.triggered", "incident.resolved", "",
                       "2023-02-06T13:08:45.828Z", "0000-00-00T00:00:00Z", "a\0b", "\ud800",
                       "9999-12-31T23:59:59-14:00", "'; DROP TABLE x; --", "<script>"])
)  # fmt: skip
_ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4)
    ),
    max_leaves=12,
)


def _paths(said: Any, here: tuple = ()) -> list[tuple]:
    found = [here] if here else []
    if isinstance(said, dict | list):
        for name, value in said.items() if isinstance(said, dict) else enumerate(said):
            found += _paths(value, (*here, name))
    return found


@st.composite
def _bent(draw: Any) -> tuple[str, bytes]:
    """(kind, body): a delivery as documented with some of it replaced or left out."""
    kind = draw(st.sampled_from(AlertSource.Kind.values))
    said: Any = copy.deepcopy(PAGERDUTY) if kind == "pagerduty" else copy.deepcopy(GROUP) | {
        "alerts": [firing("f1"), firing("f2", status="resolved")]
    }  # fmt: skip
    for path in draw(st.lists(st.sampled_from(_paths(said)), max_size=3)):
        at, *rest = said, *path
        try:
            for name in rest[:-1]:
                at = at[name]
            if draw(st.booleans()):
                at[rest[-1]] = draw(_ANYTHING)
            else:
                del at[rest[-1]]
        except (KeyError, IndexError, TypeError):
            continue
    return kind, json.dumps(said).encode()


_RAW = st.tuples(
    st.sampled_from(AlertSource.Kind.values),
    st.binary(max_size=400) | _ANYTHING.map(lambda said: json.dumps(said).encode()),
)


def test_no_delivery_fails(settings):
    settings.ALERTS_PER_MINUTE = 1_000_000
    sources = {kind: make_source(kind) for kind in AlertSource.Kind.values}
    for source in sources.values():
        make_rule(source, labels={"severity": "critical"}, resolves=True)
        make_rule(source)
    answers: Counter[int] = Counter()
    _try(sources, answers)

    print(dict(answers))
    assert set(answers) <= {202, 400, 413}  # 413 for nothing at all
    # The dice are worth something: a good part of the deliveries is taken, and refused.
    assert min(answers[202], answers[400]) > sum(answers.values()) / 20


def _try(sources: dict[str, AlertSource], answers: Counter[int]) -> None:
    @settings(
        max_examples=INPUTS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_bent() | _bent() | _RAW)
    def one(delivery: tuple[str, bytes]) -> None:
        kind, body = delivery
        with transaction.atomic():
            answer = send_body(sources[kind], body)
            transaction.set_rollback(True)
        answers[answer.status_code] += 1
        assert answer.status_code < 500, (kind, body)

    one()
