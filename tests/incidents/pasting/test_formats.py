"""One example of each format that docs/pasting-timelines.md promises."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime

import pytest

from common import when
from incidents.pasting import Pasted, understand

AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")
NOW = datetime(2017, 2, 9, 20, 52, tzinfo=UTC)
DAY = date(2017, 1, 31)


def paste(text: str, *, on: date | None = DAY, zone: str = "Europe/Amsterdam", **more) -> Pasted:
    return understand(text, now=NOW, zone=zoneinfo.ZoneInfo(zone), date=on, **more)


def told(pasted: Pasted) -> list[tuple[str, str, str]]:
    """(UTC as "31 22:27", source, text) of each event."""
    return [
        (f"{line.at:%d %H:%M}" if line.at else "", line.source, line.text) for line in pasted.lines
    ]


# One line, one event: 23:27 in Amsterdam is 22:27 UTC ------------------------------------------
@pytest.mark.parametrize(
    "line",
    [
        "23:27 failed over",
        "- 23:27: failed over",
        "* 23:27 — failed over",
        "1. 23:27 failed over",
        "[23:27] failed over",
        "(23:27) failed over",
        "**23:27** – failed over",
        "`23:27` failed over",
        "### 23:27 — failed over",
        "> 23:27 failed over",
        "At 23:27 failed over",
        "11:27 PM failed over",
        "11:27pm: failed over",
        "23:27:04 failed over",
        "2017-01-31 23:27 failed over",
        "2017-01-31T23:27 failed over",
        "2017-01-31 22:27 UTC failed over",
        "2017-01-31T22:27:04.123Z failed over",
        "2017-01-31T17:27:04-05:00 failed over",
        "[2017-01-31 22:27:04 UTC] failed over",
        "2017/01/31 23:27:04 failed over",
        "31 Jan 23:27 failed over",
        "31 January 2017, 23:27 - failed over",
        "Jan 31, 2017 at 11:27 PM – failed over",
        "Tue Jan 31 23:27:04 2017 failed over",
        "31.01.2017 23:27 failed over",
        "31.1. 23:27 failed over",
        "31/01 23:27 failed over",
        "23:27, 31/01/2017 failed over",
        "Tuesday 23:27 failed over",
        "22:27 UTC failed over",
        "22:27Z failed over",
        "22:27 (UTC) failed over",
        "17:27 EST failed over",
        "1485901624 failed over",
        "1485901624123 failed over",
        "time=2017-01-31T22:27:04Z failed over",
        '{"time": "2017-01-31T22:27:04Z", "level": "info", "msg": "failed over"}',
        "<134> 2017-01-31T22:27:04Z failed over",
    ],
)
def test_a_line_of_notes_or_of_a_log(line):
    assert told(paste(line)) == [("31 22:27", "", "failed over")]


@pytest.mark.parametrize(
    ("line", "precision"),
    [
        ("about 23:27 it slowed", "about"),
        ("~23:27 it slowed", "about"),
        ("23:27ish it slowed", "about"),
        ("23:27 (approx.) it slowed", "about"),
        ("before 23:27 it slowed", "before"),
        ("By 23:27, it slowed", "before"),
        ("between 23:27 and 23:40 it slowed", "between"),
        ("23:27–23:40 it slowed", "between"),
        ("23:27 - 23:40: it slowed", "between"),
        ("from 23:27 to 00:05 it slowed", "between"),
    ],
)
def test_how_well_the_time_is_known(line, precision):
    [event] = paste(line).lines

    assert (event.precision, f"{event.at:%H:%M}", event.text) == (precision, "22:27", "it slowed")
    assert (event.until is not None) == (precision == "between")


def test_a_day_without_a_clock_time_and_no_time_at_all():
    pasted = paste("- 23:27 the copy ends\n- 30 Jan 2017: a dump is made\n- ?? pages arrive\n")

    assert [(line.at, line.on, line.precision, line.text) for line in pasted.lines[1:]] == [
        (None, date(2017, 1, 30), "day", "a dump is made"),
        (None, None, "unknown", "pages arrive"),
    ]


# Who speaks ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "alice  11:27 PM\nfailed over",
        "alice [11:27 PM]\nfailed over",
        "alice [11:27 PM] failed over",
        "aliceAPP  11:27 PM\nfailed over",
        "alice 11:27 PM\nfailed over",
        "alice  Jan 31st, 2017 at 11:27:13 PM\nfailed over",
        "[23:27] alice: failed over",
        "[11:27 PM] alice: failed over (edited)",
        "alice — 31/01/2017 23:27\nfailed over",
        "alice — Today at 23:27\nfailed over",
        "alice, [31.01.2017 23:27]\nfailed over",
        "alice, 11:27 PM\nfailed over",
        "\nalice\n11:27 PM\nfailed over",
        "23:27:04 <alice> failed over",
        "[23:27] <@alice> failed over",
        "2017-01-31 23:27:04\talice\tfailed over",
        "23:27:04 alice | failed over",
        "23:27:04 * alice failed over",
        "31/01/2017, 23:27 - alice: failed over",
        "[31/01/2017, 23:27:04] alice: failed over",
        "1/31/17, 11:27 PM - alice: failed over",
        "On Tue, Jan 31, 2017 at 11:27 PM alice <a@example.org> wrote:\nfailed over",
    ],
)
def test_a_message_of_a_chat(text):
    assert told(paste(text)) == [("31 22:27", "alice", "failed over")]


def test_a_copy_from_slack():
    pasted = paste(
        "Tuesday, January 31st\n"
        "alice  11:27 PM\nfailed over\nand it holds\n:eyes: 3\n2 replies\n"
        "11:29 PM\nno errors\nNew\n"
        "Alertmanager APP  11:31 PM\n[FIRING:1] DiskFull db-1\n"
        "Wednesday, February 1st\n"
        "bob  12:05 AM\nall calm (edited)\n"
    )

    assert told(pasted) == [
        ("31 22:27", "alice", "failed over\nand it holds"),
        ("31 22:29", "alice", "no errors"),
        ("31 22:31", "Alertmanager", "[FIRING:1] DiskFull db-1"),
        ("31 23:05", "bob", "all calm"),
    ]
    assert pasted.not_placed == []


def test_what_was_said_may_begin_with_a_time():
    pasted = paste("alice  11:42 PM\n23:27 failed over\nbob  11:43 PM\nMidnight shift: hello")

    assert [line.text for line in pasted.lines] == ["23:27 failed over", "Midnight shift: hello"]


def test_teams_with_names_in_front_and_behind():
    front = "Alice Smith  31/01/2017 23:27\nfailed over\n\nBob Jones  01/02/2017 00:05\nall calm\n"
    behind = "[31/01/2017 23:27] Alice Smith\nfailed over\n[01/02/2017 00:05] Bob Jones\nall calm\n"
    expected = [("31 22:27", "Alice Smith", "failed over"), ("31 23:05", "Bob Jones", "all calm")]

    assert told(paste(front, on=None)) == told(paste(behind, on=None)) == expected


def test_irc_passes_over_who_came_and_went():
    pasted = paste(
        "--- Day changed Tue Jan 31 2017\n"
        "23:27 -!- alice [~a@example.org] has joined #ops\n"
        "23:27 <alice> failed over\n"
        "23:28 --> | bob has joined #ops\n"
        "--- Day changed Wed Feb 01 2017\n"
        "00:05 < bob> all calm\n",
        on=None,
    )

    assert told(pasted) == [("31 22:27", "alice", "failed over"), ("31 23:05", "bob", "all calm")]


def test_plain_lines_have_speakers_where_most_begin_with_one():
    chat = paste("14:32 alice: look\n14:33 bob: yes\n14:34 alice: failing over")
    notes = paste("14:32 Decision: fail over\n14:33 deploy: done\n14:34 it holds")

    assert [line.source for line in chat.lines] == ["alice", "bob", "alice"]
    assert [(line.source, line.text) for line in notes.lines] == [
        ("", "Decision: fail over"), ("", "deploy: done"), ("", "it holds"),
    ]  # fmt: skip


# Logs and alerts -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "source", "text"),
    [
        ("Jan 31 23:27:04 db1 postgres[42]: out of space", "db1 postgres[42]", "out of space"),
        ("Jan 31 23:27:04 db1 kernel: out of space", "db1 kernel", "out of space"),
        (
            '192.0.2.1 - - [31/Jan/2017:22:27:04 +0000] "GET / HTTP/1.1" 503 12',
            "",
            '192.0.2.1 - - "GET / HTTP/1.1" 503 12',
        ),
        (
            "[Tue Jan 31 23:27:04.123456 2017] [core:error] no space",
            "",
            "[core:error] no space",
        ),
        ("[1485901624] SERVICE ALERT: db1;disk", "db1", "SERVICE ALERT: db1;disk"),
        ("2017-01-31 23:27 [FIRING:2] DiskFull (db)", "DiskFull", "[FIRING:2] DiskFull (db)"),
    ],
)
def test_a_line_of_a_log_or_an_alert(line, source, text):
    assert told(paste(line)) == [("31 22:27", source, text)]


def test_an_alert_may_say_below_when_it_began():
    pasted = paste(
        "[FIRING:1] DiskFull db-1\nSummary: 95 % used\nStartsAt: 2017-01-31T22:27:00Z\n"
        "[RESOLVED] DiskFull db-1\nEndsAt: 2017-01-31T22:40:00Z\n"
    )

    assert [(line.at, line.source, line.kind) for line in pasted.lines] == [
        (datetime(2017, 1, 31, 22, 27, tzinfo=UTC), "DiskFull", "detection"),
        (datetime(2017, 1, 31, 22, 40, tzinfo=UTC), "DiskFull", "resolution"),
    ]


# Tables ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "time,author,message\n2017-01-31T22:27:00Z,alice,failed over\n",
        'Message;Who;Time\n"failed over";alice;31.01.2017 23:27\n',
        "Date\tTime\tWho\tWhat happened\n2017-01-31\t23:27\talice\tfailed over\n",
        "| Time (UTC) | Source | Event |\n|---|---|---|\n| 22:27 | alice | failed over |\n",
        "| Time | Who | Event |\n|:-:|---|---|\n| **23:27** | alice | failed over |\n",
    ],
)
def test_a_table_with_a_column_of_times(text):
    assert told(paste(text)) == [("31 22:27", "alice", "failed over")]


def test_a_cell_keeps_commas_and_lines_and_its_row_its_kind():
    pasted = paste('when,kind,text\n23:27,Deciding,"fail over,\nthen wait"\n23:40,,ok\n')

    assert [(line.text, line.kind, line.raw) for line in pasted.lines] == [
        ("fail over,\nthen wait", "decision", (2, 3)), ("ok", "observation", (4,)),
    ]  # fmt: skip


# Days ------------------------------------------------------------------------------------------
def test_headings_and_dividers_say_the_day():
    pasted = paste(
        "# Incident of 2017-01-31\n\n- 23:27 a\n\n## Wednesday, 1 February 2017\n\n- 09:00 b\n"
        "2 Feb\n08:00 c\n",
        on=None,
    )

    assert [f"{line.at:%d %H:%M}" for line in pasted.lines] == ["31 22:27", "01 08:00", "02 07:00"]


def test_a_time_that_goes_back_by_hours_is_the_next_days():
    pasted = paste("23:50 a\n23:58 b\n00:10 c\n23:59 late\n00:20 d\n09:00 e\n08:50 f")

    assert [f"{line.at:%d %H:%M}" for line in pasted.lines] == [
        "31 22:50", "31 22:58", "31 23:10", "01 22:59", "01 23:20", "02 08:00", "02 07:50",
    ]  # fmt: skip


def test_a_line_told_late_over_midnight_stays_where_it_was():
    pasted = paste("23:59 a\n00:01 b\n23:58 c\n00:03 d")

    assert [f"{line.at:%d %H:%M}" for line in pasted.lines] == [
        "31 22:59", "31 23:01", "31 22:58", "31 23:03",
    ]  # fmt: skip


def test_clock_times_before_the_first_date_lead_up_to_it():
    pasted = paste("23:50 a\n2017-02-01 00:20 b", on=None)

    assert [f"{line.at:%d %H:%M}" for line in pasted.lines] == ["31 22:50", "31 23:20"]


def test_without_any_date_it_was_today_or_within_the_story():
    span = when.Span(
        datetime(2017, 1, 31, 20, 0, tzinfo=UTC),
        datetime(2017, 2, 1, 9, 0, tzinfo=UTC),
        datetime(2017, 1, 31, 20, 0, tzinfo=UTC),
    )
    text = "23:27 a\n00:10 b"

    assert [line.at.day for line in paste(text, on=None).lines] == [9, 9]
    assert [line.at.day for line in paste(text, on=None, around=span).lines] == [31, 31]


@pytest.mark.parametrize(
    ("first", "second", "months"),
    [
        ("31/01/2017", "01/02/2017", [1, 2]),  # a 31 decides
        ("1/31/2017", "2/1/2017", [1, 2]),
        ("01/02/2017", "02/02/2017", [2, 2]),  # the shorter story decides
    ],
)
def test_the_whole_paste_decides_the_order_of_day_and_month(first, second, months):
    pasted = paste(f"{first}, 12:00 - alice: a\n{second}, 12:00 - alice: b", on=None)

    assert [line.at.month for line in pasted.lines] == months


def test_an_order_that_nothing_decides_is_asked_about():
    [line] = paste("05/04/2016, 12:00 - alice: a", on=None).lines

    assert line.at is None
    assert line.question == "05/04/2016 reads two ways: 5 Apr 2016 or 4 May 2016?"
    assert line.offers == ("5 Apr 2016 12:00", "4 May 2016 12:00")


# Zones -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "at"),
    [
        ("All times in UTC", "31 23:27"),
        ("All times are UTC.", "31 23:27"),
        ("(times are PST)", "01 07:27"),
        ("Timeline (UTC+1)", "31 22:27"),
        ("## Log [UTC]", "31 23:27"),
        ("Time zone: Asia/Kolkata", "31 17:57"),
        ("Times: Pacific Time", "01 07:27"),
        ("Nothing about zones", "31 22:27"),
    ],
)
def test_a_header_gives_the_zone_of_what_follows(header, at):
    [line] = paste(f"{header}\n23:27 failed over").lines

    assert f"{line.at:%d %H:%M}" == at


def test_a_time_that_daylight_saving_makes_a_question_is_asked_about():
    twice, never = paste("30 Oct 2016 02:30 a\n27 Mar 2016 02:30 b", on=None).lines

    assert (twice.at, twice.offers) == (
        None,
        ("30 Oct 2016 02:30 CEST", "30 Oct 2016 02:30 CET"),
    )
    assert (never.at, never.offers) == (None, ("27 Mar 2016 03:30 CEST",))


# What belongs to no event ----------------------------------------------------------------------
def test_lines_before_the_first_time_and_below_headings_are_not_placed():
    pasted = paste("What we know\n\n23:27 failed over\n  with care\n\n## Causes\nnot clear\n")

    assert told(pasted) == [("31 22:27", "", "failed over\nwith care")]
    assert [(left.number, left.text) for left in pasted.not_placed] == [
        (1, "What we know"), (6, "## Causes"), (7, "not clear"),
    ]  # fmt: skip


def test_a_block_of_code_keeps_its_lines():
    pasted = paste("23:27 the log says\n```\n23:25 full\n\n  23:26 fuller\n```\n23:30 cleaned")

    assert [line.text for line in pasted.lines] == [
        "the log says\n```\n23:25 full\n\n  23:26 fuller\n```",
        "cleaned",
    ]


def test_numbers_are_no_times():
    pasted = paste("23:27 failed over\n10-20 users saw it\n2000 requests failed\nversion 3.14 ran")

    assert len(pasted.lines) == 1


def test_a_time_that_cannot_be_is_a_question():
    hour, day = paste("25:10 a\n31 Feb 2017 10:00 b").lines

    assert (hour.at, hour.offers) == (None, ("01:10",))
    assert (day.question, day.offers) == (
        "February 2017 has 28 days. Did you mean 28 Feb 2017?",
        ("28 Feb 2017 10:00",),
    )


def test_several_formats_in_one_paste():
    pasted = paste(
        "Timeline (UTC)\n31 January 2017\n- 17:20 snapshot taken\n\n"
        "alice  11:27 PM\nwrong host\n\n"
        "[FIRING:1] ReplicaDown\nStartsAt: 2017-01-31T23:40:00Z\n\n"
        "Feb 01 00:05:04 db1 postgres[7]: shut down\n"
        "| Time | Who | Event |\n|--|--|--|\n| 00:36 | bob | copy begins |\n"
    )

    assert told(pasted) == [
        ("31 17:20", "", "snapshot taken"),
        ("31 23:27", "alice", "wrong host"),
        ("31 23:40", "ReplicaDown", "[FIRING:1] ReplicaDown\nStartsAt: 2017-01-31T23:40:00Z"),
        ("01 00:05", "db1 postgres[7]", "shut down"),
        ("01 00:36", "bob", "copy begins"),
    ]
