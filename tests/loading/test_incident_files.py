"""Which files are refused, and in which words."""

import json
import os
import re
from pathlib import Path

import pytest

from config.loading.files import MAX_BYTES, differing_keys, look_at, read
from config.loading.schema import INCIDENT_FILE
from config.loading.specs import keys
from tests.loading.files import SLUG, checked, full_file, replaced, without, written

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = ROOT / "config" / "demo_data" / "incidents"


def test_the_thirty_files_of_the_demo_are_good():
    files = look_at([DEMO])

    assert [file.path.name for file in files if file.problems] == []
    assert len(files) == 30


def test_a_full_file_is_good(tmp_path):
    assert checked(tmp_path, full_file()).problems == ()


WRONG_VALUES = [
    ("schema_version", 2, "is the number 2; this version reads 1."),
    ("schema_version", True, "is true; this version reads 1."),
    ("slug", "Example", "is 'Example'; write lower-case words joined by hyphens."),
    ("slug", "another-one", f"is 'another-one'; it is the file's name, '{SLUG}'."),
    ("title", "", "is empty; write text."),
    ("title", "  ", "is empty; write text."),
    ("title", None, "is null; write text."),
    ("title", ["a"], "is a list; write text."),
    ("title", {}, "is an object; write text."),
    ("title", 7, "is the number 7; write text."),
    ("title", "x" * 201, "has 201 characters; at most 200 are kept."),
    ("title", "two\nlines", "has a line break; write it on one line."),
    ("organisation", "x" * 121, "has 121 characters; at most 120 are kept."),
    ("summary", "x" * 64_001, "has 64,001 characters; at most 64,000 are kept."),
    ("summary", "a\x00b", "holds a character that is no text (a control code or half a pair)."),
    ("summary", "\ud800", "holds a character that is no text (a control code or half a pair)."),
    ("kind", "outage", "is 'outage'; write one of incident, near_miss, game_day."),
    ("kind", [], "is a list; write one of incident, near_miss, game_day."),
    ("severity", "sev1", "is 'sev1'; write one of SEV1, SEV2, SEV3, SEV4."),
    ("date", "2021-02-30", "is '2021-02-30'; write a date, a month or a year: "),
    ("date", "04.03.2021", "is '04.03.2021'; write a date, a month or a year: "),
    ("date", "0000", "is '0000'; write a date, a month or a year: "),
    ("date", 2021, "is the number 2021; write a date, a month or a year: "),
    ("timezone", "Mars/Base", "is 'Mars/Base'; write the name of a time zone, such as "),
    ("timezone", "+01:00", "is '+01:00'; write the name of a time zone, such as "),
    ("services", [], "is empty; at least one entry is needed."),
    ("services", "Index", "is 'Index'; write a list."),
    ("services[0]", "", "is empty; write text."),
    ("services[1]", "INDEX OF PAGES", "is 'INDEX OF PAGES' a second time."),
    ("impact", "big", "is 'big'; write an object."),
    ("impact.text", None, "is null; write text."),
    ("impact.numbers[0].value", "4711", "is '4711'; write a number."),
    ("impact.numbers[0].value", True, "is true; write a number."),
    ("impact.numbers[0].value", None, "is null; write a number."),
    ("impact.numbers[0].value", 10**18, "is too large; at most 18 digits before the point "),
    ("impact.numbers[0].value", 0.1234567, "is too fine; at most 6 decimals are kept."),
    ("impact.numbers[0].qualifier", "about", "is 'about'; write one of exact, approx, "),
    ("impact.numbers[0].label", "x" * 161, "has 161 characters; at most 160 are kept."),
    ("impact.numbers[0].unit", None, "is null; write text."),
    ("started_at", "2021-03-04 09:01", "is '2021-03-04 09:01'; write ISO 8601 with seconds and "),
    ("started_at", "2021-03-04T09:01:00", "is '2021-03-04T09:01:00'; write ISO 8601 with "),
    ("started_at", "2021-02-29T09:01:00+01:00", "is '2021-02-29T09:01:00+01:00', which is not in "),
    ("started_at", "0001-01-01T00:00:00+14:00", "is '0001-01-01T00:00:00+14:00', which is not "),
    ("started_at", "2021-03-04T09:01:00+23:00", "is '2021-03-04T09:01:00+23:00'; no place had "),
    ("started_at", "2021-03-04T09:01:00+01:07", "is '2021-03-04T09:01:00+01:07'; no place had "),
    ("started_at", 1614844860, "is the number 1614844860; write ISO 8601 with seconds and offset"),
    ("detected_at", "2021-03-04T09:00:00+01:00", "is 2021-03-04T09:00:00+01:00, before started_at"),
    ("resolved_at", "2021-03-04T10:22:59+01:00", "is 2021-03-04T10:22:59+01:00, before mitigated"),
    ("approximate[0]", "acknowledged_at", "is 'acknowledged_at'; write one of started_at, "),
    ("timeline", [], "is empty; at least one entry is needed."),
    ("timeline[0]", "x", "is 'x'; write an object."),
    ("timeline[0].kind", "diagnosis", "is 'diagnosis'; write one of trigger, detection, "),
    ("timeline[0].precision", "exact", "is 'exact'; write one of minute, approximate, "),
    ("timeline[0].precision", "date", "is 'date' beside a time; write one of minute, "),
    ("timeline[1].precision", "minute", "is 'minute' without a time; write date, month or "),
    ("timeline[1].precision", "date", "is 'date' without a day; write unknown."),
    ("timeline[0].on", "2021-03-05", "is '2021-03-05', but the time is on 2021-03-04."),
    ("timeline[0].on", None, "is null, but the time is on 2021-03-04."),
    ("timeline[2].at", "2021-03-04T09:01:59+01:00", "is 2021-03-04T09:01:59+01:00, before the "),
    ("timeline[0].text", "", "is empty; write text."),
    ("review.went_right", [], "is empty; at least one entry is needed."),
    ("review.went_wrong[0].what", 3, "is the number 3; write text."),
    ("review.went_wrong[0].alternative_or_safety_measure", None, "is null; write text."),
    ("contributing_factors[0].category", "people", "is 'people'; write one of architecture, "),
    ("contributing_factors[0].text", "x" * 501, "has 501 characters; at most 500 are kept."),
    ("actions[0].kind", "other", "is 'other'; write one of telemetry, automated_test, "),
    ("actions[0].owner_stated", "yes", "is 'yes'; write true or false."),
    ("actions[0].owner_stated", 1, "is the number 1; write true or false."),
    ("actions[0].status", "closed", "is 'closed'; write one of open, planned, in_progress, done."),
    ("actions[0].origin", "here", "is 'here'; write one of source, editor."),
    ("actions[0].owner", "x" * 121, "has 121 characters; at most 120 are kept."),
    ("lessons[0].tags", [], "is empty; at least one entry is needed."),
    ("lessons[0].tags[0]", "Disk", "is 'Disk'; write it in lower case."),
    ("lessons[0].tags[1]", "disk-levels", "is 'disk-levels' a second time."),
    ("lessons[0].tags[1]", "ディスク", "is 'ディスク'; use a letter from a to z or a digit."),
    ("unknown[0]", "x" * 501, "has 501 characters; at most 500 are kept."),
    ("unknown", None, "is null; write a list."),
    ("editor_notes", "", "is empty; write text."),
    ("source.url", "ftp://example.org", "is 'ftp://example.org'; write an address that starts "),
    ("source.url", "https://", "is 'https://'; write an address that starts with https://."),
    ("source.url", "https://exa mple.org", "is 'https://exa mple.org'; write an address that "),
    ("source.url", "https://[::1", "is 'https://[::1'; write an address that starts with"),
    ("source.url", "https://example.org/" + "x" * 500, "has 520 characters; at most 500 are kept."),
    ("source.published", "April", "is 'April'; write a date, a month or a year: "),
    ("source.also", None, "is null; write a list."),
    ("source.also[0]", "https://example.org", "is 'https://example.org'; write an object."),
]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    WRONG_VALUES,
    ids=[f"{key}-{number}" for number, (key, _, _) in enumerate(WRONG_VALUES)],
)
def test_a_wrong_value_is_named_with_its_key_and_reason(tmp_path, key, value, reason):
    file = checked(tmp_path, replaced(full_file(), key, value))

    assert [problem.key for problem in file.problems] == [key]
    assert file.problems[0].reason.startswith(reason)


