#!/usr/bin/env python3
"""Copy the front end's third-party files from npm into static/vendor (maintainers only).

    make vendor

Takes the named files and licences out of the packages below, writes one file of icons and a small
font for the first paint, and records name, version and SHA-256 of everything in
static/vendor/MANIFEST.json. The result is committed, so that nobody else needs npm. Needs npm, and
the .venv that `make test` installs.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"

TABLER = "@tabler/core"
ICONS = "@tabler/icons"
VERSIONS = {
    TABLER: "1.6.1",
    "@fontsource-variable/inter": "5.3.0",
    "@fontsource-variable/source-serif-4": "5.3.1",
    "htmx.org": "2.0.11",
    ICONS: "3.51.0",
}

# (package, file in the package) -> file in static/vendor
FILES = {
    (TABLER, "dist/css/tabler.min.css"): "tabler/tabler.min.css",
    ("@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2"): (
        "fonts/inter-latin-wght-normal.woff2"
    ),
    ("@fontsource-variable/inter", "LICENSE"): "fonts/LICENSE-inter.txt",
    ("@fontsource-variable/source-serif-4", "files/source-serif-4-latin-wght-normal.woff2"): (
        "fonts/source-serif-4-latin-wght-normal.woff2"
    ),
    ("@fontsource-variable/source-serif-4", "files/source-serif-4-latin-wght-italic.woff2"): (
        "fonts/source-serif-4-latin-wght-italic.woff2"
    ),
    ("@fontsource-variable/source-serif-4", "LICENSE"): "fonts/LICENSE-source-serif-4.txt",
    ("htmx.org", "dist/htmx.min.js"): "htmx/htmx.min.js",
    ("htmx.org", "LICENSE"): "htmx/LICENSE",
    (ICONS, "LICENSE"): "icons/LICENSE",
}

# What English and Swedish texts and our own words are written with; app.css has it, too.
INTER, ENGLISH = "fonts/inter-latin-wght-normal.woff2", "fonts/inter-english-wght-normal.woff2"
LETTERS = [
    *range(0x20, 0x7F), 0xA0, 0xB7, *map(ord, "ÄÅÉÖ×äåéö"), *range(0x2013, 0x2027),
    *range(0x2190, 0x2194), 0x2212,
]  # fmt: skip
WEIGHTS = (400, 700)

# Tabler outline icons by their own names.
ICON_NAMES = """
    activity adjustments-horizontal alert-circle alert-triangle archive arrow-back-up arrow-down
    arrow-left arrow-right arrow-up arrow-up-right arrows-sort bell bell-off bold bolt book-2
    bookmark broadcast bug building bulb calendar calendar-due calendar-event category chart-bar
    chart-dots chart-line check checkbox chevron-down chevron-left chevron-right chevron-up circle
    circle-check circle-dashed circle-x clipboard-check clock cloud cloud-check cloud-off code copy
    database device-desktop dots dots-vertical download ear edit eraser external-link eye eye-off
    file file-diff file-export file-text filter flag flask-2 folder git-branch git-compare
    grip-vertical hand-stop heading heart-handshake help-circle history home hourglass info-circle
    italic key keyboard language layout-kanban lifebuoy link link-off list list-check list-details
    list-numbers lock lock-open login logout mail menu-2 message-2 message-circle messages minus
    moon palette paperclip parking pencil photo pin player-pause player-play plug plus printer
    quote refresh report route rss search send server settings shield shield-check
    sort-ascending sort-descending square star strikethrough sun table tag target target-arrow
    thumb-up tool trash unlink upload user user-check user-off user-plus users users-group versions
    webhook world x zoom-question
