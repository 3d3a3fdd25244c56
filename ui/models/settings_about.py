"""Versions and licences of what runs here, and the notices of those whose work ships with the program."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo

import lora_studio
from lora_studio import embedded

_PACKAGES = (
    "PySide6-Essentials",
    "pyqtgraph",
    "pydantic",
    "pillow",
    "numpy",
    "safetensors",
    "psutil",
    "torch",
    "diffusers",
    "transformers",
    "peft",
    "accelerate",
)


def versions() -> list[tuple[str, str, str]]:
    """Name, version and licence of Python, Qt and every package that is installed here; nothing is imported."""
    rows = [
        ("LoRA Studio", lora_studio.__version__, "Apache-2.0"),
        ("Python", platform.python_version(), "PSF-2.0"),
        ("Qt", QLibraryInfo.version().toString(), "LGPL-3.0"),
    ]
    for name in _PACKAGES:
        try:
            found = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        rows.append((name, found["Version"], _licence(found)))
    return rows


def notices() -> list[tuple[str, str]]:
    """Title and text of each notice that comes with the program, and of its own licence. Reads files."""
    package = Path(embedded.__file__).parent
    samples = sorted((package / "sample_projects").glob("*/NOTICE.md"))
    found = [(_tr("Practice base"), package / "practice_base" / "NOTICE.md")]
    found += [(_tr("Sample project: {name}").format(name=path.parent.name), path) for path in samples]
    titles = {"NOTICE": _tr("LoRA Studio: notice"), "LICENSE": _tr("LoRA Studio: licence")}
    found += [(titles[path.name], path) for path in _own_licence_files()]
    return [(title, path.read_text(encoding="utf-8")) for title, path in found if path.is_file()]


def _own_licence_files() -> list[Path]:
    """LICENSE and NOTICE: in the checkout, or among the files that the installed wheel brought."""
    checkout = Path(lora_studio.__file__).parent.parent
    if (checkout / "LICENSE").is_file():
        return [checkout / "NOTICE", checkout / "LICENSE"]
    try:
        files = metadata.files("lora-studio") or []
    except metadata.PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for file in files if file.name in ("NOTICE", "LICENSE")]


def _licence(found: metadata.PackageMetadata) -> str:
    stated = next((found[field] for field in ("License-Expression", "License") if field in found), "")
    if stated and "\n" not in stated and len(stated) < 60:
        return stated
    classifiers = found.get_all("Classifier") or []
    names = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")]
    return ", ".join(names)


def _tr(text: str) -> str:
    return QCoreApplication.translate("about", text)
