"""What is asked for: the addresses to check, and how to ask."""

from __future__ import annotations

from dataclasses import dataclass

from extractor import __version__

# Browser-like enough not to be turned away by the simplest filters, honest about who asks, and without the words that
# others are turned away for ("link", "check", "bot", "curl", ...).
USER_AGENT = f"Mozilla/5.0 (compatible; joplin-catalogue/{__version__})"
ROBOTS_NAME = "joplin-catalogue"


@dataclass(frozen=True, slots=True)
class Target:
    """One address to check.

    `key` is the caller's (urls.id), `url` what to fetch, `expires_at` ms since 1970 where the address is signed.
    `etag` and `last_modified` are from the latest check, if that was `ok` or `moved`, and `validated_url` is its final
    address, for which alone they hold: where they are given, the request is a conditional one. `fragments` are the
    places in the page (without ``#``) that notes link to. `keep_bytes` is how much of the page at most is to be given
    with the check, if it is one that may be kept; 0 for none. `kept_chars` is the length of its text as it was kept
    last; 0 where it was not.
    """

    key: int
    url: str
    expires_at: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    validated_url: str | None = None
    fragments: tuple[str, ...] = ()
    keep_bytes: int = 0
    kept_chars: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """How to ask. Times are seconds.

    `timeout` bounds one request with its connection and body; what times out is asked once more at most. `concurrency`
    is how many requests are under way at once, `per_host` how many of those at one host, `host_delay` the time from
    one request to the next at one host. `retries` is how often what may pass is asked again, after `backoff`, doubled
    each time. `max_wait` is the longest Retry-After that is waited for. `look` reads pages for soft 404s where a HEAD
    alone would pass them. `proxy` is an http or https address; the proxy then resolves names, and `allow_private` can
    be decided on literal addresses and local names only. `probe_all` probes the hosts of all pages, not only of those
    in doubt. `github_token` goes to api.github.com alone.
    """

    timeout: float = 15.0
    concurrency: int = 128
    per_host: int = 2
    host_delay: float = 0.2
    retries: int = 2
    backoff: float = 1.0
    max_wait: float = 60.0
    proxy: str | None = None
    robots: bool = False
    allow_private: bool = False
    look: bool = True
    user_agent: str = USER_AGENT
    max_bytes: int = 65_536
    max_redirects: int = 10
    probe_all: bool = False
    github_token: str | None = None
