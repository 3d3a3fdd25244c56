from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from base_configs import write_base_configs
from drawn_pictures import draw_pictures

from lora_studio.cli import main
from lora_studio.jobs import supervisor

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line of stdout."""
        return json.loads(self.out.splitlines()[-1])


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in this process, as the installed program would."""

    def run(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["lora-studio", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        written = capfd.readouterr()
        return Outcome(int(ended.value.code or 0), written.out, written.err)

    return run


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_base_configs(tmp_path / "base")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "my 'pictures' 🐈")


@pytest.fixture
def act_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From now on, trainers act out this script instead of training."""

    def write(*script: dict[str, Any]) -> None:
        path = tmp_path / "script.json"
        path.write_text(json.dumps(script))
        monkeypatch.setattr(supervisor, "training_command", lambda: [sys.executable, str(FAKE_TRAINER), str(path)])

    return write
