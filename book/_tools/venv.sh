#!/usr/bin/env bash
# Makes .venv with what requirements.txt pins, and does nothing where it has it.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=.venv
installed=$venv/requirements.installed   # a copy of what was installed, written last
is_right='import sys; sys.exit(sys.version_info[:2] != (3, 11))'

if ! "$venv/bin/python" -c "$is_right; import pip" 2>/dev/null; then
  python=
  for name in ${1:+"$1"} python3.11 python3 python; do
    if "$name" -c "$is_right" 2>/dev/null; then python=$name; break; fi
  done
  if [ -z "$python" ]; then
    echo "Python 3.11 not found: install it (Debian 12: apt-get install python3-venv; elsewhere: uv python install 3.11) or name it: make book PYTHON=/path/to/python3.11" >&2
    exit 1
  fi
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python cannot make an environment yet: on Debian, apt-get install python3-venv" >&2
    exit 1
  fi
  echo "making $venv with $("$python" --version)"
  "$python" -m venv --clear "$venv"
fi

if ! cmp -s requirements.txt "$installed"; then
  echo "installing requirements.txt into $venv (some minutes, once)"
  rm -f "$installed"
  quiet=; [ -t 1 ] || quiet=--quiet
  "$venv/bin/python" -m pip install --disable-pip-version-check --no-input $quiet -r requirements.txt
  cp requirements.txt "$installed.partial"
  mv "$installed.partial" "$installed"
fi

# The repository itself is on the path rather than installed: an edit counts at once.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
[ "$(cat "$site/unet-book.pth" 2>/dev/null)" = "$PWD" ] || echo "$PWD" > "$site/unet-book.pth"
