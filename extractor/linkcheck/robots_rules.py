"""The rules of a robots.txt (RFC 9309)."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

from extractor.linkcheck.options import ROBOTS_NAME

_LONGEST_DELAY = 30.0  # a Crawl-delay of hours is meant for crawlers


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one origin: `rules` None allows everything, or nothing if `refusal` gives the reason."""

    rules: Protego | None = None
    refusal: str | None = None

    def why_not(self, url: str) -> str | None:
        """Why an address must not be requested; None if it is allowed."""
        if self.refusal is None and self.rules is not None and not self.rules.can_fetch(url, ROBOTS_NAME):
            return "robots.txt disallows it"
        return self.refusal

    @property
    def delay(self) -> float | None:
        """Seconds between two requests, if given."""
        asked = self.rules.crawl_delay(ROBOTS_NAME) if self.rules is not None else None
        return min(float(asked), _LONGEST_DELAY) if asked else None


def robots_of(body: bytes) -> Robots:
    """Parse a robots.txt."""
    return Robots(Protego.parse(body.decode("utf-8", "replace")))
