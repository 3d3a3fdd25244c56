"""Trains the Practice base: the VAE first and alone, then text encoder and UNet.

    train.py vae DATA_DIR OUT_DIR --seconds 230
    train.py denoiser DATA_DIR OUT_DIR --tokenizer TOKENIZER_DIR --seconds 1400
    torchrun --nproc-per-node 2 train.py denoiser ...

Uses a GPU when there is one, the denoiser several under torchrun. Times count training only, not reading,
encoding and compiling.
"""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

import torch
from train_denoiser import BATCH, DECAY_SHARE, MIN_SNR_GAMMA, train_denoiser
from train_vae import train_vae


def main() -> None:
    """Runs one of the two trainings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=("vae", "denoiser"))
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--tokenizer", type=Path, help="folder written by tokenizer.py; only for the denoiser")
    parser.add_argument("--limit", type=int, default=0, help="use only so many pictures; for trying the script out")
    parser.add_argument("--batch", type=int, default=BATCH, help="pictures in a step of the denoiser")
    parser.add_argument("--decay-share", type=float, default=DECAY_SHARE, help="share of the time the rate falls in")
    parser.add_argument("--go-on-from", type=Path, help="exported base whose weights the denoiser starts with")
    parser.add_argument("--min-snr-gamma", type=float, default=MIN_SNR_GAMMA, help="more of it teaches finer detail")
    parser.add_argument("--seed", type=int, default=0, help="another one writes other captions and moves pictures anew")
    options = parser.parse_args()
    if options.network == "denoiser" and options.tokenizer is None:
        parser.error("the denoiser needs --tokenizer")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and "LOCAL_RANK" in os.environ:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        torch.distributed.init_process_group("nccl")
    if device == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    options.out_dir.mkdir(parents=True, exist_ok=True)
    if options.network == "vae":
        train_vae(options.data_dir, options.out_dir, options.seconds, device, options.limit)
    else:
        train_denoiser(
            options.data_dir,
            options.out_dir,
            options.tokenizer,
            options.seconds,
            device,
            limit=options.limit,
            batch=options.batch,
            decay_share=options.decay_share,
            start_dir=options.go_on_from,
            min_snr_gamma=options.min_snr_gamma,
            seed=options.seed,
        )


if __name__ == "__main__":
    main()
