"""Measure builds of ten times as much: ten times the notes, the revisions per note, or the length of each text.

    python bench/scale.py                                 each of the three compared with the same smaller source
    python bench/scale.py NOTES REVISIONS [CHARACTERS]    one source: 200000 5 for a million revisions

Each note begins with sections of prose and links; each revision adds a link to one of them. CPU time is that of all
processes, memory the peak of a build and its workers together.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.long_note import WORDS, Step, note_item, revision_item
from bench.measure import Cost, measure, size

DAY = 86_400_000
BEGIN = 1_577_836_800_000  # ms, 2020-01-01
A_SECTION = 600  # characters, about
AIM = 11  # times the cost of a tenth


@dataclass(frozen=True, slots=True)
class Shape:
    """The number of notes, of revisions per note, and of characters per text."""

    notes: int = 500
    revisions: int = 4
    characters: int = 2000


def history(shape: Shape, number: int) -> list[Step]:
    """The revisions of a note, each made from the one before."""
    chance = random.Random(number)
    text, found = "", []
    while len(text) < shape.characters:
        prose = " ".join(chance.choices(WORDS, k=60)).capitalize()
        text += f"## {' '.join(chance.choices(WORDS, k=2)).capitalize()}\n\n{prose}.\n\n{_link(chance)}\n"
    for at in range(1, shape.revisions + 1):
        before = found[-1].text if found else ""
        if found:
            place = before.index("\n\n", chance.randrange(len(before) // 2)) + 2
            text = before[:place] + _link(chance) + before[place:]
        found.append(Step(at, at - 1, BEGIN + (at * 7 + number % 1000) * DAY, before, text))
    return found


def _link(chance: random.Random) -> str:
    words = " ".join(chance.choices(WORDS, k=3))
    return (
        f"- [{words}](https://site{chance.randrange(5000)}.example/{chance.randrange(10**9)}/{chance.choice(WORDS)})\n"
    )


def write(folder: Path, shape: Shape) -> None:
    """Write the items of all notes into a folder."""
    folder.mkdir()
    for number in range(1, shape.notes + 1):
        note = f"{number:024x}{0:08x}"
        *_, last = steps = history(shape, number)
        for step in steps:
            of = f"{number:024x}"
            item = revision_item(step, note=note, revision=f"{of}{step.number:08x}", parent=f"{of}{step.parent:08x}")
            (folder / f"{of}{step.number:08x}.md").write_text(item, encoding="utf-8")
        (folder / f"{note}.md").write_text(note_item(last, note), encoding="utf-8")


def build(shape: Shape) -> Cost:
    """Build the catalogue of such a source in a temporary folder."""
    with tempfile.TemporaryDirectory() as scratch:
        source, db = Path(scratch) / "joplin", Path(scratch) / "catalogue.db"
        write(source, shape)
        cost = measure(sys.executable, "-m", "extractor", "build", str(source), "--db", str(db), "--quiet")
        return cost._replace(written=size(db))


def told(name: str, cost: Cost) -> str:
    """One line of figures."""
    return (
        f"{name:<32}{cost.cpu:9.2f} CPU s{cost.wall:9.2f} s{cost.megabytes:7.0f} MB{cost.written:9.1f} MB catalogue.db"
    )


def main() -> None:
    """Print a line for each source."""
    given = [int(number) for number in sys.argv[1:]]
    if given:
        shape = Shape(*given)
        print(told(f"{shape.notes:,} notes of {shape.revisions}", build(shape)))
        return
    shape = Shape()
    base = build(shape)
    print(told(f"{shape.notes} notes of {shape.revisions} revisions", base))
    for name, larger in {
        "10 times the notes": replace(shape, notes=shape.notes * 10),
        "10 times the revisions": replace(shape, revisions=shape.revisions * 10),
        "10 times the length": replace(shape, characters=shape.characters * 10),
    }.items():
        cost = build(larger)
        print(f"{told(name, cost)}; {cost.cpu / base.cpu:.1f} times the CPU, aim {AIM}", flush=True)


if __name__ == "__main__":
    main()
