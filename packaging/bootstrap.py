"""Makes the environment LoRA Studio runs in, then starts what was asked for.

Standard library only, and nothing of the app: this file has to run before anything is installed.
It decides which build of torch suits the machine; which other packages there are is pyproject.toml's matter.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

OLDEST_PYTHON = (3, 11)
TORCH_VERSION = "2.13.0"
TORCH_INDEX = "https://download.pytorch.org/whl"
TORCH_BUILDS = ("cpu", "cu126", "cu130", "pip")
INDEX_TIMEOUT_S = 5.0
INDEX_PAGE_LIMIT_BYTES = 16 * 1024 * 1024
NVIDIA_TIMEOUT_S = 20.0
HEARTBEAT_S = 30.0
TAIL_LINES = 12

# Drivers: CUDA 12.x and 13.x release notes, "minor version compatibility". Chips: CUDA 13 dropped everything
# before Turing (7.5), and Blackwell (10.0 and later) came with CUDA 12.8, so the 12.6 build cannot run on it.
OLDEST_DRIVER_FOR_CUDA_13 = 580
OLDEST_DRIVER_FOR_CUDA_12 = 525
FIRST_CHIP_OF_CUDA_13 = (7, 5)
FIRST_CHIP_BEYOND_CUDA_126 = (10, 0)

DISK_GB = {"cpu": 4, "pip": 4, "cu126": 10, "cu130": 10}
EXTRAS = {
    "app": frozenset({"engine", "app"}),
    "demo": frozenset({"engine"}),
    "run": frozenset({"engine"}),
    "setup": frozenset({"engine"}),
    "test": frozenset({"engine", "judge", "app", "dev"}),
}
WINDOW_TESTS_SWITCH = "LORA_STUDIO_TEST_WINDOW"
WINDOW_PACKAGES = "libegl1 libgl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1"
ENGINE_MODULES = ("torch", "diffusers", "transformers", "peft", "accelerate", "lora_studio")

USAGE = """\
usage: python3 packaging/bootstrap.py [--torch BUILD] [--fresh] COMMAND [ARGUMENTS]

  app   [ARGUMENTS]   open the window, with a project if its folder is given
  demo  [ARGUMENTS]   train the small demonstration and show what came of it
  test  [ARGUMENTS]   run every check of the project; ARGUMENTS go to pytest
  run   -- ARGUMENTS  run any lora-studio command
  setup               make the environment and stop there

  --torch BUILD       cpu, cu126, cu130 or pip (whatever pip finds); chosen for the machine when left out
  --fresh             make .venv anew

The environment is made in .venv beside pyproject.toml by the first command and kept for the next ones."""


class SetupProblem(Exception):
    """Why the environment cannot be made, in plain words, with a way out."""

    def __init__(self, title: str, way_out: str, detail: str = "", exit_code: int = 1) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.way_out = way_out
        self.exit_code = exit_code


class StepFailed(SetupProblem):
    """A command of the set-up ended badly. `is_environment_broken` says that only a new environment helps."""

    def __init__(self, title: str, way_out: str, detail: str, is_environment_broken: bool) -> None:
        super().__init__(title, way_out, detail)
        self.is_environment_broken = is_environment_broken


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    command: str
    handed_on: tuple[str, ...]
    torch_build: str | None
    is_fresh: bool


@dataclass(frozen=True)
class NvidiaCard:
    """One card as nvidia-smi tells it; `chip` is the compute capability, None where the driver cannot say."""

    driver: str
    chip: tuple[int, int] | None

    @property
    def driver_major(self) -> int:
        return int(self.driver.split(".")[0])


@dataclass(frozen=True)
class TorchChoice:
    """The build of torch that suits this machine, and the sentence that tells why."""

    build: str
    reason: str


@dataclass(frozen=True)
class Explanation:
    """What pip's last words mean for the person, and what to do."""

    meaning: str
    way_out: str
    is_environment_broken: bool = False


