"""A trainer without torch: the same files and protocol, acting out a script.

Run as `python fake_trainer.py SCRIPT.json RUN_DIR`. The script is a list of single-key objects, done in order:
    {"steps": 5, "each_s": 0.01}   train five steps (obeying commands between them unless "deaf" is true)
    {"event": {"kind": "phase", "name": "sampling"}}   write any event
    {"checkpoint": true}           publish a checkpoint of the current step
    {"print": "text"}  {"sleep_s": 3}  {"exit": 20}  {"kill": true}
    {"finish": true}               write `finished` and end well
    {"raise": "CUDA error"}        raise a `RuntimeError` with these words
    {"disk_full": true}            the next write finds no room
    {"look_at_pictures": true}     refuse pictures that are not as they were when the run was made
The last three end as in the real trainer: its own code translates what was raised into the last event (imports torch).
`{"before": ...}` as the first entry is done before the run is held. A script that just ends is a crash (code 1).
With `--ready` for RUN_DIR it waits for its run, and does the first entry's `{"waiting": ...}` before.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.ready_trainer import READY
from lora_studio.runs import commands, events
from lora_studio.runs.checkpoints import newest_whole, save_checkpoint
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import hold
from lora_studio.runs.pictures import RunPictures
from lora_studio.training import ready


class FakeTrainer:
    def __init__(self, run: RunFolder, writer: events.EventWriter) -> None:
        self.run, self.writer, self.step = run, writer, 0
        self.commands = commands.CommandReader(run)

    def begin(self) -> None:
        found = newest_whole(self.run)
        self.step = self.run.checkpoint_steps()[-1] if found else 0
        resumed = self.step if found else None
        self.writer.write(events.Started(step=self.step, resumed_from=resumed, pid=os.getpid(), device="fake"))

    def act(self, action: dict[str, Any]) -> None:
        for _ in range(action.get("steps", 0)):
            self.step += 1
            self.writer.write(events.Step(step=self.step, epoch=1, loss=1 / self.step, learning_rate=1e-4, seconds=0.5))
            time.sleep(action.get("each_s", 0.002))
            if not action.get("deaf"):
                self.obey()
        if "event" in action:
            self.writer.write(TypeAdapter(events.Event).validate_python(action["event"]))
        if "raise" in action:
            raise RuntimeError(action["raise"])
        if "disk_full" in action:
            storage._fail_errno, storage._fail_countdown = "ENOSPC", 1
        if "look_at_pictures" in action:
            self.look_at_pictures()
        if "checkpoint" in action:
            self.save()
        if "finish" in action:
            self.writer.write(events.Finished(step=self.step, epochs=1, seconds=1.0))
            sys.exit(ExitCode.DONE)
        do_outside_the_run(action)

    def obey(self) -> None:
        for command in self.commands.poll():
            if isinstance(command, commands.Stop):
                self.save()
                self.writer.write(events.Stopped(step=self.step))
                sys.exit(ExitCode.STOPPED)
            if isinstance(command, commands.Pause):
                self.save()
                self.writer.write(events.Paused(step=self.step))
                sys.exit(ExitCode.PAUSED)

    def look_at_pictures(self) -> None:
        from lora_studio.training.latents import refuse_changed

        listed = RunPictures.model_validate_json(self.run.images_path.read_bytes())
        refuse_changed([(Path(picture.path), picture.content_sha256, False) for picture in listed.trained_on])

    def fail(self, error: Exception) -> int:
        from lora_studio.training.failures import describe_failure

        failure = describe_failure(error, self.step, max(self.run.checkpoint_steps(), default=None))
        self.writer.write(events.Failed(**failure.as_dict(), step=self.step))
        return failure.exit_code

    def save(self) -> None:
        save_checkpoint(self.run, self.step, lambda folder: (folder / "state.json").write_text(f"{self.step}") and None)
        self.writer.write(events.Checkpoint(step=self.step))
        self.writer.sync()


def do_outside_the_run(action: dict[str, Any]) -> None:
    if "print" in action:
        print(action["print"])
    time.sleep(action.get("sleep_s", 0))
    if "exit" in action:
        sys.exit(action["exit"])
    if "kill" in action:
        os.kill(os.getpid(), signal.SIGKILL)


def wait(action: dict[str, Any]) -> RunFolder:
    do_outside_the_run(action)
    folder = ready.wait_for_run()
    if folder is None:
        sys.exit()
    ready.print_to(RunFolder(folder).console_path)
    return RunFolder(folder)


def main() -> None:
    script = json.loads(Path(sys.argv[1]).read_text())
    run = wait(script[0].get("waiting", {})) if sys.argv[2] == READY else RunFolder(Path(sys.argv[2]))
    do_outside_the_run(script[0].get("before", {}))
    with hold(run), events.EventWriter(run.events_path) as writer, writer.heartbeat(0.5):
        trainer = FakeTrainer(run, writer)
        trainer.begin()
        try:
            for action in script:
                trainer.act(action)
        except (RuntimeError, StudioError) as error:
            sys.exit(trainer.fail(error))
    sys.exit(ExitCode.UNEXPECTED)


if __name__ == "__main__":
    main()
