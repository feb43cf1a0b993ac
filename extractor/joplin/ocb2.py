"""OCB 2.0 over AES, decryption only: what Joplin's first two methods (SJCL, SJCL2) used until 2020.

Source of the rule: P. Rogaway, "Efficient Instantiations of Tweakable Blockciphers and Refinements to Modes OCB and
PMAC" (2004), without a header, as in core/ocb2.js of SJCL. The ``cryptography`` library offers only OCB3 (RFC 7253),
which gives different bytes. The mode's authentication is broken (Inoue and Minematsu, 2018); here it is only read.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
_REDUCTION = 0x87  # x^128 = x^7 + x^2 + x + 1 in the field that offsets live in
_MASK = (1 << 128) - 1


def decrypt(key: bytes, nonce: bytes, cipher_text: bytes, tag_length: int) -> bytes | None:
    """The plaintext of `cipher_text` (the text, then the tag's first `tag_length` bytes); None if the tag differs.

    `key` is 16, 24 or 32 bytes, `nonce` 16 bytes, `cipher_text` at least `tag_length` bytes.
    """
    # ECB is the bare block cipher here: this module adds the mode around it
    aes = Cipher(AES(key), ECB())  # noqa: S305
    encipher, decipher = aes.encryptor(), aes.decryptor()
    ciphered, tag = cipher_text[: len(cipher_text) - tag_length], cipher_text[len(cipher_text) - tag_length :]

    # the last block may be a whole one, or empty if there is no text at all
    whole = max(len(ciphered) - 1, 0) // BLOCK
    offset = _doubled(int.from_bytes(encipher.update(nonce)))
    offsets = bytearray()
    for _ in range(whole):
        offsets += offset.to_bytes(BLOCK)
        offset = _doubled(offset)
    middle = _xored(decipher.update(_xored(ciphered[: whole * BLOCK], offsets)), offsets)

    last = ciphered[whole * BLOCK :]
    pad = encipher.update((offset ^ len(last) * 8).to_bytes(BLOCK))
    last_padded = _xored(last.ljust(BLOCK, b"\0"), pad)

    checksum = int.from_bytes(last_padded)
    for start in range(0, len(middle), BLOCK):
        checksum ^= int.from_bytes(middle[start : start + BLOCK])
    expected = encipher.update((checksum ^ offset ^ _doubled(offset)).to_bytes(BLOCK))
    if not hmac.compare_digest(expected[:tag_length], tag):
        return None
    return middle + last_padded[: len(last)]


def _doubled(block: int) -> int:
    """`block` times x in GF(2^128)."""
    return (block << 1) & _MASK ^ (_REDUCTION if block >> 127 else 0)


def _xored(left: bytes, right: bytes | bytearray) -> bytes:
    """The bytewise xor of two strings of the same length."""
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