""".split()
ALIASES = {"sort": "arrows-sort"}


def severity_bars(filled: int) -> str:
    """Four rising bars on a 24 x 24 canvas, the first `filled` of them solid."""
    bars = []
    for number, (x, y, height) in enumerate(
        [("2.0", "17.0", "5.0"), ("7.4", "12.5", "9.5"), ("12.8", "8.0", "14.0"),
         ("18.2", "3.5", "18.5")]
    ):  # fmt: skip
        faint = "" if number < filled else ' opacity=".28"'
        bars.append(
            f'<rect x="{x}" y="{y}" width="3.8" height="{height}" rx="1"'
            f' fill="currentColor" stroke="none"{faint}/>'
        )
    return "".join(bars)


# Our own pictures. The logo is drawn on 28 x 28 and coloured by the classes of app.css.
OWN_ICONS = {
    "sev1": severity_bars(4),
    "sev2": severity_bars(3),
    "sev3": severity_bars(2),
    "sev4": severity_bars(1),
    "logo": (
        '<rect class="f-brand" width="28" height="28" rx="8"/>'
        '<path class="logo-line" d="M7 12.5a7 7 0 0 1 14 0c0 3-1.8 4.6-3 6.2M11 13a3 3 0 0 1 6 0'
        'c0 2.4-3 3.4-3 6.2" fill="none" stroke-width="2.1" stroke-linecap="round"/>'
        '<circle class="logo-dot" cx="14" cy="22.4" r="1.4"/>'
    ),
}


def fetch(package: str, into: Path) -> tarfile.TarFile:
    """Download one package with npm and open its archive."""
    spec = f"{package}@{VERSIONS[package]}"
    print(f"npm pack {spec}", flush=True)
    done = subprocess.run(
        ["npm", "pack", "--json", spec], cwd=into, check=True, stdout=subprocess.PIPE, text=True
    )
    [packed] = json.loads(done.stdout)
    # npm names the archive "tabler-core-1.6.1.tgz" but some versions report "@tabler/core-…".
    name = packed["filename"].removeprefix("@").replace("/", "-")
    return tarfile.open(into / name)


def read(archive: tarfile.TarFile, path: str) -> bytes:
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise FileNotFoundError(path)
    return member.read()


def without_source_map(content: bytes) -> bytes:
    """Drop the pointer to a .map file we don't ship: hashed static names would fail on it."""
    content = re.sub(rb"\n?/\*# sourceMappingURL=[^*]*\*/\s*$", b"\n", content)
    return re.sub(rb"\n?//# sourceMappingURL=\S*\s*$", b"\n", content)


def in_english(font: bytes) -> bytes:
    """The font with LETTERS and WEIGHTS alone, which is what the first paint waits for."""
    wanted = subset.Options()
    wanted.layout_features = ["calt", "ccmp", "kern", "liga", "locl", "mark", "mkmk", "tnum"]
    letters = subset.Subsetter(wanted)
    letters.populate(unicodes=LETTERS)
    whole = TTFont(io.BytesIO(font), recalcTimestamp=False)
    letters.subset(whole)
    whole.flavor, plain = None, io.BytesIO()
    whole.save(plain)
    small = instancer.instantiateVariableFont(
        TTFont(plain, recalcTimestamp=False), {"wght": WEIGHTS}
    )
    small.flavor, packed = "woff2", io.BytesIO()
    small.save(packed)
    return packed.getvalue()


def inner_svg(svg: str) -> str:
    """The drawing inside <svg>…</svg>, on one line, without Tabler's invisible frame."""
    match = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if match is None:
        raise ValueError(f"not an SVG: {svg[:60]!r}")
    inner = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", match[1])
    return re.sub(r"\s*\n\s*", "", inner).replace(" />", "/>").strip()


def tabler_licence(css: bytes, mit: str) -> str:
    """Tabler's package carries no licence file: its own copyright lines above the MIT text."""
    lines = re.findall(r"\* (Copyright .+)", css[:600].decode())
    body = mit[mit.index("Permission is hereby granted") :]
    return "MIT License\n\n" + "\n".join(lines) + "\n\n" + body


def main() -> int:
    if shutil.which("npm") is None:
        print("npm is not installed. Install Node.js first; only maintainers need it.")
        return 1
    written: dict[str, tuple[str, str, bytes]] = {}
    with tempfile.TemporaryDirectory() as folder:
        archives = {package: fetch(package, Path(folder)) for package in VERSIONS}
        for (package, source), target in FILES.items():
            content = without_source_map(read(archives[package], source))
            written[target] = (package, VERSIONS[package], content)
        icons = {
            name: inner_svg(read(archives[ICONS], f"icons/outline/{name}.svg").decode())
            for name in ICON_NAMES
        }
        mit = read(archives[ICONS], "LICENSE").decode()
        for archive in archives.values():
            archive.close()
    package, version, inter = written[INTER]
    written[ENGLISH] = (package, version, in_english(inter))
    icons |= {alias: icons[name] for alias, name in ALIASES.items()}
    icons |= OWN_ICONS
    text = json.dumps(dict(sorted(icons.items())), indent=1, ensure_ascii=False) + "\n"
    written["icons/icons.json"] = (ICONS, VERSIONS[ICONS], text.encode())
    css = written["tabler/tabler.min.css"][2]
    licence = tabler_licence(css, mit).encode()
    written["tabler/LICENSE"] = (TABLER, VERSIONS[TABLER], licence)

    manifest = []
    for target, (package, version, content) in sorted(written.items()):
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        manifest.append({"file": target, "name": package, "version": version, "sha256": digest})
        print(f"{len(content):>8}  {target}")
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
