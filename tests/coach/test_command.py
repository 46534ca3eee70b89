"""manage.py coach: hints for a text, figures for labelled sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

SAMPLE = Path(__file__).parent / "sample.jsonl"


def run(path: Path, capsys, *more: str) -> str:
    call_command("coach", str(path), *more)
    return capsys.readouterr().out


def test_labelled_sentences_are_measured(capsys):
    printed = run(SAMPLE, capsys)

    assert "6 sentences" in printed
    assert "precision 1.000, recall 1.000, F1 1.000" in printed
    assert "macro-F1 over the labels: 1.000" in printed
    assert "Misses: 0" in printed


def test_a_miss_is_shown_with_both_labels(tmp_path, capsys):
    file = tmp_path / "more.jsonl"
    file.write_text(
        '{"text": "The fan failed.", "label": "blameful"}\n'
        '{"text": "The crew failed to look.", "label": "blameful"}\n'
    )

    printed = run(file, capsys)

    assert "precision 1.000, recall 0.500, F1 0.667" in printed
    assert "blameful read as blameless: The fan failed." in printed
    assert "The fan failed." not in run(file, capsys, "--quiet")


def test_the_projects_own_sample_stays_small():
    """It shows the form of the file; what decides is measured on sentences nobody here knows."""
    assert len(SAMPLE.read_text().splitlines()) <= 20


def test_a_text_gets_its_hints_with_line_and_column(tmp_path, capsys):
    file = tmp_path / "notes.md"
    file.write_text("# Notes\n\nAt noon the crew failed to look.\n")

    printed = run(file, capsys).splitlines()

    assert printed[0] == "3:18 blameful “failed to”"
    assert printed[-1] == "1 hint."


def test_a_better_wording_is_offered_where_there_is_one(tmp_path, capsys):
    file = tmp_path / "notes.md"
    file.write_text("The root cause was the old driver.\n")

    assert "    You could say: contributing factor" in run(file, capsys).splitlines()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no json", "Line 1 is not JSON"),
        (b'{"text": "a", "label": "blameless"}\n[]', 'Line 2 has no "text"'),
        (b'{"text": "a", "label": "rude"}', "Line 1 has the label 'rude'"),
        (b"\n\n", "holds no sentences"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_measured_says_why(tmp_path, content, message):
    file = tmp_path / "broken.jsonl"
    file.write_bytes(content)

    with pytest.raises(CommandError, match=message):
        call_command("coach", str(file))


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("coach", str(tmp_path / "nowhere.md"))
