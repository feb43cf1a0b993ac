"""The project installed from its wheel, in an environment outside of the checkout."""

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

TOP = Path(__file__).parent.parent


@dataclass(frozen=True)
class Installed:
    """The archives, and the environment in which the wheel is, with an empty folder to run its commands in."""

    sdist: Path
    wheel: Path
    environment: Path
    folder: Path

    def command(self, name: str) -> str:
        return str(self.environment / ("Scripts" if sys.platform == "win32" else "bin") / name)

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment, with nothing of the environment of the tests."""
        return subprocess.run(
            [self.command(name), *words], cwd=self.folder, env={}, capture_output=True, text=True, check=False
        )


@cache
def installed() -> Installed:
    """Build the source archive, from that the wheel, and install it; without a network."""
    folder = Path(tempfile.mkdtemp(prefix="installed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    archives, environment, empty = folder / "dist", folder / "venv", folder / "elsewhere"
    empty.mkdir()
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(archives), str(TOP)]
    subprocess.run(build, check=True, capture_output=True, timeout=200)
    (sdist,), (wheel,) = archives.glob("*.tar.gz"), archives.glob("*.whl")
    venv.create(environment, with_pip=False)
    # What it depends on is that of the tests. A path in such a file is searched for modules, but not for more such
    # files, of which one leads to the checkout.
    variables = {"base": str(environment), "platbase": str(environment)}
    (Path(sysconfig.get_path("purelib", vars=variables)) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    made = Installed(sdist, wheel, environment, empty)
    pip = [sys.executable, "-m", "pip", "-q", "--python", made.command("python"), "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=200)
    return made
