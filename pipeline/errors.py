"""Every error Rhizome raises on purpose. A message says what was found, what was needed and what to do next.

RhizomeError
├── SettingsError      the environment, or a person file, cannot be used
│   └── ConsentError   nobody agreed to this, or no longer
├── StoreError         the warehouse or a stored file cannot be used
├── ArchiveError       an import cannot be read
├── DocumentRejected   a document's bytes cannot be read
├── AddressError       an address from a page may not be asked
├── EncoderError       an encoder cannot be loaded or refuses its input
├── SimulationError    the simulated world's site cannot be started
└── NotEnoughData      too little to split, train or judge
"""


class RhizomeError(Exception):
    """The root: whoever catches this catches all of ours and nothing else."""


class SettingsError(RhizomeError):
    """The environment, or a person file, cannot be used."""


class ConsentError(SettingsError):
    """No consent on file, or past its date, or withdrawn: nothing is fetched."""


class StoreError(RhizomeError):
    """The warehouse or a stored file cannot be used: busy, damaged, or of another version."""


class ArchiveError(RhizomeError):
    """An import cannot be read as what it claims to be."""


class AddressError(RhizomeError):
    """An address may not be asked. `reason` is from the closed list in `pipeline.scrape.outcomes`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class DocumentRejected(RhizomeError):
    """A document's bytes will not do. `reason` is one of `pipeline.scrape.outcomes.Reason`: too_large, not_json, unreadable ..."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)  # as they came, so that it can be told from one process to another
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class EncoderError(RhizomeError):
    """An encoder cannot be loaded, or refuses its input."""


class SimulationError(RhizomeError):
    """The simulated world's site cannot be started."""


class NotEnoughData(RhizomeError):
    """Too little to split, train or judge; the message says what would be needed."""
