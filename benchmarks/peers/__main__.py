"""`python -m benchmarks.peers`: install the peers, each in an environment of its own, at the versions measured last."""

import subprocess
import venv
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.peers import HOME, PEERS


def main(home: Annotated[Path, typer.Argument(help="Folder of the environments.")] = HOME) -> None:
    """Install Datasette, pygeoapi and tipg from their packages."""
    for peer in PEERS:
        venv.create(home / peer.NAME, with_pip=True)
        pip = home.resolve() / peer.NAME / "bin" / "pip"
        subprocess.run([pip, "install", "--quiet", *peer.PACKAGES], check=True)  # noqa: S603  our own words


typer.run(main)
