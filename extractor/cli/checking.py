"""`check-links` and `ignore`: which saved links are dead."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extractor.cli import reports
from extractor.cli.check_summary import summarize
from extractor.cli.choosing import choosing
from extractor.cli.copies import Talk, look_up_copies, make_copies
from extractor.cli.keeping import keeping, say_kept
from extractor.cli.options import DB
from extractor.cli.settings import COUNT, Duration, ProxyAddress, Seconds, configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from extractor.catalogue.check_plan import Plan
    from extractor.link_check_run import Outcome
    from extractor.linkcheck import Options

# Options for requests, by their names in linkcheck.
ASKING = ("timeout", "concurrency", "per_host", "host_delay", "retries", "proxy", "robots", "allow_private")
HEALTHS = ("dead", "new-dead", "suspect", "failing", "moved", "blocked", "expired")


@click.command("check-links")
@DB
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    is_eager=True,
    callback=configure,
    expose_value=False,
    help="A TOML file with these options in a table [check-links].  [default: ~/.config/joplin-catalogue/config.toml]",
)
@choosing
@click.option("--section", multiple=True, metavar="PATH", help="Only links in this section and its subsections.")
@click.option("--host", multiple=True, help="Only links to this host or site.")
@click.option("--only", multiple=True, metavar="PATTERN", help="Only addresses that contain this; * matches anything.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Skip addresses that contain this.")
@click.option("--limit", type=COUNT, help="At most this many addresses, most urgent first.")
@click.option("--recheck", is_flag=True, help="Also check recently checked addresses.")
@click.option("--max-age", type=Duration(), default="7d", show_default=True, help="How long an answer stays valid.")
@click.option(
    "--max-age-failing",
    type=Duration(),
    default="1d",
    show_default=True,
    help="How long until a failed address is checked again.",
)
@click.option("--archive", is_flag=True, help="Look up archived copies of dead, expired and suspect pages.")
@click.option(
    "--archive-service",
    metavar="URL",
    default="https://web.archive.org",
    show_default=True,
    help="The web archive to use.",
)
@click.option(
    "--save",
    is_flag=True,
    help="Ask the archive to copy living pages that have no copy. Their addresses are listed before they are sent.",
)
@keeping
@click.option("--timeout", type=Seconds(0.1), default=15, show_default=True, help="Time limit for one request.")
@click.option("--concurrency", type=COUNT, default=128, show_default=True, help="Number of simultaneous requests.")
@click.option("--per-host", type=COUNT, default=2, show_default=True, help="Of those, the most to one host.")
@click.option(
    "--host-delay",
    type=Seconds(0),
    default=0.2,
    show_default=True,
    help="Delay between requests to one host.",
)
@click.option(
    "--retries",
    type=click.IntRange(min=0, max=100),
    default=2,
    show_default=True,
    help="How often to retry a temporary failure.",
)
@click.option("--proxy", type=ProxyAddress(), metavar="URL", help="An http or https proxy.")
@click.option("--robots", is_flag=True, help="Skip what robots.txt disallows.")
@click.option(
    "--probe",
    is_flag=True,
    help="Compare every page, not only doubtful ones, with its host's answer to a made-up address.",
)
@click.option("--allow-private", is_flag=True, help="Also check addresses of this machine and its local networks.")
@click.option(
    "--format",
    type=click.Choice(["text", "json", "jsonl", "csv", "junit"]),
    default="text",
    show_default=True,
    help="What to print on standard output.",
)
@click.option("--fail-on", multiple=True, type=click.Choice(HEALTHS), help="Exit with 3 if there are such links.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
@click.pass_context
def check_links(ctx: click.Context, /, **options: Any) -> None:  # noqa: ANN401 -- one for each option above
    """Find out which saved links are dead, moved or blocked.

    Checks each web address in your notes now: first those never checked, then failing ones, then those with the oldest
    check. Recently checked addresses are skipped. Every result is saved in `checks` at once; you can stop with Ctrl-C
    at any time and continue later.

    A link is dead immediately only if its server says so (404, 410). Temporary errors of the server or the network make
    it dead after at least 3 failures over at least 7 days. If an answer may no longer be the page, the link is
    `suspect`; it is dead once its host was found, just as often and as long, to give that answer to any address. A site
    that refuses programs, such as LinkedIn, is `blocked`.

    You can also set each option in the configuration file, or in the environment, as in
    JOPLIN_CATALOGUE_CHECK_LINKS_TIMEOUT. With a token in GITHUB_TOKEN, private repositories that you may see do not
    count as lost.
    """
    from extractor.catalogue.check_plan import Selection  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.store import reading  # noqa: PLC0415
    from extractor.cli.reading import say_overdue  # noqa: PLC0415
    from extractor.link_check_run import check, choose  # noqa: PLC0415
    from extractor.linkcheck import Options as AskingOptions  # noqa: PLC0415

    path: Path = options["db"]
    with reading(path) as catalogue:
        say_overdue(catalogue, path)
    chosen = choose(
        path,
        Selection(
            notes=options["choice"],
            sections=options["section"],
            hosts=options["host"],
            only=options["only"],
            exclude=options["exclude"],
            limit=options["limit"],
            recheck=options["recheck"],
            alive_age=options["max_age"],
            failing_age=min(options["max_age_failing"], options["max_age"]),
        ),
    )
    asking = AskingOptions(
        **{name: options[name] for name in ASKING},
        probe_all=options["probe"],
        github_token=os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN"),
    )
    watched = not options["quiet"] and sys.stderr.isatty()
    with _progress("Checking", len(chosen.targets), shown=watched) as advance:
        outcome = check(path, chosen, asking, lambda one: advance(str(one.verdict)), options["keep"])
    for_people = options["format"] == "text"
    if for_people and not options["quiet"]:
        summarize(outcome, path)
    say_kept(outcome, options["keep"], quiet=options["quiet"] or not for_people)
    copies: Mapping[int, str | None] = {}
    if not outcome.summary.interrupted and outcome.summary.away_since is None:
        copies = _ask_archive(chosen, outcome, asking, options)
    if not for_people:
        reports.write(outcome, options["format"], reports.Copies(copies, _kept_copies(path, outcome)))
    if outcome.summary.interrupted:
        ctx.exit(1)
    if any(_is(outcome, wanted) for wanted in options["fail_on"]):
        ctx.exit(3)


def _kept_copies(path: Path, outcome: Outcome) -> Mapping[int, str]:
    """When the pages of those checked addresses that are lost were kept last, by the ids of addresses."""
    from extractor.catalogue.kept.found import copies_beside  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.store import reading  # noqa: PLC0415

    lost = {one.check.key for one in outcome.results if one.health in {*reports.FAILED, "expired"}}
    with reading(path) as catalogue:
        return copies_beside(path, catalogue.conn, lost)


def _ask_archive(
    chosen: Plan, outcome: Outcome, asking: Options, options: Mapping[str, Any]
) -> Mapping[int, str | None]:
    """Do what `--archive` and `--save` ask for; returns the copies found, by the ids of addresses."""
    talk = Talk(options["archive_service"], quiet=options["quiet"], err=options["format"] != "text")
    copies = look_up_copies(outcome, options["db"], asking, talk) if options["archive"] else {}
    if options["save"]:
        make_copies(chosen, options["db"], asking, talk)
    return copies


def _is(outcome: Outcome, wanted: str) -> bool:
    """Whether the chosen links have the health that `--fail-on` names on record, whenever they were checked."""
    if wanted == "new-dead":
        return bool(outcome.became("dead"))
    return outcome.on_record.get(wanted, 0) > 0


@contextlib.contextmanager
def _progress(what: str, total: int, *, shown: bool) -> Iterator[Callable[[str], None]]:
    """A progress bar with the rate and the verdicts so far, shown only on a terminal."""
    if not shown or not total:
        yield lambda _verdict: None
        return
    from rich.console import Console  # noqa: PLC0415 -- heavy imports only where used
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    counts: Counter[str] = Counter()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[verdicts]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=total, rate="", verdicts="")

        def advance(verdict: str) -> None:
            counts[verdict] += 1
            speed = bars.tasks[0].speed
            bars.update(
                task,
                advance=1,
                rate=f"{speed:,.0f}/s" if speed else "",
                verdicts="  ".join(f"{name} {count:,}" for name, count in counts.most_common()),
            )

        yield advance


@click.command()
@click.argument("pattern", required=False)
@click.option("--reason", default="", help="The reason, shown in the list.")
@click.option("--take-back", is_flag=True, help="Stop ignoring PATTERN.")
@DB
def ignore(pattern: str | None, reason: str, take_back: bool, db: Path) -> None:
    """Exclude addresses from link checks, or list the excluded ones.

    PATTERN is part of the address, or all of it if it contains * or ?. It is saved in the catalogue.

    \b
    joplin-catalogue ignore intranet.example --reason "needs the VPN"
    joplin-catalogue ignore                             list them
    joplin-catalogue ignore intranet.example --take-back
    """  # noqa: D301 -- \b keeps click from rewrapping
    from extractor.catalogue import ignored  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.store import open_to_write, reading  # noqa: PLC0415
    from extractor.times import iso, now_ms  # noqa: PLC0415

    if pattern is None:
        with reading(db) as catalogue:
            patterns = ignored.ignored(catalogue)
        for one, why, since in patterns:
            click.echo(f"{one}  ({why + ', ' if why else ''}since {since[:10]})")
        if not patterns:
            click.echo("No addresses are excluded from link checks.", err=True)
        return
    with open_to_write(db) as catalogue:
        if take_back:
            ignored.take_back(catalogue, pattern)
            click.echo(f"Addresses that match {pattern} are checked again.")
        else:
            count = ignored.ignore(catalogue, pattern, reason, iso(now_ms()) or "")
            click.echo(f"{pattern} excludes {count:,} addresses from link checks.")
