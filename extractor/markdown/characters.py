"""White space in JavaScript: Python's `str.strip` also removes U+0085 and U+001C to 1F, but not U+FEFF."""

from __future__ import annotations

SPACES = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
HTML_SPACES = "\t\n\f\r "
