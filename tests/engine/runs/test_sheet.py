from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from lora_studio.config.training import (
    AdapterSettings,
    BaseModelSettings,
    DatasetSettings,
    PreviewSettings,
    TrainingConfig,
)
from lora_studio.errors import StudioError
from lora_studio.runs import sheet
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.sheet import picture_bytes, write_sheet

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


def make_run(
    folder: Path, epochs: int = 2, prompts: tuple[str, ...] = ("a cat", "a dog"), name: str = "ink"
) -> RunFolder:
    """A run with one plain colour for each epoch's samples; epoch 0 is red, 1 green, 2 blue."""
    config = TrainingConfig(
        name=name,
        base=BaseModelSettings(source="/home/someone/models/tiny"),
        dataset=DatasetSettings(
            folder="/home/someone/pictures", held_back_folder="/home/someone/more", prior_folder="/home/someone/others"
        ),
        adapter=AdapterSettings(start_from="C:\\Users\\home\\old.safetensors"),
        preview=PreviewSettings(prompts=prompts),
    )
    run = RunFolder.create(folder, {"config.json": config.model_dump_json().encode()})
    for epoch in range(epochs + 1):
        run.sample_dir(epoch).mkdir()
        for number in range(1, len(prompts) + 1):
            Image.new("RGB", (128, 128), (RED, GREEN, BLUE)[epoch % 3]).save(run.sample_path(epoch, number))
    return run


def tile_colours(image: Image.Image, columns: int, rows: int) -> list[list[tuple[int, ...]]]:
    def colour(column: int, row: int) -> tuple[int, ...]:
        left = sheet.PROMPT_COLUMN_PX + column * (128 + sheet.GAP_PX)
        top = sheet.HEADER_PX * 2 + row * (128 + sheet.GAP_PX)
        pixel = image.getpixel((left + 64, top + 64))
        assert isinstance(pixel, tuple)
        return pixel

    return [[colour(column, row) for column in range(columns)] for row in range(rows)]


def test_prompts_go_down_and_epochs_across_with_the_base_alone_first(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    assert write_sheet(run) == run.sheet_path
    with Image.open(run.sheet_path) as image:
        assert tile_colours(image, 3, 2) == [[RED, GREEN, BLUE]] * 2


def test_the_sheet_is_labelled(tmp_path: Path) -> None:
    with Image.open(write_sheet(make_run(tmp_path / "run"))) as image:
        header = image.crop((sheet.PROMPT_COLUMN_PX, sheet.HEADER_PX, image.width, sheet.HEADER_PX * 2))
        prompts = image.crop((0, sheet.HEADER_PX * 2, sheet.PROMPT_COLUMN_PX, image.height))
        assert all(part.convert("L").getextrema()[0] < 120 for part in (header, prompts))


def test_the_settings_are_inside_without_folders_of_this_computer(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", prompts=("墨絵 🐈",))
    with Image.open(write_sheet(run)) as image:
        texts = image.text  # type: ignore[attr-defined]
    settings = TrainingConfig.model_validate_json(texts["lora_studio"])
    assert settings.preview.prompts == ("墨絵 🐈",)
    assert json.loads(texts["lora_studio.epochs"]) == [0, 1, 2]
    assert (settings.base.source, settings.dataset.folder) == ("tiny", "pictures")
    assert settings.adapter.start_from == "old.safetensors"
    assert not any(place in run.sheet_path.read_bytes() for place in (b"/home", b"Users"))


def test_a_sheet_can_go_to_a_new_folder(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    target = write_sheet(run, tmp_path / "new" / "sheet.png")
    assert target.is_file()
    assert not run.sheet_path.exists()


def test_a_run_without_samples_says_when_they_come(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", {"config.json": TrainingConfig().model_dump_json().encode()})
    run.sample_dir(0).mkdir()
    with pytest.raises(StudioError) as caught:
        write_sheet(run)
    assert caught.value.code == "no_samples"


def test_an_epoch_that_lacks_samples_leaves_a_gap(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    run.sample_path(2, 2).unlink()
    with Image.open(write_sheet(run)) as image:
        assert tile_colours(image, 3, 2) == [[RED, GREEN, BLUE], [RED, GREEN, sheet.PAPER]]


def test_many_epochs_still_make_a_picture_that_viewers_open(tmp_path: Path) -> None:
    with Image.open(write_sheet(make_run(tmp_path / "run", epochs=200, prompts=("a",)))) as image:
        assert image.width <= sheet.LARGEST_WIDTH_PX


@pytest.mark.parametrize("words", ["a very long name " * 6, "墨絵" * 30, "<b>bold</b> & \\n", "🐈" * 20])
def test_long_or_odd_words_stay_in_their_column(tmp_path: Path, words: str) -> None:
    name = "".join(letter for letter in words if letter not in "/\\<>").strip()[:60].strip()
    run = make_run(tmp_path / "run", prompts=(words, words), name=name)
    with Image.open(write_sheet(run)) as image:
        assert tile_colours(image, 3, 2) == [[RED, GREEN, BLUE]] * 2
        edge = image.crop((sheet.PROMPT_COLUMN_PX - 4, 0, sheet.PROMPT_COLUMN_PX, image.height)).convert("L")
    assert edge.getextrema() == (255, 255)


def test_texts_in_a_picture_keep_every_script() -> None:
    import io

    raw = picture_bytes(Image.new("RGB", (4, 4)), {"parameters": "墨絵 ½ 🐈\nline"})
    with Image.open(io.BytesIO(raw)) as image:
        assert image.text["parameters"] == "墨絵 ½ 🐈\nline"  # type: ignore[attr-defined]
