"""manage.py read_timeline."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def read(path, *options: str) -> dict[str, list[dict[str, object]]]:
    out = StringIO()
    call_command("read_timeline", str(path), *options, stdout=out)
    return json.loads(out.getvalue())


def test_it_prints_events_and_what_could_not_be_placed(tmp_path):
    file = tmp_path / "chat.txt"
    file.write_text(
        "What we know\nalice  11:27 PM\nfailed over\n- between 23:40 and 00:10 UTC: no writes\n"
        "31 Feb 2017 10:00 never\n"
    )

    assert read(file, "--zone", "Europe/Amsterdam", "--date", "2017-01-31") == {
        "events": [
            {
                "at": "2017-01-31T23:27:00+01:00",
                "precision": "exact",
                "kind": "mitigation",
                "text": "failed over",
                "source": "alice",
            },
            {
                "at": "2017-01-31T23:40:00+00:00",
                "precision": "between",
                "kind": "observation",
                "text": "no writes",
                "source": "",
                "until": "2017-02-01T00:10:00+00:00",
            },
        ],
        "not_placed": [
            {"line": 1, "text": "What we know", "why": "It comes before the first time."},
            {
                "line": 5,
                "text": "31 Feb 2017 10:00 never",
                "why": "February 2017 has 28 days. Did you mean 28 Feb 2017?",
            },
        ],
    }


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_any_encoding_is_read(tmp_path, encoding):
    file = tmp_path / "notes.txt"
    file.write_bytes("2017-01-31 23:27 café is down\r\n".encode(encoding))

    [event] = read(file)["events"]
    assert (event["at"], event["text"]) == ("2017-01-31T23:27:00+00:00", "café is down")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--zone", "Mars"), "Mars is no time zone"),
        (("--date", "31/1"), "31/1 is no date"),
        ((), "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, options, sentence):
    with pytest.raises(CommandError, match=sentence) as caught:
        read(tmp_path / "missing.txt", *options)

    assert "\n" not in str(caught.value)
    assert caught.value.returncode == 1