UNKNOWN_TROUBLE = Explanation(
    "The lines above tell why.", "Start again; if that does not help, add --fresh before the command."
)
DAMAGED = Explanation(
    "The environment is damaged, as after an interrupted installation.",
    "Make it anew: add --fresh before the command.",
    is_environment_broken=True,
)
# The first that matches counts: pip ends a lost connection, too, with "no matching distribution".
TROUBLES: tuple[tuple[tuple[str, ...], Explanation], ...] = (
    (
        ("no space left on device", "not enough space", "errno 28"),
        Explanation(
            "The disk is full. What is installed so far is kept.",
            "Free some space (the folder for temporary files counts too) and start again.",
        ),
    ),
    (
        ("certificate_verify_failed",),
        Explanation(
            "The network's certificate was not trusted, as behind a company proxy.",
            "Tell pip about the certificate (PIP_CERT=FILE) and start again.",
        ),
    ),
    (
        (
            "name resolution",
            "name or service not known",
            "getaddrinfo failed",
            "newconnectionerror",
            "connection refused",
            "connection reset",
            "network is unreachable",
            "timed out",
            "proxyerror",
            "incompleteread",
        ),
        Explanation(
            "The package index could not be reached. What is installed so far is kept.",
            "Check the connection or the proxy and start again; it goes on where it stopped.",
        ),
    ),
    (
        ("no matching distribution", "could not find a version"),
        Explanation(
            "The package index has no build for this Python or this system.",
            "Use 64-bit Python 3.11 to 3.14, or try the build that pip finds: --torch pip",
        ),
    ),
    (
        ("winerror 126", "winerror 1114"),
        Explanation(
            "Windows lacks the Visual C++ runtime that torch is built on.",
            "Install the 'Microsoft Visual C++ Redistributable' (x64) and start again.",
        ),
    ),
    (("no record file", "cannot uninstall", "no module named pip"), DAMAGED),
    (
        ("permission denied", "access is denied", "used by another process"),
        Explanation(
            "A file in .venv could not be written.",
            "Close programs that use this environment, check who owns the folder, and start again.",
        ),
    ),
)


@dataclass(frozen=True)
class Environment:
    """Where things lie in the project folder `root` and its `.venv`."""

    root: Path

    @property
    def venv_dir(self) -> Path:
        return self.root / ".venv"

    @property
    def python_path(self) -> Path:
        return self.script_path("python")

    @property
    def stamp_path(self) -> Path:
        return self.venv_dir / "lora-studio-ready.json"

    @property
    def log_path(self) -> Path:
        return self.venv_dir / "bootstrap.log"

    @property
    def constraint_path(self) -> Path:
        return self.venv_dir / "torch-constraint.txt"

    def script_path(self, name: str) -> Path:
        if os.name == "nt":
            return self.venv_dir / "Scripts" / f"{name}.exe"
        return self.venv_dir / "bin" / name

    def pyproject_sha256(self) -> str:
        return hashlib.sha256((self.root / "pyproject.toml").read_bytes()).hexdigest()


@dataclass(frozen=True)
class Stamp:
    """What a whole environment was made of. It is written last: where it lies, nothing is missing."""

    root: str
    pyproject_sha256: str
    torch_pin: str
    torch_build: str
    extras: tuple[str, ...]


