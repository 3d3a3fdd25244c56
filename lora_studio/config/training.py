"""Everything one training is made of, as described data.

Each field carries what a form, the docs and an error message need: a title, a sentence about its effect, a
range, and `level` (basic, advanced or hidden). Nothing here knows torch.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from lora_studio.config.combinations import find_clashes

FamilyId = Literal["practice", "sd1", "sd2", "sdxl"]
Kind = Literal["style", "character", "object"]
MaskChoice = Literal["fitting", "stretched", "transparency", "off"]
Quantization = Literal["none", "int8", "nf4"]
AdapterKind = Literal["lora", "loha", "lokr"]
# Settings that name a place on this computer: nothing that is shared may hold them.
PLACES = (
    "base.source", "dataset.folder", "dataset.held_back_folder", "dataset.prior_folder", "adapter.start_from",
)  # fmt: skip
LONGEST_NAME_BYTES = 200  # files are named after it, and 255 bytes is what file systems take


def described(default: Any, title: str, description: str, level: str = "advanced", **limits: Any) -> Any:
    """A field with the words and limits that form, docs and errors share."""
    return Field(default, title=title, description=description, json_schema_extra={"level": level}, **limits)


def _can_be_a_path(value: str | None) -> str | None:
    if value and "\0" in value:
        raise ValueError("a path may not hold invisible characters")
    return value


class Section(BaseModel):
    """A group of settings; unknown names are refused and values never change after the run was made."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class BaseModelSettings(Section):
    """Which model is taught, and how it is held in memory."""

    source: str = described(
        "practice",
        "Base model",
        "The word practice, or a Stable Diffusion model: a .safetensors file or a folder.",
        "basic",
    )
    family: FamilyId = described("practice", "Family", "Found from the model itself.", "hidden")
    prediction: Literal["epsilon", "v_prediction"] = described(
        "epsilon", "Prediction", "What the model was made to predict. Read from the model.", "hidden"
    )
    quantization: Quantization = described(
        "none",
        "Base in memory",
        "With int8 the base model takes half the memory, with nf4 a quarter. Both are a little less exact, and slower.",
    )
    text_encoder_quantization: Quantization = described(
        "none", "Text encoder in memory", "The same for the text encoder, the part of the model that reads the words."
    )
    clip_skip: int = described(
        1, "Clip skip", "Which layer of the text encoder is read, counted from the end. Many anime models want 2.",
        ge=1, le=4,
    )  # fmt: skip

    _has_paths = field_validator("source")(_can_be_a_path)


