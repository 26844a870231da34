#!/bin/sh
# Type-check the JavaScript with the TypeScript compiler and lint it with Biome; npm brings both.
cd "$(dirname "$0")" || exit 1
if ! command -v npm >/dev/null; then
    [ -n "$CAPTUM_DNA_REQUIRE_NODE" ] && { echo "npm is missing, so the JavaScript was not checked." >&2; exit 1; }
    echo "npm is missing, so the JavaScript is not checked." >&2
    exit 0
fi
[ -d node_modules/typescript ] && [ -d node_modules/@biomejs ] || npm install --silent --no-save --no-package-lock || exit 1
npx tsc -p . && npx biome check --config-path=. ../../static .
