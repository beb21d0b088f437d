#!/bin/sh
# Installs everything into .venv, at the locked versions. Needs python3 (3.11 or newer) and nothing else: uv is taken
# from PATH when it is new enough, else fetched into .uv. No sudo, nothing outside of this folder but uv's cache.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.8
UV_OLDEST=0.9

# Modules without compiled bytecode take three times as long to import.
unset PYTHONDONTWRITEBYTECODE VIRTUAL_ENV UV_PROJECT_ENVIRONMENT PYTHONPATH PYTHONHOME || true

is_new_enough() { # a Python
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if is_new_enough "$name"; then
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  echo "No Python 3.11 or newer on PATH (found: $(python3 --version 2>&1 || echo none)). Install one and try again." >&2
  exit 1
}

uv_is_new_enough() { # a uv
  "$python" - "$("$1" --version 2>/dev/null)" "$UV_OLDEST" <<'END'
import re, sys
found, oldest = (tuple(map(int, re.findall(r"\d+", text)[:2])) for text in sys.argv[1:])
sys.exit(found < oldest)
END
}

fetch_uv() {
  echo "Fetching uv $UV_VERSION into .uv ..." >&2
  rm -rf .uv
  if "$python" -m venv .uv >/dev/null 2>&1; then
    .uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
  else # Debian's python3 comes without ensurepip
    rm -rf .uv
    "$python" -m pip install --quiet --disable-pip-version-check --target .uv "uv==$UV_VERSION" || {
      echo "This Python has neither venv nor pip. Install one of them (Debian: python3-venv) or uv, and try again." >&2
      exit 1
    }
  fi
}

python=$(find_python)
uv=$(command -v uv || true)
if [ -z "$uv" ] || ! uv_is_new_enough "$uv"; then
  uv=.uv/bin/uv
  if [ ! -x "$uv" ] || ! uv_is_new_enough "$uv"; then fetch_uv; fi
fi

echo "Installing the locked dependencies into .venv ..." >&2
UV_PYTHON_PREFERENCE=only-system "$uv" sync --frozen --compile-bytecode --python "$python" "$@"