def paths_of(value, key=""):
    """Every key in the data, with numbers: timeline[0].at."""
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{key}.{name}" if key else name
            yield path
            yield from paths_of(inner, path)
    elif isinstance(value, list) and value:
        yield from paths_of(value[0], f"{key}[0]")


@pytest.mark.parametrize("key", list(paths_of(full_file())))
def test_every_key_is_needed(tmp_path, key):
    problems = checked(tmp_path, without(full_file(), key)).problems

    assert [(problem.key, problem.reason) for problem in problems] == [
        (key, "is missing; every key is always present.")
    ]


@pytest.mark.parametrize(
    "key",
    ["extra", "impact.extra", "timeline[1].extra", "review.root_cause", "source.also[0].extra"],
)
def test_a_key_that_is_not_in_the_schema_is_refused(tmp_path, key):
    problems = checked(tmp_path, replaced(full_file(), key, "x")).problems

    assert [problem.key for problem in problems] == [key]
    assert problems[0].reason.startswith("is not a key of the schema; it has ")


@pytest.mark.parametrize(
    ("inside", "key"), [("", "title"), ('"impact": {"text": "a", ', "impact.text")]
)
def test_a_key_written_twice_is_refused(tmp_path, inside, key):
    text = json.dumps(full_file())
    if inside:
        text = text.replace('"impact": {', inside)
    else:
        text = text.replace("{", '{"title": "Another", ', 1)
    problems = checked(tmp_path, text).problems

    assert [str(problem) for problem in problems] == [
        f"{key}: is written twice in the same object; keep one."
    ]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_refused(tmp_path, word):
    text = json.dumps(full_file()).replace("4711", word)

    assert [str(problem) for problem in checked(tmp_path, text).problems] == [
        f"impact.numbers[0].value: is {word}; write a number."
    ]


