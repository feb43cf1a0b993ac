"""`python -m extractor` is `joplin-catalogue`."""

from extractor.cli import main

main(prog_name="joplin-catalogue")
