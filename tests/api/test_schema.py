"""schemathesis makes requests up from the description, right and wrong ones, alone and in chains.

Most of them name what is there, so that they come further than to a 404. API_CASES is how many
it makes up for each operation at most (5). With `API_CASES=100` they are thousands, and every
combination of limits is tried, too, which takes minutes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from postmortems.models import FactorCategory
from tests.api.calling import make_secret
from tests.authorisation.world import Side
from tests.make import (
    make_question,
    make_service,
    make_team,
    make_user,
)

CASES = os.environ.get("API_CASES", "")
PHASES = "examples,coverage,fuzzing,stateful" if CASES else "examples,fuzzing,stateful"
_HERE = Path(__file__).resolve().parent
#: Finding the shortest of many equal failures takes long and says no more.
_OPTIONS = (
    "--request-timeout",
    "60",
    "--wait-for-schema",
    "60",
    "--no-shrink",
    "--seed",
    "1",
    "--workers",
    "1",
    "--no-color",
    "--continue-on-failure",
)


#: By the place of a value: the dictionary it comes from most of the time.
_KNOWN = {
    "path.reference": "references",
    "path.pk": "events",
    "header.If-Match": "etags",
    "body.owner": "owners",
    "body.team": "teams",
    "body.services[*]": "services",
    "body.review": "references",
    "body.incident": "references",
}


def _settings(side: Side, folder: Path) -> Path:
    """The settings of schemathesis with what is there to be found."""
    known = {
        "references": [side.incident, side.told, side.action, side.own_action, side.parked,
                       side.lesson, side.fresh],
        "events": [side.event, side.others_event, side.first_event],
        "etags": ["*"],
        "owners": [side["F"].email, side["P"].email],
        "teams": [side.team.slug],
        "services": [side.service.slug],
    }  # fmt: skip
    lines = [(_HERE / "schemathesis.toml").read_text(), "[parameters]"]
    lines += [
        f'"{place}" = {{ dictionary = "{name}", probability = 0.8 }}'
        for place, name in _KNOWN.items()
    ]
    for name, values in known.items():
        listed = [
            value if isinstance(value, str) else getattr(value, "reference", value.pk)
            for value in values
        ]
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(listed)}"]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join(lines))
    return file


@pytest.fixture
def side(settings, transactional_db) -> Side:
    """One of everything, guided by F, who also manages its team."""
    settings.API_CALLS_PER_MINUTE = 1_000_000
    guide = make_user(name="Guide", is_in_facilitator_pool=True)
    people = {"F": guide, "G": guide} | {
        letter: make_user() for letter in ("P", "U", "X", "M", "elsewhere")
    }
    team = make_team(manager=guide, name="Storage", slug="storage")
    side = Side(
        team=team,
        words="what everybody here may read",
        people=people,
        number=4100,
        service=make_service(name="Lines", slug="lines", team=team),
        question=make_question(key="blast"),
    )
    # The catalogue of the migrations is gone after another test with transactions of its own.
    FactorCategory.objects.get_or_create(slug="testing", defaults={"name": "Testing"})
    side.fill(visibility="open")
    return side


def test_no_request_that_is_made_up_finds_a_failure(live_server, side, tmp_path, client):
    client.get("/api/openapi.json")  # the first call imports all operations

    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file",
            str(_settings(side, tmp_path)), "run", f"{live_server.url}/api/openapi.json",
            "--url", live_server.url, "--checks", "all", "--phases", PHASES,
            "--max-examples", CASES or "5",
            "--header", f"Authorization: Bearer {make_secret(side['F'])}", *_OPTIONS,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )  # fmt: skip
    told = done.stdout + done.stderr

    print(told[-1_500:])
    assert done.returncode == 0, told[-20_000:]
    made = int(re.search(r"([\d,]+) generated", told)[1].replace(",", ""))
    assert made > 100
