"""PostgreSQL servers of one's own: a primary, a standby that streams from it, and their catastrophes."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

ABSENT = "initdb and PostGIS are not here: Debian's postgresql-15-postgis-3 brings them in"
# Nothing here outlives the test: what a disk keeps after a power cut is another one's.
_SETTINGS = "listen_addresses=127.0.0.1 unix_socket_directories= fsync=off max_connections=60 shared_buffers=32MB"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where they or PostGIS are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    extension = "/usr/share/postgresql/{}/extension/postgis.control"
    here = [initdb.parent for initdb in found if Path(extension.format(initdb.parts[4])).exists()]
    return here[-1] if here else None


@dataclass(frozen=True)
class Cluster:
    """A server: its folder, its port."""

    folder: Path
    port: int

    def start(self) -> None:
        settings = " ".join(f"-c {setting}" for setting in _SETTINGS.split())
        log = ("-l", str(self.folder / "log"), "-w", "-t", "120")
        run("pg_ctl", "-D", str(self.folder), *log, "-o", f"-p {self.port} {settings}", "start")

    def crash(self) -> None:
        """End it without a checkpoint or a word to anyone, as a power cut does."""
        run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "stop")

    def promote(self) -> None:
        run("pg_ctl", "-D", str(self.folder), "-w", "promote")

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def wait_for(self, question: str) -> None:
        """Wait until the server answers yes."""
        for _ in range(600):
            if self.execute(question) == [(True,)]:
                return
            self.execute("SELECT pg_sleep(0.05)")
        raise AssertionError(f"never true: {question}")


@contextmanager
def primary_and_standby() -> Iterator[tuple[Cluster, Cluster]]:
    """Make both; a commit on the primary is acknowledged when the standby has it too. Nothing of them stays."""
    if programs() is None:
        pytest.skip(ABSENT)
    with TemporaryDirectory(prefix="ptce-clusters-") as folder:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        primary, standby = (Cluster(Path(folder) / name, _free_port()) for name in ("primary", "standby"))
        started: list[Cluster] = []
        try:
            run("initdb", "-D", str(primary.folder), "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "--no-sync")
            primary.start()
            started.append(primary)
            source = f"host=127.0.0.1 port={primary.port} user=postgres application_name=standby"
            run("pg_basebackup", "-D", str(standby.folder), "-d", source, "-R", "-c", "fast", "--no-sync")
            standby.start()
            started.append(standby)
            primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            primary.execute("SELECT pg_reload_conf()")
            primary.wait_for("SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
            yield primary, standby
        finally:
            for cluster in started:
                if (cluster.folder / "postmaster.pid").exists():
                    cluster.crash()


def run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL, as the user that it accepts."""
    found = programs()
    assert found is not None
    user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    command = (*user, str(found / program), *arguments)
    # Not a pipe: the server that `pg_ctl` leaves behind would hold it open.
    done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, command


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
