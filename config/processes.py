"""Child processes of a command: in its process group, ended with it however it ends, stdout kept for the command."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping

PARENT_DEATH = 1  # PR_SET_PDEATHSIG
GRACE_SECONDS = 20
START_SECONDS = 60
PORT_SECONDS = 8

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Child:
    """A process that is ours. One that `restarts` is started again a second after it ended by itself."""

    def __init__(self, line: list[str], environment: Mapping[str, str], restarts: bool = False) -> None:
        self.line, self.environment, self.restarts = line, environment, restarts
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, with stdout on our stderr."""
        self.process = subprocess.Popen(
            self.line, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(),
            preexec_fn=_end_with(os.getpid()),
        )  # fmt: skip

    def ended(self) -> bool:
        """Whether it has ended, or was never started."""
        return self.process is None or self.process.poll() is not None

    def stop(self, deadline: float) -> None:
        """Ask it to end, then insist."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, deadline - time.monotonic()))
            return
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running(*children: Child) -> Iterator[None]:
    """Start all; at the end, whatever the reason, stop all."""
    try:
        for child in children:
            child.start()
        yield
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them
        for child in children:
            if not child.ended() and child.process:
                child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in children:
            child.stop(deadline)


def watch(*children: Child) -> bool:
    """Look after them until we are told to stop; true when one ended that does not restart."""
    try:
        while True:
            time.sleep(1)
            for child in children:
                if child.ended() and not child.restarts:
                    return True
                if child.ended():
                    child.start()
    except Stopped:
        return False


def await_answer(url: str, child: Child) -> None:
    """Wait until `url` answers 200. RuntimeError when the child ends before, or nothing comes for a minute."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not child.ended():
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def port_is_free(port: int) -> bool:
    """Whether we may listen there; a server that is just ending gets a few seconds to leave."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                if time.monotonic() > deadline:
                    return False
            else:
                return True
        time.sleep(0.2)


class Stopped(BaseException):
    """Somebody wants us to stop: Ctrl-C or SIGTERM."""


def stop_on_signals() -> None:
    """From now on Ctrl-C and SIGTERM raise Stopped in the main thread."""

    def stop(_number: int, _frame: object) -> None:
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _end_with(parent: int):  # type: ignore[no-untyped-def]
    """What the child does before it becomes its program: die with us, also by kill -9."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PARENT_DEATH, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare
