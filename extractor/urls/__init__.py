"""What a web address itself reveals: its canonical form, host, site, expiry, and for a LinkedIn post, author and time.

Addresses are read as browsers read them (WHATWG URL Standard, by the parser of Node.js: ada), because people click
the links in their notes. The canonical form goes further, so that all spellings of one address share a row:

- scheme and host in lower case, the host in IDNA (``bücher.example`` -> ``xn--bcher-kva.example``) and without the dot
  of the DNS root; a default port off; an empty path is ``/``; dot segments resolved (all WHATWG);
- uniform percent-encoding (`encoding`): characters that need no escape decoded, all others encoded, Unicode in NFC;
- user name and password removed, here and in the address to fetch: a password in a note stays in the note, and link
  checks send no credentials;
- the fragment removed, unless it is a state of the page instead of a place in it (`fragments`);
- parameters that only tell who shared it, and where, removed (`tracking`);
- a signed address stays as parsed: its signature may cover any character of path and query (`signatures`).

The query keeps its order: a repeated key means a list to many servers, and a signature may cover the order. ``http``
and ``https``, with or without ``www.`` or a final slash, stay separate: only the server knows if they are the same.
"""

from extractor.urls.address import Address, read_address

__all__ = ["Address", "read_address"]
