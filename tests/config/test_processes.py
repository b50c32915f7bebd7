"""Children of a command: they end with it, even when it is killed, and leave its port."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from config import processes

PARENT = """
import sys, time
from config import processes
child = processes.Child([sys.executable, "-c", "import time; print('noise', flush=True); time.sleep(60)"], {})
processes.stop_on_signals()
with processes.running(child):
    print(child.process.pid, flush=True)
    sys.exit(processes.watch(child))
"""


def started() -> tuple[subprocess.Popen[str], int]:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    return parent, int(parent.stdout.readline())


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.05)
                continue
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_child_ends_with_its_parent_however_that_ends(number):
    parent, child = started()
    assert os.getpgid(child) == os.getpgid(parent.pid)
    parent.send_signal(number)
    parent.wait(20)
    assert gone(child)
    assert parent.stdout.read() == ""  # what children say never lands in the command's answer


def test_a_child_that_ends_by_itself_ends_the_command():
    parent, child = started()
    os.kill(child, signal.SIGKILL)
    assert parent.wait(20) == 1


def test_it_knows_a_port_in_use(monkeypatch):
    monkeypatch.setattr(processes, "PORT_SECONDS", 0.1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not processes.port_is_free(port)
    assert processes.port_is_free(port)