class DatasetSettings(Section):
    """The pictures, and how they are shown to the model."""

    folder: str = described("", "Pictures", "The folder with pictures and captions. It is only read.", "basic")
    held_back_folder: str | None = described(
        None,
        "Held-back pictures",
        "Pictures that are never trained on. The check loss is measured on them; without them, on the training "
        "pictures.",
    )
    prior_folder: str | None = described(
        None,
        "Pictures of the kind",
        "A folder of other pictures of the same kind, such as other faces. They are learned without the trigger word, "
        "as often as your own, so that the kind stays as it was; training takes twice as long.",
    )
    trigger: str = described(
        "",
        "Trigger word",
        "The word that calls up what was taught. It is put into every caption.",
        "basic",
    )
    trigger_place: Literal["start", "end"] = described(
        "start", "Place of the trigger word", "Before or after the words of a caption that does not hold it yet."
    )
    resolution_px: int = described(
        512, "Training size", "Side of a square picture, in pixels. Other shapes keep the same area.",
        "basic", ge=64, le=2048, multiple_of=8,
    )  # fmt: skip
    bucket_multiple_px: int = described(
        64,
        "Size steps",
        "Width and height of a training picture are multiples of this, in pixels.",
        ge=8,
        le=128,
        multiple_of=8,
    )
    buckets: bool = described(
        True, "Keep shapes", "Trains each picture near its own shape. Off, everything is cropped to a square."
    )
    masks: MaskChoice = described(
        "fitting",
        "Masks",
        "Masks say where to look: white counts whole, black less. A mask is a file beside its picture, such as "
        "cat-masklabel.png. One of another shape can be stretched, or what is not transparent be taken as the mask.",
    )
    flip: bool = described(
        False,
        "Mirror images",
        "Shows half of the looks mirrored. Good for most styles, bad for faces and text.",
    )
    caption_dropout: float = described(
        0.05, "Drop captions", "Share of looks without a caption, so that the picture itself is learned too.",
        ge=0.0, le=0.5,
    )  # fmt: skip
    shuffle_tags: bool = described(
        False, "Shuffle tags", "Mixes the parts between the commas at every look, so that their order is not learned."
    )
    keep_first_tags: int = described(
        1, "Tags that stay", "So many parts at the start keep their places; the trigger word always keeps its own.",
        ge=0, le=50,
    )  # fmt: skip
    caption_tokens: int = described(
        75, "Caption length", "What is read of a caption, in tokens, of which a word takes one or two. Beyond 75 it "
        "is read in pieces.", ge=75, le=225, multiple_of=75,
    )  # fmt: skip

    @field_validator("bucket_multiple_px")
    @classmethod
    def _fits_the_training_size(cls, value: int, info: ValidationInfo) -> int:
        resolution_px = info.data.get("resolution_px", value)
        if value > resolution_px:
            raise ValueError(f"it may not be larger than dataset.resolution_px, which is {resolution_px}")
        return value

    _has_paths = field_validator("folder", "held_back_folder", "prior_folder")(_can_be_a_path)


class AdapterSettings(Section):
    """The layers that learn."""

    kind: AdapterKind = described(
        "lora",
        "Kind of adapter",
        "LoRA loads everywhere and trains fastest. LoHa reaches more of a layer and is twice as large at the same "
        "rank, LoKr is the smallest; both want a learning rate several times higher, and load in ComfyUI, A1111, Forge "
        "and InvokeAI, but not in diffusers or kohya's scripts.",
    )
    # Up to 16, LyCORIS itself cuts every layer of a Stable Diffusion model as peft does, and can train such a file on.
    lokr_factor: int = described(
        8, "LoKr factor", "How finely LoKr cuts each layer up: a smaller factor learns more and makes a larger file.",
        ge=2, le=16,
    )  # fmt: skip
    rank: int = described(
        16, "Rank", "Capacity of the adapter. Higher learns finer detail and makes a larger file.",
        "basic", ge=1, le=256,
    )  # fmt: skip
    alpha: float = described(
        16.0, "Alpha", "How strongly the adapter acts: alpha divided by rank. Equal to the rank, it acts in full.",
        gt=0, le=1024,
    )  # fmt: skip
    dropout: float = described(
        0.0, "Adapter dropout", "Share of the adapter's input left out at random at each step. Can keep very few "
        "pictures from being learned by heart.",
        ge=0.0, lt=1.0,
    )  # fmt: skip
    rank_stabilized: bool = described(
        False,
        "Rank-stabilised",
        "Lets high ranks act more strongly: alpha is divided by the square root of the rank, not by the rank.",
    )
    targets: Literal[
        "attention", "cross_attention", "self_attention", "attention_and_feed_forward", "attention_blocks",
        "with_convolutions",
    ] = described(
        "attention",
        "Layers",
        "Which layers learn. Words act in cross-attention, shapes in self-attention; feed-forward and convolutions "
        "add capacity and make a larger file. Whole attention blocks are what kohya's scripts train.",
    )  # fmt: skip
    train_text_encoder: bool = described(
        False,
        "Train the text encoder",
        "Lets the trigger word itself be learned. Slower; meant for SD 1.x characters.",
    )
    average: float = described(
        0.0, "Running average", "Samples and saved adapters are an average over the last steps: 0.99 covers about a "
        "hundred of them. 0 switches it off.", ge=0, lt=1,
    )  # fmt: skip
    start_from: str = described(
        "", "Start from", "A LoRA file whose weights the new adapter begins with; the run keeps a copy of it. Empty "
        "begins with a fresh one.",
    )  # fmt: skip

    _has_paths = field_validator("start_from")(_can_be_a_path)


