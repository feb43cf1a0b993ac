"""The addresses to check, and the options for checking them."""

from __future__ import annotations

from dataclasses import dataclass

from extractor import __version__

# Similar enough to a browser for simple filters, honest about the program, and without the words for which other
# programs are refused ("link", "check", "bot", "curl", ...).
USER_AGENT = f"Mozilla/5.0 (compatible; joplin-catalogue/{__version__})"
ROBOTS_NAME = "joplin-catalogue"


@dataclass(frozen=True, slots=True)
class Target:
    """One address to check.

    `key` is the caller's (urls.id), `url` is what to fetch, `expires_at` is in ms since 1970, for signed addresses.
    `etag` and `last_modified` are from the latest check, if that was `ok` or `moved`, and `validated_url` is its final
    address, for which they are valid: if given, the request is conditional. `fragments` are the places in the page
    (without ``#``) that notes link to. `keep_bytes` is the maximum part of the page to return with the check, if it may
    be kept; 0 for none. `kept_chars` is the length of its last kept text; 0 if there is none.
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
    """Options of link checks. Times are seconds.

    `timeout` limits one request including connection and body; after a timeout, it is retried at most once.
    `concurrency` is the number of simultaneous requests, `per_host` the number of those to one host, `host_delay` the
    time between requests to one host. `retries` is the number of retries of temporary failures, after `backoff`,
    doubled each time. `max_wait` is the longest Retry-After to wait for. `look` reads pages to find soft 404s that HEAD
    alone would miss. `proxy` is an http or https address; it then resolves names, so `allow_private` can only be
    applied to literal addresses and local names. `probe_all` probes the hosts of all pages, not only of doubtful ones.
    `github_token` goes only to api.github.com.
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
