#!/bin/sh
# Put the last Captum that had Insights beside the installed one, without the dependencies that it pins (numpy below 2).
# Its server imports flask_compress, which imports brotli; what else it needs is installed anyway.
python="$1"
folder="$("$python" -c 'import sys; print(sys.prefix)')/captum-0.8.0"
[ -d "$folder/captum/insights" ] && [ -d "$folder/flask_compress" ] && exit 0
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$folder" \
    captum==0.8.0 flask-compress==1.25 brotli==1.2.1 && exit 0
echo "Captum 0.8.0 could not be installed, so the test inside its visualizer is skipped: run 'make test' again." >&2
