"""What every page loads: a style sheet of Tabler and ours, and our modules in one script."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from common import bundles

ROOT = Path(__file__).resolve().parent.parent


def found(name: str) -> str:
    return Path(finders.find(name)).read_text()


# Style --------------------------------------------------------------------------------------------
TABLER = """@charset "UTF-8";/*! Licensed under MIT */
:root{--t-a:var(--t-b);--t-b:1px;--t-c:2px;--t-e:var(--t-c)}.btn,.toast{margin:var(--t-a)}.toast{color:red}.btn:not(.toast){color:blue}
[data-t-kind=a],[data-other]{left:0}
@media (min-width:9px){.toast{margin:0}}@media print{.btn,.toast{margin:0}}a{top:var(--t-d,0)}"""


def test_what_no_class_of_ours_asks_for_is_left_out_and_the_order_stays():
    sheet = bundles.style(TABLER, "/* Ours */\n.btn {\n  top: 0; }\n", words={"btn", "data-other"})

    assert sheet == (
        '@charset "UTF-8";/*! Licensed under MIT */:root{--t-a:var(--t-b);--t-b:1px;}'
        ".btn{margin:var(--t-a)}.btn:not(.toast){color:blue}[data-other]{left:0}"
        "@media print{.btn{margin:0}}a{top:var(--t-d,0)} .btn { top: 0; } "
    )


def test_every_class_of_the_templates_that_tabler_dresses_is_dressed():
    dressed = re.compile(r"\.([a-z][\w-]*)")
    tabler = set(dressed.findall((ROOT / "static/vendor/tabler/tabler.min.css").read_text()))
    attributes = re.compile(r'class="((?:[^"{]|{{.*?}}|{%.*?%})*)"')
    named = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for attribute in attributes.findall(path.read_text())
        for name in re.findall(r"[a-z][\w-]*", attribute)
    }

    assert len(named & tabler) > 100
    assert (named & tabler) - set(dressed.findall(found(bundles.STYLE))) == set()


def test_the_sheet_is_a_part_of_what_it_is_made_of():
    tabler = (ROOT / "static/vendor/tabler/tabler.min.css").read_text()

    assert len(found(bundles.STYLE)) < len(tabler) / 2
    assert found(bundles.STYLE).count("{") == found(bundles.STYLE).count("}")


# Script -------------------------------------------------------------------------------------------
def modules(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_a_module_stands_once_after_what_it_needs_with_names_of_its_own(tmp_path):
    folder = modules(
        tmp_path,
        app='// All.\nimport "./one.js";\nimport "./two.js";\n',
        one='import { both } from "./shared.js";\n\nconst a = both;\n',
        two='import { both } from "./shared.js";\n\nconst a = 2;\n  // of both\nboth(a);\n',
        shared="export const both = (a) => a; // as it comes\n",
    )

    assert bundles.script(folder, "app.js") == (
        "const both = (a) => a; // as it comes\n"
        "{\n\nconst a = both;\n}\n{\n\nconst a = 2;\nboth(a);\n}\n{\n}\n"
    )


@pytest.mark.parametrize("line", ["import * as all from './other.js';", "export default 1;"])
def test_another_way_to_import_or_export_is_noticed(tmp_path, line):
    with pytest.raises(ValueError, match=r"app\.js: write imports and exports as"):
        bundles.script(modules(tmp_path, app=f"{line}\n"), "app.js")


def test_the_script_of_pages_has_every_module_that_app_js_names():
    named = re.findall(r'"\./([\w-]+\.js)"', (ROOT / "static/js/app.js").read_text())
    script = found(bundles.SCRIPT)

    for name in named:
        last = (ROOT / "static/js" / name).read_text().rstrip().splitlines()[-2:]
        assert "\n".join(last) in script


# Found --------------------------------------------------------------------------------------------
def test_they_are_listed_beside_all_other_files():
    listed = {name for finder in finders.get_finders() for name, _ in finder.list([])}

    assert {bundles.STYLE, bundles.SCRIPT, "css/app.css", "js/try.js"} <= listed
    assert finders.find("css/other.css") is None


def test_they_are_made_anew_when_a_source_changes(tmp_path, monkeypatch):
    ours = tmp_path / "app.css"
    ours.write_text(".one { top: 0; }")
    monkeypatch.setattr(bundles, "_OURS", ours)
    finder = bundles.BundleFinder()
    before = Path(finder.find(bundles.STYLE)).read_text()
    ours.write_text(".two { top: 0; }")
    later = ours.stat().st_mtime_ns + 1_000_000_000_000
    os.utime(ours, ns=(later, later))

    assert before.endswith(".one { top: 0; }")
    assert Path(finder.find(bundles.STYLE)).read_text().endswith(".two { top: 0; }")
