"""What a robots.txt allows (RFC 9309)."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

from extractor.linkcheck.options import ROBOTS_NAME

_LONGEST_DELAY = 30.0  # a Crawl-delay of hours is meant for those who crawl


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin allows: `rules` None means everything, or nothing where `refusal` says why."""

    rules: Protego | None = None
    refusal: str | None = None

    def why_not(self, url: str) -> str | None:
        """Why an address is not to be asked for, if it is not."""
        if self.refusal is None and self.rules is not None and not self.rules.can_fetch(url, ROBOTS_NAME):
            return "robots.txt disallows it"
        return self.refusal

    @property
    def delay(self) -> float | None:
        """Seconds that are to pass between two requests, if it says so."""
        asked = self.rules.crawl_delay(ROBOTS_NAME) if self.rules is not None else None
        return min(float(asked), _LONGEST_DELAY) if asked else None


def robots_of(body: bytes) -> Robots:
    """Read a robots.txt."""
    return Robots(Protego.parse(body.decode("utf-8", "replace")))
