"""The first-start script: its decisions as plain values, and whole runs on a toy project without a network."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

# One test process sets the toy project up, not each of them.
pytestmark = pytest.mark.xdist_group("bootstrap")

BOOTSTRAP_PATH = Path(__file__).parents[2] / "packaging" / "bootstrap.py"


def load_bootstrap() -> ModuleType:
    # Loaded by its path: `import packaging` would give the package of that name from PyPI.
    spec = importlib.util.spec_from_file_location("lora_studio_bootstrap", BOOTSTRAP_PATH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bootstrap = load_bootstrap()


# --- the command line


def test_arguments_of_the_demo_are_handed_on_unchanged() -> None:
    request = bootstrap.read_request(["demo", "--out", "a b", "--kind", "character", "-n", "3"])
    assert request.command == "demo"
    assert request.handed_on == ("--out", "a b", "--kind", "character", "-n", "3")


def test_our_own_options_are_taken_before_and_after_the_command() -> None:
    before = bootstrap.read_request(["--torch", "cpu", "--fresh", "demo", "--steps", "5"])
    after = bootstrap.read_request(["demo", "--steps", "5", "--torch", "cpu", "--fresh"])
    assert before == after
    assert (after.torch_build, after.is_fresh, after.handed_on) == ("cpu", True, ("--steps", "5"))


def test_everything_after_two_dashes_belongs_to_the_command() -> None:
    request = bootstrap.read_request(["run", "--", "train", "--fresh", "--torch", "x"])
    assert request.handed_on == ("train", "--fresh", "--torch", "x")
    assert not request.is_fresh and request.torch_build is None


def test_help_of_the_demo_is_the_demos_own() -> None:
    assert bootstrap.read_request(["demo", "--help"]).handed_on == ("--help",)


@pytest.mark.parametrize(("arguments", "exit_code"), [([], 2), (["--help"], 0), (["dmeo"], 2), (["setup", "x"], 2)])
def test_a_command_line_without_a_known_command_says_what_there_is(arguments: list[str], exit_code: int) -> None:
    with pytest.raises(bootstrap.SetupProblem) as raised:
        bootstrap.read_request(arguments)
    assert raised.value.exit_code == exit_code


# --- this machine


def test_an_old_python_is_named_with_the_one_that_is_needed() -> None:
    with pytest.raises(bootstrap.SetupProblem, match=r"This is Python 3\.10; LoRA Studio needs Python 3\.11"):
        bootstrap.check_python((3, 10), is_64_bit=True)


def test_a_32_bit_python_is_refused_and_the_oldest_python_is_enough() -> None:
    bootstrap.check_python((3, 11), is_64_bit=True)
    with pytest.raises(bootstrap.SetupProblem, match="32-bit"):
        bootstrap.check_python((3, 12), is_64_bit=False)


def test_a_missing_ensurepip_names_the_debian_package_of_this_python() -> None:
    with pytest.raises(bootstrap.SetupProblem) as raised:
        bootstrap.check_venv_module((3, 11), has_ensurepip=False)
    assert "python3.11-venv" in raised.value.way_out


def test_the_build_with_cuda_needs_more_disk_than_the_one_without() -> None:
    bootstrap.check_disk(5 * 10**9, "cpu")
    with pytest.raises(bootstrap.SetupProblem, match=r"5\.0 GB free; the environment needs about 10 GB"):
        bootstrap.check_disk(5 * 10**9, "cu130")


def test_nvidia_listings_are_read_with_and_without_the_chip() -> None:
    listing = "580.65.06, 8.9\n535.183.01, [N/A]\n470.42\nNVIDIA-SMI has failed\n"
    cards = bootstrap.read_nvidia_listing(listing)
    assert [(card.driver_major, card.chip) for card in cards] == [(580, (8, 9)), (535, None), (470, None)]


@pytest.mark.parametrize(
    ("listing", "build"),
    [
        ("", "cpu"),
        ("580.65.06, 8.9", "cu130"),
        ("579.99, 8.9", "cu126"),
        ("525.60.13, 8.6", "cu126"),
        ("525.60.13", "cu126"),
        ("524.00, 8.6", "cpu"),
        ("580.65.06, 6.1", "cu126"),  # Pascal: CUDA 13 has no code for it, whatever the driver
        ("580.65.06, 7.5", "cu130"),
        ("580.65.06, 12.0", "cu130"),
        ("580.65.06, 6.1\n580.65.06, 12.0", "cu130"),
    ],
)
@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_the_torch_build_follows_the_driver_and_the_card(system: str, listing: str, build: str) -> None:
    assert bootstrap.choose_torch(system, "x86_64", bootstrap.read_nvidia_listing(listing)).build == build


def test_a_new_card_with_an_old_driver_asks_for_a_new_driver() -> None:
    cards = bootstrap.read_nvidia_listing("570.86, 12.0")
    with pytest.raises(bootstrap.SetupProblem, match="needs driver 580 or newer") as raised:
        bootstrap.choose_torch("Linux", "x86_64", cards)
    assert "--torch cpu" in raised.value.way_out


def test_macs_take_torch_from_the_package_index_and_intel_macs_are_told() -> None:
    assert bootstrap.choose_torch("Darwin", "arm64", []).build == "pip"
    with pytest.raises(bootstrap.SetupProblem, match="Intel"):
        bootstrap.choose_torch("Darwin", "x86_64", [])


# --- where torch comes from


@pytest.fixture
def index_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An index on this machine that lists torch for the processor only."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "torch").mkdir()
    wheel = f"torch-{bootstrap.TORCH_VERSION}%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl"
    (tmp_path / "torch" / "index.html").write_text(f'<a href="/{wheel}">wheel</a>')
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_an_index_counts_only_when_it_lists_our_torch_in_the_build(index_url: str) -> None:
    assert bootstrap.offers_torch(index_url, "cpu")
    assert not bootstrap.offers_torch(index_url, "cu130")
    assert not bootstrap.offers_torch(f"{index_url}/missing", "cpu")


def test_an_index_that_does_not_answer_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert not bootstrap.offers_torch("http://127.0.0.1:1", "cpu", timeout_s=1)


def test_torch_is_pinned_to_the_build_only_where_an_index_carries_it() -> None:
    pin = f"torch=={bootstrap.TORCH_VERSION}"
    assert bootstrap.torch_arguments("cu130", "URL") == [f"{pin}+cu130", "--index-url", "URL"]
    assert bootstrap.torch_arguments("cu130", None) == [pin]


# --- what went wrong


@pytest.mark.parametrize(
    ("log", "meaning"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: name resolution\nERROR: No matching distribution found for torch", "not be reached"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no build for this Python"),
        ("ERROR: Cannot uninstall torch 2.13.0, no RECORD file was found", "damaged"),
        ("PermissionError: [WinError 5] Access is denied", "could not be written"),
        ("something nobody thought of", "lines above"),
    ],
)
def test_the_last_words_of_pip_are_put_plainly(log: str, meaning: str) -> None:
    assert meaning in bootstrap.explain(log).meaning


# --- the checks of the project


def test_the_checks_run_from_the_fastest_to_pytest() -> None:
    checks = bootstrap.project_checks(bootstrap.Environment(Path("root")), ("-k", "x"))
    assert [name for name, _ in checks] == ["ruff check", "ruff format", "mypy", "lint-imports", "pytest"]
    assert checks[-1][1][2:5] == ["pytest", "-n", "2"]
    assert checks[-1][1][-2:] == ["-k", "x"]


@pytest.mark.skipif(os.name == "nt", reason="stands in for Python with a shell script")
@pytest.mark.parametrize(("code", "switch", "are_left_out"), [(1, "", True), (0, "", False), (1, "1", False)])
def test_the_windows_tests_are_left_out_aloud_where_qt_cannot_be_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: int, switch: str, are_left_out: bool
) -> None:
    environment = bootstrap.Environment(tmp_path)
    environment.python_path.parent.mkdir(parents=True)
    environment.python_path.write_text(f"#!/bin/sh\nexit {code}\n")
    environment.python_path.chmod(0o755)
    variables = {bootstrap.WINDOW_TESTS_SWITCH: switch}
    arguments = bootstrap.window_arguments(environment, variables, bootstrap.Reporter())
    assert ("tests/ui" in arguments) == are_left_out
    assert ("libegl1" in capsys.readouterr().out) == are_left_out


def test_checks_stop_at_the_first_that_fails_and_give_its_code(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    checks = [
        ("first", [sys.executable, "-c", "import os; print('threads', os.environ['OMP_NUM_THREADS'])"]),
        ("second", [sys.executable, "-c", "raise SystemExit(3)"]),
        ("third", [sys.executable, "-c", "print('never')"]),
    ]
    assert bootstrap.run_checks(checks, tmp_path, bootstrap.Reporter()) == 3
    printed = capfd.readouterr().out
    assert "threads 1" in printed and "passed in" in printed and "never" not in printed


def test_the_summary_of_pytest_is_the_last_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    checks = [("pytest", [sys.executable, "-c", "print('9 passed in 1.00s')"])]
    assert bootstrap.run_checks(checks, tmp_path, bootstrap.Reporter()) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "9 passed in 1.00s"


# --- whole runs, on a toy project whose packages lie in a folder

TOY_BUILD_BACKEND = """
import zipfile
from pathlib import Path

