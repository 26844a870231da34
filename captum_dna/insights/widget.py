"""The viewer's picture as a notebook widget: the page's own parts, asking the kernel in place of a server."""

from __future__ import annotations

import json
import logging
import os
import threading
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from werkzeug.test import Client

from captum_dna.core.colours import variables
from captum_dna.core.packages import needs
from captum_dna.render.page import module
from captum_dna.render.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from anywidget import AnyWidget
    from flask import Flask

    from captum_dna.insights.viewer import Viewer

    Ask = Callable[[dict[str, Any]], dict[str, object]]

_EXECUTORS = (
    "nbconvert",
    "nbclient",
    "jupyter-execute",
    "papermill",
    "quarto",
    "jupyter-book",
    "myst",
    "nbmake",
)
"""Programs that run a notebook from its first cell to its last and write what comes of it."""

_STOPPED = "The viewer behind this widget was stopped. Run the cells that make it and show it again."


def picture_widget(app: Flask, viewer: Viewer, token: str | None, row: int) -> AnyWidget:
    """Return the widget that begins with one row of the viewer's first data set.

    Raises
    ------
    ImportError
        There is no anywidget; the sentence says how to get it.
    ValueError
        The row cannot be explained.
    """
    made = _widget_class()
    view = _explained(viewer, row)
    return made(_asking(app, viewer, token), view, str(row))


def executed_unseen() -> bool:
    """Whether the notebook is executed by a program that shows it to nobody meanwhile, such as ``nbconvert --execute``.

    What it writes would show the widget, which has no kernel there, in place of the picture.
    """
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdigit() or "JPY_SESSION_NAME" in os.environ:  # a server names its sessions
        return False
    try:
        import psutil

        words = psutil.Process(int(parent)).cmdline()
    except (ImportError, psutil.Error):
        return False
    return any(program in word for word in words for program in _EXECUTORS)


@cache
def style() -> str:
    """Return the page's styles and the widget's own, so that they apply inside the widget alone.

    The notebook has its own theme, so dark is what the widget says, not what the system does.
    """
    colors = f':scope {{ {variables("light")} }}\n:scope[data-theme="dark"] {{ {variables("dark")} }}\n'
    static = files("captum_dna.static")
    page = static.joinpath("viewer/viewer.css").read_text(encoding="utf-8")
    own = static.joinpath("widget/widget.css").read_text(encoding="utf-8")
    return f"@scope (.captum-dna) {{\n{colors}{page.replace(':root', ':scope')}{own}}}\n"


def _explained(viewer: Viewer, row: int) -> View:
    """Return the picture that a row has in the usual way; it stays when the kernel is gone."""
    how, sequence = viewer.how({}), viewer.sequence(viewer.first, row)
    work = viewer.jobs.look([sequence], how)
    if work is not None:
        while not work.ended.wait(1):  # in portions, so that Ctrl-C comes through on every system
            continue
    found = viewer.result(viewer.first, row, how)
    if found is None:
        message = None if work is None else work.message
        raise ValueError(
            f"{message or f'Sequence {sequence.name!r} could not be explained.'} The widget starts with a "
            "sequence that the model can read in one piece. Name another one: render('its name')."
        )
    return View(found)


def _asking(app: Flask, viewer: Viewer, token: str | None) -> Ask:
    """Return what answers a request of the widget as the viewer's own API does."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(content: dict[str, Any]) -> dict[str, object]:
        if viewer.jobs.worker.stopped:
            return {"id": content.get("id"), "status": 410, "body": {"error": _STOPPED}}
        method = str(content.get("method", "GET"))
        query = urlencode([(name, value) for name, value in content.get("query") or []])
        address = f"/api{content.get('path', '')}?{query}"
        data = None if method == "GET" else json.dumps(content.get("body"))
        response = Client(app).open(
            address, method=method, headers=headers, data=data, content_type="application/json"
        )
        return {"id": content.get("id"), "status": response.status_code, "body": json.loads(response.data)}

    return ask


@cache
def _widget_class() -> type[AnyWidget]:
    needs("anywidget", "notebook", "The widget")
    import anywidget
    import traitlets

    class PictureWidget(anywidget.AnyWidget):
        """One sequence at a time, explained, compared and mutated by the kernel.

        Parameters
        ----------
        ask
            Answers a request of the browser.
        view
            The picture that is left in the saved notebook.
        row
            The row that is shown first.
        """

        _esm = module("widget/widget.js")
        _css = style()
        row = traitlets.Unicode("0").tag(sync=True)

        def __init__(self, ask: Ask, view: View, row: str) -> None:
            super().__init__(row=row)
            self._ask, self._view = ask, view
            self.on_msg(self._asked)

        def __repr__(self) -> str:
            return repr(self._view)

        def _asked(self, _widget: object, content: object, _buffers: object) -> None:
            """Answer from a thread of its own, so that the kernel stays free for other cells."""
            threading.Thread(target=self._answer, args=(content,), daemon=True).start()

        def _answer(self, content: dict[str, object]) -> None:
            try:
                answer = self._ask(content)
            except Exception as error:
                logging.getLogger(__name__).exception("A request of the widget failed.")
                words = f"Internal error in the kernel: {type(error).__name__}: {error}"
                answer = {"id": content.get("id"), "status": 500, "body": {"error": words}}
            self.send(answer)

        def _repr_mimebundle_(
            self, include: Collection[str] | None = None, exclude: Collection[str] | None = None, **_: object
        ) -> tuple[dict[str, Any], dict[str, Any]]:
            """Return the widget, and beside it the picture for where there is no kernel."""
            still = self._view._repr_mimebundle_(include, exclude)
            if executed_unseen():
                return still, {}
            live, metadata = super()._repr_mimebundle_() or ({}, {})
            return live | still, metadata

    return PictureWidget
