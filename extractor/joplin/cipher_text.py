"""How Joplin's cipher text begins, by which it is told from any other text (services/e2ee/EncryptionService.ts)."""

from __future__ import annotations

from typing import Final

PREFIXES: Final = ("JED01", "JLD01")
"""Of items, blobs and locked notes; the second of locked notes in later versions of Joplin."""