class Reporter:
    """Tells what happens in short lines, each with the time since the start."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()

    def say(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._started_s), 60)
        print(f"[{minutes:2d}:{seconds:02d}] {text}", flush=True)


def read_request(arguments: Sequence[str]) -> Request:
    """Split our own options from what is handed on unchanged.

    `--torch` and `--fresh` are ours before a `--`; everything after it belongs to the command alone.
    """
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False, usage=USAGE.removeprefix("usage: "))
    options.add_argument("--torch", choices=TORCH_BUILDS)
    options.add_argument("--fresh", action="store_true")
    ours, rest = options.parse_known_args(list(arguments[:cut]))
    command = rest[0] if rest else ""
    if command in ("", "-h", "--help"):
        raise SetupProblem(USAGE, way_out="", exit_code=0 if command else 2)
    handed_on = (*rest[1:], *arguments[cut + 1 :])
    if command not in EXTRAS:
        raise SetupProblem(f"There is no command '{command}'.", f"The commands are: {', '.join(EXTRAS)}.", exit_code=2)
    if command == "setup" and handed_on:
        raise SetupProblem(f"setup takes no argument '{handed_on[0]}'.", "Leave it out.", exit_code=2)
    return Request(command, handed_on, ours.torch, ours.fresh)


def check_python(version: tuple[int, int], is_64_bit: bool) -> None:
    """Raise a SetupProblem when this Python cannot run the app."""
    if version < OLDEST_PYTHON:
        raise SetupProblem(
            f"This is Python {version[0]}.{version[1]}; LoRA Studio needs Python 3.11 or newer.",
            "Install Python 3.12 and start again with it: python3.12 packaging/bootstrap.py demo",
        )
    if not is_64_bit:
        raise SetupProblem(
            "This Python is a 32-bit one, and torch exists for 64-bit Python only.",
            "Install the 64-bit Python for your system and start again with it.",
        )


def check_venv_module(version: tuple[int, int], has_ensurepip: bool) -> None:
    """Raise a SetupProblem when Python came without the parts that make an environment."""
    if not has_ensurepip:
        raise SetupProblem(
            "This Python cannot make an environment: its 'ensurepip' part is not installed.",
            f"On Debian and Ubuntu: sudo apt install python{version[0]}.{version[1]}-venv. Then start again.",
        )


def check_disk(free_bytes: int, build: str) -> None:
    """Raise a SetupProblem when the environment would not fit."""
    free_gb = free_bytes / 1e9
    if free_gb < DISK_GB[build]:
        raise SetupProblem(
            f"The disk has {free_gb:.1f} GB free; the environment needs about {DISK_GB[build]} GB.",
            "Free some space, or move the project folder to a larger disk, and start again.",
        )


def read_nvidia_listing(listing: str) -> list[NvidiaCard]:
    """Cards from nvidia-smi's lines `driver, compute capability` or `driver`; other lines are passed over."""
    cards = []
    for line in listing.splitlines():
        driver, _, chip = (part.strip() for part in line.partition(","))
        major, _, minor = chip.partition(".")
        if driver.split(".")[0].isdigit():
            is_known = major.isdigit() and minor.isdigit()
            cards.append(NvidiaCard(driver, (int(major), int(minor)) if is_known else None))
    return cards


