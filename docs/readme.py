"""The README as a package index shows it, which has none of the files beside it.

While a package is built, links to files of the repository become addresses below ``url`` of ``setup.cfg``, at the tag
of the version. Without an ``url`` there is no such address: pictures are left out, and links become their words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setuptools.command.egg_info import egg_info

if TYPE_CHECKING:
    from collections.abc import Callable

_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)")


def for_index(text: str, url: str | None, version: str) -> str:
    """Return the text of a README with absolute links, or with none.

    Examples
    --------
    >>> for_index("![A plot](docs/plot.png) of [this](docs/this.md#it)", "https://code.example/me/it", "1.0")
    '![A plot](https://code.example/me/it/raw/v1.0/docs/plot.png) of [this](https://code.example/me/it/blob/v1.0/docs/this.md#it)'
    >>> for_index("![A plot](docs/plot.png)See [this](docs/this.md)", None, "1.0")
    'See this'
    """
    return _LINK.sub(_absolute(url.rstrip("/"), version) if url else _bare, text)


def _absolute(url: str, version: str) -> Callable[[re.Match[str]], str]:
    def link(found: re.Match[str]) -> str:
        mark, words, path = found.groups()
        return f"{mark}[{words}]({url}/{'raw' if mark else 'blob'}/v{version}/{path})"

    return link


def _bare(found: re.Match[str]) -> str:
    mark, words, _ = found.groups()
    return "" if mark else words


class IndexReadme(egg_info):
    """Writes the metadata of a package with the README for an index."""

    def finalize_options(self) -> None:
        """Take the README that ``setup.cfg`` names, and make its links absolute."""
        super().finalize_options()
        metadata = self.distribution.metadata
        metadata.long_description = for_index(
            metadata.long_description or "", metadata.url, metadata.version or ""
        )
