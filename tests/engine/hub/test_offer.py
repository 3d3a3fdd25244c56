from __future__ import annotations

import pytest

from lora_studio.errors import StudioError
from lora_studio.hub.offer import HubFile, choose_files, parse_id

GB = 10**9
FOLDER = {
    "model_index.json": 1, "scheduler/scheduler_config.json": 1, "unet/config.json": 1, "vae/config.json": 1,
    "text_encoder/config.json": 1, "tokenizer/vocab.json": 1, "tokenizer/merges.txt": 1,
    "unet/diffusion_pytorch_model.safetensors": 3 * GB, "vae/diffusion_pytorch_model.safetensors": 1,
    "text_encoder/model.safetensors": 1,
}  # fmt: skip


def chosen(sizes: dict[str, int], wanted: str = "") -> list[str]:
    files = {name: HubFile(name=name, size_bytes=size) for name, size in sizes.items()}
    return sorted(file.name for file in choose_files("ink/tiny", files, wanted))


def refusal(sizes: dict[str, int], wanted: str = "") -> StudioError:
    with pytest.raises(StudioError) as raised:
        chosen(sizes, wanted)
    return raised.value


def test_a_folder_goes_before_single_files_and_brings_only_what_is_needed() -> None:
    more = {"v1-5.safetensors": 4 * GB, "unet/diffusion_pytorch_model.bin": GB, "feature_extractor/x.json": 1}
    assert chosen({**FOLDER, **more}) == sorted(FOLDER)


def test_half_precision_is_taken_only_where_every_part_has_it() -> None:
    half = {"unet/diffusion_pytorch_model.fp16.safetensors": GB, "vae/diffusion_pytorch_model.fp16.safetensors": 1}
    assert chosen({**FOLDER, **half}) == sorted(FOLDER)
    whole = {**half, "text_encoder/model.fp16.safetensors": 1}
    names = chosen({**FOLDER, **whole})
    assert [name for name in names if name.endswith(".safetensors")] == sorted(whole)


def test_weights_in_several_files_come_together_with_their_index() -> None:
    shards = {f"unet/diffusion_pytorch_model-0000{n}-of-00002.safetensors": GB for n in (1, 2)}
    shards["unet/diffusion_pytorch_model.safetensors.index.json"] = 1
    without = {name: size for name, size in FOLDER.items() if name != "unet/diffusion_pytorch_model.safetensors"}
    assert shards.keys() <= set(chosen({**without, **shards}))


def test_one_model_at_the_top_is_taken_and_small_files_beside_it_are_not() -> None:
    assert chosen({"dream.safetensors": 2 * GB, "lora.safetensors": 10**8, "old.ckpt": 4 * GB}) == ["dream.safetensors"]


def test_several_models_are_listed_for_the_person_to_choose() -> None:
    problem = refusal({"a.safetensors": 2 * GB, "b.safetensors": 4 * GB})
    assert (problem.code, "b.safetensors (4.0 GB)" in problem.detail) == ("hub_many_files", True)
    assert problem.hint.endswith("--file a.safetensors")
    assert chosen({"a.safetensors": 2 * GB, "b.safetensors": 4 * GB}, "b.safetensors") == ["b.safetensors"]


def test_a_repository_without_usable_files_says_why() -> None:
    assert "old format" in refusal({"old.ckpt": 4 * GB}).detail
    pickled = {name.replace(".safetensors", ".bin"): size for name, size in FOLDER.items()}
    assert refusal(pickled).code == "hub_no_files"
    assert "old format" not in refusal({"README.md": 1}).detail


@pytest.mark.parametrize("wanted", ["missing.safetensors", "old.ckpt", "../up.safetensors"])
def test_only_a_safetensors_file_that_is_there_can_be_asked_for(wanted: str) -> None:
    assert refusal({"old.ckpt": GB, "../up.safetensors": GB}, wanted).code == "hub_no_files"


@pytest.mark.parametrize(
    "text", ["ink/tiny", " ink/tiny ", "https://huggingface.co/ink/tiny", "https://x/ink/tiny/tree/main"]
)
def test_an_id_is_found_in_what_people_paste(text: str) -> None:
    assert parse_id(text) == "ink/tiny"


@pytest.mark.parametrize("text", ["tiny", "a/b/c", "", "../x", "a/..", "ink tiny/x", "--help"])
def test_what_is_no_id_is_told(text: str) -> None:
    with pytest.raises(StudioError) as raised:
        parse_id(text)
    assert raised.value.code == "hub_bad_id"
