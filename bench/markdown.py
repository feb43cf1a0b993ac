"""Measure how fast bodies are parsed: each as a whole, and by following them from revision to revision.

python bench/markdown.py FOLDER [EVERY]   FOLDER is a sync target; every EVERYth of its notes is used (default 40)
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from pathlib import Path

from extractor.joplin.history import replay
from extractor.joplin.item_reader import parse_item
from extractor.joplin.items import Revision
from extractor.markdown import Follower, parse


def histories(folder: Path, every: int) -> list[list[str]]:
    """The bodies, in order, of each note that has more than one."""
    revisions: dict[str, list[Revision]] = defaultdict(list)
    for file in folder.glob("*.md"):
        item = parse_item(file.read_text("utf-8", "surrogatepass"))
        if isinstance(item, Revision):
            revisions[item.item_id].append(item)
    taken = [revisions[note] for note in sorted(revisions)[::every]]
    bodies = [[step.body for step in replay(note) if step.body is not None] for note in taken]
    return [note for note in bodies if len(note) > 1]


def main() -> None:
    """Print milliseconds per revision."""
    folder, every = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40  # noqa: PLR2004 - an argument
    notes = histories(folder, every)
    plain = first = rest = 0.0
    for bodies in notes:
        start = time.process_time()
        documents = [parse(body) for body in bodies]
        plain += time.process_time() - start
        follower = Follower()
        start = time.process_time()
        followed = [follower.follow(bodies[0])]
        first += time.process_time() - start
        start = time.process_time()
        followed += [follower.follow(body) for body in bodies[1:]]
        rest += time.process_time() - start
        if followed != documents:
            sys.exit("following and parsing differ")
    count = sum(map(len, notes))
    later = count - len(notes)
    characters = sum(len(body) for bodies in notes for body in bodies)
    print(f"{count} revisions of {len(notes)} notes, {characters / count:.0f} characters each")
    print(
        f"parse   {plain / count * 1000:.2f} ms a revision, {characters / plain / 1e6:.2f} million characters a second"
    )
    ratio = plain / count / (rest / later)
    print(f"follow  {rest / later * 1000:.2f} ms a revision after the first: {ratio:.1f} times as fast")
    print(f"a history, the first revision included: {plain / (first + rest):.1f} times as fast")


if __name__ == "__main__":
    main()
