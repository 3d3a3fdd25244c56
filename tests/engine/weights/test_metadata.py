"""Metadata of an export: the keys other programs look for, all text, and nothing private."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from lora_studio.weights.export import export_kohya
from lora_studio.weights.metadata import AdapterFacts, BucketCount, adapter_metadata

FACTS = {
    "family": "sdxl",
    "base_model_name": "/home/someone/models/sd_xl_base_1.0.safetensors",
    "base_model_sha256": "ab" * 32,
    "output_name": "mistyink-03",
    "title": "Misty ink",
    "trigger": "mistyink",
    "rank": 16,
    "alpha": 16.0,
    "resolution_px": 1024,
    "picture_count": 24,
    "repeats": 10,
    "dataset_label": "C:\\Users\\someone\\ink drawings",
    "buckets": (
        BucketCount(width_px=1024, height_px=1024, count=200),
        BucketCount(width_px=832, height_px=1216, count=40),
    ),
    "epoch": 3,
    "epochs": 10,
    "steps": 720,
    "max_steps": 2400,
    "batch_size": 2,
    "gradient_accumulation_steps": 2,
    "learning_rate": 1e-4,
    "optimizer": "adamw",
    "scheduler": "cosine",
    "seed": 42,
    "started_at": 1_790_000_000.5,
    "finished_at": 1_790_003_600.0,
}


def metadata(**changes: object) -> dict[str, str]:
    return adapter_metadata(AdapterFacts(**{**FACTS, **changes}))


def test_the_keys_that_programs_use_are_there():
    found = metadata()
    expected = {
        "ss_base_model_version": "sdxl_base_v1-0",
        "ss_v2": "False",
        "ss_output_name": "mistyink-03",
        "ss_sd_model_name": "sd_xl_base_1.0.safetensors",
        "ss_new_sd_model_hash": "ab" * 32,
        "ss_network_module": "networks.lora",
        "ss_network_dim": "16",
        "ss_network_alpha": "16.0",
        "ss_resolution": "(1024, 1024)",
        "ss_num_train_images": "240",
        "ss_total_batch_size": "4",
        "ss_learning_rate": "0.0001",
        "ss_training_started_at": "1790000000.5",
        "ss_training_comment": "mistyink",
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
        "modelspec.title": "Misty ink",
        "modelspec.resolution": "1024x1024",
        "modelspec.date": "2026-09-21T15:13:20+00:00",
        "modelspec.trigger_phrase": "mistyink",
        "modelspec.prediction_type": "epsilon",
    }
    assert {key: found.get(key) for key in expected} == expected


def test_nested_values_are_json_that_the_web_ui_can_walk():
    found = metadata(network_args={"rs_lora": "True"})
    assert json.loads(found["ss_dataset_dirs"]) == {"10_ink drawings": {"n_repeats": 10, "img_count": 24}}
    assert json.loads(found["ss_bucket_info"])["buckets"]["1"] == {"resolution": [832, 1216], "count": 40}
    assert json.loads(found["ss_network_args"]) == {"rs_lora": "True"}


@pytest.mark.parametrize(
    ("family", "prediction", "version", "architecture", "is_v2"),
    [
        ("practice", "epsilon", "lora_studio_practice", "lora-studio-practice/lora", "False"),
        ("sd1", "epsilon", "sd_v1", "stable-diffusion-v1/lora", "False"),
        ("sd2", "epsilon", "sd_v2", "stable-diffusion-v2-512/lora", "True"),
        ("sd2", "v", "sd_v2_v", "stable-diffusion-v2-768-v/lora", "True"),
        ("sdxl", "v", "sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora", "False"),
    ],
)
def test_each_family_is_named_as_other_programs_know_it(family, prediction, version, architecture, is_v2):
    found = metadata(family=family, prediction=prediction)
    assert found["ss_base_model_version"] == version
    assert found["modelspec.architecture"] == architecture
    assert found["ss_v2"] == is_v2
    assert found["modelspec.prediction_type"] == prediction


def test_unknown_facts_are_left_out_and_everything_is_text():
    found = metadata(trigger=None, base_model_sha256=None, buckets=())
    assert all(isinstance(value, str) and value not in ("", "None") for value in found.values())
    absent = ("modelspec.trigger_phrase", "ss_new_sd_model_hash", "modelspec.author", "ss_bucket_info", "ss_clip_skip")
    assert not set(absent) & found.keys()


def test_captions_appear_only_when_asked_for():
    assert "ss_tag_frequency" not in metadata()
    asked = metadata(tag_frequency={"ink": 24, "boat": 3})
    assert json.loads(asked["ss_tag_frequency"]) == {"10_ink drawings": {"ink": 24, "boat": 3}}


def test_only_the_most_frequent_tags_are_kept():
    tags = {f"tag {number}": number for number in range(1, 5001)}
    [kept] = json.loads(metadata(tag_frequency=tags)["ss_tag_frequency"]).values()
    assert len(kept) == 2000 and min(kept.values()) == 3001


def test_no_place_on_the_disk_reaches_the_file(tmp_path, save_adapter):
    target = tmp_path / "out.safetensors"
    export_kohya(save_adapter(), target, metadata(output_name="/home/someone/out/mistyink"))
    raw = target.read_bytes()
    for secret in (b"someone", b"/home", b"Users", str(tmp_path).encode()):
        assert secret not in raw
    assert b"mistyink" in raw and b"sd_xl_base_1.0.safetensors" in raw


def test_a_name_that_would_be_decoded_as_json_loses_its_brace():
    assert metadata(output_name="{ink}")["ss_output_name"] == "ink}"


def test_the_thumbnail_is_a_data_address_and_must_be_a_jpeg():
    assert metadata(thumbnail_jpeg=b"\xff\xd8\xff\xe0")["modelspec.thumbnail"] == "data:image/jpeg;base64,/9j/4A=="
    with pytest.raises(ValidationError, match="JPEG"):
        metadata(thumbnail_jpeg=b"\x89PNG")