@pytest.mark.parametrize("number", ["1e400", "1e999999999999", "9" * 5000])
def test_a_number_beyond_the_column_is_refused(tmp_path, number):
    text = json.dumps(full_file()).replace("4711", number)
    problems = checked(tmp_path, text).problems

    assert [problem.key for problem in problems] == ["impact.numbers[0].value"]


def test_a_number_keeps_every_digit_it_has(tmp_path):
    text = json.dumps(full_file()).replace("4711", "123456789012345678.123456")
    file = checked(tmp_path, text)

    assert file.problems == ()
    assert str(file.data["impact"]["numbers"][0]["value"]) == "123456789012345678.123456"


def test_digits_too_fine_to_see_are_still_refused(tmp_path):
    text = json.dumps(full_file()).replace("4711", "0.12345600000000000000000000000000000001")

    assert [problem.reason for problem in checked(tmp_path, text).problems] == [
        "is too fine; at most 6 decimals are kept."
    ]


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    data = replaced(replaced(full_file(), "kind", "outage"), "timeline[2].at", "noon")
    problems = checked(tmp_path, without(data, "basis")).problems

    assert {problem.key for problem in problems} == {"kind", "timeline[2].at", "basis"}


def test_a_milestone_named_approximate_must_be_known(tmp_path):
    data = replaced(full_file(), "detected_at", None)

    assert [str(problem) for problem in checked(tmp_path, data).problems] == [
        "approximate[0]: names detected_at, which is null."
    ]


