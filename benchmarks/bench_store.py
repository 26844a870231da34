"""How long saving and loading of 10,000 results of 251 bases in 6-mers takes, and how large the file is.

A first small file loads what pyarrow loads once; seconds are those of the clock and of the processor.
"""

import tempfile
import time
from pathlib import Path

from captum_dna.io.parquet import load, save
from tests.fake_attributions import many

RESULTS = 10_000


def main() -> None:
    items = many(RESULTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.parquet"
        load(save(items[:10], path))
        for verb, call in (("save", lambda: save(items, path)), ("load", lambda: load(path))):
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            print(
                f"{verb} {time.perf_counter() - wall:.2f} s ({time.process_time() - cpu:.2f} s of processor)"
            )
        print(f"{RESULTS} results, {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
