#!/bin/sh
# Find a Chromium for the browser tests, or install one where that is allowed; without one they are skipped, loudly.
# Best is the headless shell, which Playwright itself prefers: the same engine, for a third of the time.
python="$1"
has() { command -v "$1" >/dev/null; }
install() {
    has apt-get && [ "$(id -u)" = 0 ] && apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null
}

has chromium-headless-shell && exit 0
install chromium-headless-shell && exit 0
if has chromium || has chromium-browser || has google-chrome; then exit 0; fi
install chromium && exit 0
"$python" -m playwright install chromium && exit 0
echo "No Chromium could be installed, so the browser tests are skipped: install one and run 'make test' again." >&2
