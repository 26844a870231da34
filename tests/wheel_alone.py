"""What must hold where the wheel alone is (`make wheel`): it has the browser's files and the bundled model, and works."""

from __future__ import annotations

from importlib.resources import files

import captum_dna


def main() -> None:
    assert "alone" in captum_dna.__file__, captum_dna.__file__
    assert files("captum_dna.static").joinpath("element", "dna-view.js").is_file()
    assert files("captum_dna.static").joinpath("viewer").is_dir()
    assert any(f.name.endswith(".html") for f in files("captum_dna.templates").iterdir())
    assert captum_dna.load("demo").predict("ACGTTGCATATAAAAGGCATGCCA" * 4).shape == (1, 2)


if __name__ == "__main__":
    main()