UNREADABLE = [
    (b"", "is empty."),
    (b" \n", "is empty."),
    (b"{", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2."),
    (b"not json", "is not JSON: Expecting value at line 1, column 1."),
    (b"{'a': 1}", "is not JSON: Expecting property name enclosed in double quotes at line 1, "),
    (b'{"a": 1,}', "is not JSON: "),
    (b'{"title": "caf\xe9"}', "is not UTF-8: byte 15 starts no character."),
    ('{"title": "x"}'.encode("utf-16"), "is not UTF-8: byte 1 starts no character."),
    (b"[" * 200_000, "is nested too deeply to be an incident."),
    (b" " * MAX_BYTES + b"{}", "has more than 1,000,000 bytes; one incident takes a few thousand."),
]


@pytest.mark.parametrize(
    ("content", "reason"), UNREADABLE, ids=[str(n) for n in range(len(UNREADABLE))]
)
def test_a_file_that_can_not_be_read_is_refused(tmp_path, content, reason):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    problems = read(path).problems

    assert len(problems) == 1
    assert str(problems[0]).startswith(reason)


@pytest.mark.parametrize("content", ["[]", "null", "3", '"text"', "true", "NaN"])
def test_json_that_is_no_object_is_refused(tmp_path, content):
    problems = checked(tmp_path, content).problems

    assert len(problems) == 1
    assert problems[0].reason.endswith("; write an object.")


def test_a_byte_order_mark_is_fine(tmp_path):
    path = tmp_path / f"{SLUG}.json"
    path.write_text(json.dumps(full_file()), encoding="utf-8-sig")

    assert read(path).problems == ()


def test_a_link_is_refused(tmp_path):
    written(tmp_path, full_file())
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / f"{SLUG}.json")

    refused = {file.path.name: [str(p) for p in file.problems] for file in look_at([tmp_path])}
    assert refused == {
        f"{SLUG}.json": [],
        "link.json": ["is a symbolic link; name the file itself."],
    }


def test_what_is_neither_file_nor_folder_is_refused(tmp_path):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)

    assert [str(problem) for problem in read(pipe).problems] == ["is neither a file nor a folder."]


def test_a_missing_path_an_empty_folder_and_another_type_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("{}")
    found = look_at([tmp_path / "gone.json", tmp_path, tmp_path / "notes.txt"])

    assert [str(file.problems[0]) for file in found] == [
        "can't be opened: no such file or directory.",
        "is a folder without any .json file.",
        "does not end in .json.",
    ]


def test_folders_are_read_to_the_bottom_and_files_once(tmp_path):
    (tmp_path / "inner").mkdir()
    first = written(tmp_path, full_file())
    written(tmp_path / "inner", replaced(full_file(), "slug", "other"), name="other.json")

    found = look_at([first, tmp_path, tmp_path / "inner" / "other.json"])
    assert [file.path.name for file in found] == [f"{SLUG}.json", "other.json"]
    assert [file.problems for file in found] == [(), ()]


def test_two_files_with_one_slug_are_refused_from_the_second_on(tmp_path):
    (tmp_path / "inner").mkdir()
    first = written(tmp_path, full_file())
    second = written(tmp_path / "inner", full_file())

    found = look_at([first, second])
    assert [[str(problem) for problem in file.problems] for file in found] == [
        [],
        [f"slug: is '{SLUG}', as in {first}; each incident comes once."],
    ]


def test_changed_keys_are_named():
    before, after = full_file(), full_file()
    replaced(after, "title", "Other")
    replaced(after, "timeline[0].text", "Other")
    replaced(after, "actions[0].owner_stated", 1)
    after["unknown"].append("More")
    del after["basis"]

    assert sorted(differing_keys(before, after)) == [
        "actions[0].owner_stated",
        "basis",
        "timeline[0].text",
        "title",
        "unknown (1 entries became 2)",
    ]


def test_the_documentation_names_every_key_of_the_schema_and_no_other():
    table = (ROOT / "docs" / "incident-files.md").read_text().split("## Where each key goes")[1]
    documented = re.findall(r"^\| `([^`]+)` \|", table.split("## Values")[0], re.MULTILINE)

    assert documented == list(keys(INCIDENT_FILE))
