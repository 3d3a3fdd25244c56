"""A trainer without torch that does all a real one leaves behind: steps, samples, epochs, adapters, the end.

Run as `python quick_trainer.py RUN_DIR`. It follows the run's own settings and pictures, and obeys pause and stop.
Samples are plain colours and adapters have one layer.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from lora_studio.config.length import RunLength, plan_length
from lora_studio.config.resolve import read_config
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.buckets import steps_per_epoch
from lora_studio.errors import ExitCode
from lora_studio.runs import commands, events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import hold
from lora_studio.runs.pictures import RunPictures, bucket_plan
from lora_studio.weights.adapter import adapter_note

LAYER = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
STEP_S = float(os.environ.get("QUICK_TRAINER_STEP_S", "0.001"))


class QuickTrainer:
    def __init__(self, run: RunFolder, writer: events.EventWriter) -> None:
        self.run, self.writer = run, writer
        self.config: TrainingConfig = read_config(run.config_path)
        self.commands = commands.CommandReader(run)

    def train(self) -> None:
        length = self.length()
        started = events.Started(
            pid=os.getpid(), device="fake", total_steps=length.total_steps, total_epochs=length.epochs
        )
        self.writer.write(started)
        self.draw(0)
        for epoch in range(1, length.epochs + 1):
            first = (epoch - 1) * length.steps_per_epoch + 1
            last = min(epoch * length.steps_per_epoch, length.total_steps)
            for step in range(first, last + 1):
                self.step(step, epoch)
            self.save(epoch, last)
            self.draw(epoch)
        self.writer.write(events.Finished(step=length.total_steps, epochs=length.epochs, seconds=1.0))

    def length(self) -> RunLength:
        pictures = RunPictures.model_validate_json(self.run.images_path.read_bytes()).training
        repeats = [picture.repeats for picture in pictures]
        batches = steps_per_epoch(bucket_plan(pictures), repeats, self.config.schedule.batch_size)
        return plan_length(self.config.schedule, sum(repeats), batches)

    def step(self, step: int, epoch: int) -> None:
        self.writer.write(events.Step(step=step, epoch=epoch, loss=1 / step, learning_rate=1e-4, seconds=STEP_S))
        time.sleep(STEP_S)
        for command in self.commands.poll():
            if isinstance(command, commands.Stop):
                self.writer.write(events.Stopped(step=step))
                sys.exit(ExitCode.STOPPED)
            if isinstance(command, commands.Pause):
                self.writer.write(events.Paused(step=step))
                sys.exit(ExitCode.PAUSED)

    def save(self, epoch: int, step: int) -> None:
        path = self.run.epoch_path(epoch)
        tensors = {
            f"{LAYER}.lora_A.weight": np.full((4, 256), 0.01 * epoch, np.float32),
            f"{LAYER}.lora_B.weight": np.full((320, 4), 0.02, np.float32),
        }
        save_file(tensors, path, adapter_note(self.config.base.family, {LAYER: (4, 4.0)}))
        self.writer.write(events.EpochSaved(epoch=epoch, step=step, path=f"epochs/{path.name}"))

    def draw(self, epoch: int) -> None:
        self.run.sample_dir(epoch).mkdir(parents=True, exist_ok=True)
        for index in range(len(self.config.preview.prompts)):
            path = self.run.sample_path(epoch, index + 1)
            Image.new("RGB", (64, 64), (60 * index, 10 * epoch, 120)).save(path)
            relative = path.relative_to(self.run.path).as_posix()
            self.writer.write(events.Sample(epoch=epoch, prompt_index=index, path=relative, seconds=0.01))


def main() -> None:
    run = RunFolder(Path(sys.argv[1]))
    with hold(run), events.EventWriter(run.events_path) as writer, writer.heartbeat(0.5):
        QuickTrainer(run, writer).train()


if __name__ == "__main__":
    main()
