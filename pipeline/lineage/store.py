"""The model store: which models there are, and whether their files are as they were written."""

from dataclasses import dataclass

from pipeline.errors import StoreError
from pipeline.store import Home
from pipeline.train.folder import load_adapter, read_manifest

__all__ = ["StoredModel", "damaged_models", "load_adapter", "read_manifest", "stored_models"]


@dataclass(frozen=True)
class StoredModel:
    """One row of the table `models`."""

    person: str
    model_id: str
    encoder_id: str
    recipe: str
    status: str


def stored_models(home: Home, person: str) -> list[StoredModel]:
    """The person's models, newest first."""
    sql = "select person, model_id, encoder_id, recipe, status from models where person = ? order by created_at desc, model_id"
    return [StoredModel(**row) for row in home.warehouse.rows(sql, person)]


def damaged_models(home: Home, person: str) -> dict[str, str]:
    """model_id -> what is wrong, for each model of the person whose files are missing or not as written."""
    found = {}
    for model in stored_models(home, person):
        try:
            load_adapter(home, model.model_id)
        except StoreError as error:
            found[model.model_id] = str(error)
    return found
