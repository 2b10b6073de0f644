#!/usr/bin/env bash
# Puts the node modules of package-lock.json into FOLDER; does nothing when they are there already.
#   peers.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for program in node npm; do
  command -v "$program" >/dev/null || { echo "peers.sh: no $program; run script/setup --tests" >&2; exit 1; }
done
mkdir -p "$1"
cd "$1"
if cmp -s "$here/package-lock.json" installed.json; then exit 0; fi
cp "$here/package.json" "$here/package-lock.json" .
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
cp package-lock.json installed.json # Last: now they are whole.
