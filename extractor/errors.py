"""The tree of errors: one class per fact that a caller can act on.

::

    CatalogueError                    message for people, and what to do about it
    ├── SourceError                   a place where Joplin keeps notes cannot be read
    │   ├── SourceNotFound            nothing is there
    │   ├── SourceUnreadable          it is there and may not, or cannot, be read
    │   ├── SourceEmpty               it can be read and holds no Joplin item
    │   └── SourceChanged             it kept changing while it was read
    ├── CatalogueFileError            catalogue.db itself
    │   ├── CatalogueMissing          there is none yet
    │   ├── NotACatalogue             the file is no SQLite file, or not one of ours
    │   ├── CatalogueLocked           another process is writing to it
    │   └── CatalogueTooNew           a later version of joplin-catalogue wrote it
    ├── NotFound                      no such note, revision, notebook, ...
    ├── EncryptionError               JED01 text cannot be opened
    │   ├── KeyMissing                no master key, or no password for it
    │   │   └── KeyLocked             the master key is there, and nothing given opens it
    │   ├── WrongPassword             the password opens no master key
    │   └── CipherTextError           damaged or unknown cipher text
    ├── ItemError                     one item cannot be read: a row in `problems`
    │   └── PatchError                the diff of one revision cannot be parsed
    ├── OutputError                   a file for others cannot, or must not, be written
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
    """It is there and may not, or cannot, be read."""


class SourceEmpty(SourceError):
    """It can be read and holds no Joplin item."""


class SourceChanged(SourceError):
    """It kept changing while it was read."""


class CatalogueFileError(CatalogueError):
    """catalogue.db itself is the trouble."""


class CatalogueMissing(CatalogueFileError):
    """There is no catalogue yet."""


class NotACatalogue(CatalogueFileError):
    """The file is no SQLite file, or not one of ours."""


class CatalogueLocked(CatalogueFileError):
    """Another process is writing to it."""


class CatalogueTooNew(CatalogueFileError):
    """A later version of joplin-catalogue wrote it."""


class NotFound(CatalogueError):
    """No such note, revision, notebook or tag in the catalogue."""


class EncryptionError(CatalogueError):
    """JED01 text cannot be opened."""


class KeyMissing(EncryptionError):
    """There is no master key for it, or no password for the key."""


class KeyLocked(KeyMissing):
    """The master key is there, and no password given opens it."""


class WrongPassword(EncryptionError):
    """The password opens no master key."""


class CipherTextError(EncryptionError):
    """The cipher text is damaged, or of a kind that Joplin never wrote."""


class ItemError(CatalogueError):
    """One item cannot be read; it becomes a row in `problems` and the rest goes on."""


class PatchError(ItemError):
    """The diff of one revision cannot be parsed."""


class OutputError(CatalogueError):
    """A file for others cannot, or must not, be written; what was there is as it was."""


class ConfigError(CatalogueError):
    """An option or the configuration file is wrong."""
