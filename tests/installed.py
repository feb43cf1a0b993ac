"""The project installed from its wheel, in an environment outside the checkout."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared import folder, shared

TOP = Path(__file__).parent.parent


def command_of(environment: Path, name: str) -> str:
    return str(environment / ("Scripts" if sys.platform == "win32" else "bin") / name)


@dataclass(frozen=True)
class Installed:
    """The archives, the environment in which the wheel is installed, and an empty folder to run its commands in."""

    sdist: Path
    wheel: Path
    environment: Path
    folder: Path

    def command(self, name: str) -> str:
        return command_of(self.environment, name)

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment, without any environment variables of the tests."""
        return subprocess.run(
            [self.command(name), *words], cwd=self.folder, env={}, capture_output=True, text=True, check=False
        )


@cache
def installed() -> Installed:
    """The project, installed once per test run, with a folder for this process."""
    empty = Path(tempfile.mkdtemp(prefix="installed-"))
    atexit.register(shutil.rmtree, empty, ignore_errors=True)
    place = folder() / "installed-package"  # its final place, as an environment cannot be moved
    shared("installed", lambda _: _install(place / "dist", place / "venv"))
    (sdist,), (wheel,) = ((place / "dist").glob(f"*{end}") for end in (".tar.gz", ".whl"))
    return Installed(sdist, wheel, place / "venv", empty)


def _install(archives: Path, environment: Path) -> None:
    """Build the source archive and from that the wheel, and install it, all without a network."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(archives), str(TOP)]
    subprocess.run(build, check=True, capture_output=True, timeout=200)
    (wheel,) = archives.glob("*.whl")
    venv.create(environment, with_pip=False)
    # Its dependencies are those of the tests. A path in a .pth file is searched for modules, but not for more .pth
    # files, one of which leads to the checkout.
    variables = {"base": str(environment), "platbase": str(environment)}
    (Path(sysconfig.get_path("purelib", vars=variables)) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    python = command_of(environment, "python")
    pip = [sys.executable, "-m", "pip", "-q", "--python", python, "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=200)
