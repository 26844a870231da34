"""A real Jupyter server on a loopback port, which shows JupyterLab and Notebook 7, and a person at a notebook."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import nbformat

from tests.held import PATIENCE
from tests.person import Person

if TYPE_CHECKING:
    from pathlib import Path

KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
PLACES = {"jupyterlab": "lab/tree/{}?reset", "notebook": "notebooks/{}?"}
"""Where each program shows a notebook."""
READY = """window.jupyterapp.commands.hasCommand('notebook:run-all-cells')
  && window.jupyterapp.shell.currentWidget.context.isReady"""
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


class Lab:
    """JupyterLab and Notebook 7 of one server and one kernel, with all that they keep in one folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = secrets.token_hex(16)
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        self._setting("notification", QUIET)
        settings = {
            "HOME": folder,
            "IPYTHONDIR": folder / "ipython",
            "JUPYTER_CONFIG_DIR": folder / "config",
            "JUPYTER_DATA_DIR": folder / "data",
            "JUPYTER_RUNTIME_DIR": folder / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
            "OMP_NUM_THREADS": "1",
        }
        self.log = (folder / "lab.log").open("w")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1",
                "--ServerApp.port=0", f"--IdentityProvider.token={self.token}",
                f"--ServerApp.root_dir={self.notebooks}", "--LabApp.expose_app_in_browser=True",
                "--JupyterNotebookApp.expose_app_in_browser=True",
                *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            ],
            env=os.environ | {name: str(value) for name, value in settings.items()},
            stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.url = self._url()

    @cached_property
    def kernel(self) -> str:
        """The id of the kernel, which starts when it is first needed."""
        return self._post("kernels", {"name": "python3"})["id"]

    def _post(self, path: str, content: dict) -> dict:
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        asked = Request(f"{self.url}api/{path}", json.dumps(content).encode(), headers)  # noqa: S310 - our own
        with urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - our own
            return json.load(answer)

    def _url(self) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for path in (self.folder / "runtime").glob("jpserver-*.json"):
                if text := path.read_text():
                    return json.loads(text)["url"]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.close()
        raise RuntimeError(f"JupyterLab did not start: {(self.folder / 'lab.log').read_text()[-2000:]}")

    def _setting(self, name: str, content: dict) -> None:
        folder = self.folder / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jupyterlab-settings").write_text(json.dumps(content))

    def theme(self, name: str) -> None:
        self._setting("themes", {"theme": name})

    def notebook(self, name: str, *cells: str) -> Path:
        """Write a notebook of code cells, which run in the one kernel: what it imported serves all notebooks."""
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = self.notebooks / f"{name}.ipynb"
        nbformat.write(made, path)
        at = {"path": path.name, "name": path.name, "type": "notebook"}
        self._post("sessions", at | {"kernel": {"id": self.kernel}})
        return path

    def close(self) -> None:
        """End the server and its kernels, all of which are of one process group."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)  # asks it to end its kernels, too
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.log.close()


class Reader(Person):
    """A person at one notebook."""

    def __init__(self, lab: Lab, page, path: Path, program: str) -> None:
        self.lab, self.page, self.path, self.program = lab, page, path, program
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error.stack)))
        page.on("request", lambda request: self.requests.append(request.url))
        self.open()

    def open(self) -> None:
        place = PLACES[self.program].format(self.path.name)
        self.page.goto(f"{self.lab.url}{place}&token={self.lab.token}")
        self.page.locator(".jp-Notebook").wait_for()
        self.until(f"{KERNEL}?.connectionStatus === 'connected' && {KERNEL}.status === 'idle'")
        self.until(READY)

    def command(self, name: str) -> None:
        """Carry out one of Lab's own commands, as its menus do."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name).then(() => null)", name)

    def run(self) -> None:
        self.command("notebook:run-all-cells")

    def save(self) -> nbformat.NotebookNode:
        self.command("docmanager:save")
        return nbformat.read(self.path, as_version=4)

    @property
    def widget(self):
        return self.page.locator(".jp-OutputArea .captum-dna")

    @property
    def view(self):
        return self.widget.locator("dna-view")

    def pictured(self, words: str) -> str:
        """Wait until the picture says so, and return the words above it."""
        card = self.view.locator(".card")
        card.filter(has_text=words).wait_for()
        return card.inner_text()
