"""schemathesis makes requests up from the description, right and wrong ones, alone and in chains.

API_CASES is how many it makes up for each operation at most (2): `API_CASES=40` makes thousands.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from incidents.models import Incident
from tests.api.calling import make_secret
from tests.authorisation.world import Side
from tests.make import (
    make_question,
    make_service,
    make_team,
    make_user,
)

CASES = os.environ.get("API_CASES", "2")
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


@pytest.fixture
def program(settings, transactional_db) -> str:
    """The secret of somebody who guides one of everything, and manages its team."""
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
    side.fill(visibility="open")
    assert Incident.objects.count() > 2
    return make_secret(guide, "write")


def test_no_request_that_is_made_up_finds_a_failure(live_server, program, tmp_path, client):
    client.get("/api/openapi.json")  # the first call imports all operations

    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file",
            str(_HERE / "schemathesis.toml"), "run", f"{live_server.url}/api/openapi.json",
            "--url", live_server.url, "--checks", "all", "--max-examples", CASES,
            "--header", f"Authorization: Bearer {program}", *_OPTIONS,
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
