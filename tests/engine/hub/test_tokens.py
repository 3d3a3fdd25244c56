"""Where a token is looked for and kept; the keyring is a test's own."""

from __future__ import annotations

import keyring
import pytest
from memory_keyring import LockedKeyring, MemoryKeyring

from lora_studio.errors import StudioError
from lora_studio.hub.tokens import Token, find_token, forget_token, keep_token, read_typed


def test_the_keyring_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_token() is None
    monkeypatch.setenv("HF_TOKEN", "hf_environment")
    assert find_token() == Token("hf_environment", "environment")
    keep_token(read_typed(" hf_kept\n"))
    assert find_token() == Token("hf_kept", "keyring")
    forget_token()
    forget_token()
    assert find_token() == Token("hf_environment", "environment")


def test_a_token_is_kept_under_the_name_of_the_app(own_keyring: MemoryKeyring) -> None:
    keep_token(Token("hf_kept", "typed"))
    assert own_keyring.kept == {("LoRA Studio", "huggingface.co"): "hf_kept"}


def test_showing_a_token_does_not_show_it() -> None:
    assert "hf_secret" not in repr(Token("hf_secret", "typed"))


def test_a_computer_without_a_keyring_tells_another_way() -> None:
    from keyring.backends.fail import Keyring

    for ring in (Keyring(), LockedKeyring()):
        keyring.set_keyring(ring)
        assert find_token() is None
        for act in (lambda: keep_token(Token("hf_x", "typed")), forget_token):
            with pytest.raises(StudioError) as raised:
                act()
            assert raised.value.code == "no_keyring"
            assert "HF_TOKEN" in raised.value.hint and "Type it each time" in raised.value.hint
            assert "hf_x" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "hf", "hf_a b", "hf_\u00e9cole", "hf_x\r\nX-Header: y"])
def test_what_cannot_be_a_token_is_refused_before_it_is_sent(text: str) -> None:
    with pytest.raises(StudioError) as raised:
        read_typed(text)
    assert raised.value.code == "hub_token_wrong"