def get_requires_for_build_editable(config_settings=None):
    return []

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "lora_studio-0.1.0-py3-none-any.whl"
    info = "lora_studio-0.1.0.dist-info"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        wheel.writestr("toy.pth", str(Path.cwd()))
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: lora-studio\\nVersion: 0.1.0\\n"
            "Provides-Extra: engine\\nRequires-Dist: torch>=2.7; extra == 'engine'\\n"
            "Provides-Extra: dev\\nProvides-Extra: judge\\nRequires-Dist: torch>=2.14; extra == 'judge'\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\nlora-studio = lora_studio:main\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""

TOY_PROGRAM = """
import sys
import time

def main():
    try:
        print("toy", *sys.argv[1:], flush=True)
        if "wait" in sys.argv:
            time.sleep(60)
    except KeyboardInterrupt:
        print("toy stopped", flush=True)
        return 130
    return 7
"""


def write_toy_torch(wheels_dir: Path, version: str) -> None:
    info = f"torch-{version}.dist-info"
    wheel_path = wheels_dir / f"torch-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel_path, "w") as wheel:
        code = f"__version__ = '{version}'\nclass cuda:\n    is_available = staticmethod(lambda: False)\n"
        wheel.writestr("torch.py", code)
        for module in ("diffusers", "transformers", "peft", "accelerate"):
            wheel.writestr(f"{module}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


class ToyProject:
    """A project folder with our bootstrap.py in it; pip sees nothing but the folder `wheels`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = bootstrap.Environment(root)
        self.wheels_dir = root / "wheels"
        for folder in ("packaging", "lora_studio", "wheels"):
            (root / folder).mkdir(parents=True)
        shutil.copy(BOOTSTRAP_PATH, root / "packaging" / "bootstrap.py")
        (root / "lora_studio" / "__init__.py").write_text(TOY_PROGRAM)
        (root / "toy_backend.py").write_text(TOY_BUILD_BACKEND)
        (root / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "toy_backend"\nbackend-path = ["."]\n'
            '[project]\nname = "lora-studio"\nversion = "0.1.0"\ndynamic = ["scripts", "optional-dependencies"]\n'
        )
        write_toy_torch(self.wheels_dir, f"{bootstrap.TORCH_VERSION}+cpu")
        write_toy_torch(self.wheels_dir, "2.14.0")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "packaging" / "bootstrap.py"), *arguments]

    def environ(self) -> dict[str, str]:
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels_dir.as_uri(), "PIP_CONFIG_FILE": os.devnull}
        return {**os.environ, **pip, "PYTHONUTF8": "1"}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.environ(), capture_output=True, text=True, timeout=120, check=False
        )

    def site_packages(self) -> Path:
        return next(self.environment.venv_dir.glob("**/site-packages"))


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    """A toy project that was set up once; a test that damages it leaves it whole again."""
    project = ToyProject(tmp_path_factory.mktemp("toy project"))
    made = project.run("--torch", "pip", "setup")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "The environment is ready." in made.stdout
    assert f"torch {bootstrap.TORCH_VERSION}+cpu works without an NVIDIA card" in made.stdout
    return project


def test_a_command_runs_in_the_environment_with_its_arguments_and_exit_code(toy: ToyProject) -> None:
    answer = toy.run("demo", "--out", "a b", "--kind", "character")
    assert answer.returncode == 7
    assert answer.stdout == "toy demo --out a b --kind character\n"


def test_a_package_that_wants_another_torch_fails_instead_of_replacing_it(toy: ToyProject) -> None:
    answer = toy.run("test")
    assert answer.returncode == 1 and "Installing torch" not in answer.stdout
    assert "conflict" in answer.stderr
    assert bootstrap.installed_torch(toy.environment) == f"{bootstrap.TORCH_VERSION}+cpu"
    assert toy.run("demo").stdout == "toy demo\n"


def test_a_changed_pyproject_is_installed_again_without_touching_torch(toy: ToyProject) -> None:
    pyproject_path = toy.root / "pyproject.toml"
    pyproject_path.write_text(pyproject_path.read_text() + "# changed\n")
    first = toy.run("setup")
    assert "Installing LoRA Studio" in first.stdout and "Installing torch" not in first.stdout
    assert toy.run("setup").stdout == ""


@pytest.mark.slow
def test_a_damaged_environment_is_made_anew(toy: ToyProject) -> None:
    toy.environment.stamp_path.unlink()
    (toy.site_packages() / "torch.py").unlink()
    answer = toy.run("--torch", "pip", "setup")
    assert answer.returncode == 0, answer.stderr
    assert "damaged and will be made anew" in answer.stdout
    assert (toy.site_packages() / "torch.py").exists()


def test_a_failed_step_shows_a_way_out_and_the_next_start_goes_on_from_there(toy: ToyProject) -> None:
    toy.environment.stamp_path.unlink()
    hidden_dir = toy.wheels_dir.rename(toy.root / "hidden")
    subprocess.run([toy.environment.python_path, "-m", "pip", "uninstall", "-qy", "torch"], check=True)
    failed = toy.run("--torch", "pip", "demo")
    hidden_dir.rename(toy.wheels_dir)
    assert failed.returncode == 1 and not toy.environment.stamp_path.exists()
    assert "This step did not work: Installing torch" in failed.stderr
    assert "| ERROR: No matching distribution found for torch" in failed.stderr
    assert "--torch pip" in failed.stderr and "Traceback" not in failed.stderr

    finished = toy.run("--torch", "pip", "run", "--", "hello")
    assert "Using the environment in .venv" in finished.stdout
    assert (finished.returncode, finished.stdout.splitlines()[-1]) == (7, "toy hello")
    assert toy.environment.stamp_path.exists()


def test_a_stamp_of_another_folder_or_torch_does_not_count(toy: ToyProject) -> None:
    stamp = bootstrap.read_stamp(toy.environment.stamp_path)
    request = bootstrap.Request("demo", (), None, False)
    assert bootstrap.is_whole(toy.environment, stamp, request)
    for change in ({"root": "elsewhere"}, {"torch_pin": "2.0.0"}, {"extras": ()}, {"pyproject_sha256": ""}):
        other = bootstrap.Stamp(**{**vars(stamp), **change})
        assert not bootstrap.is_whole(toy.environment, other, request), change
    assert not bootstrap.is_whole(toy.environment, stamp, bootstrap.Request("demo", (), "cu126", False))
    assert not bootstrap.is_whole(toy.environment, stamp, bootstrap.Request("demo", (), None, True))
    assert not bootstrap.is_whole(toy.environment, stamp, bootstrap.Request("test", (), None, False))


@pytest.mark.parametrize("content", ["", "{}", "[]", json.dumps({"extras": 3}), '{"root": "x", "extras": []}'])
def test_an_unreadable_stamp_counts_as_none(tmp_path: Path, content: str) -> None:
    stamp_path = tmp_path / "stamp.json"
    stamp_path.write_text(content)
    assert bootstrap.read_stamp(stamp_path) is None


@pytest.mark.skipif(sys.platform == "win32", reason="sends Ctrl+C as a signal to a process group")
def test_ctrl_c_ends_quietly_with_the_answer_of_the_command(toy: ToyProject) -> None:
    process = subprocess.Popen(
        toy.command("run", "--", "wait"),
        env=toy.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts the tests in the background has them ignore Ctrl+C, and so would this one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "toy wait\n"
    os.killpg(process.pid, signal.SIGINT)
    printed, complaints = process.communicate(timeout=30)
    assert (process.returncode, printed, complaints) == (130, "toy stopped\n", "")


def test_tests_that_belong_together_run_in_one_worker(request: pytest.FixtureRequest) -> None:
    """A pytest that xdist does not know loses the groups silently, and dear preparations are made twice."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        pytest.skip("one process runs all tests")
    assert request.node.nodeid.endswith("@bootstrap")
