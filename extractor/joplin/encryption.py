"""End-to-end encryption as Joplin writes it (services/e2ee/EncryptionService.ts): JED01 text, opened with a password.

A password opens master keys; the hex text of a master key is the password of each chunk of an item or of a
resource's blob. Nothing here keeps a password, and neither passwords nor keys appear in a repr or in an error.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from extractor.errors import CipherTextError, ItemError, KeyLocked, KeyMissing, WrongPassword
from extractor.joplin.chunks import Method, decrypt_chunk, parse_chunk
from extractor.joplin.cipher_text import PREFIXES
from extractor.joplin.item_reader import parse_item
from extractor.joplin.items import EncryptedItem, Item, MasterKey, Revision
from extractor.joplin.locked import unlocked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_MASTER_KEYS = 100
"""A key costs up to 0.2 s for each password; Joplin has one or a few."""

MAX_ITERATIONS = 1_000_000
"""The sum over all key derivations for one text, 0.3 s.

Joplin uses one salt for all chunks of a text; a hostile text may use many.
"""

_HEADER = re.compile(rf"(?:{'|'.join(PREFIXES)})000022([0-9a-fA-F]{{2}})(.{{32}})", re.DOTALL)
_CHUNK_LENGTH = re.compile(r"[0-9a-fA-F]{6}")
_ESCAPED = re.compile(r"%u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})")
_ESCAPING = {Method.SJCL1A, Method.SJCL1B}


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The master keys that a password opened, and why the others stay locked (by id). It can be pickled for workers."""

    _opened: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    locked: Mapping[str, str] = field(default_factory=dict)

    @property
    def opened(self) -> tuple[str, ...]:
        """The ids of the keys that can decrypt."""
        return tuple(self._opened)

    def decrypt(self, cipher_text: str) -> str:
        """The plaintext of the JED01 text `cipher_text`: for an item, the whole item file.

        A lone UTF-16 surrogate stays one: Joplin cuts chunks between UTF-16 units, and they are joined again here.
        Raises KeyMissing, or CipherTextError with the reason.
        """
        units = b"".join(_as_units(method, plain) for method, plain in _opened_chunks(cipher_text, self))
        return units.decode("utf-16-le", "surrogatepass")

    def password_of(self, key_id: str) -> bytes:
        """The password of what is encrypted with the master key `key_id`; raises KeyMissing."""
        password = self._opened.get(key_id)
        if password is not None:
            return password
        if key_id in self.locked:
            raise KeyLocked(f"Master key {key_id} is locked: {self.locked[key_id]}")
        raise KeyMissing(f"Master key {key_id!r} is not among the keys of this source.")


def unlock(master_keys: Iterable[MasterKey], passwords: str | Iterable[str]) -> KeyRing:
    """The keys that one of the `passwords` opens; a key that none opens is kept as locked, with the reason.

    No key, or no password, gives a ring that opens nothing. Raises WrongPassword if no password opens any of the keys,
    and CipherTextError if none of them can be read whatever the password. If the only key is that of the note lock,
    nothing is raised: few notes are locked, and the password may be meant for something else.
    """
    keys = list(dict.fromkeys(master_keys))
    if len(keys) > MAX_MASTER_KEYS:
        raise CipherTextError(
            f"{len(keys):,} master keys: Joplin never makes more than a few, {MAX_MASTER_KEYS} are read."
        )
    tried = [passwords] if isinstance(passwords, str) else list(passwords)
    opened: dict[str, bytes] = {}
    locked: dict[str, str] = {}
    readable = False
    for key in keys:
        try:
            password = _opened_key(key, tried)
        except CipherTextError as error:
            locked.setdefault(key.id, error.message)
            continue
        readable = True
        if password is None:
            locked.setdefault(key.id, "none of the given passwords opens it.")
        else:
            opened.setdefault(key.id, password)
    for key_id in opened:
        locked.pop(key_id, None)  # another copy of the same key opened
    if tried and not opened and not all(key.is_of_note_lock for key in keys):
        if not readable:
            raise CipherTextError(f"No master key can be read: {next(iter(locked.values()))}")
        which = "the master key" if len(keys) == 1 else f"any of the {len(keys)} master keys"
        raise WrongPassword(f"The password does not open {which}.", "It is Joplin's encryption (master) password.")
    return KeyRing(opened, locked)


def decrypt_item(item: EncryptedItem, ring: KeyRing, odd: list[str] | None = None) -> Item:
    """The decrypted item, with the outer item's `updated_time` (BaseItem.ts:583); `odd` is as in `parse_item`.

    Raises KeyMissing, CipherTextError, or ItemError if the plaintext is not an item, or is another item. A lone
    surrogate becomes U+FFFD, as it does when Joplin stores the decrypted item.
    """
    text = _decrypt_text(item.cipher_text, ring)
    if item.locked is not None:
        return replace(item.locked, body=text)
    plain = parse_item(text, odd)
    if plain is None or (isinstance(plain, EncryptedItem) and plain.locked is None):
        raise ItemError(f"What item {item.id} decrypts to is not a plain item.")
    if plain.id != item.id:
        raise ItemError(f"Item {item.id} decrypts to another item, {plain.id}: ciphertexts were swapped.")
    if isinstance(plain, EncryptedItem) and plain.locked is not None:  # a locked note: another key opens it
        plain = replace(plain, locked=replace(plain.locked, updated_time=item.updated_time))
    return replace(plain, updated_time=item.updated_time)


