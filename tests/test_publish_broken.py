"""Histories with holes: every page of every note and revision answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from datasette.app import Datasette

from tests.test_build import make, rows

if TYPE_CHECKING:
    from collections.abc import Callable

METADATA = Path(__file__).parent.parent / "metadata.yml"


@pytest.mark.parametrize("name", ["sync-broken", "sync-odd"])
async def test_every_page_answers(corpora: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    """Stretches with half an emoji, revisions that are lost but known, circles of parents."""
    db = tmp_path / "catalogue.db"
    make(db, corpora(name))
    datasette = Datasette([str(db)], metadata=yaml.safe_load(METADATA.read_text(encoding="utf-8")))
    unsure = "SELECT id FROM revisions WHERE number NOT NULL AND state <> 'complete'"
    lost = rows(db, "SELECT id FROM revisions WHERE number IS NULL")
    addresses = [f"/catalogue/-/note/{note}" for note in rows(db, "SELECT id FROM notes")]
    addresses += [f"/catalogue/-/revision/{one}" for one in [*rows(db, unsure), *lost]]
    for address in addresses:
        answer = await datasette.client.get(address)
        assert answer.status_code == 200, address
        is_lost = address.rpartition("/")[2] in lost
        assert ("This revision is lost." in answer.text) == is_lost
    assert len(addresses) > 10
