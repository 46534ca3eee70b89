#!/usr/bin/env bash
# What the product is made of, and what is known about it (maintainers; `make audit`, `make sbom`).
# Tools of their own, in an environment of their own: they are no part of the product.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=.venv-supply
[ -x "$tools/bin/pip-audit" ] || {
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet 'pip-audit>=2.9,<3' 'cyclonedx-bom>=7,<8'
}
case "${1:-}" in
audit)
    # --strict: what could not be looked up is no good news.
    for lock in requirements.lock requirements-dev.lock; do
        "$tools/bin/pip-audit" --strict --disable-pip --requirement "$lock"
    done
    ;;
sbom)
    # What comes from npm is listed in static/vendor/MANIFEST.json, with sums.
    "$tools/bin/cyclonedx-py" requirements requirements.lock --pyproject pyproject.toml \
        --output-reproducible --output-format JSON --output-file sbom.json 2>/dev/null
    echo "sbom.json"
    ;;
*)
    echo "usage: $0 audit | sbom" >&2
    exit 2
    ;;
esac
