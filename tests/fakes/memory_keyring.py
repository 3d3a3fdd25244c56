"""A keyring that lasts as long as a test, and one that refuses everything."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Keeps passwords by service and account."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("there is none")
        del self.kept[service, username]


class LockedKeyring(KeyringBackend):
    """Nobody unlocks it."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("it stays locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("it stays locked")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked("it stays locked")
