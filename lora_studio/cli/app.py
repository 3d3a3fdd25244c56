"""The commands. Each imports what it needs when it is called, so that `--help` starts at once."""

from __future__ import annotations

import os
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lora_studio import __version__
from lora_studio.cli.output import Printer
from lora_studio.errors import ExitCode, StudioError

app = typer.Typer(
    name="lora-studio",
    help="Drop a folder of pictures, get a Stable Diffusion LoRA you can share.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Scheme(StrEnum):
    """How the modules in an adapter file are named."""

    KOHYA = "kohya"
    DIFFUSERS = "diffusers"


class Dtype(StrEnum):
    """The number format of weights."""

    FP16 = "fp16"
    BF16 = "bf16"
    FP32 = "fp32"


class Targets(StrEnum):
    """Which layers of a model."""

    ATTENTION = "attention"
    ATTENTION_AND_FEED_FORWARD = "attention_and_feed_forward"
    ALL = "all"


class Family(StrEnum):
    """A family of base models."""

    PRACTICE = "practice"
    SD1 = "sd1"
    SD2 = "sd2"
    SDXL = "sdxl"


Json = Annotated[bool, typer.Option("--json", help="One JSON object as the last line of the output.")]
Run = Annotated[Path, typer.Argument(help="The folder of a run, or its name in the list of `lora-studio status`.")]
Out = Annotated[Path | None, typer.Option("--out", help="Where the result goes.")]

Adapter = Annotated[Path, typer.Argument(help="An adapter file, .safetensors. It is never changed.")]
NewFile = Annotated[Path, typer.Option("--out", help="The file to write, .safetensors.")]
NumberFormat = Annotated[Dtype | None, typer.Option(help="Number format; the file's own if not given.")]
Folded = Annotated[float, typer.Option(help="Folded in: 1 in any program is then this strength.")]
OfFamily = Annotated[Family | None, typer.Option(help="Which base it is for, where the file does not tell.")]


def main() -> None:
    """Runs the command line and ends the process; a problem is one sentence and an exit code that means something."""
    for stream in (sys.stdout, sys.stderr):
        # Names and captions hold anything; a console that cannot show a mark shows a stand-in.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    arguments = sys.argv[1:] or ["--help"]
    printer = Printer("--json" in arguments)
    try:
        sys.exit(app(arguments, standalone_mode=False) or ExitCode.DONE)
    except StudioError as error:
        printer.problem(error)
        sys.exit(int(error.exit_code))
    except (typer.Abort, KeyboardInterrupt):
        printer.problem(StudioError("interrupted", "Stopped."))
        sys.exit(int(ExitCode.INTERRUPTED))
    except BrokenPipeError:  # whoever read the output has seen enough, as in `presets | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(int(ExitCode.DONE))
    except Exception as error:  # the last border: whatever it is, the person gets a sentence, and a file the rest
        problem = _wrong_words(error) or _unexpected(error)
        printer.problem(problem)
        sys.exit(int(problem.exit_code))


def _wrong_words(error: Exception) -> StudioError | None:
    """What typer says about a wrong command line, as one of our problems; None for anything else."""
    say = getattr(error, "format_message", None)
    if say is None:
        return None
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "lora-studio"
    words = f"{say().rstrip('.')}."
    return StudioError("usage", words, hint=f"`{command} --help` shows how it is used.", exit_code=ExitCode.USAGE)


def _unexpected(error: Exception) -> StudioError:
    """A mistake of ours; where it happened is kept in a file that can be reported."""
    from lora_studio import paths, storage

    path = paths.cache_dir() / "last_problem.txt"
    kept = f"The details are in {path}."
    try:
        storage.make_dir(path.parent)
        storage.write_file(path, "".join(traceback.format_exception(error)).encode(errors="replace"))
    except StudioError:
        kept = "".join(traceback.format_exception(error))
    return StudioError(
        "unexpected", f"Something went wrong that the app does not know: {type(error).__name__}: {str(error)[:300]}.",
        kept, "Please report it.", ExitCode.UNEXPECTED,
    )  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        print(f"lora-studio {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = (
        False
    ),
) -> None:
    """Drop a folder of pictures, get a Stable Diffusion LoRA you can share."""


