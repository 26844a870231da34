#!/bin/sh
# Type-check the JavaScript with the TypeScript compiler, which npm brings.
cd "$(dirname "$0")" || exit 1
if ! command -v npm >/dev/null; then
    [ -n "$CAPTUM_DNA_REQUIRE_NODE" ] && { echo "npm is missing, so the JavaScript was not type-checked." >&2; exit 1; }
    echo "npm is missing, so the JavaScript is not type-checked." >&2
    exit 0
fi
[ -d node_modules/typescript ] || npm install --silent --no-save --no-package-lock || exit 1
npx tsc -p .
