"""One partition per person, and the assets that have it."""

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from pipeline.errors import RhizomeError

people = dg.DynamicPartitionsDefinition(name="person")  # keys come only from people files, whose names are checked slugs

Body = Callable[..., dg.MaterializeResult[None]]
CheckBody = Callable[..., dg.AssetCheckResult]


def person_asset(
    group: str, *, kinds: set[str], code_version: str, deps: Sequence[dg.AssetsDefinition] = ()
) -> Callable[[Body], dg.AssetsDefinition]:
    """An asset with one partition per person. `code_version` is raised by hand when the code behind it would give other content."""
    make = dg.asset(
        partitions_def=people, group_name=group, owners=["team:rhizome"], kinds=kinds, code_version=code_version, deps=list(deps)
    )
    return lambda body: make(_plainly_failing(body))


def _plainly_failing(body: Body) -> Body:
    """Our errors fail the step with their own message, and are not retried: trying again would not help."""

    @functools.wraps(body)
    def plain(*args: Any, **kwargs: Any) -> dg.MaterializeResult[None]:
        try:
            return body(*args, **kwargs)
        except RhizomeError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error

    return plain


def person_check(asset: dg.AssetsDefinition, *, blocking: bool = False) -> Callable[[CheckBody], dg.AssetChecksDefinition]:
    """A check of such an asset, for the person whose partition was made. `blocking` stops what comes after in the same run."""

    def decorate(body: CheckBody) -> dg.AssetChecksDefinition:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.PreviewWarning)  # partitioned checks are a preview in Dagster 1.13
            return dg.asset_check(asset=asset, partitions_def=people, blocking=blocking)(_saying_why(body))

    return decorate


def _saying_why(body: CheckBody) -> CheckBody:
    """What cannot be checked (a damaged file) has failed its check, with our error's own message."""

    @functools.wraps(body)
    def saying(*args: Any, **kwargs: Any) -> dg.AssetCheckResult:
        try:
            return body(*args, **kwargs)
        except RhizomeError as error:
            return dg.AssetCheckResult(passed=False, description=str(error))

    return saying