class OptimizerSettings(Section):
    """What moves the adapter's weights, and how far."""

    type: Literal[
        "adamw", "adamw8bit", "paged_adamw8bit", "lion8bit", "adafactor", "prodigy", "schedule_free"
    ] = described(
        "adamw",
        "Optimiser",
        "What moves the adapter's numbers. AdamW 8-bit takes a quarter of AdamW's memory and learns alike. Lion and "
        "Adafactor take still less; Prodigy finds its own rate, and the schedule-free one needs no falling rate.",
    )  # fmt: skip
    learning_rate: float = described(
        1e-4, "Learning rate", "How far each step goes. Too high burns the picture.", gt=0, le=1
    )
    text_encoder_rate: float = described(
        1e-5, "Text encoder rate", "Learning rate of the text encoder's layers.", gt=0, le=1
    )
    weight_decay: float = described(
        0.01,
        "Weight decay",
        "Pulls the adapter's numbers towards zero, so that it strays less from the base model.",
        ge=0,
        le=1,
    )
    beta1: float = described(0.9, "Momentum", "How long the direction of earlier steps is remembered.", ge=0, lt=1)
    beta2: float = described(0.999, "Second moment", "How long the size of earlier steps is remembered.", ge=0, lt=1)


class ScheduleSettings(Section):
    """How long, in what portions, and how the learning rate moves."""

    looks_per_picture: float = described(
        60, "Looks per picture", "How often each picture is seen in the whole run.", "basic", gt=0, le=10_000
    )
    min_steps: int = described(1, "At least", "Steps a run takes even with few pictures.", ge=1, le=1_000_000)
    max_steps: int = described(
        5000,
        "At most",
        "Steps a run never exceeds, however many pictures there are.",
        "basic",
        ge=1,
        le=1_000_000,
    )
    epochs: int = described(
        8, "Epochs", "Into how many portions the run is cut. Samples and a kept adapter follow each.",
        "basic", ge=1, le=200,
    )  # fmt: skip
    more_epochs: int = described(
        0, "Further epochs", "Whole epochs added after the run had come to its end.", "hidden", ge=0, le=1000
    )
    batch_size: int = described(1, "Batch size", "Pictures seen in one pass.", ge=1, le=256)
    gradient_accumulation: int = described(
        1,
        "Gradient accumulation",
        "Passes added up before one step; a larger batch in the same memory.",
        ge=1,
        le=256,
    )
    curve: Literal["constant", "linear", "cosine", "cosine_with_restarts"] = described(
        "cosine", "Rate over time", "How the learning rate falls towards the end."
    )
    cycles: int = described(
        2, "Falls", "How often the rate falls in a run with restarts; in between it jumps back up.", ge=1, le=50
    )
    warmup_share: float = described(
        0.05, "Warm-up", "Share of the run in which the rate rises from zero.", ge=0, le=0.5
    )
    warmup_steps: int | None = described(
        None, "Warm-up steps", "Steps in which the rate rises from zero. Empty takes the share above.",
        ge=0, le=100_000,
    )  # fmt: skip