def find_nvidia_cards() -> list[NvidiaCard]:
    """Cards that the NVIDIA driver of this machine answers for; empty without a working driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    # Old drivers refuse the whole question when they do not know one field of it.
    for fields in ("driver_version,compute_cap", "driver_version"):
        try:
            answer = subprocess.run(
                [program, f"--query-gpu={fields}", "--format=csv,noheader"],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=NVIDIA_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        if answer.returncode == 0:
            return read_nvidia_listing(answer.stdout)
    return []


def choose_torch(system: str, machine: str, cards: Sequence[NvidiaCard]) -> TorchChoice:
    """The torch build for a machine.

    Args:
        system: As `platform.system()` says it.
        machine: As `platform.machine()` says it.
        cards: The NVIDIA cards found.

    Raises:
        SetupProblem: No build of torch would run, or the driver is too old for the card.
    """
    if system == "Darwin":
        if machine != "arm64":
            raise SetupProblem(
                f"There is no torch {TORCH_VERSION} for Macs with an Intel processor.",
                "On a Mac with Apple silicon, start again with a Python made for it (arm64).",
            )
        return TorchChoice("pip", "macOS: torch comes from the package index and uses Apple's chip.")
    if not cards:
        return TorchChoice("cpu", "No NVIDIA card answers: torch for the processor.")
    driver, driver_major = cards[0].driver, cards[0].driver_major
    chips = [card.chip for card in cards if card.chip is not None]
    if driver_major < OLDEST_DRIVER_FOR_CUDA_12:
        return TorchChoice(
            "cpu",
            f"The NVIDIA driver {driver} is too old (525 or newer is needed): torch for the processor. "
            "After updating the driver, run setup --torch cu126.",
        )
    if any(chip >= FIRST_CHIP_BEYOND_CUDA_126 for chip in chips):
        if driver_major < OLDEST_DRIVER_FOR_CUDA_13:
            raise SetupProblem(
                f"This NVIDIA card needs driver 580 or newer; driver {driver} is installed.",
                "Update the driver and start again, or use the processor: --torch cpu",
            )
        return TorchChoice("cu130", f"NVIDIA driver {driver}: torch for CUDA 13.0.")
    if any(chip < FIRST_CHIP_OF_CUDA_13 for chip in chips):
        return TorchChoice("cu126", f"NVIDIA driver {driver} with an older card: torch for CUDA 12.6.")
    if driver_major >= OLDEST_DRIVER_FOR_CUDA_13:
        return TorchChoice("cu130", f"NVIDIA driver {driver}: torch for CUDA 13.0.")
    return TorchChoice("cu126", f"NVIDIA driver {driver}: torch for CUDA 12.6.")


def offers_torch(index_url: str, build: str, timeout_s: float = INDEX_TIMEOUT_S) -> bool:
    """Whether the wheel index answers and lists our version of torch in this build."""
    try:
        with urllib.request.urlopen(f"{index_url}/torch/", timeout=timeout_s) as answer:
            page: bytes = answer.read(INDEX_PAGE_LIMIT_BYTES)
    except (OSError, http.client.HTTPException):
        return False
    wheel = f"torch-{TORCH_VERSION}+{build}-"
    return wheel in page.decode("utf-8", errors="replace").replace("%2B", "+")


def torch_arguments(build: str, index_url: str | None) -> list[str]:
    """pip's arguments for torch: pinned to the build where an index carries it, else to the version."""
    if index_url is None:
        return [f"torch=={TORCH_VERSION}"]
    # The suffix makes pip replace a torch of another build, which the bare version would call satisfied.
    return [f"torch=={TORCH_VERSION}+{build}", "--index-url", index_url]


