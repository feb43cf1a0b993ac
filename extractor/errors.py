"""The tree of errors: one class per fact that a caller can act on.

::

    CatalogueError                    message for people, and what to do about it
    ├── SourceError                   a place where Joplin keeps notes cannot be read
    │   ├── SourceNotFound            nothing is there
    │   ├── SourceUnreadable          it is there, but cannot be read or access is denied
    │   ├── SourceEmpty               it can be read, but contains no Joplin item
    │   └── SourceChanged             it kept changing while it was read
    ├── CatalogueFileError            something is wrong with catalogue.db itself
    │   ├── CatalogueMissing          there is none yet
    │   ├── NotACatalogue             the file is not an SQLite file, or not a catalogue
    │   ├── CatalogueLocked           another process is writing to it
    │   └── CatalogueTooNew           a later version of joplin-catalogue wrote it
    ├── NotFound                      no such note, revision, notebook, ...
    ├── EncryptionError               JED01 text cannot be decrypted
    │   ├── KeyMissing                no master key, or no password for it
    │   │   └── KeyLocked             the master key is there, but no given password opens it
    │   ├── WrongPassword             the password opens no master key
    │   └── CipherTextError           damaged or unknown cipher text
    ├── ItemError                     one item cannot be read: a row in `problems`
    │   └── PatchError                the diff of one revision cannot be parsed
    ├── OutputError                   an output file cannot, or must not, be written
    └── ConfigError                   an option or the configuration file is wrong
"""


class CatalogueError(Exception):
    """Something could not be done; `message` says what, `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class SourceError(CatalogueError):
    """A place where Joplin keeps notes cannot be read."""


class SourceNotFound(SourceError):
    """Nothing is there."""


class SourceUnreadable(SourceError):
    """It is there, but cannot be read or access is denied."""


class SourceEmpty(SourceError):
    """It can be read, but contains no Joplin item."""


class SourceChanged(SourceError):
    """It kept changing while it was read."""


class CatalogueFileError(CatalogueError):
    """Something is wrong with catalogue.db itself."""


class CatalogueMissing(CatalogueFileError):
    """There is no catalogue yet."""


class NotACatalogue(CatalogueFileError):
    """The file is not an SQLite file, or not a catalogue."""


class CatalogueLocked(CatalogueFileError):
    """Another process is writing to it."""


class CatalogueTooNew(CatalogueFileError):
    """A later version of joplin-catalogue wrote it."""


class NotFound(CatalogueError):
    """No such note, revision, notebook or tag in the catalogue."""


class EncryptionError(CatalogueError):
    """JED01 text cannot be decrypted."""


class KeyMissing(EncryptionError):
    """There is no master key for it, or no password for the key."""


class KeyLocked(KeyMissing):
    """The master key is there, but no given password opens it."""


class WrongPassword(EncryptionError):
    """The password opens no master key."""


class CipherTextError(EncryptionError):
    """The cipher text is damaged, or of a kind that Joplin never wrote."""


class ItemError(CatalogueError):
    """One item cannot be read; it becomes a row in `problems`, and the build goes on."""


class PatchError(ItemError):
    """The diff of one revision cannot be parsed."""


class OutputError(CatalogueError):
    """An output file cannot, or must not, be written; a file that was there is unchanged."""


class ConfigError(CatalogueError):
    """An option or the configuration file is wrong."""
