"""The sharing kit: everything a stranger needs, nothing that tells of the person or the computer."""

from __future__ import annotations

import getpass
import io
import platform
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image, PngImagePlugin
from safetensors.numpy import save_file

from lora_studio import paths
from lora_studio.config.training import (
    AdapterSettings,
    BaseModelSettings,
    DatasetSettings,
    OutputSettings,
    PreviewSettings,
    TrainingConfig,
)
from lora_studio.dataset.buckets import Placement
from lora_studio.errors import StudioError
from lora_studio.runs.card import HUB_LICENCES, CardFacts, CardSample, civitai_text, code, model_card, plain
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.kit import free_kit_path, known_base_id, make_kit, make_run_kit
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.header import read_header

LAYER = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
CAPTION = "mistyink, a private garden behind the chapel"
PROMPTS = (CAPTION, "mistyink, a red boat", "Mistyink -- a private garden, behind the chapel! at night")
NASTY = 'my "ink": <b>x</b> [y](z) `q` | 墨\n---\nlicense: mit\n# حبر 🖋️ \u2028* * *'
SECRETS = ("adalovelace", "/home/", "Users", "client-project", "holiday.png", "private garden", "behind the chapel")


def finished_run(folder: Path, **changes: Any) -> RunFolder:
    """A run of two epochs; each sample has its own colour and its settings inside."""
    config = TrainingConfig(
        name="ink",
        base=BaseModelSettings(source="/home/adalovelace/client-project/v1-5-pruned-emaonly.safetensors", family="sd1"),
        dataset=DatasetSettings(folder="C:\\Users\\adalovelace\\client-project", trigger="mistyink"),
        adapter=AdapterSettings(rank=4),
        preview=PreviewSettings(prompts=PROMPTS, seed=100),
        output=OutputSettings(author="Ada", license="CC-BY-4.0"),
    ).model_copy(update=changes)
    run = RunFolder.create(folder, {"config.json": config.model_dump_json().encode()})
    entry = PictureEntry(
        path="/home/adalovelace/client-project/holiday.png", content_sha256="0" * 64, caption=CAPTION, repeats=1,
        placement=Placement(64, 64, 64, 64, 0, 0, 1.0),
    )  # fmt: skip
    run.images_path.write_text(RunPictures(training=(entry,)).model_dump_json())
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("parameters", CAPTION)
    for epoch in (1, 2):
        tensors = {
            f"{LAYER}.lora_A.weight": np.full((4, 768), 0.01 * epoch, np.float32),
            f"{LAYER}.lora_B.weight": np.full((320, 4), 0.02, np.float32),
        }
        save_file(tensors, run.epoch_path(epoch), adapter_note(config.base.family, {LAYER: (4, 4.0)}))
        run.sample_dir(epoch).mkdir()
        for number in range(1, len(config.preview.prompts) + 1):
            picture = Image.new("RGB", (64, 48), (100 * epoch, 60 * number, 0))
            picture.save(run.sample_path(epoch, number), pnginfo=texts, icc_profile=b"adalovelace" * 20)
    return run


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return finished_run(tmp_path / "run")


def front_matter(card: str) -> dict[str, Any]:
    found = re.match(r"---\n(.*?\n)---\n", card, re.DOTALL)
    assert found is not None
    return yaml.safe_load(found[1])


def card_facts(**changes: Any) -> CardFacts:
    facts: dict[str, Any] = {
        "file_name": "ink.safetensors", "title": "ink", "family": "sd1", "trigger": "mistyink", "author": "",
        "notes": "", "licence": "", "strength": None, "base_name": "base", "base_id": "",
        "programs": frozenset({"ComfyUI"}), "settings": (), "samples": (), "negative_prompt": "",
        "cover": "", "sheet": "",
    }  # fmt: skip
    return CardFacts(**{**facts, **changes})


