"""Loads the networks of a base, from a folder in the diffusers layout or from one file in the original layout.

Nothing is fetched from anywhere and no pickle is opened: weights come from safetensors files, settings from configs.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import CLIPTokenizer

from lora_studio import storage
from lora_studio.adapters.quantize import quantize_layers
from lora_studio.bases import BaseModel, weight_files, weight_variant
from lora_studio.config.training import Quantization
from lora_studio.embedded.clip_vocabulary import clip_vocabulary
from lora_studio.errors import StudioError
from lora_studio.families.base import Components, LoadOptions, OnUse
from lora_studio.weights.checkpoint import PART_PREFIXES
from lora_studio.weights.header import read_header

USUAL_DTYPES = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32}
PIECES = 64
PIECE_BYTES = 4096
_SD1_ENCODER = "cond_stage_model.transformer."


def load_components(base: BaseModel, encoders: Mapping[str, Any], options: LoadOptions) -> Components:
    """A base's networks, frozen and on their device, and what goes with them; all but the UNet are loaded on use.

    Args:
        base: From `find_base`; its prediction counts, whatever its scheduler's config says.
        encoders: The class of each text encoder by component name.
        options: How the networks are held. The VAE is float32 whatever `options.dtype` says.

    Raises:
        StudioError: `model_damaged` when the base is incomplete, damaged or of another family; of what is loaded on
            use, only when it is used.
    """
    tokenizer_names = {component: component.replace("text_encoder", "tokenizer") for component in encoders}
    parts = ("unet", "vae", *encoders, *tokenizer_names.values(), "scheduler")
    if base.checkpoint is None:
        missing = [part for part in parts if not (base.folder / part).is_dir()]
        if missing:
            raise _damaged(base, f"It has no {' and no '.join(missing)}.")
    read = _reader(base)

    def ready(network: Any) -> Any:
        network.requires_grad_(False).eval()
        return network if options.parks else network.to(options.device)

    def held(network_class: Any, part: str, quantization: Quantization) -> Any:
        with _told_as_damage(base):
            # What is squeezed layer by layer is read as it lies in the file, whose pages then need no memory of ours.
            dtype = options.dtype if quantization == "none" else _stored_dtype(base, part) or options.dtype
            network = read(network_class, part, dtype)
        quantize_layers(network, quantization, options.dtype, options.device)
        return ready(network)

    def vae() -> Any:
        with _told_as_damage(base):
            # Whole numbers for pictures: encoded once and kept, they are worth it, and fp16 overflows in some VAEs.
            return ready(read(AutoencoderKL, "vae", torch.float32))

    def text_encoder(name: str) -> Any:
        encoder = held(encoders[name], name, options.text_encoder_quantization)
        _check_tokenizer(tokenizers[name], encoder, base)
        return encoder

    def tokenizer(name: str) -> Any:
        with _told_as_damage(base):
            return _tokenizer(base, tokenizer_names[name])

    unet = held(UNet2DConditionModel, "unet", options.quantization)
    if options.gradient_checkpointing:
        unet.enable_gradient_checkpointing()
    tokenizers = OnUse({name: partial(tokenizer, name) for name in encoders})
    with _told_as_damage(base):
        scheduler = _scheduler(base)
        vae_settings = _vae_settings(base.folder / "vae")
    return Components(
        unet=unet,
        others=OnUse({"vae": vae, **{name: partial(text_encoder, name) for name in encoders}}),
        tokenizers=tokenizers,
        scheduler=scheduler,
        dtype=options.dtype,
        latent_channels=int(vae_settings.latent_channels),
        alphas_cumprod=scheduler.alphas_cumprod.float().cpu(),
        latent_scale=float(vae_settings.scaling_factor),
        latent_shift=float(vae_settings.get("shift_factor") or 0.0),
        vae_stride_px=2 ** (len(vae_settings.block_out_channels) - 1),
        fingerprint=_fingerprint(base, parts),
        device=options.device,
        reading=options.reading,
        text_encoder_quantization=options.text_encoder_quantization,
    )


def _vae_settings(folder: Path) -> Any:
    """The config of a VAE, with the library's defaults where it says nothing; no weights are read."""
    with torch.device("meta"):
        return AutoencoderKL.from_config(AutoencoderKL.load_config(folder, local_files_only=True)).config


