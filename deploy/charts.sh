#!/bin/sh
# Build the chart bundle where npm is there. Without it the tables on the pages stand alone.
cd "$(dirname "$0")/.." || exit
built=static/build/echarts.js
[ -f package.json ] || exit 0
if [ -f "$built" ] && [ -z "$(find package.json package-lock.json static/src -newer "$built" 2>/dev/null)" ]; then
    exit 0
fi
if ! command -v npm >/dev/null; then
    echo "npm is not installed: the pages show tables without charts."
    exit 0
fi
echo "Building the charts …"
log=$(mktemp)
if npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1 && npm run build >>"$log" 2>&1; then
    touch "$built"
else
    echo "The charts could not be built, the pages show tables without them: $(grep -m 1 -i error "$log")"
fi
rm -f "$log"
