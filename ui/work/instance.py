"""One window per project: a second launch hands its arguments to the first and ends."""

import getpass
import hashlib
import json
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from lora_studio import paths

_WAIT_MS = 1000
_MAX_MESSAGE_BYTES = 64 * 1024


def server_name(project_dir: Path | None) -> str:
    """The local socket of one project, or of the settings that a window without one goes by, and one user."""
    place = str(project_dir.resolve()) if project_dir else f"\0{paths.config_dir()}"
    key = hashlib.sha256(f"{getpass.getuser()}\0{place}".encode()).hexdigest()[:24]
    return f"lora-studio-{key}"


def hand_over(name: str, arguments: list[str]) -> bool:
    """Give the arguments to the window that is already open; False when there is none."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_WAIT_MS):
        return False
    socket.write(json.dumps(arguments).encode() + b"\n")
    socket.waitForBytesWritten(_WAIT_MS)
    has_answer = socket.bytesAvailable() > 0 or socket.waitForReadyRead(_WAIT_MS)
    is_heard = has_answer and bytes(socket.readAll().data()).startswith(b"ok")
    socket.disconnectFromServer()
    return is_heard


class Instance(QObject):
    """The first window's side: `handed_over` brings the arguments of a later launch."""

    handed_over = Signal(list)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._welcome)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left behind by a crash: nobody answered `hand_over`
            self._server.listen(name)

    @property
    def is_listening(self) -> bool:
        return self._server.isListening()

    def close(self) -> None:
        self._server.close()

    def _welcome(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda s=socket: self._read(s))
            socket.disconnected.connect(socket.deleteLater)
            if socket.canReadLine():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MAX_MESSAGE_BYTES:
                socket.abort()
            return
        line = bytes(socket.readLine(_MAX_MESSAGE_BYTES).data())
        try:
            arguments = json.loads(line)
        except ValueError:
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        if isinstance(arguments, list) and all(isinstance(argument, str) for argument in arguments):
            self.handed_over.emit(arguments)