@contextmanager
def _told_as_damage(base: BaseModel) -> Iterator[None]:
    """What the libraries raise while they read the base, as our sentence."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        if isinstance(error, RuntimeError) and "memory" in str(error):
            raise  # there is too little of it; the files may well be whole
        reason = str(error).partition("\n")[0][:200]
        raise _damaged(base, f"Something is missing or does not fit: {reason}") from error


def _stored_dtype(base: BaseModel, part: str) -> torch.dtype | None:
    """What most numbers of a network are kept in; None where computing in it is not usual."""
    folder = base.folder / part
    prefixes = ("",) if base.checkpoint is None else _prefixes(part)
    sizes: Counter[str] = Counter()
    for path in weight_files(folder) if base.checkpoint is None else [base.checkpoint]:
        for name, tensor in read_header(path).tensors.items():
            if name.startswith(prefixes):
                sizes[tensor.dtype] += math.prod(tensor.shape)
    return USUAL_DTYPES.get(max(sizes, key=sizes.__getitem__, default=""))


def _reader(base: BaseModel) -> Callable[[Any, str, torch.dtype], Any]:
    """What reads one network of the base, given its class, its part and its dtype."""
    if base.checkpoint is None:
        return lambda network_class, part, dtype: _read_folder(network_class, base.folder / part, dtype)
    checkpoint = base.checkpoint
    return lambda network_class, part, dtype: _read_file(network_class, checkpoint, base.folder, part, dtype)


def _read_folder(network_class: Any, folder: Path, dtype: torch.dtype) -> Any:
    """A network whose every weight came from safetensors files.

    Raises:
        ValueError: Weights are missing. The libraries would fill them with noise.
        OSError, RuntimeError, SafetensorError: The files are missing or damaged.
    """
    # transformers and diffusers spell the dtype differently.
    spelling = {"torch_dtype": dtype} if network_class in (UNet2DConditionModel, AutoencoderKL) else {"dtype": dtype}
    network, report = network_class.from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        variant=weight_variant(folder),
        output_loading_info=True,
        **spelling,
    )
    if missing := sorted(report["missing_keys"]):
        raise _lacking(folder.name, missing)
    return network


def _read_file(network_class: Any, checkpoint: Path, settings: Path, part: str, dtype: torch.dtype) -> Any:
    """A network out of a file in the original layout. Of the file, only this network's tensors take memory.

    Raises:
        ValueError: Weights are missing or have another shape than the family's.
    """
    wishes = {"config": str(settings), "subfolder": part, "torch_dtype": dtype, "local_files_only": True}
    try:
        own = _tensors(checkpoint, part, dtype)
        if part.startswith("text_encoder"):
            network = create_diffusers_clip_model_from_ldm(network_class, own, **wishes)
        else:
            network = network_class.from_single_file(own, **wishes)
    except NotImplementedError as error:  # a network with empty places cannot be moved
        raise ValueError(f"{part} lacks some of its weights") from error
    if missing := sorted(name for name, parameter in network.named_parameters() if parameter.is_meta):
        raise _lacking(part, missing)
    return network


def _tensors(checkpoint: Path, part: str, dtype: torch.dtype) -> dict[str, Tensor]:
    """A part's tensors alone, one after the other made `dtype`, so that no more than the part is ever in memory."""
    prefixes = _prefixes(part)
    with safe_open(checkpoint, "pt") as file:
        names = [name for name in file.keys() if name.startswith(prefixes)]  # noqa: SIM118  (it is no mapping)
        return {_usual_name(name): _in_format(file.get_tensor(name), dtype) for name in names}


def _prefixes(part: str) -> tuple[str, ...]:
    """Of a part's tensors in the original layout; the library tells SDXL's two encoders apart by looking at both."""
    return tuple(prefix for prefix, owner in PART_PREFIXES.items() if owner.startswith(part.removesuffix("_2")))


def _in_format(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor  # positions are whole numbers


def _usual_name(name: str) -> str:
    """Some SD 1.x files leave out one level of the text encoder's names, which the library insists on."""
    inner = name.removeprefix(_SD1_ENCODER)
    return name if inner == name or inner.startswith("text_model.") else f"{_SD1_ENCODER}text_model.{inner}"


def _lacking(part: str, missing: list[str]) -> ValueError:
    return ValueError(f"{part} lacks {len(missing)} of its weights, first {missing[0]}")


def _tokenizer(base: BaseModel, name: str) -> Any:
    folder = base.folder / name
    if base.checkpoint is None:
        return CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    vocabulary = clip_vocabulary()
    settings = storage.read_json(folder / "tokenizer_config.json")
    return CLIPTokenizer(vocab=vocabulary.numbers, merges=vocabulary.merges, **settings)


def _scheduler(base: BaseModel) -> Any:
    """The noise levels of the base, and what its answers mean."""
    config = dict(DDPMScheduler.load_config(base.folder / "scheduler", local_files_only=True))
    config["prediction_type"] = base.prediction
    # Without velocity there is nothing to learn from noise alone: the noise is the whole input.
    config["rescale_betas_zero_snr"] = base.zero_terminal_snr and base.prediction == "v_prediction"
    if config["rescale_betas_zero_snr"]:
        config["timestep_spacing"] = "trailing"  # the only spacing that begins at the noisiest step
    return DDPMScheduler.from_config(config)


def _check_tokenizer(tokenizer: Any, text_encoder: Any, base: BaseModel) -> None:
    # A missing vocabulary gives a tokenizer that maps every word to one token, silently.
    words, expected = len(tokenizer), text_encoder.config.vocab_size
    if words != expected:
        why = f"Its text encoder reads {expected:,} tokens, the vocabulary has {words:,}."
        raise _damaged(base, why)


def _damaged(base: BaseModel, why: str) -> StudioError:
    return StudioError(
        "model_damaged",
        f"The base model {base.source} cannot be loaded.",
        why,
        "Download it again, or choose another base model.",
    )


def _fingerprint(base: BaseModel, parts: Sequence[str]) -> str:
    """Tells two bases apart, also two of the same shape: 64 hex digits.

    Settings and vocabularies count whole, weights by their size and by 64 pieces spread over the file: all
    fine-tunes of one model have files of the same sizes, and hashing gigabytes would take longer than loading.
    """
    files = (
        [("", base.checkpoint)]
        if base.checkpoint is not None
        else [(f"{part}/{path.name}", path) for part in parts for path in sorted((base.folder / part).iterdir())]
    )
    digest = hashlib.sha256()
    for name, path in files:
        if path.suffix in (".safetensors", ".json", ".txt"):
            size = path.stat().st_size
            digest.update(f"{name}:{size}:".encode())
            digest.update(_pieces(path, size) if path.suffix == ".safetensors" else path.read_bytes())
    return digest.hexdigest()


def _pieces(path: Path, size: int) -> bytes:
    """Pieces of a file of so many bytes, the first from its start and the last from its end."""
    last = max(0, size - PIECE_BYTES)
    pieces = []
    with path.open("rb") as file:
        for number in range(PIECES):
            file.seek(last * number // (PIECES - 1))
            pieces.append(file.read(PIECE_BYTES))
    return b"".join(pieces)
