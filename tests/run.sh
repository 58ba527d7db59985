#!/usr/bin/env bash
# Sets up a virtual environment in .venv, checks the style and runs the tests.
# Arguments go to pytest, for example: tests/run.sh -m thorough
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ ! -x .venv/bin/ruff ] || [ ! -x .venv/bin/ganzoo ]; then
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test,serving]'
fi
.venv/bin/ruff check .
.venv/bin/ruff format --check .
exec .venv/bin/python -m pytest "$@"
