"""The addresses for programs that docs/browsing.md names answer."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from catalogues import EXAMPLE, make
from datasette.app import Datasette

TOP = Path(__file__).parent.parent


async def test_the_addresses_answer(tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    make(db, EXAMPLE)
    datasette = Datasette([str(db)], metadata=yaml.safe_load((TOP / "metadata.yml").read_text(encoding="utf-8")))
    addresses = re.findall(
        r"^(/catalogue/\S+) ", (TOP / "docs" / "browsing.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    addresses = [address for address in addresses if not re.search(r"/[A-Z]+", address)]  # of something: another test
    assert len(addresses) >= 8
    for address in addresses:
        answer = await datasette.client.get(address)
        assert answer.status_code == 200, address
        assert len(answer.text) > 100, address