def test_a_kit_holds_the_very_adapter_its_pictures_and_a_card(run: RunFolder, tmp_path: Path) -> None:
    adapter = export_epoch(run, 2, tmp_path / "LoRAs" / "ink.safetensors").path
    kit = make_kit(run, adapter, tmp_path / "kits" / "ink-kit", cover=run.sample_path(2, 2))
    there = {path.relative_to(kit.path).as_posix() for path in kit.path.rglob("*") if path.is_file()}
    samples = {f"images/sample-{number}.png" for number in (1, 2, 3)}
    assert there == {"ink.safetensors", "README.md", "civitai.txt", "cover.png", "sheet.png"} | samples
    assert there == {file.name for file in kit.files}
    assert (kit.path / "ink.safetensors").read_bytes() == adapter.read_bytes()
    with Image.open(kit.path / "cover.png") as cover:
        assert (cover.size, cover.getpixel((5, 5)), cover.info) == ((64, 48), (200, 120, 0), {})
    assert list(kit.path.parent.iterdir()) == [kit.path]


def test_the_front_matter_is_what_the_hub_reads(run: RunFolder, tmp_path: Path) -> None:
    adapter = export_epoch(run, 2, tmp_path / "ink.safetensors").path
    kit = make_kit(run, adapter, tmp_path / "kit", strength=0.8)
    card = (kit.path / "README.md").read_text("utf-8")
    assert front_matter(card) == {
        "license": "cc-by-4.0",
        "base_model": "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "pipeline_tag": "text-to-image",
        "tags": ["text-to-image", "lora", "stable-diffusion", "diffusers", "lora-studio"],
        "instance_prompt": "mistyink",
        "widget": [{"text": "mistyink, a red boat", "output": {"url": "images/sample-2.png"}}],
    }
    for part in (
        "**Suggested strength**: 0.8", "<lora:ink:0.8>", 'weight_name="ink.safetensors"', "| Rank | 4 |",
        "| Pictures | 1 |", "| Epoch | 2 of ", "`mistyink, a red boat`, seed 101", "Made by Ada with LoRA Studio",
    ):  # fmt: skip
        assert part in card, part
    assert "Trigger words: mistyink\n" in (kit.path / "civitai.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["kit", "kit.zip"])
def test_no_byte_of_a_kit_tells_a_path_a_name_or_a_caption(run: RunFolder, tmp_path: Path, name: str) -> None:
    kit = make_run_kit(run, tmp_path / name, epoch=1)
    files = [kit.path] if kit.is_zip else [path for path in kit.path.rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files]
    here = [str(tmp_path), str(Path.home()), platform.node()]
    for secret in (*SECRETS, *(place for place in here if len(place) > 4)):
        assert not any(secret.encode() in content for content in contents), secret
    # A short user name such as "root" could stand in any numbers by chance, so it is looked for among the words.
    words = "".join(re.findall(r"[ -~\n]{6,}", b"".join(contents).decode("latin-1")))
    assert getpass.getuser() not in words.split()
    assert any(b"mistyink, a red boat" in content for content in contents)


def test_captions_of_pictures_that_were_removed_later_are_not_told_either(run: RunFolder, tmp_path: Path) -> None:
    entry = RunPictures.model_validate_json(run.images_path.read_bytes()).training[0]
    left = RunPictures(training=(entry.model_copy(update={"caption": "another"}),), gone=(entry,))
    run.images_path.write_text(left.model_dump_json())
    kit = make_run_kit(run, tmp_path / "kit")
    assert "private garden" not in (kit.path / "README.md").read_text("utf-8")


def test_a_prompt_that_is_a_caption_stands_on_no_label_of_the_sheet(tmp_path: Path) -> None:
    told, blank = (
        finished_run(tmp_path / name, preview=PreviewSettings(prompts=prompts))
        for name, prompts in (("told", (PROMPTS[0],)), ("blank", ("",)))
    )
    sheets = [(make_run_kit(run, run.path / "kit").path / "sheet.png").read_bytes() for run in (told, blank)]
    assert sheets[0] == sheets[1]


def test_a_zip_has_one_folder_no_times_and_nothing_beside_the_files(run: RunFolder, tmp_path: Path) -> None:
    kit = make_run_kit(run, tmp_path / "ink-kit.zip")
    with zipfile.ZipFile(kit.path) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
        card = archive.read("ink-kit/README.md").decode()
    assert {entry.filename for entry in entries} == {f"ink-kit/{file.name}" for file in kit.files}
    assert {(entry.date_time, entry.extra, entry.comment) for entry in entries} == {((1980, 1, 1, 0, 0, 0), b"", b"")}
    assert "# ink" in card


def test_the_same_adapter_makes_the_same_zip(run: RunFolder, tmp_path: Path) -> None:
    adapter = export_epoch(run, None, tmp_path / "ink.safetensors").path
    first, second = (make_kit(run, adapter, tmp_path / folder / "k.zip").path for folder in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", ["taken", "taken.zip"])
def test_nothing_that_is_there_is_replaced(run: RunFolder, tmp_path: Path, name: str) -> None:
    taken = tmp_path / name
    taken.write_bytes(b"mine")
    with pytest.raises(StudioError) as raised:
        make_run_kit(run, taken)
    assert raised.value.code == "kit_exists"
    assert taken.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", name]


def test_kits_beside_an_adapter_are_numbered(tmp_path: Path) -> None:
    adapter = tmp_path / "ink v1.2.safetensors"
    assert free_kit_path(adapter) == tmp_path / "ink v1.2-kit"
    (tmp_path / "ink v1.2-kit").mkdir()
    assert free_kit_path(adapter) == tmp_path / "ink v1.2-kit-2"
    assert free_kit_path(adapter, is_zip=True) == tmp_path / "ink v1.2-kit.zip"


def test_a_file_alone_gets_a_card_from_what_it_says_about_itself(run: RunFolder, tmp_path: Path) -> None:
    adapter = export_epoch(run, 1, tmp_path / "ink.safetensors").path
    kit = make_kit(None, adapter, tmp_path / "kit")
    assert {file.name for file in kit.files} == {"ink.safetensors", "README.md", "civitai.txt"}
    assert "mistyink" in (kit.path / "README.md").read_text("utf-8")


def test_a_file_that_names_folders_is_refused_with_a_way_out(run: RunFolder, tmp_path: Path) -> None:
    adapter = export_epoch(run, 1, tmp_path / "ink.safetensors").path
    tensors = {"lora_unet_x.lora_down.weight": np.ones((1, 1), np.float32)}
    save_file(tensors, adapter, {**read_header(adapter).metadata, "ss_output_dir": "/home/adalovelace/out"})
    with pytest.raises(StudioError) as raised:
        make_kit(None, adapter, tmp_path / "kit")
    assert (raised.value.code, "ss_output_dir" in raised.value.detail) == ("kit_names_places", True)
    assert "lora-studio edit" in raised.value.hint
    assert not (tmp_path / "kit").exists()


def test_a_kit_for_the_practice_base_says_that_no_other_program_can_use_it(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", base=BaseModelSettings(source="practice", family="practice"))
    kit = make_run_kit(run, tmp_path / "kit")
    card = (kit.path / "README.md").read_text("utf-8")
    assert "**No other program can use it**" in card
    assert not re.search(r"ComfyUI|A1111|diffusers|stable-diffusion|base_model", card)
    assert "no other program can use this file" in (kit.path / "civitai.txt").read_text("utf-8")


def test_whatever_people_type_stays_text_in_the_card() -> None:
    facts = card_facts(
        title=NASTY, trigger=NASTY, author=NASTY, licence=NASTY, notes=f"{NASTY}\n1. one\n- two\n=== three",
        base_name=NASTY, samples=(CardSample(NASTY, 1, "images/sample-1.png"),), settings=(("Seed", NASTY),),
        programs=frozenset({"ComfyUI", "A1111", "diffusers"}),
    )  # fmt: skip
    card = model_card(facts)
    data = front_matter(card)
    line = " ".join(NASTY.split())
    assert data["license"] == "other"
    assert (data["instance_prompt"], data["widget"][0]["text"]) == (line, line)
    body = card.split("\n---\n", 1)[1]
    outside = re.sub(r"```python.*?```", "", body, flags=re.DOTALL)
    outside = re.sub(r"(?<!\\)(`+).*?(?<!`)\1(?!`)", "", outside)
    headings = [head for head in re.findall(r"^#+ .*", outside, re.MULTILINE) if not head.startswith("# my")]
    assert headings == ["## How to use it", "## Samples", "## How it was trained", "## Licence"]
    assert not re.search(r"(?<!\\)<", outside)
    assert not re.search(r"^(---|===|- two|1\. one)", outside, re.MULTILINE)
    assert "\\- two" in outside and "1\\. one" in outside and "\\=== three" in outside
    assert "حبر 🖋️" in outside
    assert all(len(row.replace("\\|", "").split("|")) == 4 for row in outside.splitlines() if row.startswith("|"))
    assert len(civitai_text(facts).splitlines()) == 7


def test_code_holds_any_backticks() -> None:
    assert (code("a"), code("a`b"), code("``x`")) == ("`a`", "``a`b``", "``` ``x` ```")
    assert plain("a*b\\") == "a\\*b\\\\"


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("CreativeML-OpenRAIL++-M", {"license": "openrail++"}),
        ("Fair AI Public License 1.0", {"license": "other", "license_name": "fair-ai-public-license-1.0"}),
        ("自由", {"license": "other"}),
        ("", {}),
    ],
)
def test_a_licence_is_told_as_the_hub_spells_it(licence: str, told: dict[str, str]) -> None:
    data = front_matter(model_card(card_facts(licence=licence)))
    assert {key: value for key, value in data.items() if key.startswith("license")} == told
    assert set(HUB_LICENCES.values()) >= {"openrail++", "mit"}


def test_only_programs_that_load_the_file_are_told_of() -> None:
    card = model_card(card_facts(programs=frozenset({"Forge"})))
    assert "**Forge**" in card
    assert not re.search(r"ComfyUI|A1111|diffusers", card)


def test_the_base_has_an_id_only_where_it_is_certain() -> None:
    in_cache = "/x/hub/models--acme--ink-v1/snapshots/0a/unet"
    assert known_base_id(in_cache, "sd1") == "acme/ink-v1"
    assert known_base_id(str(paths.models_dir() / "acme--ink" / "ink.safetensors"), "sd1") == "acme/ink"
    assert known_base_id("/elsewhere/acme--ink/ink.safetensors", "sd1") == ""
    assert known_base_id("sd_xl_base_1.0.safetensors", "sdxl") == "stabilityai/stable-diffusion-xl-base-1.0"
    assert known_base_id("sd_xl_base_1.0.safetensors", "sd1") == ""


def test_a_failed_kit_leaves_nothing(run: RunFolder, tmp_path: Path) -> None:
    run.sample_path(1, 1).write_bytes(b"no picture")  # the sheet needs it
    (tmp_path / "kits").mkdir()
    with pytest.raises(StudioError):
        make_run_kit(run, tmp_path / "kits" / "kit.zip")
    assert list((tmp_path / "kits").iterdir()) == []


def test_pictures_in_a_kit_open_as_what_they_are(run: RunFolder, tmp_path: Path) -> None:
    kit = make_run_kit(run, tmp_path / "kit.zip")
    with zipfile.ZipFile(kit.path) as archive:
        shown = Image.open(io.BytesIO(archive.read("kit/images/sample-3.png")))
        assert (shown.getpixel((0, 0)), shown.info) == ((200, 180, 0), {})
