"""A wire tap between application and database: every wait for an answer is counted where the server hears it."""

import contextlib
import selectors
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from config.embedded import SUPERUSER
from tests.bench.stage import DATABASE, Stage

SOCKET = ".s.PGSQL.5432"


class Tap:
    """Passes bytes on and counts round trips: the client spoke, the server answered, the client spoke again."""

    def __init__(self, real: Path) -> None:
        self.round_trips = 0
        self._real = real
        self._count = threading.Lock()

    def listen(self, path: Path) -> socket.socket:
        """Accept connections on this path from now on."""
        door = socket.socket(socket.AF_UNIX)
        door.bind(str(path))
        door.listen(64)
        threading.Thread(target=self._accept, args=(door,), daemon=True).start()
        return door

    def _accept(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the door was closed
            while True:
                client, _address = door.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._real))
                threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        asking = False  # the client spoke last
        with client, server, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            for end in others:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for chosen, _events in ready.select():
                    end = chosen.fileobj
                    assert isinstance(end, socket.socket)
                    data = end.recv(1 << 16)
                    if not data:
                        return
                    if end is server and asking:
                        with self._count:
                            self.round_trips += 1
                    asking = end is client
                    others[end].sendall(data)


@contextmanager
def tapped(stage: Stage) -> Iterator[tuple[Tap, str]]:
    """A tap and the address of the database through it."""
    with tempfile.TemporaryDirectory(prefix="emma-tap-") as folder:
        tap = Tap(stage.server.socket_folder / SOCKET)
        with tap.listen(Path(folder) / SOCKET):
            yield tap, f"postgresql+psycopg://{SUPERUSER}@/{DATABASE}?host={quote(folder)}"