def decrypt_revision(revision: Revision, ring: KeyRing) -> Revision:
    """A locked note's revision with its text decrypted; any other is unchanged. Raises what KeyRing.decrypt raises."""
    return unlocked(revision, lambda cipher_text: _decrypt_text(cipher_text, ring))


def _decrypt_text(cipher_text: str, ring: KeyRing) -> str:
    return ring.decrypt(cipher_text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def decrypt_blob(text: str, ring: KeyRing) -> bytes:
    """The file that a resource's blob holds; the blob is one JED01 text. Raises what KeyRing.decrypt raises.

    Before method 9 each chunk of the file was encoded as base64 first (fs-driver-node.ts readFileChunk).
    """
    return b"".join(
        plain if method is Method.FILE_V1 else _from_base64(_as_units(method, plain))
        for method, plain in _opened_chunks(text, ring)
    )


def _opened_key(key: MasterKey, passwords: Iterable[str]) -> bytes | None:
    """The password that a master key holds, decrypted with one of `passwords`; None if none of them fits."""
    method = _method(key.encryption_method)
    parsed = parse_chunk(method, key.content)
    for password in passwords:
        plain = decrypt_chunk(parsed, password.encode("utf-8", "replace"))
        if plain is None:
            continue
        opened = _as_units(method, plain).decode("utf-16-le", "surrogatepass").encode("utf-8", "replace")
        # only SJCL2, the first method for keys, has a checksum (decryptMasterKeyContent)
        if method is Method.SJCL2 and key.checksum != hashlib.sha256(opened).hexdigest():
            raise CipherTextError("its checksum differs.")
        return opened
    return None


def _opened_chunks(cipher_text: str, ring: KeyRing) -> Iterator[tuple[Method, bytes]]:
    """The plaintext of each chunk, in order."""
    header = _HEADER.match(cipher_text)
    if header is None:
        raise CipherTextError("This is not JED01 text: its header is damaged or missing.")
    method = _method(int(header[1], 16))
    password = ring.password_of(header[2])
    iterations, derivation = 0, None
    for number, chunk in enumerate(_chunks(cipher_text, header.end()), start=1):
        parsed = parse_chunk(method, chunk)
        if derivation != (derivation := (parsed.salt, parsed.iterations)):
            iterations += parsed.iterations
            if iterations > MAX_ITERATIONS:
                raise CipherTextError(f"The text asks for more than {MAX_ITERATIONS:,} iterations of key derivation.")
        plain = decrypt_chunk(parsed, password)
        if plain is None:
            raise CipherTextError(f"Chunk {number} does not fit its key: it is damaged, or the key is a different one.")
        yield method, plain


def _chunks(text: str, start: int) -> Iterator[str]:
    """The chunks from `start` on, each after its length in 6 hex digits; a length of 0 is skipped, as in Joplin."""
    while start < len(text):
        digits = _CHUNK_LENGTH.fullmatch(text, start, start + 6)
        if digits is None:
            raise CipherTextError(f"The length of the chunk at character {start:,} is damaged or cut off.")
        start += 6
        length = int(digits[0], 16)
        if length > len(text) - start:
            raise CipherTextError(
                f"Cut off: a chunk should have {length:,} characters, {len(text) - start:,} are there."
            )
        if length:
            yield text[start : start + length]
        start += length


def _method(number: int) -> Method:
    """The encryption method with that number; raises CipherTextError."""
    try:
        return Method(number)
    except ValueError:
        raise CipherTextError(f"Encryption method {number} is unknown.") from None


def _as_units(method: Method, plain: bytes) -> bytes:
    """The JavaScript string that Joplin's own decrypt() returns for a chunk, as UTF-16-LE."""
    if method is Method.STRING_V1:
        if len(plain) % 2:
            raise CipherTextError("A chunk of text ends in the middle of a UTF-16 unit.")
        return plain
    if method is Method.KEY_V1:
        return plain.hex().encode("utf-16-le")
    if method is Method.FILE_V1:
        return base64.b64encode(plain).decode().encode("utf-16-le")
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        raise CipherTextError("A chunk is not UTF-8 text.") from None
    return (_unescaped(text) if method in _ESCAPING else text).encode("utf-16-le", "surrogatepass")


def _unescaped(text: str) -> str:
    """JavaScript's unescape(): %uXXXX is a UTF-16 unit, %XX one below 256, anything else is kept."""
    return _ESCAPED.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), text)


def _from_base64(units: bytes) -> bytes:
    """Decode the base64 text of a chunk of a file."""
    try:
        return base64.b64decode(units.decode("utf-16-le"), validate=True)
    except (binascii.Error, ValueError):
        raise CipherTextError("A chunk of a file is not base64.") from None
