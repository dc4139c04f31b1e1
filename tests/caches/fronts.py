"""Caches of others in front of the registry: nginx and Varnish as their own processes, hishel inside a client."""

import os
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hishel import CacheOptions, SqliteStorage
from hishel.httpx import CacheClient

HERE = Path(__file__).parent
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
VARNISHD = shutil.which("varnishd", path=os.environ["PATH"] + ":/usr/sbin")
NGINX_ALONE = """
daemon off;
pid {folder}/pid;
error_log stderr notice;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    include {folder}/ptce.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """A cache, and how to ask through it."""

    name: str
    address: str  # where it is asked
    open: Callable[..., httpx.Client]


@contextmanager
def nginx(backend: str, folder: Path) -> Iterator[Front]:
    if NGINX is None:
        pytest.skip("there is no `nginx` (Debian: apt-get install nginx-light)")
    port, inner = free_ports(2)
    config = (HERE / "nginx.conf").read_text()
    for shown, meant in (
        ("/var/cache/nginx/ptce", f"{folder}/cache"),
        ("127.0.0.1:8000", backend.removeprefix("http://")),
        ("127.0.0.1:8081", f"127.0.0.1:{inner}"),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
    ):
        assert shown in config
        config = config.replace(shown, meant)
    (folder / "ptce.conf").write_text(config)
    user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""  # root would change to another
    (folder / "nginx.conf").write_text(NGINX_ALONE.format(folder=folder, user=user))
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with begun(command, "start worker process "):
        yield Front("nginx", f"http://127.0.0.1:{port}", httpx.Client)


@contextmanager
def varnish(backend: str, folder: Path) -> Iterator[Front]:
    if VARNISHD is None:
        pytest.skip("there is no `varnishd` (Debian: apt-get install varnish)")
    (port,) = free_ports(1)
    config = (HERE / "varnish.vcl").read_text()
    assert '.port = "8000"' in config
    (folder / "varnish.vcl").write_text(config.replace('"8000"', f'"{httpx.URL(backend).port}"'))
    told = re.findall(r"-p (\S+)", config)
    command = [
        VARNISHD, "-F", "-f", str(folder / "varnish.vcl"), "-a", f"127.0.0.1:{port}", "-n", str(folder / "work"),
        "-s", "malloc,64m", "-T", "none", "-j", "none", *(word for one in told for word in ("-p", one)),
    ]  # fmt: skip
    with begun(command, "Child launched OK"):
        yield Front("varnish", f"http://127.0.0.1:{port}", httpx.Client)


@contextmanager
def hishel(backend: str, folder: Path) -> Iterator[Front]:
    number = count()

    def opened(**how: Any) -> httpx.Client:  # each client has a cache of its own, which it closes
        storage = SqliteStorage(database_path=folder / f"{next(number)}.sqlite")
        return CacheClient(storage=storage, rfc=CacheOptions(shared=False), **how)

    yield Front("hishel", backend, opened)


FRONTS = {"nginx": nginx, "varnish": varnish, "hishel": hishel}


@contextmanager
def begun(command: Sequence[str], sign: str) -> Iterator[None]:
    """Run a program until the end of the block; come in when it has said that it listens."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = []
            for line in process.stderr or ():
                said.append(line)
                if sign in line:
                    break
            else:
                raise RuntimeError(f"{command[0]} ended before it listened:\n" + "".join(said))
            yield
        finally:
            process.terminate()
            process.communicate()


def free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    try:
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]
    finally:
        for one in taken:
            one.close()
