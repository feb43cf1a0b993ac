"""What a web address says by itself: its canonical form, host, site, expiry, and of a LinkedIn post author and time.

Addresses are read as browsers read them (WHATWG URL Standard, by the parser of Node.js: ada), because what a note
holds is what somebody clicks. The canonical form goes further, so that all spellings of one address meet in one row:

- scheme and host in lower case, the host in IDNA (``bücher.example`` -> ``xn--bcher-kva.example``) and without the dot
  of the DNS root; a default port off; an empty path is ``/``; dot segments resolved (all WHATWG);
- percent-encoding in one way (`encoding`): characters that mean themselves decoded, all others encoded, Unicode in NFC;
- user name and password off, here and in the address to fetch: a password in a note stays in the note, and a link
  check sends no credentials;
- the fragment off, except where it is a state of the page and not a place in it (`fragments`);
- parameters that say only who shared it, and where, off (`tracking`);
- a signed address as the parser leaves it: its signature may cover any character of path and query (`signatures`).

The query keeps its order: a repeated key means a list to many servers, and a signature may cover the order. ``http``
and ``https``, ``www.`` or not, a slash at the end or not stay apart: only the server knows whether they are the same.
"""

from extractor.urls.address import Address, read_address

__all__ = ["Address", "read_address"]
