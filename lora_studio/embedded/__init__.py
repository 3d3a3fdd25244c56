"""What ships inside the package: the Practice base, the two sample projects, and settings of other bases.

The Practice base is a small Stable Diffusion that draws icons at 128 px, for learning, demos and honest tests.
It has never seen the sample projects' pictures, so what an adapter learns from them is really learned.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lora_studio.errors import StudioError

SampleKind = Literal["style", "character"]

PROJECT_NAME = "project.json"
_EMBEDDED_DIR = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class SampleProject:
    """Captioned pictures to learn from, others of the same kind to judge by, and what to ask for.

    A caption is a `.txt` beside each picture and never names the trigger word. The last sample prompt leaves the
    trigger word out, which shows how far the adapter leaks into everything else.
    """

    name: str
    kind: SampleKind
    trigger: str
    title: str
    summary: str
    class_word: str
    sample_prompts: tuple[str, ...]
    source: str
    author: str
    licence: str
    licence_url: str
    changes: str
    project_dir: Path

    @property
    def images_dir(self) -> Path:
        """The pictures to train on."""
        return self.project_dir / "images"

    @property
    def held_back_dir(self) -> Path:
        """Pictures of the same style or character that are never trained on."""
        return self.project_dir / "held_back"


def practice_base_dir() -> Path:
    """The Practice base, laid out as a diffusers `StableDiffusionPipeline`.

    Raises:
        StudioError: The files are not part of this installation.
    """
    base_dir = _EMBEDDED_DIR / "practice_base"
    if not (base_dir / "model_index.json").is_file():
        raise _incomplete_install(base_dir / "model_index.json")
    return base_dir


def base_settings_dir(family: Literal["sd1", "sd2", "sdxl"]) -> Path:
    """The settings of a family's networks in the diffusers layout, for models in one file, which hold only weights.

    The figures are those that the models were published with.

    Raises:
        StudioError: The files are not part of this installation.
    """
    settings_dir = _EMBEDDED_DIR / "base_settings" / family
    if not settings_dir.is_dir():
        raise _incomplete_install(settings_dir)
    return settings_dir


def sample_project(kind: SampleKind) -> SampleProject:
    """The sample project that ships with the app: a drawing style or a character.

    Raises:
        StudioError: The files are not part of this installation.
    """
    project_dir = _EMBEDDED_DIR / "sample_projects" / kind
    if not (project_dir / PROJECT_NAME).is_file():
        raise _incomplete_install(project_dir / PROJECT_NAME)
    return read_sample_project(project_dir)


def read_sample_project(project_dir: Path) -> SampleProject:
    """A project in the same layout anywhere: `project.json`, `images/`, `held_back/`.

    Raises:
        StudioError: A part is missing, or `project.json` cannot be read.
    """
    description_path = project_dir / PROJECT_NAME
    try:
        description = json.loads(description_path.read_text(encoding="utf-8"))
        prompts = tuple(description.pop("sample_prompts"))
        project = SampleProject(**description, sample_prompts=prompts, project_dir=project_dir)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudioError(
            "sample_project_unreadable",
            f"{description_path} does not describe a sample project.",
            f"{type(error).__name__}: {error}.",
            "Compare it with the project.json of a sample project that ships with the app.",
        ) from error
    if project.kind not in get_args(SampleKind):
        raise StudioError(
            "sample_project_unreadable",
            f"{description_path} names the kind {project.kind!r}.",
            hint="Write style or character.",
        )
    for folder in (project.images_dir, project.held_back_dir):
        if not folder.is_dir():
            raise StudioError(
                "sample_project_incomplete",
                f"The folder {folder} is missing.",
                "A project needs pictures to learn from and others, never trained on, to be judged by.",
                "Put pictures with captions into it.",
            )
    return project


def _incomplete_install(missing_path: Path) -> StudioError:
    return StudioError(
        "install_incomplete",
        "This installation of LoRA Studio is incomplete.",
        f"{missing_path.name} was expected in {missing_path.parent}. Your own projects are not affected.",
        "Install LoRA Studio again.",
    )