def read_stamp(stamp_path: Path) -> Stamp | None:
    """The stamp of a whole environment; None where there is none or it cannot be read."""
    try:
        content = json.loads(stamp_path.read_text(encoding="utf-8"))
        return Stamp(**{**content, "extras": tuple(content["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_stamp(stamp_path: Path, stamp: Stamp) -> None:
    """Write the stamp in one move, so that no half of it is ever read."""
    temporary_path = stamp_path.with_suffix(".tmp")
    temporary_path.write_text(json.dumps(asdict(stamp), indent=2) + "\n", encoding="utf-8")
    temporary_path.replace(stamp_path)


def is_whole(environment: Environment, stamp: Stamp | None, request: Request) -> bool:
    """Whether the environment can be used as it is for this request."""
    return (
        stamp is not None
        and not request.is_fresh
        and environment.python_path.exists()
        and environment.script_path("lora-studio").exists()
        and stamp.root == str(environment.root)
        and stamp.pyproject_sha256 == environment.pyproject_sha256()
        and stamp.torch_pin == TORCH_VERSION
        and request.torch_build in (None, stamp.torch_build)
        and EXTRAS[request.command] <= set(stamp.extras)
    )


def explain(log_text: str, otherwise: Explanation = UNKNOWN_TROUBLE) -> Explanation:
    """What the last words of a failed step mean; `otherwise` where they are not among the known troubles."""
    text = log_text.lower()
    for signs, explanation in TROUBLES:
        if any(sign in text for sign in signs):
            return explanation
    return otherwise


def run_step(title: str, command: Sequence[str], environment: Environment, reporter: Reporter) -> None:
    """Run one command of the set-up with its output in the log.

    Raises:
        StepFailed: It ended with another code than 0; carries the last lines and what they mean.
        KeyboardInterrupt: After the command, which got the same Ctrl+C, has ended.
    """
    reporter.say(title)
    with environment.log_path.open("ab") as log:
        log.write(f"\n== {title}\n".encode())
        log.flush()
        beginning = log.tell()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=environment.root
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(timeout=HEARTBEAT_S)
                except subprocess.TimeoutExpired:
                    reporter.say("  still working")
        except KeyboardInterrupt:
            process.wait()
            raise
    if process.returncode != 0:
        raise describe_failure(title, read_from(environment.log_path, beginning), environment)


def read_from(path: Path, beginning: int) -> str:
    with path.open("rb") as file:
        file.seek(beginning)
        return file.read().decode("utf-8", errors="replace")


def describe_failure(
    title: str, output: str, environment: Environment, otherwise: Explanation = UNKNOWN_TROUBLE
) -> StepFailed:
    """The failed step with its last lines, their meaning and a way out."""
    explanation = explain(output, otherwise)
    tail = [line for line in output.splitlines() if line.strip()][-TAIL_LINES:]
    detail = "\n".join(["Its last lines:", *(f"  | {line}" for line in tail), explanation.meaning])
    way_out = f"{explanation.way_out}\nThe whole log: {environment.log_path}"
    return StepFailed(f"This step did not work: {title}", way_out, detail, explanation.is_environment_broken)


def make_venv(environment: Environment, reporter: Reporter) -> None:
    """Make `.venv`, removing what stood in its place.

    Raises:
        SetupProblem: The old one cannot be removed, or the running Python lies in it, or the new one failed.
    """
    if environment.venv_dir.exists():
        if Path(sys.prefix).resolve() == environment.venv_dir.resolve():
            raise SetupProblem(
                "The environment has to be made anew, but the Python that runs now lies in it.",
                "Leave it (deactivate) and start again with the system's own Python.",
            )
        reporter.say("Removing the old environment")
        remove_folder(environment.venv_dir)
    environment.venv_dir.mkdir()
    run_step(
        "Making the environment in .venv",
        [sys.executable, "-m", "venv", str(environment.venv_dir)],
        environment,
        reporter,
    )


def remove_folder(folder: Path) -> None:
    try:
        if folder.is_symlink():
            folder.unlink()
        else:
            shutil.rmtree(folder)
    except OSError as error:
        raise SetupProblem(
            f"The old environment could not be removed: {error}",
            "Close programs that use it, check who owns the folder .venv, and start again.",
        ) from error


def runs_python(environment: Environment) -> bool:
    """Whether the environment's Python starts, is new enough and has pip."""
    try:
        answer = subprocess.run(
            [str(environment.python_path), "-c", "import pip, sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and tuple(map(int, answer.stdout.split())) >= OLDEST_PYTHON


def pick_index(build: str, reporter: Reporter) -> str | None:
    """The index torch comes from; None stands for the one pip is configured with."""
    if build == "pip":
        return None
    index_url = f"{TORCH_INDEX}/{build}"
    if offers_torch(index_url, build):
        return index_url
    reporter.say(
        f"PyTorch's own index does not answer with torch {TORCH_VERSION} for {build}. Taking the torch that "
        "pip finds instead; it may be another build. Later, setup --fresh asks again."
    )
    return None


def ask_python(environment: Environment, title: str, code: str) -> str:
    """The last line that `code` prints when the environment's Python runs it.

    Raises:
        StepFailed: It ended badly, which after an installation means a damaged environment.
    """
    answer = subprocess.run(
        [str(environment.python_path), "-c", code],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    output = answer.stdout + answer.stderr
    with environment.log_path.open("a", encoding="utf-8") as log:
        log.write(f"\n== {title}\n{output}")
    if answer.returncode != 0:
        raise describe_failure(title, output, environment, otherwise=DAMAGED)
    return answer.stdout.splitlines()[-1]


def installed_torch(environment: Environment) -> str:
    """The version of torch in the environment, with its build suffix."""
    code = "from importlib.metadata import version; print(version('torch'))"
    return ask_python(environment, "Reading the version of torch", code)


def install_packages(
    environment: Environment, stamp: Stamp | None, build: str, extras: frozenset[str], reporter: Reporter
) -> None:
    """Bring torch first and then the rest around it, all into `.venv`."""
    pip = [str(environment.python_path), "-m", "pip"]
    is_torch_there = stamp is not None and (stamp.torch_build, stamp.torch_pin) == (build, TORCH_VERSION)
    if not is_torch_there:
        index_url = pick_index(build, reporter)
        environment.stamp_path.unlink(missing_ok=True)
        if stamp is not None:
            uninstall = [*pip, "uninstall", "-y", "torch"]
            run_step("Removing the other build of torch", uninstall, environment, reporter)
        run_step(
            f"Installing torch {TORCH_VERSION}; this is the largest part",
            [*pip, "install", *torch_arguments(build, index_url)],
            environment,
            reporter,
        )
    environment.constraint_path.write_text(f"torch=={installed_torch(environment)}\n", encoding="utf-8")
    run_step(
        "Installing LoRA Studio and what it needs",
        [*pip, "install", "-c", str(environment.constraint_path), "-e", f".[{','.join(sorted(extras))}]"],
        environment,
        reporter,
    )


def check_imports(environment: Environment, build: str, reporter: Reporter) -> None:
    """Start the engine's modules once and tell what torch sees.

    Raises:
        StepFailed: One of them does not import.
    """
    title = "Trying the engine once"
    reporter.say(title)
    answer = "print(json.dumps([torch.__version__, torch.cuda.is_available()]))"
    code = f"import json, {', '.join(ENGINE_MODULES)}; {answer}"
    version, sees_card = json.loads(ask_python(environment, title, code))
    if sees_card:
        reporter.say(f"torch {version} uses the NVIDIA card.")
    elif build.startswith("cu"):
        reporter.say(
            f"torch {version} does not see the NVIDIA card, so training would use the processor. "
            "Check the driver, then run setup --fresh."
        )
    else:
        reporter.say(f"torch {version} works without an NVIDIA card.")


def set_up(environment: Environment, request: Request, reporter: Reporter) -> None:
    """Make the environment whole for the request; at once where it already is.

    An environment without a stamp is finished in place, and made anew when it turns out to be damaged.
    """
    stamp = read_stamp(environment.stamp_path)
    if is_whole(environment, stamp, request):
        return
    stamp = None if request.is_fresh else stamp
    python_version = sys.version_info[:2]
    has_moved = stamp is not None and stamp.root != str(environment.root)
    is_reused = not request.is_fresh and not has_moved and runs_python(environment)
    extras = EXTRAS[request.command] | (frozenset(stamp.extras) if stamp else frozenset())
    build = choose_build(request, stamp, reporter)
    if is_reused:
        reporter.say(f"Using the environment in .venv and adding what is missing: {', '.join(sorted(extras))}.")
    else:
        check_venv_module(python_version, importlib.util.find_spec("ensurepip") is not None)
        check_disk(shutil.disk_usage(environment.root).free, build)
        make_venv(environment, reporter)
        stamp = None
    try:
        install_packages(environment, stamp, build, extras, reporter)
        check_imports(environment, build, reporter)
    except StepFailed as failure:
        if not (is_reused and failure.is_environment_broken):
            raise
        reporter.say("The environment is damaged and will be made anew.")
        make_venv(environment, reporter)
        install_packages(environment, None, build, extras, reporter)
        check_imports(environment, build, reporter)
    new_stamp = Stamp(
        str(environment.root), environment.pyproject_sha256(), TORCH_VERSION, build, tuple(sorted(extras))
    )
    write_stamp(environment.stamp_path, new_stamp)
    reporter.say("The environment is ready.")


def choose_build(request: Request, stamp: Stamp | None, reporter: Reporter) -> str:
    """The build asked for, else the one chosen before, else the one that suits the machine."""
    if request.torch_build is not None:
        return request.torch_build
    if stamp is not None:
        return stamp.torch_build
    choice = choose_torch(platform.system(), platform.machine(), find_nvidia_cards())
    reporter.say(choice.reason)
    return choice.build


def run_through(command: Sequence[str], cwd: Path | None = None, extra_env: Mapping[str, str] | None = None) -> int:
    """Run a command in the foreground and give its exit code; 128 + signal number when a signal ended it.

    Ctrl+C reaches the command by itself; we only wait for its answer.
    """
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(extra_env or {})})
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue
        return code if code >= 0 else 128 - code


def project_checks(environment: Environment, pytest_arguments: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Name and command of each check of the project in their order; pytest is last, its summary closes."""
    python = str(environment.python_path)
    return [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("mypy", [python, "-m", "mypy"]),
        ("lint-imports", [str(environment.script_path("lint-imports"))]),
        (
            "pytest",
            [python, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "--durations", "15", "-rR", *pytest_arguments],
        ),
    ]


def window_arguments(environment: Environment, variables: Mapping[str, str], reporter: Reporter) -> list[str]:
    """What pytest has to be told where Qt cannot be loaded: to leave the window's tests out, unless they must run."""
    trial = [str(environment.python_path), "-c", "import PySide6.QtWidgets"]
    if variables.get(WINDOW_TESTS_SWITCH) or subprocess.run(trial, capture_output=True, check=False).returncode == 0:
        return []
    reporter.say(
        "The window's tests are left out: this computer lacks libraries that Qt needs. "
        f"On Debian and Ubuntu: sudo apt install {WINDOW_PACKAGES}"
    )
    return ["-p", "no:pytest-qt", "--ignore", "tests/ui"]


def run_checks(checks: Sequence[tuple[str, Sequence[str]]], root: Path, reporter: Reporter) -> int:
    """Run the checks in order up to the first that fails, and give its exit code; 0 when all pass."""
    for name, command in checks:
        reporter.say(name)
        started_s = time.monotonic()
        # Two test processes with one torch thread each: more threads than cores made a step ten times slower.
        code = run_through(command, cwd=root, extra_env={"OMP_NUM_THREADS": "1"})
        if code != 0:
            return code
        if name != "pytest":
            reporter.say(f"  passed in {time.monotonic() - started_s:.1f} s")
    return 0


def run_request(request: Request, environment: Environment, reporter: Reporter) -> int:
    """Make the environment whole, run what was asked for, and give its exit code."""
    set_up(environment, request, reporter)
    program = str(environment.script_path("lora-studio"))
    if request.command == "test":
        arguments = [*window_arguments(environment, os.environ, reporter), *request.handed_on]
        return run_checks(project_checks(environment, arguments), environment.root, reporter)
    if request.command in ("app", "demo"):
        return run_through([program, request.command, *request.handed_on])
    if request.command == "run":
        return run_through([program, *request.handed_on])
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is that of the command it ran, or 1, 2 or 130 of its own."""
    environment = Environment(Path(__file__).resolve().parent.parent)
    try:
        check_python(sys.version_info[:2], sys.maxsize > 2**32)
        request = read_request(sys.argv[1:] if arguments is None else arguments)
        return run_request(request, environment, Reporter())
    except SetupProblem as problem:
        stream = sys.stdout if problem.exit_code == 0 else sys.stderr
        print(*filter(None, (problem.title, problem.detail, problem.way_out)), sep="\n", file=stream)
        return problem.exit_code
    except KeyboardInterrupt:
        print("\nStopped. What is there is kept; the next start goes on from it.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
