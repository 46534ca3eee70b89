"""What browsers tell of the content security policy: noted without anything of the page."""

import json

import pytest
from django.core.cache import cache
from django.urls import reverse

from config.settings import POLICY_REPORTS
from tests.make import make_user

pytestmark = pytest.mark.django_db
SECRET = "https://stories.example/a/s3cr3t/done/"
OLDER = {
    "csp-report": {
        "document-uri": SECRET,
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/x.js?of=s3cr3t",
        "script-sample": "s3cr3t",
    }
}
NEWER = [
    {
        "type": "csp-violation",
        "url": SECRET,
        "body": {"effectiveDirective": "style-src-attr", "blockedURL": "inline"},
    }
]


@pytest.fixture(autouse=True)
def nobody_has_told_yet():
    cache.clear()


def tell(client, told, **headers):
    body = told if isinstance(told, str) else json.dumps(told)
    return client.post(POLICY_REPORTS, body, content_type="application/csp-report", **headers)


@pytest.mark.parametrize(
    "told, noted",
    [
        (OLDER, "script-src-elem, https://evil.example"),
        (NEWER, "style-src-attr, inline"),
        (
            [{"body": {"effectiveDirective": "img-src", "blockedURL": "data:image/x"}}],
            "img-src, data",
        ),
    ],
)
def test_the_directive_and_the_site_are_noted_and_nothing_else(client, caplog, told, noted):
    answer = tell(client, told)

    assert answer.status_code == 204
    assert caplog.messages == [f"A page tried what the policy refuses: {noted}"]
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize(
    "told",
    [
        "", "{", "[", "7", "null", '"words"', "[[]]", '{"csp-report": []}', '[{"body": 3}]',
        "[" * 5_000, "\x00", "é" * 400, '{"csp-report": "' + "x" * 20_000 + '"}',
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_report_is_answered_the_same_and_not_noted(client, caplog, told):
    assert tell(client, told).status_code == 204
    assert [line for line in caplog.messages if "policy refuses" in line] == []


def test_no_line_of_the_log_can_be_made_up(client, caplog):
    forged = {"effective-directive": "img\nadmin logged in", "blocked-uri": "a\r\nb" + "c" * 900}
    tell(client, {"csp-report": forged})

    [line] = caplog.messages
    assert "\n" not in line and "\r" not in line
    assert len(line) < 200


def test_one_delivery_and_one_address_fill_no_log(client, caplog):
    for _ in range(40):
        tell(client, NEWER * 50)

    assert len(caplog.messages) == 30 * 5


def test_only_what_is_told_is_taken(client):
    client.force_login(make_user())

    assert client.get(POLICY_REPORTS).status_code == 405
    assert reverse("policy_reports") == POLICY_REPORTS
