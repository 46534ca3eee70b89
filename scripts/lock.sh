#!/usr/bin/env bash
# Resolve the ranges in pyproject.toml into hashed locks (maintainers only; `make lock`).
# Needs uv. The locks hold no index address, so any mirror that serves the same files works.
# Pass --upgrade to move to the newest versions.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv is not installed. Try: pip install uv"; exit 1; }

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-header --no-config "$@"
}
compile pyproject.toml --output-file requirements.lock "${@}"
compile pyproject.toml --group dev --constraint requirements.lock \
    --output-file requirements-dev.lock "${@}"
if grep -nE '://|^-|/' requirements.lock requirements-dev.lock; then
    echo "A lock names an address or a path. Don't commit it."
    exit 1
fi
wc -l requirements.lock requirements-dev.lock