class ObjectiveSettings(Section):
    """What counts as an error, and how much."""

    min_snr_gamma: float | None = described(
        5.0,
        "Min-SNR",
        "Keeps looks with very little noise from counting too much; lower is stronger. Empty switches it off.",
        gt=0,
        le=100,
    )
    debiased: bool = described(
        False, "Debiased", "Weighs the noise levels so that the noisiest ones, which decide the layout, count more."
    )
    loss: Literal["squared", "huber"] = described(
        "squared",
        "Kind of error",
        "Squared minds large errors most. Huber forgives them, which suits sets with odd pictures.",
    )
    huber_limit: float = described(
        0.1,
        "Huber limit",
        "Errors above about this size are forgiven in part: they count in proportion, not squared.",
        gt=0,
        le=10,
    )
    noise_offset: float = described(
        0.0, "Noise offset", "Shifts the noise's brightness, for very dark or bright pictures.", ge=0, le=0.5
    )
    multires_noise: float = described(
        0.0, "Multires noise", "Adds coarser noise too, each coarser layer with this share of the strength of the one "
        "before. For pictures with strong light and shade; 0 switches it off.", ge=0, lt=1,
    )  # fmt: skip
    input_perturbation: float = described(
        0.0, "Input perturbation", "Puts a little more noise into the picture than the model is told to find, so that "
        "small errors while drawing do less harm; 0.1 is usual.", ge=0, le=1,
    )  # fmt: skip
    zero_terminal_snr: bool = described(
        False, "Zero-terminal SNR", "Leaves nothing of the picture at the highest noise level, so that very dark and "
        "very bright pictures can be learned."
    )  # fmt: skip
    timestep_low: int = described(
        0, "Least noise", "The lowest noise level that is trained. Low levels hold fine detail.", ge=0, le=999
    )
    timestep_high: int = described(
        999, "Most noise", "The highest noise level that is trained. High levels hold the layout.", ge=0, le=999
    )
    timestep_density: Literal["uniform", "logit_normal"] = described(
        "uniform", "Choice of noise", "Which noise levels are learned most: all alike, or those in the middle more."
    )
    density_centre: float = described(
        0.0, "Centre of the choice", "Where that middle lies: below 0 at less noise, above 0 at more.", ge=-3, le=3,
    )  # fmt: skip
    density_spread: float = described(
        1.0, "Width of the choice", "How far around that centre more is learned.", gt=0, le=3
    )
    keep_base_share: float = described(
        0.0,
        "Leak guard",
        "Share of looks spent on keeping pictures without the trigger word as the base model draws them. A little "
        "slower.",
        ge=0,
        le=0.9,
    )
    prior_weight: float = described(
        1.0, "Weight of the kind", "How much the pictures of the kind count beside your own.", ge=0, le=10
    )
    outside_mask: float = described(
        0.1,
        "Outside the mask",
        "How much the parts count that a picture's mask leaves out. 0 ignores them, which lets them become anything.",
        ge=0,
        le=1,
    )
    max_gradient_norm: float = described(
        1.0,
        "Gradient limit",
        "Keeps a single odd picture from pulling too hard; lower is stricter. 0 switches it off.",
        ge=0,
        le=1000,
    )


class PrecisionSettings(Section):
    """How numbers are held while training."""

    compute: Literal["auto", "fp32", "bf16", "fp16"] = described(
        "auto",
        "Precision",
        "How exactly numbers are computed. auto suits your card: bf16 where it can, fp16 on older ones, fp32 without.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = described(
        "auto",
        "Device",
        "What does the training: auto takes the graphics card when there is one, else the processor (cpu).",
    )
    gradient_checkpointing: bool = described(
        False, "Recompute to save memory", "Computes parts of the model twice, for about half the memory."
    )
    memory_limit_gib: float = described(
        0.0, "Memory limit", "The most of the graphics card's memory that training may take, in GB, so that other "
        "programs keep theirs. 0 sets no limit.", ge=0, le=1024,
    )  # fmt: skip
    fast_step: Literal["auto", "off"] = described(
        "auto",
        "Fast steps",
        "auto lets an NVIDIA card repeat a recorded step, several times faster with small batches. Choose off when "
        "training misbehaves or memory is short; the result is the same but for rounding.",
    )
    tuning: Literal["auto", "off"] = described(
        "auto",
        "Measure the card",
        "auto times for up to ten seconds, once for each kind of training on an NVIDIA card, how it computes fastest. "
        "off keeps the usual choices. The result is the same but for rounding.",
    )
    cards: int = described(
        1, "Graphics cards", "NVIDIA cards in this computer that share each batch. The result is that of one card.",
        ge=1, le=16,
    )  # fmt: skip
    cpu_threads: int = described(
        0,
        "CPU threads",
        "How many of the processor's threads take part. 0 leaves the choice to the computer.",
        ge=0,
        le=256,
    )


