"""Person files: whose accounts these are, who agreed, to what, until when, and how hard we may knock."""

import datetime as dt
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.errors import ConsentError, SettingsError
from pipeline.identifiers import SLUG, is_slug, sha256_of

SIMULATED, REAL = "tiny", "openclip:ViT-B-32/laion2b_s34b_b79k"  # encoders: `tiny` has seen nothing but simulated pictures


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Consent(_Strict):
    """Who agreed to what, from when until when."""

    granted_by: str
    date: dt.date
    expires: dt.date
    scope: str
    withdrawn: bool = False


class Handles(_Strict):
    """The person's own accounts."""

    substack: str | None = None
    publications: list[str] = Field(default_factory=list)  # hosts of their own publications
    pinterest: str | None = None


class Limits(_Strict):
    """Caps per source, per host and per run, and the pace per owner (one request in two seconds unless the person file says otherwise).

    The two caps on pictures hold for what is crawled; pictures of the person's own archives are not counted.
    """

    posts_per_source: int = Field(default=20, ge=1)
    pins_per_source: int = Field(default=1000, ge=1)
    pages_per_host: int = Field(default=50, ge=1)  # pages and posts that links lead to
    pictures_per_document: int = Field(default=100, ge=1)
    pictures_per_host: int = Field(default=2000, ge=1)
    sources_per_listing: int = Field(default=500, ge=1)  # of a profile's subscriptions, of a publication's recommendations
    links_per_document: int = Field(default=500, ge=1)
    requests_per_run: int = Field(default=20_000, ge=1)
    requests_per_day: int = Field(default=40_000, ge=1)  # over all runs of a UTC day; the default pace allows one owner 43,200
    megabytes_per_run: int = Field(default=4000, ge=100)  # of answers, unpacked; a picture may have 20
    requests_per_second: float = Field(default=0.5, gt=0)

    @property
    def repeats_per_host(self) -> int:
        """Second tries of a host, and redirects to it, in one step of a run: where every address redirects, each still comes."""
        return max(self.posts_per_source, self.pages_per_host)


class Training(_Strict):
    """What the person wants of a recipe: how much each kind of pair counts in training, where not as by default. Zero turns it off."""

    kinds: dict[str, float] = Field(default_factory=dict)  # inline, link, hypertext, board, text_pin, moment, judged


class Person(_Strict):
    """One person file, checked. `path` is where it stands; archives are relative to it."""

    person: str
    consent: Consent
    handles: Handles = Handles()
    archives: list[str] = Field(default_factory=list)
    hops: int = Field(default=2, ge=0, le=2)
    limits: Limits = Limits()
    contact: str
    include_private_pins: bool = False
    include_drafts: bool = False
    recipe: Training = Training()
    judgements: str | None = None  # a CSV of what the person says belongs together (docs/guides/judgements.md); relative to the file
    duplicates: str | None = None  # a CSV of what the person says is the same, or is not (docs/guides/duplicates.md); relative to the file
    semantic_duplicates: float | None = Field(default=None, ge=0.5, le=1)  # cosine from which an earlier run's vectors count as the same
    simulated: str | None = None  # the name of a simulated world that stands in for the internet
    encoder: str = Field(default_factory=lambda told: SIMULATED if told.get("simulated") else REAL)  # as `load_encoder` reads it
    path: Path
    file_sha256: str

    @field_validator("person")
    @classmethod
    def _slug(cls, name: str) -> str:
        if not is_slug(name):
            raise ValueError(f"{name!r} cannot name a person; needed: lower-case letters, digits, - and _, matching {SLUG.pattern}")
        return name

    def archive_paths(self) -> list[Path]:
        """The archives as absolute paths."""
        return [(self.path.parent / archive).resolve() for archive in self.archives]

    def judgements_path(self) -> Path | None:
        """The CSV of judgements as an absolute path, or None where the file names none."""
        return (self.path.parent / self.judgements).resolve() if self.judgements else None

    def duplicates_path(self) -> Path | None:
        """The CSV of verdicts on duplicates as an absolute path, or None where the file names none."""
        return (self.path.parent / self.duplicates).resolve() if self.duplicates else None

    def require_consent(self, today: dt.date) -> None:
        """Raises ConsentError unless consent is on file, not withdrawn, and `today` lies within its dates."""
        if self.consent.withdrawn:
            raise ConsentError(
                f"{self.path}: consent was withdrawn; nothing is done for {self.person!r}. Deleting RHIZOME_HOME removes what is held."
            )
        if not self.consent.date <= today <= self.consent.expires:
            raise ConsentError(
                f"{self.path}: consent runs from {self.consent.date} to {self.consent.expires}, today is {today}; "
                f"ask {self.consent.granted_by} again and write the new dates under `consent:`."
            )


def load_person(path: Path) -> Person:
    """Reads one person file. Raises SettingsError that names the file, the field and what it needs."""
    raw = _read(path)
    try:
        content = yaml.safe_load(raw)
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path} holds {type(content).__name__}, needed: the fields of a person file (see people/demo.yaml).")
    if "consent" not in content:
        raise ConsentError(f"{path} has no `consent:`; until granted_by, date, expires and scope stand there, nothing is fetched.")
    try:
        return Person(**content, path=path.resolve(), file_sha256=sha256_of(raw))
    except (ValidationError, TypeError) as error:
        raise SettingsError(f"{path} cannot be used: {_explain(error)}") from error


def find_person(folder: Path, name: str) -> Person:
    """The person file `<name>.yaml` in a folder. Raises SettingsError where there is none."""
    path = folder / f"{name}.yaml"
    if not is_slug(name) or not path.is_file():
        there = ", ".join(known_people(folder)) or "none"
        raise SettingsError(f"no person file {path}; there are: {there}. Write one like people/demo.yaml, or set RHIZOME_PEOPLE.")
    found = load_person(path)
    if found.person != name:
        raise SettingsError(f"{path} says `person: {found.person}`, needed: `person: {name}`, as the file is called; change one of them.")
    return found


def known_people(folder: Path) -> list[str]:
    """Names of the person files in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml") if is_slug(path.stem))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error


def _explain(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    return "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
