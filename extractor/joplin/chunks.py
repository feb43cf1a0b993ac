"""One encrypted chunk: the small JSON object in which Joplin keeps a piece of encrypted text.

Two libraries wrote it (services/e2ee/EncryptionService.ts): until 2024 SJCL, whose JSON includes its parameters,
and since then the platform's own AES-GCM (crypto.ts), whose parameters follow from the method. Both derive the AES key
with PBKDF2 from a password and a salt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM

from extractor.errors import CipherTextError
from extractor.joplin import ocb2

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ITERATIONS = 100_000
"""For one key derivation whose chunk names the number: ten times the most that Joplin ever wrote, 33 ms."""


class Method(IntEnum):
    """How a text was encrypted (EncryptionMethod, EncryptionService.ts)."""

    SJCL = 1
    SJCL2 = 2
    SJCL3 = 3
    SJCL4 = 4
    SJCL1A = 5
    CUSTOM = 6
    SJCL1B = 7
    KEY_V1 = 8
    FILE_V1 = 9
    STRING_V1 = 10


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as read; lengths are in bytes, and `cipher_text` ends with the tag."""

    mode: Literal["gcm", "ccm", "ocb2"]
    digest: Literal["sha256", "sha512"]
    iterations: int
    key_length: int
    tag_length: int
    salt: bytes
    iv: bytes
    cipher_text: bytes


_GCM_ITERATIONS = {Method.KEY_V1: 220_000, Method.FILE_V1: 3, Method.STRING_V1: 3}
_CHEAP_ITERATIONS = 10
_GCM_IV = 12
_CCM_IV = range(8, 17)


def parse_chunk(method: Method, text: str) -> Chunk:
    """The chunk in `text`; raises CipherTextError that says what is wrong with it."""
    fields = _json_object(text)
    if method in _GCM_ITERATIONS:
        chunk = Chunk(
            mode="gcm",
            digest="sha512",
            iterations=_GCM_ITERATIONS[method],
            key_length=32,
            tag_length=16,
            salt=_bytes(fields, "salt"),
            iv=_bytes(fields, "iv"),
            cipher_text=_bytes(fields, "ct"),
        )
    elif method is Method.CUSTOM:
        raise CipherTextError(
            "Method 6 (a key encrypted for somebody else's key pair) cannot be opened with a password."
        )
    else:
        chunk = _parse_sjcl(fields)
    if len(chunk.cipher_text) < chunk.tag_length:
        raise CipherTextError(f"The ciphertext is shorter than its tag: {len(chunk.cipher_text)} bytes.")
    iv_fits = {"gcm": len(chunk.iv) == _GCM_IV, "ccm": len(chunk.iv) in _CCM_IV, "ocb2": len(chunk.iv) == ocb2.BLOCK}
    if not iv_fits[chunk.mode]:
        raise CipherTextError(f"The initialization vector of {len(chunk.iv)} bytes does not fit {chunk.mode}.")
    return chunk


def decrypt_chunk(chunk: Chunk, password: bytes) -> bytes | None:
    """The plaintext; None if the tag differs: the password is wrong, or the chunk is damaged."""
    # SJCL keeps one salt for as long as Joplin runs, so thousands of items share one derivation of 1,000 or 10,000
    # iterations; AES-GCM has a separate salt for each chunk and 3 iterations, cheaper than looking them up
    derive = _derived_once if chunk.iterations > _CHEAP_ITERATIONS else _derived
    key = derive(chunk.digest, password, chunk.salt, chunk.iterations, chunk.key_length)
    if chunk.mode == "ocb2":
        return ocb2.decrypt(key, chunk.iv, chunk.cipher_text, chunk.tag_length)
    try:
        if chunk.mode == "gcm":
            return AESGCM(key).decrypt(chunk.iv, chunk.cipher_text, None)
        return AESCCM(key, chunk.tag_length).decrypt(_ccm_nonce(chunk), chunk.cipher_text, None)
    except InvalidTag:
        return None


def _parse_sjcl(fields: Mapping[str, object]) -> Chunk:
    """SJCL's own JSON (core/convenience.js), limited to what SJCL accepts and Joplin ever used."""
    if fields.get("v") != 1 or fields.get("cipher") != "aes" or fields.get("adata", "") != "":
        raise CipherTextError("The SJCL text is not of the kind that Joplin writes (v, cipher or adata).")
    if fields.get("mode") not in ("ccm", "ocb2"):
        raise CipherTextError("The SJCL text names neither of the modes ccm and ocb2.")
    iterations = _number(fields, "iter")
    if not 0 < iterations <= MAX_ITERATIONS:
        raise CipherTextError(
            f"The ciphertext asks for {_shortened(iterations)} iterations of key derivation, "
            f"where {MAX_ITERATIONS:,} is the most."
        )
    key_bits, tag_bits = _number(fields, "ks"), _number(fields, "ts")
    if key_bits not in {128, 192, 256} or tag_bits not in {64, 96, 128}:
        raise CipherTextError("The SJCL text names a key or tag size that does not exist (ks, ts).")
    return Chunk(
        mode="ccm" if fields.get("mode") == "ccm" else "ocb2",
        digest="sha256",
        iterations=iterations,
        key_length=key_bits // 8,
        tag_length=tag_bits // 8,
        salt=_bytes(fields, "salt"),
        iv=_bytes(fields, "iv"),
        cipher_text=_bytes(fields, "ct"),
    )


def _ccm_nonce(chunk: Chunk) -> bytes:
    """The start of the iv that leaves room for the length of the text (core/ccm.js; RFC 3610, L)."""
    length = len(chunk.cipher_text) - chunk.tag_length
    size_of_length = next(size for size in (2, 3, 4) if length < 1 << 8 * size)
    return chunk.iv[: 15 - size_of_length]


def _derived(digest: str, password: bytes, salt: bytes, iterations: int, length: int) -> bytes:
    """The AES key: PBKDF2 with HMAC."""
    return hashlib.pbkdf2_hmac(digest, password, salt, iterations, length)


_derived_once = lru_cache(maxsize=256)(_derived)


def _json_object(text: str) -> Mapping[str, object]:
    """`text` as one JSON object; no error quotes it, for it may be plaintext in the wrong place."""
    try:
        fields: object = json.loads(text)
    except (ValueError, RecursionError):
        raise CipherTextError("A chunk of the ciphertext is not JSON.") from None
    if not isinstance(fields, dict):
        raise CipherTextError("A chunk of the ciphertext is not a JSON object.")
    return fields


def _bytes(fields: Mapping[str, object], name: str) -> bytes:
    """Decode a field's base64, padded or not: old SJCL omitted the padding."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise CipherTextError(f"The ciphertext lacks its {name}.")
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise CipherTextError(f"The {name} of the ciphertext is not base64.") from None


def _number(fields: Mapping[str, object], name: str) -> int:
    """A field that is a whole number."""
    value = fields.get(name)
    if type(value) is not int:
        raise CipherTextError(f"The {name} of the ciphertext is not a whole number.")
    return value


def _shortened(number: int) -> str:
    """A number for a message, even if it has thousands of digits."""
    return f"{number:,}" if abs(number) < 10**15 else "absurdly many"
