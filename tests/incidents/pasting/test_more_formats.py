"""Pastes as other tools write them: status pages, exports, times above, below and counted."""

from __future__ import annotations

from datetime import date

import pytest

from tests.incidents.pasting.test_formats import paste, told


@pytest.mark.parametrize(
    "line",
    [
        "20170131T222704Z failed over",
        "170131 23:27:04 failed over",
        "E0131 23:27:04.123456 failed over",
        "01-31 23:27:04.123 failed over",
        "31/Jan/17 11:27 PM failed over",
        "1/31 11:27p failed over",
        "11.27 pm failed over",
        "23h27 failed over",
        "23 h 27 : failed over",
        "23:27 Uhr: failed over",
        "23.27 uur - failed over",
        "31.01.2017 um 23:27 Uhr failed over",
        "31 janvier 2017 23h27 failed over",
        "31. Januar 2017 23:27 failed over",
        "<2017-01-31 Tue 23:27> failed over",
        "INFO 2017-01-31 23:27:04 failed over",
        "[ERROR] 23:27 failed over",
    ],
)
def test_ways_to_write_a_time(line):
    assert told(paste(line)) == [("31 22:27", "", "failed over")]


def test_a_text_that_begins_with_a_time_is_no_end():
    [event] = paste("23:27 - 15:04 backup is the newest").lines

    assert (event.until, event.text) == (None, "15:04 backup is the newest")


def test_a_duration_is_no_time():
    [event] = paste("23:27 it failed\n2 h 30 min without pages\n").lines

    assert event.text == "it failed\n2 h 30 min without pages"


@pytest.mark.parametrize(
    "text",
    [
        "Resolved - It works.\nFeb 1, 00:10 UTC\nUpdate - We copy.\nJan 31, 23:27 UTC\n",
        (
            "Resolved - It works.\nPosted 3 hours ago. Feb 01, 2017 - 00:10 UTC\n"
            "Update - We copy.\nPosted 4 hours ago. Jan 31, 2017 - 23:27 UTC\n"
            "This incident affected: API.\n"
        ),
        (
            "Feb 1, 2017\n\nResolved - It works.\nFeb 1, 00:10 UTC\n\nJan 31, 2017\n\n"
            "Update - We copy.\nJan 31, 23:27 UTC\n\nJan 30, 2017\n\nNo incidents reported.\n"
        ),
    ],
)
def test_a_status_page_has_the_time_below_each_text(text):
    pasted = paste(text)

    assert told(pasted) == [
        ("01 00:10", "", "Resolved - It works."),
        ("31 23:27", "", "Update - We copy."),
    ]
    assert not pasted.not_placed


def test_a_name_a_text_and_the_time_below_it():
    text = "Alice Jansen\ndisk is full\n11:27 PM\nBob\nlooking\n11:31 PM\n"

    assert told(paste(text, zone="UTC")) == [
        ("31 23:27", "Alice Jansen", "disk is full"),
        ("31 23:31", "Bob", "looking"),
    ]


def test_a_copy_of_slack_with_pictures_and_times_in_lines_of_their_own():
    text = (
        "alice avatar image\nAlice Jansen\n:house:  11:27 PM\ndisk is full\n11:28\nDone\n12:03\n"
        "next\n\nPagerDuty\nAPP  12:05 AM\nTriggered\n"
    )

    assert told(paste(text, zone="UTC")) == [
        ("31 23:27", "Alice Jansen", "disk is full"),
        ("31 23:28", "Alice Jansen", "Done"),
        ("01 00:03", "Alice Jansen", "next"),
        ("01 00:05", "PagerDuty", "Triggered"),
    ]


def test_names_and_times_in_lines_of_their_own_without_empty_lines():
    text = "Alice Jansen\n31/01 23:27\ndisk is full\nBob de Vries\n31/01 23:31\n3 hosts down\n"

    assert told(paste(text, zone="UTC")) == [
        ("31 23:27", "Alice Jansen", "disk is full"),
        ("31 23:31", "Bob de Vries", "3 hosts down"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        (
            "23:27:04\t From alice to Everyone:\n\tdisk is full\n"
            "23:31:10 From bob to Everyone : 3 hosts down\n"
        ),
        "alice\n — \nToday at 23:27\ndisk is full\nbob\n — \nToday at 23:31\n3 hosts down\n",
        (
            "alice added a comment - 31/Jan/17 11:27 PM\ndisk is full\n"
            "bob added a comment - 31/Jan/17 11:31 PM\n3 hosts down\n"
        ),
        (
            "alice commented on Jan 31, 2017, 11:27 PM\ndisk is full\n"
            "bob wrote on Jan 31, 2017, 11:31 PM\n3 hosts down\n"
        ),
    ],
)
def test_a_name_with_a_dash_or_with_what_it_did(text):
    assert told(paste(text, zone="UTC")) == [
        ("31 23:27", "alice", "disk is full"),
        ("31 23:31", "bob", "3 hosts down"),
    ]


