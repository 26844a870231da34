"""A format: a line with a name, a colon and letters."""

from captum_dna import Sequence
from captum_dna.io.formats import Reader


def _records(source):
    def records():
        with source.opener() as stream:
            for line in stream:
                name, _, letters = line.decode().strip().partition(":")
                yield Sequence(name, letters)

    return records


PLAIN = Reader(
    "plain", "names before colons", (".plain",), lambda start: b":" in start.splitlines()[0], _records
)
