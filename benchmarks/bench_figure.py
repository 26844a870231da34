"""How long a logo of 512 bases takes to lay out and to write as an image and as a drawing."""

import io
import time

from captum_dna.render.figure.figure import figure
from tests.fake_attributions import make

LENGTH, REPEATS = 512, 5


def main() -> None:
    item = make(LENGTH)
    print(f"{LENGTH} bases in one row, best of {REPEATS}")
    for kind in ("png", "svg", "pdf"):
        seconds = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            figure(item, rows=1).savefig(io.BytesIO(), format=kind, dpi=150)
            seconds.append(time.perf_counter() - began)
        print(f"{kind} {min(seconds):.3f} s")


if __name__ == "__main__":
    main()
