"""Writes a CLIP tokenizer with only the first merges of CLIP's vocabulary, to save text-encoder weights.

    tokenizer.py CLIP_ANYTORCH.whl OUT_DIR [--size 6144]

The merges come from the wheel clip-anytorch 2.6.0 (MIT), file clip/bpe_simple_vocab_16e6.txt.gz.
"""

from __future__ import annotations

import argparse
import gzip
import json
import zipfile
from pathlib import Path

MERGES_MEMBER = "clip/bpe_simple_vocab_16e6.txt.gz"
START, END = "<|startoftext|>", "<|endoftext|>"
BYTE_SYMBOLS = 512  # 256 bytes, each with and without the end-of-word mark
MAX_LENGTH = 77


def main() -> None:
    """Writes the folder and prints how it cuts one sentence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--size", type=int, default=6144)
    options = parser.parse_args()
    write_tokenizer(options.wheel, options.out_dir, options.size)
    _show(options.out_dir)


def write_tokenizer(wheel: Path, out_dir: Path, size: int) -> None:
    """Writes vocab.json, merges.txt, tokenizer.json and tokenizer_config.json for `size` tokens."""
    merges = _read_merges(wheel)[: size - BYTE_SYMBOLS - 2]
    symbols = _byte_symbols()
    tokens = [*symbols, *(s + "</w>" for s in symbols), *(a + b for a, b in merges), START, END]
    out_dir.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: index for index, token in enumerate(tokens)}
    (out_dir / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{a} {b}" for a, b in merges)]
    (out_dir / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": MAX_LENGTH,
        "bos_token": START,
        "eos_token": END,
        "unk_token": END,
        "pad_token": END,
        "do_lower_case": True,
        "errors": "replace",
        "add_prefix_space": False,
    }
    (out_dir / "tokenizer_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    _write_fast_tokenizer(out_dir)


def _read_merges(wheel: Path) -> list[tuple[str, str]]:
    with zipfile.ZipFile(wheel) as archive:
        lines = gzip.decompress(archive.read(MERGES_MEMBER)).decode("utf-8").split("\n")
    pairs = (line.split() for line in lines[1:])  # the first line is a version
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


def _byte_symbols() -> list[str]:
    """GPT-2's printable character for each of the 256 bytes, in CLIP's order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(hidden))]


def _write_fast_tokenizer(out_dir: Path) -> None:
    """Adds tokenizer.json, which transformers 5 reads, without the indentation that doubles its size."""
    from transformers import CLIPTokenizer

    CLIPTokenizer.from_pretrained(out_dir).save_pretrained(out_dir)
    fast_path = out_dir / "tokenizer.json"
    content = json.loads(fast_path.read_text(encoding="utf-8"))
    fast_path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _show(out_dir: Path) -> None:
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(out_dir)
    print(len(tokenizer), tokenizer.model_max_length, tokenizer.bos_token_id, tokenizer.eos_token_id)
    print(tokenizer.tokenize("a grinning cat face, twemoji style, ohwx woman astronaut"))
    for path in sorted(out_dir.iterdir()):
        print(f"{path.stat().st_size:8} {path.name}")


if __name__ == "__main__":
    main()
