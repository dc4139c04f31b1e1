"""`ptce serve` in a process of its own, which a test may kill or starve."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

_LISTENS = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
COMMAND = (sys.executable, "-c", "from app.cli import cli; cli()")


@dataclass
class Ptce:
    """A server that runs, or has run."""

    process: subprocess.Popen[str]
    address: str
    said: list[str] = field(default_factory=list)

    def kill(self) -> None:
        """End it as a power cut does; come back when it is gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(url: str, *, by: Sequence[str] = (), **environment: str) -> Iterator[Ptce]:
    """Start the real command (`by` another program, such as one that changes the user) and wait until it listens."""
    settings = os.environ | {"DATABASE_URL": url, "COLUMNS": "200", **environment}
    # Port 0 is no setting: the port that a socket was just given is free for the moment that the start takes.
    with subprocess.Popen(
        [*by, *COMMAND, "serve", "--port", str(_free_port())],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=settings,
        text=True,
    ) as process:
        said: list[str] = []
        reader = None
        try:
            address = _wait_until_it_listens(process, said)
            # Nobody reads on otherwise, and a full pipe stops a server that logs.
            reader = threading.Thread(target=said.extend, args=(process.stderr,))
            reader.start()
            yield Ptce(process, address, said)
        finally:
            process.terminate()
            process.wait()
            if reader is not None:
                reader.join()


def _wait_until_it_listens(process: subprocess.Popen[str], said: list[str]) -> str:
    for line in process.stderr or ():
        said.append(line)
        found = _LISTENS.search(line)
        if found:
            return found[1]
    raise RuntimeError("the server ended before it listened:\n" + "".join(said))


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