def test_times_at_the_end_of_the_lines():
    text = "- Disk full (23:27 UTC)\n- Failed over [23:31 UTC]\n- Restored (00:16 UTC).\n"

    assert told(paste(text)) == [
        ("31 23:27", "", "Disk full"),
        ("31 23:31", "", "Failed over"),
        ("01 00:16", "", "Restored"),
    ]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("00:16 restored\n00:02 copying\n23:55 no backup\n23:31 removed\n", date(2017, 1, 31)),
        ("2017-02-01 00:16 restored\n00:02 copying\n23:55 no backup\n23:31 removed\n", None),
        ("2017-02-01\n00:16 restored\n00:02 copying\n2017-01-31\n23:55 no backup\n23:31 removed\n",
         None),
    ],
)  # fmt: skip
def test_the_newest_first(text, on):
    assert told(paste(text, zone="UTC", on=on)) == [
        ("01 00:16", "", "restored"),
        ("01 00:02", "", "copying"),
        ("31 23:55", "", "no backup"),
        ("31 23:31", "", "removed"),
    ]


def test_the_newest_first_in_a_zone_that_is_said_above():
    text = "Times in UTC\n- 18:14 resolved\n- 09:00 half\n- 00:14 copying\n"

    assert [at for at, _, _ in told(paste(text))] == ["31 18:14", "31 09:00", "31 00:14"]


def test_times_counted_from_the_first():
    text = "T0 2017-01-31 23:27 UTC deploy\nT+5m errors\nT+1h05m rolled back\nT-10 min merged\n"

    assert told(paste(text)) == [
        ("31 23:27", "", "deploy"),
        ("31 23:32", "", "errors"),
        ("01 00:32", "", "rolled back"),
        ("31 23:17", "", "merged"),
    ]


def test_times_counted_from_nothing_are_asked_about():
    [event] = paste("T+5m errors\n").lines

    assert event.at is None
    assert "from when" in event.question


def test_an_alert_that_is_over_has_the_time_of_its_end():
    text = (
        "[RESOLVED] DiskFull (db1)\nStarted: 2017-01-31 23:27:04 +0000 UTC\n"
        "Ended: 2017-01-31 23:59:04 +0000 UTC\n"
    )
    [event] = paste(text).lines

    assert (f"{event.at:%H:%M}", event.source) == ("23:59", "DiskFull")


def test_a_sentence_behind_resolved_is_no_name_of_an_alert():
    [event] = paste("23:27 RESOLVED: Incident with storage\n").lines

    assert event.source == ""


def test_a_document_of_json():
    text = """{
 "name": "ops",
 "messages": [
  {"date": "2017-01-31T23:27:04", "from": "Alice", "text": "disk is full"},
  {"ts": "1485905225.1", "user": "U3", "text": "<@U3> has joined the channel"},
  {
   "ts": "1485905464.0003",
   "user_profile": {"real_name": "Bob"},
   "text": "3 hosts down"
  }
 ]
}"""
    pasted = paste(text, zone="UTC")

    assert told(pasted) == [
        ("31 23:27", "Alice", "disk is full"),
        ("31 23:31", "Bob", "3 hosts down"),
    ]
    assert pasted.lines[1].raw == (6, 7, 8, 9, 10)
    assert not pasted.not_placed


def test_records_in_one_line_are_told_apart():
    text = '[{"ts": "1485905224.1", "text": "disk full"}, {"ts": "1485905225.1", "text": "stop"}]'
    first, second = paste(text).lines

    assert first.raw[0] < second.raw[0]


def test_json_that_breaks_off_is_listed_and_not_lost():
    pasted = paste('[{"ts": "1485905225.1", "text": "disk is full"},\n {"ts": \n', zone="UTC")

    assert [left.number for left in pasted.not_placed] == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "Datum;Uhrzeit;Wer;Was\n31.01.2017;23:27;alice;Platte voll\n",
        "|| Time || Who || Event ||\n| 23:27 | alice | Platte voll |\n",
    ],
)
def test_other_heads_of_tables(text):
    assert told(paste(text)) == [("31 22:27", "alice", "Platte voll")]
