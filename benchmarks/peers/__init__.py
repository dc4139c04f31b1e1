"""Software that others publish poles with, each in an environment that `python -m benchmarks.peers` makes."""

from pathlib import Path

from benchmarks.peers import datasette, pygeoapi, tipg
from benchmarks.services import Service

HOME = Path("benchmarks/kept/peers")
PEERS = (datasette, pygeoapi, tipg)


def installed(home: Path, folder: Path, url: str) -> list[Service]:
    """Return the peers that are installed and publish from this kind of database, with the poles of this set."""
    there = [peer for peer in PEERS if (home / peer.NAME).is_dir() and url.startswith(peer.DATABASE)]
    return [peer.service(home.resolve() / peer.NAME / "bin", folder, url) for peer in there]
