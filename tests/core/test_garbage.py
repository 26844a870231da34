from __future__ import annotations

import subprocess
import sys

from captum_dna.core.garbage import OBJECTS

SAYS = (
    "import atexit, gc; atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 0)); {}"
)


def said(code):
    done = subprocess.run(
        [sys.executable, "-c", SAYS.format(code)], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-2:]


def test_only_a_program_of_our_own_looks_for_garbage_rarely():
    program = "from captum_dna import cli; import sys; sys.argv = ['captum-dna', '--version']; "
    assert said(program + "cli.run()") == [str(OBJECTS), "True"]
    assert said(program + "cli.main()") == said("pass")
