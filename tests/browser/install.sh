#!/bin/sh
# Find a Chromium for the browser tests, or install one where that is allowed; without one they are skipped, loudly.
python="$1"
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
"$python" -m playwright install chromium && exit 0
echo "No Chromium could be installed, so the browser tests are skipped: install one and run 'make test' again." >&2
