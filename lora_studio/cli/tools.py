"""`convert`, `resize` and `merge`: adapter files made from adapter files. None that is read is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lora_studio import storage
from lora_studio.cli.output import Printer, counted
from lora_studio.cli.sample import parse_adapter
from lora_studio.cli.show import check_file
from lora_studio.errors import ExitCode, StudioError

if TYPE_CHECKING:
    from lora_studio.config.training import FamilyId
    from lora_studio.weights.convert import LoraScheme
    from lora_studio.weights.export import ExportResult
    from lora_studio.weights.resize import ResizeResult
    from lora_studio.weights.writing import ExportDtype


def run_convert(
    file: Path, out: Path, scheme: LoraScheme, dtype: ExportDtype | None, family: FamilyId | None, printer: Printer
) -> None:
    """Writes an adapter under the names of `scheme`.

    Raises:
        StudioError: as `read_lora` and `convert_lora`.
    """
    from lora_studio.weights.convert import convert_lora
    from lora_studio.weights.lora import read_lora

    check_file(file)
    lora = read_lora(file, family)
    storage.make_dir(out.absolute().parent)
    written = convert_lora(lora, out, scheme, dtype)
    printer.result({**_facts(written), "family": lora.family, "scheme": scheme}, _words(written))


def run_resize(
    file: Path,
    out: Path,
    rank: int | None,
    keep: float | None,
    dtype: ExportDtype | None,
    family: FamilyId | None,
    printer: Printer,
) -> None:
    """Writes a smaller copy and says how much of the change is left.

    Raises:
        StudioError: `usage` unless one of `rank` and `keep` is given; else as `read_lora` and `resize_lora`.
    """
    from lora_studio.weights.lora import read_lora
    from lora_studio.weights.resize import resize_lora

    if (rank is None) == (keep is None) or (keep is not None and not 0 < keep <= 1):
        raise StudioError(
            "usage", "Say how small: with --rank or with --keep, one of the two.",
            "--rank 8 is the most ranks a layer may have; --keep 0.95 is the share of the change to keep, up to 1.",
            "For example: lora-studio resize FILE --rank 8 --out SMALLER.safetensors", ExitCode.USAGE,
        )  # fmt: skip
    check_file(file)
    lora = read_lora(file, family)
    storage.make_dir(out.absolute().parent)
    result = resize_lora(lora, out, rank=rank, keep=keep, dtype=dtype)
    printer.result(_size_facts(result), _words(result.written), *_size_words(result))


def run_merge(
    texts: Sequence[str],
    out: Path,
    rank: int | None,
    dtype: ExportDtype | None,
    family: FamilyId | None,
    printer: Printer,
) -> None:
    """Writes the weighted sum of adapters, each named as FILE or FILE:weight.

    Raises:
        StudioError: as `parse_adapter`, `read_lora` and `merge_loras`.
    """
    from lora_studio.weights.lora import read_lora
    from lora_studio.weights.merge import Part, merge_loras

    wished = [parse_adapter(text) for text in texts]
    parts = [Part(read_lora(file, family), weight) for file, weight in wished]
    storage.make_dir(out.absolute().parent)
    result = merge_loras(parts, out, rank=rank, dtype=dtype)
    loss = _size_words(result) if rank is not None else [_rank_words(result)]
    printer.result(_size_facts(result), _words(result.written), *loss)


def _facts(written: ExportResult) -> dict[str, Any]:
    return {
        "adapter": str(written.path),
        "size_bytes": written.size_bytes,
        "modules": written.module_count,
        "sshs_model_hash": written.sha256_data,
    }


def _size_facts(result: ResizeResult) -> dict[str, Any]:
    return {
        **_facts(result.written),
        "kept": result.kept,
        "worst_kept": result.worst_kept,
        "worst_module": result.worst_module,
        "ranks": {str(rank): count for rank, count in result.ranks.items()},
    }


def _words(written: ExportResult) -> str:
    size = f"{written.size_bytes / 1e6:.1f} MB, {counted(written.module_count, 'layer')}, read back whole"
    return f"Adapter: {written.path} ({size})"


def _size_words(result: ResizeResult) -> list[str]:
    words = f"Kept {percent(result.kept)} of the change, the least in {result.worst_module}: "
    return [f"{words}{percent(result.worst_kept)}.", _rank_words(result)]


def _rank_words(result: ResizeResult) -> str:
    return "Ranks: " + ", ".join(f"{rank} in {counted(count, 'layer')}" for rank, count in result.ranks.items()) + "."


def percent(share: float) -> str:
    """A share as people read it; what is not everything, but for rounding, never shows as 100 %."""
    return "100 %" if share > 1 - 1e-9 else f"{min(share * 100, 99.99):.2f} %"
