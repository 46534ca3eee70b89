"""What postmortems from elsewhere are understood as."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from common import csv_lines
from config.importing import table
from config.importing.account import Account, Defaults, NotUnderstood, severity_of
from config.importing.looking import File, look
from postmortems.models import Goal, Section

FILES = Path(__file__).parent / "files"
DEFAULTS = Defaults("sev3", ZoneInfo("UTC"), datetime(2026, 3, 4, 10, 30, tzinfo=UTC))


def read(name: str, form: str = "markdown") -> Account:
    (looked,) = look([File.of(name, (FILES / name).read_bytes())], form, defaults=DEFAULTS)
    assert looked.read.problems == []
    (account,) = looked.read.accounts
    return account


def of_text(text: str, *, form: str = "markdown", name: str = "x.md", **more):
    (looked,) = look([File(name, text)], form, defaults=DEFAULTS, **more)
    return looked.read


# Markdown ---------------------------------------------------------------------------------------
def test_the_template_of_the_sre_book():
    account = read("sre.md")

    assert account.title == "Sonnet search postmortem (incident #465)"
    assert account.summary.startswith("Search was down for 66 minutes")
    assert "Root Causes" not in account.summary
    assert account.factors == [
        "Cascading failure due to high load and a resource leak when a term was not in the corpus."
    ]
    assert account.trigger == "A latent bug triggered by a sudden increase in traffic."
    assert account.day == date(2015, 10, 21)
    assert account.is_published
    assert [promise.owner for promise in account.actions] == ["jennifer", "martym", "agoogler"]
    assert [promise.state for promise in account.actions] == ["done", "", ""]
    assert account.actions[1].ticket == "https://bugs.example.org/5554823"
    assert [goal for goal, _ in account.findings] == [Goal.RIGHT] * 2 + [Goal.WRONG] * 2
    assert account.luck == ["A mailing list of enthusiasts had a copy of the new sonnet"]
    assert len(account.events) == 6
    assert account.events[2].text == "OUTAGE BEGINS Search backends start melting down under load"
    assert account.events[0].moment.at == datetime(2015, 10, 21, 14, 51, tzinfo=UTC)
    assert account.notes == ["“Authors” was left out: it only names people."]
    assert "Directed traffic" in account.sections[Section.Kind.WHAT_HAPPENED]


def test_the_template_of_atlassian():
    account = read("atlassian.md")

    assert account.severity == "sev1"
    assert not account.is_published
    assert account.summary == "Between 10:02 and 11:40 UTC one in three cards was rejected."
    assert account.times["started"].at == datetime(2024, 3, 4, 10, 2, tzinfo=UTC)
    assert account.times["resolved"].at == datetime(2024, 3, 4, 11, 40, tzinfo=UTC)
    story = account.sections[Section.Kind.WHAT_HAPPENED]
    headings = [line for line in story.splitlines() if line.startswith("### ")]
    assert headings == [
        "### Leadup",
        "### Fault",
        "### Response",
        "### Recovery",
        "### Five whys",
        "### Backlog check",
        "### Recurrence",
    ]
    assert account.factors == ["The rule was tested with complete addresses only."]
    assert account.lessons == ["Test rules with what customers leave out."]
    assert [promise.state for promise in account.actions] == ["", "done"]
    assert [event.text for event in account.events][1] == "Support opens a ticket"


def test_the_template_of_pagerduty():
    account = read("pagerduty.md")

    assert account.title == "Mobile push notifications were late"
    assert account.factors == [
        "The certificate was renewed by hand.",
        "Nobody was told that it was about to expire.",
    ]
    assert account.findings == [
        (Goal.RIGHT, "The graph showed it at once"),
        (Goal.WRONG, "The runbook named a host that is gone"),
    ]
    assert "We are sorry" in account.sections[Section.Kind.TOGETHER]
    assert len(account.events) == 3
    told = str(account).replace(account.original, "")
    assert "Alex Chen" not in told.partition("original=")[0]


def test_the_template_of_gitlab():
    account = read("gitlab.md")

    assert account.severity == "sev2"
    assert account.is_published
    assert account.impact == "All users of shared runners"
    assert account.times["started"].at == datetime(2022, 8, 2, 9, 12, tzinfo=UTC)
    assert "Pipelines waited up to an hour." in account.summary
    assert "Requests Affected: 30 %" in account.summary
    assert "Describe what happened" not in account.summary
    assert account.sources == [
        ("https://tracker.example.org/production/7543",) * 2,
    ]
    assert account.actions[0].ticket == "https://tracker.example.org/infra/16209"


@pytest.mark.parametrize("name", ["sre.md", "atlassian.md", "pagerduty.md", "gitlab.md"])
def test_no_sentence_is_lost(name):
    account = read(name)
    original, account.original = account.original, ""
    sentences = re.findall(
        r"^(?:\*\*.+?:\*\*|[-*]|\d\.)? ?([A-Z][^*|:\n]+\.)$", original, re.MULTILINE
    )

    assert len(sentences) >= 3
    assert [words for words in sentences if words not in str(account)] == []


def test_a_time_in_doubt_stands_in_its_place_and_is_told_with_its_line():
    text = (
        "# Lost\n\n## Timeline\n\n- 2024-03-31 02:30 CET it began\n- 31/02/2024 10:05 it went on\n"
    )

    (account,) = of_text(text).accounts

    assert [event.text for event in account.events]
    assert [note for note in account.notes if note.startswith("Line 6: the time of ")]


def test_a_file_without_a_title_is_told_of():
    read_ = of_text("## Summary\n\nSomething happened.\n")

    assert [str(problem) for problem in read_.problems] == ["line 1: Not taken: there is no title."]


def test_a_severity_that_is_none_of_ours_takes_the_default_and_says_so():
    (account,) = of_text("# Lost\n\n**Severity:** purple\n").accounts

    assert account.severity == "sev3"
    assert account.notes == ["The severity “purple” is none of ours."]


def test_headings_inside_code_are_code():
    (account,) = of_text("# Lost\n\n## Summary\n\n```\n# comment\n```\n\nGone.\n").accounts

    assert account.summary == "```\n# comment\n```\n\nGone."


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("SEV-1", "sev1"), ("P2", "sev2"), ("S3", "sev3"), ("severity::4", "sev4"), ("0", "sev1"),
        ("5", "sev4"), ("Sev 2 (major)", "sev2"), ("Critical", "sev1"), ("minor", "sev4"),
        ("", ""), ("purple", ""),
    ],
)  # fmt: skip
def test_severities_of_others(text, severity):
    assert severity_of(text) == severity


# CSV ----------------------------------------------------------------------------------------------
def test_a_row_is_a_postmortem_and_its_columns_are_guessed():
    text = (
        "\ufeffReference,Title,Severity,Started at,Root cause,Action items,Review\r\n"
        'INC-1,"Checkout, slow",SEV1,2024-03-04T10:02:00Z,"Cold cache; no index",'
        '"Warm it; look\nAdd one",published\r\n'
    )

    (account,) = of_text(text, form="csv", name="x.csv").accounts

    assert account.title == "Checkout, slow"
    assert account.severity == "sev1"
    assert account.factors == ["Cold cache", "no index"]
    assert [promise.title for promise in account.actions] == ["Warm it; look", "Add one"]
    assert account.times["started"].at == datetime(2024, 3, 4, 10, 2, tzinfo=UTC)
    assert account.is_published


def test_a_bad_row_is_named_by_its_line_and_loses_nothing_of_the_others():
    rows = [f"Number {n},sev2" for n in range(1, 21)]
    rows[4] = ",sev2"
    rows[9] = "Number 10"
    rows[14] = '"Number\n15",purple'

    read_ = of_text("title,severity\n" + "\n".join(rows), form="csv", name="x.csv")

    assert len(read_.accounts) == 17
    assert [str(problem) for problem in read_.problems] == [
        "line 6: Not taken: there is no title.",
        "line 11: Not taken: it has 1 cells, and the first line 2.",
        "line 16: Not taken: the severity is none of 1 to 4.",
    ]


def test_the_same_row_twice_is_taken_once():
    read_ = of_text("id,title\n1,Lost\n1,Lost\n", form="csv", name="x.csv")

    assert len(read_.accounts) == 1
    assert str(read_.problems[0]) == "line 3: Not taken: it is the same as the one of line 2."


def test_columns_can_be_said():
    mapping = {"title": "Headline", "summary": "Text"}
    read_ = of_text("Headline,Text\nLost,It was gone.\n", form="csv", name="x.csv", mapping=mapping)

    assert read_.accounts[0].summary == "It was gone."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("a,b\n1,2\n", "no column is the title"),
        ('title\n"open\n', "line 2 is no CSV"),
        ("title\n\x00\n", "this is no text"),
        (",".join(["title"] * 300), "more than 20,000 rows or 200 columns"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(text, reason):
    read_ = of_text(text, form="csv", name="x.csv")

    assert read_.accounts == []
    assert reason in str(read_.problems[0])


@pytest.mark.parametrize("words", ["=1+1", "-5 hosts", "'quoted'", "@all", "＝x", "plain"])
def test_what_our_export_made_harmless_comes_back_as_it_was(words):
    assert table.restored(csv_lines.cell(words)) == words


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(NotUnderstood, match="there is no column “Nope”"):
        table.read("title\nx\n", mapping={"title": "title", "summary": "Nope"}, defaults=DEFAULTS)


# Morgue -------------------------------------------------------------------------------------------
def test_the_tables_of_morgue():
    (looked,) = look([File.of("m.json", (FILES / "morgue.json").read_bytes())], "morgue",
                     defaults=DEFAULTS)  # fmt: skip

    assert [str(problem) for problem in looked.read.problems] == [
        "line 2: Not taken: there is no title.",
        "line 3: Left out: it was deleted in Morgue.",
    ]
    photos, search = looked.read.accounts
    assert (photos.key, photos.severity, photos.tags) == ("morgue:7", "sev2", ["cache"])
    assert photos.summary == "Cold cache, slow photos."
    assert photos.sections == {Section.Kind.WHAT_HAPPENED: "The cache was cold after a restart."}
    assert photos.times["started"].at == datetime(2014, 2, 3, 13, 20, tzinfo=UTC)
    assert photos.surprises == ["We thought the cache was kept."]
    assert [promise.title for promise in photos.actions] == ["See OPS-12"]
    assert photos.sources == [("What members saw", "https://forum.example.org/t/1")]
    # A time of 0 is one that nobody knows.
    assert (search.times, search.day, search.severity) == ({}, None, "sev4")


def test_the_tables_of_morgue_as_csv():
    files = [
        File("dump/postmortems.csv", "id,title,summary,starttime,endtime,severity,deleted\n"
                                     "3,Lost,It was gone.,1391433600,0,1,0\n"),
        File("dump/tags.csv", "id,title,deleted\n4,dns,0\n"),
        File("dump/postmortem_referenced_tags.csv", "postmortem_id,tag_id,deleted\n3,4,0\n"),
    ]  # fmt: skip

    (looked,) = look(files, "morgue", defaults=DEFAULTS)

    (account,) = looked.read.accounts
    assert (account.title, account.severity, account.tags) == ("Lost", "sev1", ["dns"])


def test_an_empty_cell_of_mysql_says_nothing_and_a_row_is_named_by_its_first_line():
    text = (
        "id,title,summary,tldr,why_surprised,starttime,severity,deleted\n"
        '3,Lost,"It was gone.\nFor an hour.",NULL,\\N,NULL,NULL,0\n'
        '4,NULL,"Two\nlines",NULL,NULL,0,1,0\n'
    )

    (looked,) = look([File("postmortems.csv", text)], "morgue", defaults=DEFAULTS)

    (account,) = looked.read.accounts
    assert (account.summary, account.surprises) == ("It was gone.\nFor an hour.", [])
    assert (account.times, account.severity) == ({}, DEFAULTS.severity)
    assert [str(problem) for problem in looked.read.problems] == [
        "line 4: Not taken: there is no title."
    ]


def test_what_is_no_row_of_morgue_holds_up_no_other():
    file = File("m.json", '{"postmortems": [1, {"id": 7, "title": "Slow photos"}]}')

    (looked,) = look([file], "morgue", defaults=DEFAULTS)

    assert [account.title for account in looked.read.accounts] == ["Slow photos"]
    (problem,) = looked.read.problems
    assert (problem.line, problem.words) == (1, "Not taken: it has no id.")


def test_a_day_that_does_not_exist_is_told():
    file = File("postmortem.md", "# Slow photos\n\nDate: 31.02.2025\n\n## Summary\n\nSlow.\n")

    (looked,) = look([file], "markdown", defaults=DEFAULTS)

    (account,) = looked.read.accounts
    assert account.day is None
    assert "The day was left out: “31.02.2025” could not be read as a time." in account.notes


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("m.json", "{", "this is no JSON"),
        ("m.json", "{}", "no table “postmortems”"),
        ("m.json", '{"postmortems": 1}', "is no list of rows"),
        ("x.csv", "id\n1\n", "nor called by a table of Morgue"),
        ("m.json", "[" * 100_000, "this is no JSON"),
    ],
)
def test_what_is_no_morgue_is_refused(name, text, reason):
    (looked,) = look([File(name, text)], "morgue", defaults=DEFAULTS)

    assert looked.read.accounts == []
    assert reason in str(looked.read.problems[0])


def test_reasons_are_in_the_language_of_the_page():
    rows = "title,severity,started\n,9,\nKept,2,soonish\nCut\n"
    with translation.override("sv"):
        read_ = of_text(rows, form="csv", name="x.csv")

    assert [problem.words for problem in read_.problems] == [
        "Inte hämtat: det finns ingen titel; allvarlighetsgraden är ingen av 1 till 4.",
        "Inte hämtat: den har 1 celler, och den första raden 3.",
    ]
    assert read_.accounts[0].notes == [
        "Tiden för ”started” förblir okänd: ”soonish” gick inte att läsa som en tid."
    ]
