"""`convert`, `resize`, `merge`, `edit`, `extract`, `bake` and `convert-ckpt`: files made from adapters and base models.

None that is read is ever changed. `download` brings a base model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
    from lora_studio.weights.edit import EditWish
    from lora_studio.weights.export import ExportResult
    from lora_studio.weights.extract import ExtractTargets
    from lora_studio.weights.resize import ResizeResult
    from lora_studio.weights.writing import ExportDtype

SLOW_FILE_BYTES = 10**9


def run_convert(
    file: Path,
    out: Path,
    scheme: LoraScheme,
    dtype: ExportDtype | None,
    strength: float,
    family: FamilyId | None,
    printer: Printer,
) -> None:
    """Writes an adapter under the names of `scheme`, with a strength folded in.

    Raises:
        StudioError: as `read_lora`, `with_strength` and `convert_lora`.
    """
    from lora_studio.weights.convert import convert_lora
    from lora_studio.weights.lora import read_lora
    from lora_studio.weights.strength import with_strength

    check_file(file)
    lora = with_strength(read_lora(file, family), strength)
    storage.make_dir(out.absolute().parent)
    written = convert_lora(lora, out, scheme, dtype)
    printer.result({**_facts(written), "family": lora.family, "scheme": scheme}, _words(written))


def run_make_plain(
    file: Path,
    out: Path,
    rank: int | None,
    keep: float | None,
    base: Path | None,
    scheme: LoraScheme,
    dtype: ExportDtype | None,
    strength: float,
    family: FamilyId | None,
    printer: Printer,
) -> None:
    """Writes an adapter of any kind as a plain LoRA, and says how near that is.

    Raises:
        StudioError: `usage` for both of `rank` and `keep`, or one out of range; else as `find_base`, `read_other` and
            `make_plain`.
    """
    from lora_studio.bases import find_base, read_layers
    from lora_studio.weights.other_kinds import read_other
    from lora_studio.weights.plain import USUAL_KEEP, make_plain

    if (rank is not None and keep is not None) or (keep is not None and not 0 < keep <= 1):
        raise StudioError(
            "usage", "Say how near: with --rank or with --keep, one of the two.",
            "--rank 32 is the most ranks a layer may have; --keep 0.99 is the share of the change to keep, up to 1.",
            "For example: lora-studio convert FILE --to-plain --rank 32 --out PLAIN.safetensors", ExitCode.USAGE,
        )  # fmt: skip
    check_file(file)
    adapter = read_other(file, family)
    layers = read_layers(find_base(str(base))) if base is not None else None
    storage.make_dir(out.absolute().parent)
    wanted = USUAL_KEEP if rank is None and keep is None else keep
    result = make_plain(
        adapter, out, rank=rank, keep=wanted, base=layers, scheme=scheme, dtype=dtype, strength=strength
    )
    words = [
        _words(result.written),
        f"Error: {error_percent(result.error)} of the change, the most in {result.worst_module}: "
        f"{error_percent(result.worst_error)}.",
        _rank_words(result.ranks),
    ]
    if result.left_out:
        words.append(f"Left out, because no LoRA can hold biases and norms: {counted(len(result.left_out), 'tensor')}.")
    facts = {
        **_facts(result.written),
        "family": adapter.family,
        "scheme": scheme,
        "error": result.error,
        "worst_error": result.worst_error,
        "worst_module": result.worst_module,
        "ranks": {str(of): count for of, count in result.ranks.items()},
        "left_out": list(result.left_out),
    }
    printer.result(facts, *words)


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
    loss = _size_words(result) if rank is not None else [_rank_words(result.ranks)]
    printer.result(_size_facts(result), _words(result.written), *loss)


def run_edit(
    file: Path, out: Path, wish: EditWish, cover: Path | None, family: FamilyId | None, printer: Printer
) -> None:
    """Writes a copy of an adapter with other metadata and, with `cover`, that picture as its cover.

    Raises:
        StudioError: as `open_picture` and `edit_adapter`.
    """
    from lora_studio.dataset.images import open_picture
    from lora_studio.runs.exports import cover_jpeg
    from lora_studio.weights.edit import edit_adapter

    check_file(file)
    if cover is not None:
        wish = replace(wish, cover_jpeg=cover_jpeg(open_picture(cover)))
    storage.make_dir(out.absolute().parent)
    result = edit_adapter(file, out, wish, family)
    said = f"Changed: {', '.join(result.changed)}." if result.changed else "Nothing had to be changed."
    printer.result({**_facts(result.written), "changed": result.changed}, _words(result.written), said)


def run_extract(
    tuned: Path,
    base: Path,
    out: Path,
    rank: int,
    energy: float,
    targets: ExtractTargets,
    text_encoder: bool,
    dtype: ExportDtype,
    printer: Printer,
) -> None:
    """Writes the difference of two models as an adapter and says how much of it that is.

    Raises:
        StudioError: `usage` for an energy out of range; else as `find_base` and `extract_lora`.
    """
    from lora_studio.bases import find_base, read_layers
    from lora_studio.weights.extract import extract_lora

    if not 0 < energy <= 1:
        raise StudioError(
            "usage", f"--energy {energy:g} is not a share.", "0.99 keeps 99 % of each layer's difference, 1 all of it.",
            "For example: --energy 0.99", ExitCode.USAGE,
        )  # fmt: skip
    models = [read_layers(find_base(str(model))) for model in (tuned, base)]
    storage.make_dir(out.absolute().parent)
    result = extract_lora(
        models[0], models[1], out, rank=rank, energy=energy, targets=targets, text_encoder=text_encoder, dtype=dtype
    )
    words = [_words(result.adapter.written), *_size_words(result.adapter, "difference in these layers")]
    if result.equal_layers:
        words.append(f"Left out, because they do not differ: {counted(result.equal_layers, 'layer')}.")
    facts = {**_size_facts(result.adapter), "family": models[1].family, "equal_layers": result.equal_layers}
    printer.result(facts, *words)


def run_bake(base: Path, texts: Sequence[str], out: Path, printer: Printer) -> None:
    """Writes a base model with adapters added, each named as FILE or FILE:strength.

    Raises:
        StudioError: `practice_base`; else as `find_base`, `parse_adapter`, `read_lora`, `bake_loras` and `bake_folder`.
    """
    from lora_studio.bases import adaptable_files, find_base
    from lora_studio.weights.bake import bake_folder, bake_loras
    from lora_studio.weights.lora import read_lora
    from lora_studio.weights.merge import Part

    model = find_base(str(base))
    if model.family == "practice":
        raise StudioError(
            "practice_base", "Nothing can be baked into the Practice base, which is part of the app.",
            "Nothing was written.", "Name a model of your own.",
        )  # fmt: skip
    wished = [parse_adapter(text) for text in texts]
    parts = [Part(read_lora(file, likely=model.family), strength) for file, strength in wished]
    storage.make_dir(out.absolute().parent)
    tell = tenths(printer)
    if model.checkpoint is not None:
        result = bake_loras(model.checkpoint, model.family, parts, out, tell)
    else:
        result = bake_folder(model.folder, adaptable_files(model), model.family, parts, out, tell)
    facts = {
        "model": str(result.path),
        "size_bytes": result.size_bytes,
        "layers": result.layer_count,
        "tensors": result.tensor_count,
        "sha256_data": result.sha256_data,
    }
    checked = "read back whole" if model.checkpoint is not None else "every changed file read back whole"
    changed = f"{counted(result.layer_count, 'layer')} changed, {checked}"
    printer.result(facts, f"Model: {result.path} ({result.size_bytes / 1e9:.2f} GB, {changed})")


def run_convert_ckpt(file: Path, out: Path | None, printer: Printer) -> None:
    """Writes an old checkpoint as a .safetensors file, beside it if no place is given, and says what it is.

    Raises:
        StudioError: as `convert_in_own_process`.
    """
    from lora_studio.bases import describe_base
    from lora_studio.jobs.conversion import convert_in_own_process

    target = out or file.with_suffix(".safetensors")
    storage.make_dir(target.absolute().parent)
    done = convert_in_own_process(file, target, tenths(printer))
    found = describe_base(done.path)
    facts = {
        "model": str(done.path),
        "size_bytes": done.size_bytes,
        "tensors": done.tensor_count,
        "left_out": done.left_out_count,
        "family": found.family,
        "reason": found.reason,
    }
    words = [
        f"Model: {done.path} ({done.size_bytes / 1e9:.2f} GB, {counted(done.tensor_count, 'tensor')}, read back whole)"
    ]
    if done.left_out_count:
        words.append(f"Left out: {counted(done.left_out_count, 'tensor')} of the running average kept for training on.")
    words.append(f"It is a model of the family {found.family}." if found.usable else f"Not a base: {found.reason}")
    printer.result(facts, *words)


def run_download(model_id: str, file: str, is_sure: bool, printer: Printer) -> None:
    """Says what a model on the hub is, asks, downloads it into the app's own folder and puts it on the list.

    Raises:
        StudioError: as `look_up` and `download`; `usage` when nobody can be asked.
    """
    from lora_studio.bases import add_known, describe_base
    from lora_studio.jobs.download import download, look_up, place_of

    offer = look_up(model_id, file)
    place = place_of(offer)
    kind = "a folder in the diffusers layout" if offer.is_folder else "a single file"
    free_bytes = storage.free_bytes(place)
    printer.lines(
        [
            f"{offer.model_id}: {kind}, {counted(len(offer.files), 'file')}, {offer.size_bytes / 1e9:.2f} GB",
            f"Licence: {offer.licence or 'none is stated on its page'}",
            *(["Its owner wants the licence accepted on its page first."] if offer.is_gated else []),
            f"It comes to {place.parent}, where {free_bytes / 1e9:.1f} GB is free.",
        ]
    )
    if not is_sure and not agreed(printer, "download", "Nothing was downloaded."):
        printer.result({"model": None}, "Nothing was downloaded.")
        return
    made = download(offer, tenths(printer, "here", "checking it"))
    found = describe_base(made, "LoRA Studio")
    add_known(found)
    facts = {"model": str(made), "size_bytes": offer.size_bytes, "family": found.family, "reason": found.reason}
    printer.result(
        {**facts, "licence": offer.licence, "revision": offer.revision},
        f"Model: {made}",
        f"It is a model of the family {found.family}." if found.usable else f"Not a base: {found.reason}",
    )


def agreed(printer: Printer, verb: str, safe: str) -> bool:
    """Asks the person before something is done. Raises `StudioError` (`usage`) when nobody can be asked."""
    if printer.as_json or not sys.stdin.isatty():
        raise StudioError(
            "usage", f"Nobody can be asked here whether to {verb} it.", safe,
            f"Give --yes to {verb} without being asked.", ExitCode.USAGE,
        )  # fmt: skip
    return input(f"{verb.capitalize()} it? [y/N] ").strip().lower() in ("y", "yes")


def tenths(printer: Printer, done: str = "written", last: str = "reading it back") -> Callable[[int, int], None]:
    """Tells of each tenth of what takes long to write or to send."""
    told = 0

    def tell(done_bytes: int, size_bytes: int) -> None:
        nonlocal told
        tenth = 10 * done_bytes // size_bytes
        if tenth > told and size_bytes >= SLOW_FILE_BYTES:
            told = tenth
            printer.line(f"{10 * tenth} % {done}" + (f", {last}" if tenth == 10 else ""))

    return tell


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


def _size_words(result: ResizeResult, of: str = "change") -> list[str]:
    words = f"Kept {percent(result.kept)} of the {of}, the least in {result.worst_module}: "
    return [f"{words}{percent(result.worst_kept)}.", _rank_words(result.ranks)]


def _rank_words(ranks: Mapping[int, int]) -> str:
    return "Ranks: " + ", ".join(f"{rank} in {counted(count, 'layer')}" for rank, count in ranks.items()) + "."


def error_percent(share: float) -> str:
    """An error as people read it, with two figures; what is not nothing never shows as 0."""
    return f"{share * 100:.2g} %"


def percent(share: float) -> str:
    """A share as people read it; what is not everything, but for rounding, never shows as 100 %."""
    return "100 %" if share > 1 - 1e-9 else f"{min(share * 100, 99.99):.2f} %"