@app.command("app")
def window(
    project: Annotated[Path | None, typer.Argument(help="The folder of a project.")] = None,
    install_menu_entry: Annotated[
        bool, typer.Option("--install-menu-entry", help="Put the window into the desktop's menu (Linux).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Open the desktop window. A project that is open already comes to the front."""
    from lora_studio.cli import window as desktop

    if install_menu_entry:
        desktop.install_menu_entry(Printer(as_json))
    else:
        raise typer.Exit(desktop.open_window(project))


@app.command()
def demo(
    kind: Annotated[str, typer.Option(help="style or character.")] = "style",
    out: Out = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="path.to.field=value, repeatable.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run at --out.")] = False,
    as_json: Json = False,
) -> None:
    """Train an adapter on a sample project with the built-in Practice base; nothing is downloaded."""
    from lora_studio.cli.train import run_demo

    raise typer.Exit(run_demo(kind, out, settings or [], resume, Printer(as_json)))


@app.command()
def scan(
    folder: Annotated[Path, typer.Argument(help="The folder with pictures and captions.")], as_json: Json = False
) -> None:
    """Look through a folder of pictures: sizes, captions, and what to mend. Nothing in it is changed."""
    from lora_studio.cli.show import show_scan

    show_scan(folder, Printer(as_json))


@app.command()
def train(
    folder: Annotated[Path | None, typer.Argument(help="The folder with pictures and captions.")] = None,
    base: Annotated[
        str, typer.Option(help="practice, or a Stable Diffusion model: a .safetensors file or a folder.")
    ] = "practice",
    preset: Annotated[str, typer.Option(help="style, character or object.")] = "style",
    settings: Annotated[list[str] | None, typer.Option("--set", help="path.to.field=value, repeatable.")] = None,
    like: Annotated[
        Path | None, typer.Option(help="Take over the settings that an adapter file tells; --set still wins.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Names the run and the adapter file.")] = None,
    trigger: Annotated[str | None, typer.Option(help="The word that calls up what was taught.")] = None,
    prompt: Annotated[list[str] | None, typer.Option(help="A sample prompt, repeatable.")] = None,
    held_back: Annotated[Path | None, typer.Option(help="Pictures that only check, never train.")] = None,
    out: Out = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run at --out.")] = False,
    more_epochs: Annotated[int, typer.Option(min=0, help="With --resume: epochs to add to a finished run.")] = 0,
    less_memory: Annotated[
        bool, typer.Option("--less-memory", help="With --resume: change what saves memory and teaches the same.")
    ] = False,
    what_is_left: Annotated[
        bool, typer.Option("--what-is-left", help="With --resume: go on although pictures were edited or removed.")
    ] = False,
    later: Annotated[bool, typer.Option("--queue", help="Make the run and let it wait in the queue.")] = False,
    as_json: Json = False,
) -> None:
    """Train an adapter on a folder of pictures. Ctrl+C saves and stops; a second one stops at once."""
    from lora_studio.cli.train import TrainOptions, run_train

    options = TrainOptions(
        folder, base, preset, settings or [], name, trigger, prompt or [], held_back, out, resume, later, more_epochs,
        less_memory, like, what_is_left,
    )  # fmt: skip
    raise typer.Exit(run_train(options, Printer(as_json)))


@app.command()
def sample(
    prompt: Annotated[list[str], typer.Option("--prompt", help="What to draw, repeatable.")],
    out: Annotated[Path, typer.Option("--out", help="PNG to write; more than one prompt makes one sheet.")],
    base: Annotated[
        str, typer.Option(help="practice, or a Stable Diffusion model: a .safetensors file or a folder.")
    ] = "practice",
    adapter: Annotated[list[str] | None, typer.Option(help="FILE or FILE:strength, repeatable.")] = None,
    negative: Annotated[str, typer.Option(help="What to avoid.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same picture.")] = 42,
    steps: Annotated[int, typer.Option(min=1, max=200, help="More take longer and look a little cleaner.")] = 20,
    guidance: Annotated[float | None, typer.Option(min=1, max=30, help="How strictly prompts are followed.")] = None,
    size: Annotated[
        int | None, typer.Option(min=64, max=2048, help="Side in pixels; the base's own size if not given.")
    ] = None,
    clip_skip: Annotated[
        int | None,
        typer.Option(min=1, max=4, help="Text encoder's layer from its end; the adapter's if not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw pictures with a base model, with or without adapters."""
    from lora_studio.cli.sample import run_sample

    _refuse_folder(out)
    run_sample(base, adapter or [], prompt, negative, seed, steps, guidance, size, clip_skip, out, Printer(as_json))


@app.command()
def sheet(run: Run, out: Out = None, as_json: Json = False) -> None:
    """Draw all samples of a run on one labelled picture: prompts down, epochs across."""
    from lora_studio.cli.runs import open_run
    from lora_studio.runs.sheet import write_sheet

    found = open_run(run)
    _refuse_folder(out)
    path = write_sheet(found, out)
    Printer(as_json).result({"sheet": str(path)}, f"Sheet: {path}")


@app.command()
def export(
    run: Run,
    epoch: Annotated[int | None, typer.Option(help="The last one if not given.")] = None,
    strength: Folded = 1.0,
    dtype: Annotated[Dtype | None, typer.Option(help="Number format; the one of the run's settings if not given.")] = (
        None
    ),
    also_diffusers: Annotated[
        bool, typer.Option("--also-diffusers", help="A second file beside it, for Python code that uses diffusers.")
    ] = False,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave a line or group of --list out of the file, repeatable.")
    ] = None,
    with_tags: Annotated[
        bool, typer.Option("--with-tags", help="Write the captions' tags into the file, counted; others can read them.")
    ] = False,
    lists: Annotated[bool, typer.Option("--list", help="Say what the file would tell others; write nothing.")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Then draw a sample without and with the file, side by side, into this PNG.")
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Save an epoch of a run as one adapter file that other programs load."""
    from lora_studio.cli.export import ExportOrder, run_export
    from lora_studio.runs.exports import ExportForm, ExportWords

    _refuse_folder(picture)
    words = ExportWords(left_out=frozenset(without or ()), with_tags=with_tags)
    form = ExportForm(strength, dtype.value if dtype else None, also_diffusers, words)
    run_export(ExportOrder(run, epoch, out, form, picture, lists), Printer(as_json))


@app.command()
def kit(
    source: Annotated[
        Path, typer.Argument(metavar="RUN_OR_ADAPTER", help="A run, its name, or an adapter file, .safetensors.")
    ],
    epoch: Annotated[int | None, typer.Option(help="Of a run; the last one if not given.")] = None,
    strength: Annotated[
        float | None, typer.Option(min=0.05, max=2, help="Suggested on the card; the adapter stays as it is.")
    ] = None,
    cover: Annotated[Path | None, typer.Option(help="A picture; the first sample if not given.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder to make, or a file that ends in .zip.")] = None,
    as_json: Json = False,
) -> None:
    """Make a sharing kit: the adapter with cover, samples and a card for Civitai and Hugging Face. Nothing is sent."""
    from lora_studio.cli.sharing import run_kit

    run_kit(source, epoch, strength, cover, out, Printer(as_json))


@app.command()
def upload(
    folder: Annotated[Path, typer.Argument(metavar="KIT", help="The folder of a sharing kit.")],
    page: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The page on the Hugging Face hub.")],
    public: Annotated[bool, typer.Option("--public", help="Everybody may see it; else only you.")] = False,
    token: Annotated[
        bool, typer.Option("--token", help="Ask for a token, even if one is kept or in HF_TOKEN.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before sending.")] = False,
    as_json: Json = False,
) -> None:
    """Put a sharing kit on the Hugging Face hub: lists what would be sent and who could see it, and asks."""
    from lora_studio.cli.sharing import run_upload

    run_upload(folder, page, public, token, yes, Printer(as_json))


def _refuse_folder(out: Path | None) -> None:
    if out is not None and out.is_dir():
        raise StudioError(
            "bad_file_name", f"{out} is a folder.", "A picture needs the name of a file.",
            f"For example: --out {out / 'picture.png'}",
        )  # fmt: skip


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="An adapter file, .safetensors.")],
    check: Annotated[
        bool, typer.Option("--check", help="Read every number too: hash, broken numbers, effect.")
    ] = False,
    recipe: Annotated[
        bool, typer.Option("--recipe", help="Tell the settings it was trained with, and which are unknown.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell what an adapter file is: family, kind, rank, trigger words, settings, flaws, and where it will load."""
    from lora_studio.cli.show import show_adapter

    show_adapter(file, check, recipe, Printer(as_json))


@app.command()
def convert(
    file: Adapter,
    out: NewFile,
    scheme: Annotated[Scheme, typer.Option(help="kohya is read by every program.")] = Scheme.KOHYA,
    dtype: NumberFormat = None,
    strength: Folded = 1.0,
    to_plain: Annotated[
        bool, typer.Option("--to-plain", help="Make a plain LoRA of a LoHa, LoKr, DoRA or whole differences.")
    ] = False,
    rank: Annotated[int | None, typer.Option(min=1, help="With --to-plain: the most ranks a layer may have.")] = None,
    keep: Annotated[
        float | None, typer.Option(help="Or: the share of each layer's change to keep; 0.99 if not given.")
    ] = None,
    base: Annotated[Path | None, typer.Option(help="With --to-plain: the base that a DoRA was trained on.")] = None,
    family: OfFamily = None,
    as_json: Json = False,
) -> None:
    """Write an adapter under other names, in another number format, at another strength, or as a plain LoRA."""
    from lora_studio.cli.tools import run_convert, run_make_plain

    printer = Printer(as_json)
    if to_plain:
        run_make_plain(
            file,
            out,
            rank,
            keep,
            base,
            scheme.value,
            dtype.value if dtype else None,
            strength,
            family.value if family else None,
            printer,
        )
    elif rank is not None or keep is not None or base is not None:
        raise StudioError(
            "usage", "--rank, --keep and --base belong to --to-plain.", "Nothing was written.",
            "To make a plain LoRA smaller: lora-studio resize FILE --rank 8 --out SMALLER.safetensors",
            ExitCode.USAGE,
        )  # fmt: skip
    else:
        run_convert(
            file,
            out,
            scheme.value,
            dtype.value if dtype else None,
            strength,
            family.value if family else None,
            printer,
        )


@app.command()
def resize(
    file: Adapter,
    out: NewFile,
    rank: Annotated[int | None, typer.Option(min=1, help="The most ranks a layer may have.")] = None,
    keep: Annotated[float | None, typer.Option(help="Or: the share of each layer's change to keep, as 0.95.")] = None,
    dtype: NumberFormat = None,
    family: OfFamily = None,
    as_json: Json = False,
) -> None:
    """Make an adapter file smaller, and tell how much of what it does is kept."""
    from lora_studio.cli.tools import run_resize

    run_resize(
        file, out, rank, keep, dtype.value if dtype else None, family.value if family else None, Printer(as_json)
    )


@app.command()
def merge(
    files: Annotated[list[str], typer.Argument(help="FILE or FILE:weight, two or more. None is changed.")],
    out: NewFile,
    rank: Annotated[int | None, typer.Option(min=1, help="The most ranks a layer may have; all if not given.")] = None,
    dtype: NumberFormat = None,
    family: OfFamily = None,
    as_json: Json = False,
) -> None:
    """Add adapters up into one file, each as strongly as you say."""
    from lora_studio.cli.tools import run_merge

    run_merge(files, out, rank, dtype.value if dtype else None, family.value if family else None, Printer(as_json))


@app.command()
def edit(
    file: Adapter,
    out: NewFile,
    title: Annotated[str | None, typer.Option(help="What lists of models show.")] = None,
    author: Annotated[str | None, typer.Option(help="Who made it.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", "--license", help="Such as CC-BY-4.0.")] = None,
    trigger: Annotated[str | None, typer.Option(help="The words that call up what was taught.")] = None,
    description: Annotated[str | None, typer.Option(help="In any length; Markdown is shown as such.")] = None,
    usage_hint: Annotated[str | None, typer.Option(help="How to use it, such as a strength.")] = None,
    tags: Annotated[str | None, typer.Option(help="Parted by commas.")] = None,
    cover: Annotated[Path | None, typer.Option(help="A picture that lists of models show, made small.")] = None,
    remove_cover: Annotated[bool, typer.Option("--remove-cover", help="Take the cover away.")] = False,
    remove_settings: Annotated[
        bool, typer.Option("--remove-settings", help="Take away how it was trained: rates, steps, pictures, tags.")
    ] = False,
    family: OfFamily = None,
    as_json: Json = False,
) -> None:
    """Change what an adapter file says about itself. "" takes a text away; the weights stay, bit for bit."""
    from lora_studio.cli.tools import run_edit
    from lora_studio.weights.edit import EditWish

    wish = EditWish(
        title=title,
        author=author,
        license=licence,
        trigger=trigger,
        description=description,
        usage_hint=usage_hint,
        tags=tags,
        cover_jpeg=b"" if remove_cover else None,
        remove_settings=remove_settings,
    )
    run_edit(file, out, wish, cover, family.value if family else None, Printer(as_json))


@app.command()
def extract(
    tuned: Annotated[Path, typer.Argument(help="The model that learned something: a .safetensors file or a folder.")],
    base: Annotated[Path, typer.Argument(help="The model it was trained from. Neither is changed.")],
    out: NewFile,
    rank: Annotated[int, typer.Option(min=1, help="The most ranks a layer may have.")] = 32,
    energy: Annotated[float, typer.Option(help="Take fewer ranks where they keep this share, as 0.99.")] = 1.0,
    targets: Annotated[Targets, typer.Option(help="Which layers; all means convolutions too.")] = Targets.ATTENTION,
    text_encoder: Annotated[bool, typer.Option("--text-encoder", help="The text encoder's layers too.")] = False,
    dtype: Annotated[Dtype, typer.Option(help="Number format.")] = Dtype.FP16,
    as_json: Json = False,
) -> None:
    """Make an adapter of what one base model has learned beyond another, and tell how much of it that is."""
    from lora_studio.cli.tools import run_extract

    run_extract(tuned, base, out, rank, energy, targets.value, text_encoder, dtype.value, Printer(as_json))


@app.command("convert-ckpt")
def convert_ckpt(
    file: Annotated[Path, typer.Argument(help="An old checkpoint, .ckpt or .pt. It is never changed.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write, .safetensors; beside the old one if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write an old .ckpt model as .safetensors, without running what it may carry. No file is ever replaced."""
    from lora_studio.cli.tools import run_convert_ckpt

    run_convert_ckpt(file, out, Printer(as_json))


@app.command()
def download(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="Of a model on the Hugging Face hub: owner/name.")],
    file: Annotated[str, typer.Option(help="Which file, where the model has several.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before downloading.")] = False,
    as_json: Json = False,
) -> None:
    """Get a base model from the Hugging Face hub: shows size and licence, asks, and can be gone on with later."""
    from lora_studio.cli.tools import run_download

    run_download(model_id, file, yes, Printer(as_json))


@app.command()
def bake(
    base: Annotated[Path, typer.Argument(help="A base model, a .safetensors file or a folder. It is never changed.")],
    adapters: Annotated[list[str], typer.Argument(help="FILE or FILE:strength, one or more.")],
    out: Annotated[Path, typer.Option("--out", help="What to write: a .safetensors file, of a folder a folder.")],
    as_json: Json = False,
) -> None:
    """Write a base model with adapters added for good. It takes little memory, and the room of one more base."""
    from lora_studio.cli.tools import run_bake

    run_bake(base, adapters, out, Printer(as_json))


@app.command()
def status(
    run: Annotated[Path | None, typer.Argument(help="The folder or the name of a run.")] = None, as_json: Json = False
) -> None:
    """Tell what a run is doing, or list the runs of this computer."""
    from lora_studio.cli.show import show_runs, show_status

    if run is None:
        show_runs(Printer(as_json))
    else:
        show_status(run, Printer(as_json))


queue = typer.Typer(no_args_is_help=True, help="Runs that wait in line: list, add, run.", rich_markup_mode=None)
app.add_typer(queue, name="queue")


@queue.command("list")
def queue_list(as_json: Json = False) -> None:
    """List the waiting runs and what became of earlier ones."""
    from lora_studio.cli.queue import show_queue

    show_queue(Printer(as_json))


@queue.command("add")
def queue_add(run: Run, as_json: Json = False) -> None:
    """Put a run that was made, paused or stopped by a problem at the end of the line."""
    from lora_studio.cli.queue import add_to_queue

    add_to_queue(run, Printer(as_json))


@queue.command("run")
def queue_run(as_json: Json = False) -> None:
    """Train the waiting runs one after the other."""
    from lora_studio.cli.queue import run_queue

    raise typer.Exit(run_queue(Printer(as_json)))


@app.command()
def presets(
    settings: Annotated[bool, typer.Option("--settings", help="List every setting with its range.")] = False,
    as_json: Json = False,
) -> None:
    """Tell what the presets choose, and why."""
    from lora_studio.cli.show import show_presets, show_settings

    (show_settings if settings else show_presets)(Printer(as_json))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this computer: graphics card, memory, disk, and whether the engine is whole."""
    from lora_studio.cli.doctor import run_doctor

    raise typer.Exit(run_doctor(Printer(as_json)))


@app.command()
def bench(
    family: Annotated[list[Family] | None, typer.Option(help="Bases of full size with random weights.")] = None,
    base: Annotated[str | None, typer.Option(help="Or a base model of your own.")] = None,
    way: Annotated[
        list[str] | None, typer.Option(help="16, 8 or 4 bit, as `4`, or with recomputing, as `4+recompute`.")
    ] = None,
    resolution: Annotated[int | None, typer.Option(help="Training size in pixels.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="Pictures in one pass.")] = 1,
    limit: Annotated[
        list[float] | None, typer.Option(help="The most of the card's memory, in GB, as if it had no more.")
    ] = None,
    steps: Annotated[int, typer.Option(min=8, help="Steps of each run.")] = 24,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A setting, as path.to.setting=value.")] = None,
    keep: Annotated[Path | None, typer.Option(help="A folder for bases and runs, which then stay.")] = None,
    report: Annotated[Path | None, typer.Option(help="A file for the table, .md.")] = None,
    as_json: Json = False,
) -> None:
    """Measure speed and memory on this computer, by training for real; nothing is downloaded."""
    from lora_studio.cli.bench import BenchOptions, run_bench

    options = BenchOptions(
        families=[one.value for one in family or []],
        base=base,
        ways=way or [],
        resolution_px=resolution,
        batch_size=batch,
        limits_gib=limit or [],
        steps=steps,
        settings=settings or [],
        keep=keep.absolute() if keep else None,
        report=report,
    )
    raise typer.Exit(run_bench(options, Printer(as_json)))