class PreviewSettings(Section):
    """The sample pictures drawn before training and after each epoch."""

    enabled: bool = described(True, "Draw samples", "Before training and after each epoch.", "basic")
    prompts: tuple[str, ...] = described(
        (), "Sample prompts", "Four are proposed when none are given; the last one leaves the trigger word out.",
        "basic", max_length=16,
    )  # fmt: skip
    negative_prompt: str = described("", "Negative prompt", "What the samples should avoid.")
    seed: int = described(
        42,
        "Sample seed",
        "Every epoch draws with the same seed, so that samples can be compared. Prompt n takes this number plus n.",
        ge=0,
        le=2**31 - 1,
    )
    steps: int = described(
        20, "Sample steps", "Steps in which a sample is drawn. More take longer and can be cleaner.", ge=1, le=200
    )
    guidance: float = described(7.0, "Guidance", "How strictly a sample follows its prompt.", ge=1, le=30)


class OutputSettings(Section):
    """What is kept and how it is saved."""

    checkpoint_every_steps: int = described(
        50,
        "Save every",
        "Steps between two save points; a crash loses about so many at most.",
        ge=1,
        le=100_000,
    )
    checkpoint_every_s: float = described(
        120.0,
        "or every (seconds)",
        "Seconds between two save points, whichever comes first.",
        ge=1,
        le=86_400,
    )
    keep_checkpoints: int = described(2, "Save points kept", "Older ones are removed.", ge=1, le=100)
    export_dtype: Literal["fp16", "bf16", "fp32"] = described(
        "fp16", "Precision of the file", "fp16 loads everywhere and is half the size of fp32."
    )
    author: str = described("", "Author", "Written into the adapter file when given.")
    license: str = described("", "Licence", "Written into the adapter file when given.")


class TrainingConfig(Section):
    """One training, whole: what `config.json` in a run folder holds."""

    version: Literal[1] = described(1, "Version", "Of the format of this file.", "hidden")
    name: str = described("adapter", "Name", "Names the run and the exported file.", "basic",
                          min_length=1, max_length=120)  # fmt: skip
    kind: Kind = described("style", "Kind", "What is taught: a style, a character or an object.", "basic")
    seed: int = described(1, "Seed", "The same seed, pictures and settings give the same run.", ge=0, le=2**31 - 1)
    base: BaseModelSettings = BaseModelSettings()
    dataset: DatasetSettings = DatasetSettings()
    adapter: AdapterSettings = AdapterSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    objective: ObjectiveSettings = ObjectiveSettings()
    precision: PrecisionSettings = PrecisionSettings()
    preview: PreviewSettings = PreviewSettings()
    output: OutputSettings = OutputSettings()

    @field_validator("name")
    @classmethod
    def _is_a_file_name(cls, value: str) -> str:
        if any(mark in value for mark in '/\\:*?"<>|') or not all(letter.isprintable() for letter in value):
            raise ValueError('a name may not hold / \\ : * ? " < > | or invisible characters')
        if value.strip(". ") != value:
            raise ValueError("a name may not begin or end with a dot or space")
        if len(value.encode()) > LONGEST_NAME_BYTES:
            raise ValueError("it is too long for the name of a file")
        return value

    @model_validator(mode="after")
    def _can_work_together(self) -> TrainingConfig:
        clashes = find_clashes(self.model_dump())
        if clashes:
            raise ValueError(" ".join(clash.reason for clash in clashes))
        return self
