"""The warning about addresses that seem to contain a token, before a file for others is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

WITH_TOKENS = click.option(
    "--with-tokens", is_flag=True, help="Include addresses that seem to contain a token (token=, key=, sig=, ...)."
)
MOST_LISTED = 20
LONGEST = 120  # characters of an address


def list_tokens(addresses: Sequence[str]) -> None:
    """List them on standard error, their tokens hidden."""
    if not addresses:
        return
    click.echo("These addresses seem to contain a token and are left out; --with-tokens includes them:", err=True)
    for address in addresses[:MOST_LISTED]:
        click.echo(f"  {address if len(address) <= LONGEST else address[: LONGEST - 1] + '…'}", err=True)
    if len(addresses) > MOST_LISTED:
        click.echo(f"  and {len(addresses) - MOST_LISTED:,} more", err=True)
