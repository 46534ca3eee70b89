"""Imports go one way: the contracts of pyproject.toml, checked as a test."""

import shutil
import subprocess
import sys
from pathlib import Path

from importlinter.api import read_configuration

ROOT = Path(__file__).resolve().parent.parent
# In a process of its own: the linter imports by the path, which a test must not bend for others.
CHECK = """
import importlinter.api
import sys
from importlinter.application.use_cases import lint_imports

kept = lint_imports(config_filename="pyproject.toml", cache_dir=None, no_logo=True)
sys.exit(0 if kept else 1)
"""


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHECK],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
    )


def test_every_app_is_in_the_layers():
    contract = read_configuration("pyproject.toml")["contracts_options"][0]
    layers = {name.strip() for line in contract["layers"] for name in line.split("|")}
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert layers == apps


def test_imports_go_down_only():
    found = check(ROOT)

    assert found.returncode == 0, found.stdout + found.stderr


def test_a_planted_import_upwards_or_sideways_is_noticed(tmp_path):
    for app in ROOT.glob("*/apps.py"):
        shutil.copytree(
            app.parent, tmp_path / app.parent.name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in {
        "common/planted.py": "from people import models\n",
        "actions/planted.py": "def inside():\n    from lessons import models\n",
    }.items():
        (tmp_path / name).write_text(line)
        found = check(tmp_path)
        (tmp_path / name).unlink()

        assert found.returncode == 1, found.stdout + found.stderr
        assert f"{name.removesuffix('.py').replace('/', '.')} -> " in found.stdout
