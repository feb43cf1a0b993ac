"""How Joplin's cipher text begins, which distinguishes it from other texts (services/e2ee/EncryptionService.ts)."""

from __future__ import annotations

from typing import Final

PREFIXES: Final = ("JED01", "JLD01")
"""The first is that of items, blobs and locked notes; later versions of Joplin use the second for locked notes."""
