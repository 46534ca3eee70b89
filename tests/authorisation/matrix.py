"""Reads tests/authorisation_matrix.txt: who may do what, as data."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "authorisation_matrix.txt"
#: The columns after A (anonymous): member, participant, author, facilitator, manager of the owning
#: team, manager elsewhere, administrator.
ROLES = "MPUFGXD"
#: The columns of tokens, whose owner may do it: one that reads, that writes, and that files.
TOKENS = "rwo"
CODES = set("YNHL.")


def read(text: str) -> dict[str, dict[str, str]]:
    """{"incident: read": {"A": "L", "M": "Y", …}} of every `object: verb`. Raises ValueError."""
    rows: dict[str, dict[str, str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        codes, _, names = line.partition("|")
        anonymous, people, tokens = codes.split()
        if len(people) != len(ROLES) or len(tokens) != 3 or not set(anonymous + people) <= CODES:
            raise ValueError(f"line {number}: {codes!r} is not one code for each column")
        answers = {"A": anonymous} | dict(zip(ROLES, people, strict=True))
        for group in names.split(";"):
            subject, _, verbs = group.strip().partition(":")
            for verb in verbs.split(","):
                row = f"{subject.strip()}: {verb.strip()}"
                if row in rows:
                    raise ValueError(f"line {number}: {row!r} stands there twice")
                rows[row] = answers
    return rows


MATRIX = read(FILE.read_text(encoding="utf-8"))


def read_tokens(text: str) -> dict[str, dict[str, str]]:
    """{"incident: edit": {"r": "N", "w": "Y", "o": "N"}, …} of the verbs that tokens have."""
    codes = {
        line.partition("|")[2]: line.partition("|")[0].split()[2]
        for line in text.splitlines()
        if "|" in line and not line.startswith("#")
    }
    return {
        row: dict(zip(TOKENS, tokens, strict=True))
        for names, tokens in codes.items()
        if tokens != "---"
        for row in read(f"L NNNNNNN --- |{names}")
    }


_TOKEN_MATRIX = read_tokens(FILE.read_text(encoding="utf-8"))


def of_tokens(row: str) -> dict[str, str]:
    """Verbs that the matrix leaves open for tokens are for those that write, where their owner
    (F, as in tests/test_authorisation.py) may. Nothing restricted exists for the others."""
    refused = "H" if row.startswith("restricted.") else "N"
    return _TOKEN_MATRIX.get(row, {"r": refused, "w": MATRIX[row]["F"], "o": refused})
