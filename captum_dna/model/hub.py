"""Whether the hub responds, found out once before Transformers asks it file by file."""

from __future__ import annotations

from captum_dna.model.errors import ModelError

PATIENCE = 4.0
"""Seconds after which a hub counts as out of reach."""


def check_reachable(name: str) -> None:
    """Refuse the name of a model whose hub does not respond; a model in the cache needs no hub.

    Raises
    ------
    ModelError
        There is no such folder, and no response.
    """
    from huggingface_hub import constants, get_session, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        cached = isinstance(try_to_load_from_cache(name, "config.json"), str)
    except HFValidationError:
        return  # no hub has such a name, and loading says so
    if cached or constants.HF_HUB_OFFLINE:
        return
    try:
        get_session().head(constants.ENDPOINT, timeout=PATIENCE)
    except Exception as error:  # those of httpx and of requests have no common ancestor of their own
        raise ModelError(
            f"There is no folder {name!r}, and the hub does not respond. Check the name and the network, or give the "
            "folder of a model."
        ) from error
