#!/bin/sh
# Run tests with the lowest versions that setup.cfg allows, in an environment of its own (several gigabytes: the
# oldest PyTorch comes with its GPU libraries). Usage: sh tests/lowest.sh FOLDER [TESTS ...]
set -e
folder="$1"
shift
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet uv
"$folder/bin/uv" pip install --quiet --python "$folder/bin/python" --resolution lowest-direct '.[all]'
# What tests are run by is not what is tested.
"$folder/bin/uv" pip install --quiet --python "$folder/bin/python" \
    biopython 'duckdb==1.1.*' filelock 'hypothesis>=6.100' 'jsonschema>=4.18' 'polars==1.0.*' pybigtools \
    pytest pytest-timeout 'sentence-transformers>=6'
"$folder/bin/uv" pip uninstall --quiet --python "$folder/bin/python" captum_dna
"$folder/bin/uv" pip install --quiet --python "$folder/bin/python" --no-deps --editable .
[ $# -gt 0 ] || set -- tests/core tests/io tests/model tests/engine tests/pipeline tests/insights tests/laws
exec "$folder/bin/python" -m pytest -W default "$@"
