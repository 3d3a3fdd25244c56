"""The person's token for the hub: in this computer's keyring, in HF_TOKEN, or typed for once.

The app writes it into no file and no log; the keyring belongs to the system, which guards it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Literal

from lora_studio.errors import StudioError

SERVICE, ACCOUNT = "LoRA Studio", "huggingface.co"
VARIABLE = "HF_TOKEN"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and where it was; showing or logging the whole does not show it."""

    text: str = field(repr=False)
    source: Literal["keyring", "environment", "typed"]


def find_token() -> Token | None:
    """The token that is kept, in the keyring before HF_TOKEN; None without. May wait for the keyring to be unlocked."""
    import keyring
    from keyring.errors import KeyringError

    try:
        kept = keyring.get_password(SERVICE, ACCOUNT)
    except KeyringError:  # no keyring, or one that stays locked: then there is none in it for us
        kept = None
    if kept:
        return Token(kept, "keyring")
    stated = os.environ.get(VARIABLE, "").strip()
    return Token(stated, "environment") if stated else None


def read_typed(text: str) -> Token:
    """A token as it was typed or pasted. Raises `StudioError` (`hub_token_wrong`) for what cannot be one."""
    if not re.fullmatch(r"[!-~]{4,200}", text.strip()):
        raise StudioError(
            "hub_token_wrong", "This is not a token.", "A token begins with hf_ and has no gaps. Nothing was sent.",
            "Copy it from huggingface.co/settings/tokens.",
        )  # fmt: skip
    return Token(text.strip(), "typed")


def keep_token(token: Token) -> None:
    """Puts it into this computer's keyring, in place of an earlier one. Raises `StudioError` `no_keyring`."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, ACCOUNT, token.text)
    except KeyringError as error:
        raise _no_keyring() from error


def forget_token() -> None:
    """Takes it out of the keyring; nothing happens without one. Raises `StudioError` `no_keyring`."""
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        keyring.delete_password(SERVICE, ACCOUNT)
    except PasswordDeleteError:
        return
    except KeyringError as error:
        raise _no_keyring() from error


def no_token() -> StudioError:
    """What to say where a token is needed and none is there."""
    return StudioError(
        "hub_no_token", "The hub takes a kit only with a token of yours.", "Nothing was sent.",
        f"Make one that may write at huggingface.co/settings/tokens, then type it when asked, or set {VARIABLE}.",
    )  # fmt: skip


def _no_keyring() -> StudioError:
    return StudioError(
        "no_keyring",
        "The token could not be kept: this computer has no store of passwords (keyring) that can be used.",
        "The app writes tokens nowhere else.", f"Type it each time, or put it into the environment as {VARIABLE}.",
    )  # fmt: skip
